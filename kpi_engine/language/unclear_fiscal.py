"""Fiscal periods that can't be read as they are: why not, and what may be meant."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Grain
from kpi_engine.domain.translatable import said
from kpi_engine.language.doubts import Doubt
from kpi_engine.language.fiscal_periods import fiscal_unit, fiscal_years_apart
from kpi_engine.language.lexicon import PERIODS, offered_beside
from kpi_engine.language.today import Today
from kpi_engine.language.unclear_counts import how_many

_USUAL = {Grain.QUARTER: (2, 4, 8), Grain.YEAR: (2, 3, 5)}
"""The usual numbers of units to look back."""


def unclear_fiscal(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Ask which fiscal year is meant, or for the number of "last fiscal years"."""
    is_last = words[at] in PERIODS.last
    named = fiscal_unit(words, at + is_last, today)
    if named and is_last and words[named[1] - 1] in PERIODS.fiscal_plurals:
        unit = " ".join(words[at + 1 : named[1]])
        return how_many(words, at, named[1], [f"{words[at]} {n} {unit}" for n in _USUAL[named[0].unit]])
    if apart := fiscal_years_apart(words, at, today):
        years, after = apart
        refusal = QueryError(
            said("No fiscal year is in both {first} and {last}.", first=f"{years[0]}", last=f"{years[1]}"),
            hint="Did you mean one of these?",
        )
        return Doubt(after, refusal, tuple(f"fy{year}" for year in years))
    if named is None or is_last:
        return None
    phrase = tuple(words[at : named[1]])
    offered = offered_beside(
        phrase, lambda language: language.periods.fiscal_years + language.periods.fiscal_quarters
    )
    refusal = QueryError(
        said("Which one? “{typed}” can be several.", typed=" ".join(phrase)),
        hint="Did you mean one of these?",
    )
    return Doubt(named[1], refusal, tuple(offered.fiscal[named[0].unit]))
