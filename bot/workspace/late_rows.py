"""What a place must hear about missing rows: that those of days which were missing before have arrived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.store.errors import StoreError
from bot.store.missing_days import Arrived, Hole, MissingDayBook, ModelDay
from kpi_engine.domain.answer import Answer

_TOLD_FOR = timedelta(days=14)
"""So long after rows have arrived, each place is told once."""
_REMEMBERED = timedelta(days=62)
"""Older days are told as missing each time, but not remembered: nobody waits for them."""


def arrived_since(
    book: MissingDayBook | None, answers: Sequence[Answer], place: str, now: datetime
) -> tuple[Arrived, ...]:
    """Remember the missing days of some answers, and return those they touch that have arrived since.

    Each is returned once for a `place` (a channel, or in private a person), and for two weeks. A store that
    doesn't answer costs the remark alone. Without a book, nothing is remembered.
    """
    if book is None:
        return ()
    try:
        return _arrived(book, answers, place, now)
    except StoreError:
        return ()


def _arrived(
    book: MissingDayBook, answers: Sequence[Answer], place: str, now: datetime
) -> tuple[Arrived, ...]:
    holes = book.holes(now)
    since = now.date() - _REMEMBERED
    missing = {(entry.model, day) for answer in answers for entry in answer.missing for day in entry.days}
    new = [entry for entry in missing if entry[1] >= since and _is_news(holes.get(entry))]
    if new:
        book.missing(sorted(new), now)
    touched = {entry for entry in holes if entry not in missing and _is_touched(entry, answers)}
    if come := [entry for entry in touched if holes[entry].arrived_at is None]:
        book.arrived(sorted(come), now)
    at = {entry: holes[entry].arrived_at or now for entry in touched}
    recent = {entry for entry, moment in at.items() if moment > now - _TOLD_FOR}
    untold = sorted(recent - book.told(place)) if recent else []
    if untold:
        book.tell(place, untold, now)
    return _together({entry: at[entry] for entry in untold})


def _is_news(hole: Hole | None) -> bool:
    """Whether a missing day isn't known, or was thought to have arrived."""
    return hole is None or hole.arrived_at is not None


def _is_touched(entry: ModelDay, answers: Iterable[Answer]) -> bool:
    """Whether an answer looked for the rows of a day."""
    model, day = entry
    windows = (
        window
        for answer in answers
        if model in answer.looked_at
        for window in (answer.window, *(other.window for other in answer.comparisons))
    )
    return any(window.holds(day) for window in windows)


def _together(arrived: Mapping[ModelDay, datetime]) -> tuple[Arrived, ...]:
    found: dict[tuple[str, datetime], list[date]] = {}
    for (model, day), at in arrived.items():
        found.setdefault((model, at), []).append(day)
    return tuple(Arrived(model, tuple(sorted(days)), at) for (model, at), days in found.items())
