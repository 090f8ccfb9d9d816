"""YAML that somebody wrote by hand: its values, or where it cannot be read."""

from __future__ import annotations

from typing import Any, Final

import yaml

_UNREADABLE: Final = (ValueError, LookupError, AttributeError, TypeError, OverflowError, RecursionError)
"""What PyYAML lets through beside its own errors: a date that is none, a tag that does not fit its text, lists within
lists without end."""
_TWICE: Final = "a key that is there already"


class UnreadableError(Exception):
    """`where`: " in line 7", with the reason where we know it, or nothing when the line is not known."""

    def __init__(self, where: str = "") -> None:
        self.where = where


class _Loader(yaml.SafeLoader):
    """PyYAML's safe one takes the last of two values under one key without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise yaml.constructor.ConstructorError(problem=_TWICE, problem_mark=key.start_mark)
                seen.add((key.tag, key.value))
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


def parse(text: str) -> Any:
    """Plain values only, no objects of Python's. Raises UnreadableError, which quotes nothing of the text."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  it makes what the safe loader makes
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = f": {_TWICE}" if getattr(error, "problem", None) == _TWICE else ""
        raise UnreadableError(f" in line {mark.line + 1}{reason}" if mark else "") from None
    except _UNREADABLE:
        raise UnreadableError from None
