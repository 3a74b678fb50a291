"""Which rows a post waits for, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.render.sentences import Sentences
from bot.render.words.missing import days_in_words, rows_of, what_is_missing
from kpi_engine.domain.lacking import Lacking


def lacking_words(found: Sequence[Lacking], sentences: Sentences, year: int | None = None) -> str:
    """Return "orders stop on Wed 11 Nov; Thu 12 and Fri 13 Nov are missing (usual 17 a day)".

    The year of a day is left out if it is `year`. Models with the same rows are told once.
    """
    return "; ".join(dict.fromkeys(_words(entry, sentences, year) for entry in found))


def _words(entry: Lacking, sentences: Sentences, year: int | None) -> str:
    rows, say = rows_of(entry.model, sentences), sentences.say
    if entry.month is not None:
        month = sentences.formats.month(entry.month)
        return say("no {rows} for {month} yet").format(rows=rows, month=month)
    if entry.missing is None:
        return say("no {rows} yet").format(rows=rows)
    if entry.missing.partial:
        return what_is_missing(entry.missing, sentences, year)  # it says what is usual
    usual = _usual(entry, sentences)
    if not _stops(entry.until, entry.days):
        return what_is_missing(entry.missing, sentences, year) + usual
    text = say("{rows} stop on {last}; {days} are missing")
    if len(entry.days) == 1:
        text = say("{rows} stop on {last}; {days} is missing")
    return (
        text.format(
            rows=rows,
            last=sentences.formats.weekday_date(entry.until, year=year) if entry.until else "",
            days=days_in_words(entry.days, sentences, year),
        )
        + usual
    )


def _stops(until: date | None, days: Sequence[date]) -> bool:
    """Whether nothing has come after the days that are missing, either."""
    return until is not None and until < min(days)


def _usual(entry: Lacking, sentences: Sentences) -> str:
    usual = entry.missing.usual if entry.missing else None
    if usual is None:
        return ""
    number = sentences.formats.number(round(usual))
    return sentences.say(" (usual {count} a day)").format(count=number)
