"""Which rows haven't arrived, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from bot.render.sentences import Sentences
from bot.store.missing_days import Arrived
from kpi_engine.domain.answer import Answer, MissingDays, Note
from kpi_engine.domain.periods import ONE_DAY, Window

_RUN_FROM = 3
"""So many days in a row are told as first and last."""
_WEEKEND = 3
"""Working days at most so many days apart follow each other."""
_MOST = 4
"""More days and runs of days than these are counted."""


def of_period(answer: Answer, model: str) -> MissingDays:
    """Return the missing days of a model within an answer's own period."""
    return _of(answer, model, [answer.window])


def of_compared(answer: Answer, model: str) -> MissingDays:
    """Return the missing days of a model within the periods that an answer is compared with."""
    return _of(answer, model, [entry.window for entry in answer.comparisons])


def incomplete(entry: MissingDays, sentences: Sentences, year: int | None = None) -> str:
    """Return "Incomplete: no orders for Thu 12 and Fri 13 Nov." for days of `year`."""
    return sentences.say("Incomplete: {what}.").format(what=what_is_missing(entry, sentences, year))


def compared_incomplete(entry: MissingDays, sentences: Sentences, year: int | None = None) -> str:
    """Return the same of the periods that a figure is compared with."""
    text = sentences.say("What it is compared with is incomplete: {what}.")
    return text.format(what=what_is_missing(entry, sentences, year))


def not_loaded(note: Note, answer: Answer, sentences: Sentences) -> str:
    """Return that nothing of a period is loaded yet, and until when there is something."""
    day, until = note.values["day"], note.values["until"]
    rows = rows_of(str(note.values["model"]), sentences)
    named = sentences.formats.weekday_date(day) if isinstance(day, date) else ""
    if not isinstance(until, date):
        return sentences.say("No {rows} for {day} yet.").format(rows=rows, day=named)
    text = sentences.say("{rows} are loaded until {until}; nothing for {day} yet.")
    if answer.window.start != day:
        text = sentences.say("{rows} are loaded until {until}; nothing after that yet.")
    text = text.format(rows=rows, day=named, until=sentences.formats.weekday_date(until))
    return text[:1].upper() + text[1:]


def unreadable(note: Note, sentences: Sentences) -> str:
    """Return how many rows of a model have no date, or no amount, that can be read."""
    say, count, rows = sentences.say, int(str(note.values["count"])), int(str(note.values["of"]))
    if note.code == "unreadable_dates":
        text = say("{count} of {of} {rows} have no readable date, so they are in no period.")
        if count == 1:
            text = say("{count} of {of} {rows} has no readable date, so it is in no period.")
    else:
        text = say("{count} of {of} {rows} have no readable amount, so they add nothing.")
        if count == 1:
            text = say("{count} of {of} {rows} has no readable amount, so it adds nothing.")
    number = sentences.formats.number
    named = rows_of(str(note.values["model"]), sentences)
    return text.format(count=number(count), of=number(rows), rows=named)


def arrived_sentences(arrived: Sequence[Arrived], sentences: Sentences) -> tuple[str, ...]:
    """Return that rows of days that were missing have arrived, so that earlier figures didn't count them."""
    text = sentences.say(
        "{rows} for {days} have arrived since: figures of these days given before {moment} didn't count them."
    )
    told = []
    for entry in arrived:
        year = entry.at.astimezone(sentences.formats.zone).year
        named = text.format(
            rows=rows_of(entry.model, sentences),
            days=days_in_words(entry.days, sentences, year),
            moment=sentences.formats.moment(entry.at),
        )
        told.append(named[:1].upper() + named[1:])
    return tuple(dict.fromkeys(told))


def year_of(window: Window) -> int | None:
    """Return the year that needn't be named beside a day: the one that a window lies in, None of several."""
    if window.start is None or window.end is None or window.start >= window.end:
        return None
    last = window.end - ONE_DAY
    return last.year if window.start.year == last.year else None


def what_is_missing(entry: MissingDays, sentences: Sentences, year: int | None = None) -> str:
    """Return "no orders for Thu 12 and Fri 13 Nov 2026", and the days of which a part has arrived.

    The year of a day is left out if it is `year`.
    """
    rows, formats = rows_of(entry.model, sentences), sentences.formats
    parts = {part.day: part for part in entry.partial}
    empty = [day for day in entry.days if day not in parts]
    told = []
    if empty:
        days = days_in_words(empty, sentences, year)
        told.append(sentences.say("no {rows} for {days}").format(rows=rows, days=days))
    counted = [part for part in parts.values() if part.rows is not None and part.usual is not None]
    told += [
        sentences.say("only {count} rows of {rows} on {day} (usual {usual})").format(
            count=formats.number(part.rows or 0),
            rows=rows,
            day=formats.weekday_date(part.day, year=year),
            usual=formats.number(round(part.usual or 0)),
        )
        for part in counted[:_MOST]
    ]
    uncounted = [part.day for part in parts.values() if part not in counted]
    if uncounted:
        days = days_in_words(uncounted, sentences, year)
        told.append(sentences.say("only some {rows} for {days}").format(rows=rows, days=days))
    return "; ".join(told)


def days_in_words(days: Sequence[date], sentences: Sentences, year: int | None = None) -> str:
    """Return some days: "Thu 12 and Fri 13 Nov 2026", "Mon 9 to Fri 13 Nov 2026", of `year` without it."""
    runs: list[list[date]] = []
    for day in days:
        if runs and (day - runs[-1][-1]).days <= _WEEKEND:
            runs[-1].append(day)
        else:
            runs.append([day])
    pieces = [piece for run in runs for piece in ([run] if len(run) >= _RUN_FROM else [[day] for day in run])]
    shown, more = pieces[:_MOST], pieces[_MOST:]
    named = [
        _piece(piece, following, sentences, year)
        for piece, following in zip(shown, [*shown[1:], None], strict=True)
    ]
    if more:
        text = sentences.say("{count} more days").format(count=sentences.formats.number(sum(map(len, more))))
        named.append(text)
    if len(named) == 1:
        return named[0]
    return sentences.say("{first} and {last}").format(first=", ".join(named[:-1]), last=named[-1])


def rows_of(model: str, sentences: Sentences) -> str:
    """Return what the rows of a model are called."""
    say = sentences.say
    known = {
        "sales": say("orders"),
        "purchases": say("orders"),
        "baskets": say("orders"),
        "activity": say("orders"),
        "leads": say("leads"),
        "opportunities": say("deals"),
        "service_costs": say("service costs"),
        "nps_answers": say("survey responses"),
        "marketing_costs": say("marketing costs"),
        "sales_costs": say("sales costs"),
    }
    return known.get(model, model.replace("_", " "))


def _piece(
    days: Sequence[date], following: Sequence[date] | None, sentences: Sentences, year: int | None
) -> str:
    """Return a day or a run; month and year are left out where the next one is of the same month."""
    formats, last = sentences.formats, days[-1]
    is_same = following is not None and (following[0].year, following[0].month) == (last.year, last.month)
    end = formats.weekday_date(last, year=year, is_short=is_same)
    if len(days) == 1:
        return end
    is_one_month = (days[0].year, days[0].month) == (last.year, last.month)
    start = formats.weekday_date(days[0], year=year, is_short=is_one_month)
    return sentences.say("{start} to {end}").format(start=start, end=end)


def _of(answer: Answer, model: str, windows: Iterable[Window]) -> MissingDays:
    every = next(entry for entry in answer.missing if entry.model == model)
    within = list(windows)
    days = tuple(day for day in every.days if any(window.holds(day) for window in within))
    return MissingDays(model, days, tuple(part for part in every.partial if part.day in days))
