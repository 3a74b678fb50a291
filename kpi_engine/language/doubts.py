"""What is returned for an unclear period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the words before position `after` are refused, and what to write instead, best first."""

    after: int
    refusal: QueryError
    offers: tuple[str, ...] = ()


def which_period(words: Sequence[str], at: int, after: int, offers: Iterable[str]) -> Doubt | None:
    """Return the question which of `offers` some words mean, None without offers."""
    typed, found = " ".join(words[at:after]), tuple(dict.fromkeys(offers))
    if not found:
        return None
    message = said("Which period do you mean by “{typed}”?", typed=typed)
    return Doubt(after, QueryError(message, hint="Did you mean one of these?"), found)
