"""A limit that isn't kept, and the checks of single values that everything else is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

_INVALID_BLOCKS = "invalid_blocks"


@dataclass(frozen=True, slots=True)
class Violation:
    """What Slack would refuse: its error code, where in the payload, and why in a sentence."""

    code: str
    where: str
    problem: str


Found = Iterator[Violation]
Check = Callable[[Any, str], Found]
"""Looks at a value at a place of the payload."""


def wrong(where: str, problem: str) -> Violation:
    """Return a violation inside blocks."""
    return Violation(_INVALID_BLOCKS, where, problem)


def string(longest: int, *, shortest: int = 1) -> Check:
    """A string of a length."""

    def check(value: Any, where: str) -> Found:
        if not isinstance(value, str):
            yield wrong(where, "must be a string")
        elif len(value) < shortest:
            yield wrong(where, f"must be at least {shortest} characters")
        elif len(value) > longest:
            yield wrong(where, f"must be at most {longest} characters, is {len(value)}")

    return check


def one_of(*allowed: object) -> Check:
    """One of a few values."""

    def check(value: Any, where: str) -> Found:
        if not any(value == entry and type(value) is type(entry) for entry in allowed):
            yield wrong(where, f"must be one of {', '.join(map(str, allowed))}")

    return check


def boolean(value: Any, where: str) -> Found:
    """True or False."""
    if not isinstance(value, bool):
        yield wrong(where, "must be true or false")


def number(value: Any, where: str) -> Found:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        yield wrong(where, "must be a finite number")


def whole(lowest: int, highest: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, where: str) -> Found:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            yield wrong(where, f"must be a whole number from {lowest} to {highest}")

    return check


def anything(value: Any, where: str) -> Found:  # noqa: ARG001 - it fits every check
    """No limit."""
    yield from ()


def listed(lowest: int, highest: int, each: Check) -> Check:
    """A list of so many."""

    def check(value: Any, where: str) -> Found:
        if not isinstance(value, list | tuple):
            yield wrong(where, "must be a list")
            return
        if not lowest <= len(value) <= highest:
            yield wrong(where, f"must have {lowest} to {highest} items, has {len(value)}")
        for index, entry in enumerate(value):
            yield from each(entry, f"{where}[{index}]")

    return check


def shaped(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """An object with these keys and no others."""
    known = required | (optional or {})

    def check(value: Any, where: str) -> Found:
        if not isinstance(value, dict):
            yield wrong(where, "must be an object")
            return
        for name in required:
            if name not in value:
                yield wrong(where, f"lacks {name}")
        for name, entry in value.items():
            if name in known:
                yield from known[name](entry, f"{where}.{name}")
            else:
                yield wrong(where, f"has an unknown key {str(name)[:40]}")

    return check


def typed(shapes: dict[str, Check]) -> Check:
    """An object whose `type` says which shape it has."""

    def check(value: Any, where: str) -> Found:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in shapes:
            yield wrong(where, f"has an unknown type {str(kind)[:40]}")
        else:
            yield from shapes[kind](value, where)

    return check


def distinct(values: Collection[Any], where: str, what: str) -> Found:
    """No value twice."""
    seen = [value for value in values if isinstance(value, str)]
    for value in sorted({value for value in seen if seen.count(value) > 1}):
        yield wrong(where, f"{what} {value[:40]} must be unique")
