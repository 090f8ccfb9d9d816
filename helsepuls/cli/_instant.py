"""A point in time on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import click


class Instant(click.ParamType):
    """A date and time that names its zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from producers.times import parse_instant

        if isinstance(value, datetime):
            return value
        try:
            return parse_instant(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


INSTANT: Final = Instant()


def moment(time: datetime) -> str:
    """A time as tables show it: UTC, whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
