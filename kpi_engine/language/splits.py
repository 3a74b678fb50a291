"""Reads splits and rankings: `by region`, `per month`, `top 5 customers`."""

from __future__ import annotations

from dataclasses import replace

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import AnyGrain, FiscalGrain, Grain
from kpi_engine.domain.query import Top
from kpi_engine.domain.translatable import Said, said
from kpi_engine.language.bare_names import bare_name
from kpi_engine.language.fiscal_periods import fiscal_unit
from kpi_engine.language.lexicon import PERIODS, QUESTIONS
from kpi_engine.language.line import Line
from kpi_engine.language.offers import key_of, unknown
from kpi_engine.language.partial import Partial, Step
from kpi_engine.language.phrases import is_in
from kpi_engine.language.vocabulary import AND, RANKED_BY, longest

_GRAINS = {
    Grain.DAY: said("day"),
    Grain.WEEK: said("week"),
    Grain.MONTH: said("month"),
    Grain.QUARTER: said("quarter"),
    Grain.YEAR: said("year"),
}
_USUAL_TOP = 10
_DIGITS_OF_TOP = 4


def read_split(line: Line, at: int, partial: Partial) -> Step | None:
    """Read "by" with dimensions or a unit of time, or a unit alone, such as "monthly"."""
    texts = line.texts
    if texts[at] in QUESTIONS.every:
        return _with_grain(partial, QUESTIONS.every[texts[at]]), at + 1
    if texts[at] not in QUESTIONS.by:
        return None
    at += 1
    if fiscal := fiscal_unit(texts, at, line.reading.today):
        return _with_grain(partial, fiscal[0]), fiscal[1]
    if is_in(PERIODS.units, texts, at):
        return _with_grain(partial, PERIODS.units[texts[at]]), at + 1
    names, by = line.names.dimensions, list(partial.by)
    start = at
    while length := longest(names, texts, at):
        by.append(names[texts[at : at + length]])
        at += length
        if not (is_in(AND, texts, at) and longest(names, texts, at + 1)):
            break
        at += 1
    if at == start:
        raise unknown(line, at) if at < len(texts) else _nothing_to_split_by(line)
    return replace(partial, by=tuple(by)), at


def read_ranking(line: Line, at: int, partial: Partial) -> Step | None:
    """Read "top 5" and "bottom", and the "customers by" that may follow."""
    texts = line.texts
    if texts[at] not in QUESTIONS.top:
        return None
    best, count, after = QUESTIONS.top[texts[at]], _USUAL_TOP, at + 1
    number = texts[after] if after < len(texts) else ""
    if number in PERIODS.counts or (number.isdecimal() and len(number) <= _DIGITS_OF_TOP):
        count, after = PERIODS.counts.get(number) or int(number), after + 1
    if not count:
        raise QueryError("Top how many? At least 1.", hint="Try top 5.")
    top = Top(count, best)
    if partial.top not in (None, top):
        raise QueryError("Which top or bottom? You named two.", hint="Leave one out.")
    return _ranked(line, after, replace(partial, top=top))


def _ranked(line: Line, at: int, partial: Partial) -> Step:
    """Read the "customers by" of "top 5 customers by sales"; a single "region noord" is a filter."""
    names, texts = line.names, line.texts
    length = longest(names.dimensions, texts, at)
    if not length or bare_name(line, at):
        return partial, at
    by = names.dimensions[texts[at : at + length]]
    at += length
    is_measured = is_in(RANKED_BY, texts, at) and longest(names.metrics, texts, at + 1)
    return replace(partial, by=(*partial.by, by)), at + 1 if is_measured else at


def _with_grain(partial: Partial, grain: AnyGrain) -> Partial:
    """Split the period by a unit of time. Raises QueryError for a second unit."""
    if partial.per is not None and partial.per != grain:
        raise QueryError(
            said(
                "Per {first} or per {second}? You named both.",
                first=_named(partial.per),
                second=_named(grain),
            ),
            hint="Leave one out.",
        )
    return replace(partial, per=grain)


def _named(grain: AnyGrain) -> Said:
    if isinstance(grain, FiscalGrain):
        return said("fiscal year") if grain.unit is Grain.YEAR else said("fiscal quarter")
    return _GRAINS[grain]


def _nothing_to_split_by(line: Line) -> QueryError:
    splits = (said("by {key}", key=key_of(line, name)) for name in list(line.catalogue.dimensions)[:3])
    return QueryError("What should it be split by?", hint=said("Try {splits}.", splits=tuple(splits)))
