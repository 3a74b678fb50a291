"""The lines of a verb that a refusal suggests: its questions, each with the verb before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kpi_engine.domain.errors import QueryError


@contextmanager
def lines_of(verb: str, after: str = "") -> Iterator[None]:
    """Make the questions that a QueryError suggests into lines of a verb.

    `after` is what stood behind the question and isn't part of it, such as the amount of a target.
    """
    try:
        yield
    except QueryError as wrong:
        wrong.suggestions = tuple(
            " ".join(part for part in (verb, line, after) if part) for line in wrong.suggestions
        )
        raise
