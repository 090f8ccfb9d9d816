"""Fuzzing: arbitrary and damaged inputs at every door, with one property that each answer must have.

`python -m tests.fuzz --inputs 100000` shows a table and fails when anything fails; `tests/unit/fuzz` runs a few seconds
of it with every test run. An input that once failed stays in its target's `kept`.
"""
