"""Refuses fiscal periods while nobody has said in which month the fiscal year begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import AnyGrain, FiscalGrain, Period
from kpi_engine.domain.query import Compare, Query


def is_unknown_fiscal(query: Query) -> bool:
    """Whether a question names a fiscal period of which the months aren't known."""
    periods = (query.period, *(entry.period for entry in query.compare))
    grains = (query.per, *(period.grain for period in periods if period))
    return any(isinstance(grain, FiscalGrain) and not grain.year.is_known for grain in grains)


def in_calendar_years(query: Query) -> Query:
    """Return a question with calendar years and quarters in place of fiscal ones."""
    return replace(
        query,
        period=query.period and _in_calendar(query.period),
        per=query.per and _unit(query.per),
        compare=tuple(
            Compare(entry.baseline, entry.period and _in_calendar(entry.period)) for entry in query.compare
        ),
    )


def unknown_fiscal(suggestions: Sequence[str]) -> QueryError:
    """Return the refusal of a fiscal period; `suggestions` ask for calendar years instead."""
    return QueryError(
        "I don't know in which month your fiscal year begins.",
        hint="Whoever runs the bot can set it: KPI_FISCAL_YEAR_START, for example april. In calendar years:",
        suggestions=tuple(suggestions),
    )


def _in_calendar(period: Period) -> Period:
    return replace(period, grain=_unit(period.grain))


def _unit(grain: AnyGrain) -> AnyGrain:
    return grain.unit if isinstance(grain, FiscalGrain) else grain
