"""`python -m helsepuls` is the `helsepuls` command."""

from helsepuls.entry import main

main()
