"""Waiting for a turn."""

from __future__ import annotations

import asyncio

import pytest

from sinks.warehouse.limits import Limits
from sinks.warehouse.refusal import QueryError
from sinks.warehouse.turns import Turns


def test_waits_then_refuses_then_goes_on() -> None:
    async def scenario() -> None:
        turns = Turns(Limits(concurrent=1, waiting=1, wait_seconds=0.05))

        async def take() -> str:
            async with turns.take():
                return "taken"

        async with turns.take():
            waiting = asyncio.create_task(take())
            await asyncio.sleep(0.01)
            with pytest.raises(QueryError) as full:
                await take()
            with pytest.raises(QueryError) as late:
                await waiting
        assert (full.value.code, late.value.code) == (202, 202)
        assert await take() == "taken"

    asyncio.run(scenario())


def test_a_turn_comes_back_from_a_failed_or_cancelled_query() -> None:
    async def scenario() -> None:
        turns = Turns(Limits(concurrent=1, waiting=1, wait_seconds=0.05))

        async def forever() -> None:
            async with turns.take():
                await asyncio.Event().wait()

        task = asyncio.create_task(forever())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ValueError, match="x"):
            async with turns.take():
                raise ValueError("x")
        async with turns.take():
            pass

    asyncio.run(scenario())
