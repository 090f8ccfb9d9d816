"""Chaos: parts of the running stack are broken on purpose, under load, and what was promised is looked at afterwards.

    python -m tests.chaos --rounds 50 --seed 1        # make chaos
    python -m tests.chaos --rounds 50 --seed 1 --only 17   # one round of it again

A round is a simulated world of its own (`load`), sent by a publisher in its own process (`sender`) to a running stack
(`stage`), one or two faults at random moments (`faults`), and the checks (`checks`) once everything has come to rest.
What is broken and what must hold is described in docs/chaos.md.
"""
