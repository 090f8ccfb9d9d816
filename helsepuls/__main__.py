"""`python -m helsepuls` is the `helsepuls` command."""

from helsepuls.cli.main import main

main(prog_name="helsepuls")
