"""Text inside a line: plain, or with a meaning that each medium shows in its own way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bold:
    """Text that stands out."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Text that is typed as it stands; `is_quoted` where text without styles needs marks around it."""

    text: str
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """A line of what somebody else wrote."""

    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person, by the id that the platform gives them."""

    id: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, by the id that the platform gives it."""

    id: str


@dataclass(frozen=True, slots=True)
class Markup:
    """The operator's own text in the platform's markup, from a setting: it isn't escaped."""

    text: str


Span = str | Bold | Code | Quote | Person | Channel | Markup
Line = str | tuple[Span, ...]
"""One line of text, of one or more spans."""

_PLACE = re.compile(r"\{(\w+)\}|`([^`]*)`")


def filled(sentence: str, **values: Span | tuple[Span, ...] | int) -> tuple[Span, ...]:
    """Return one of our own sentences with its {placeholders} filled; its `backticks` become code."""
    spans: list[Span] = []
    at = 0
    for found in _PLACE.finditer(sentence):
        spans.append(sentence[at : found.start()])
        value = values[found.group(1)] if found.group(1) else Code(found.group(2), is_quoted=True)
        if isinstance(value, tuple):
            spans += value
        else:
            spans.append(str(value) if isinstance(value, int) else value)
        at = found.end()
    return tuple(span for span in (*spans, sentence[at:]) if span)


def spans_of(line: Line) -> tuple[Span, ...]:
    """Return the spans of a line."""
    return (line,) if isinstance(line, str) else line


def joined(lines: Sequence[Line], between: str) -> tuple[Span, ...]:
    """Return lines as one, with a text between them."""
    spans: list[Span] = []
    for place, line in enumerate(lines):
        spans += [between] if place else []
        spans += spans_of(line)
    return tuple(spans)
