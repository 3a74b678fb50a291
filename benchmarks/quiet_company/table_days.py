"""Days that are taken for missing although every row has arrived: table by table, over all days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from benchmarks.quiet_company.calendar import IS_WORKING_DAY, WORKING
from benchmarks.quiet_company.profiles import LAST_DAY, Profile
from benchmarks.quiet_company.rows import Form, forms
from kpi_engine.analysis.arrival import gaps

TABLES = {"orders": 3, "leads": 1, "opportunities": 3, "nps_answers": 6, "service_costs": 2}
"""The place of the column that says when a row was made, by table."""
_DATE = slice(0, 10)


@dataclass(frozen=True, slots=True)
class TableDays:
    """A table of a company: how many working days it has, and which are taken for missing."""

    table: str
    days: int
    called: tuple[date, ...]


def table_days(profile: Profile) -> Iterator[TableDays]:
    """Yield each table of a company with all its days."""
    tables = forms(profile)
    for table, place in TABLES.items():
        found = gaps(_rows_a_day(tables[table], place), LAST_DAY, IS_WORKING_DAY)
        yield TableDays(table, int(WORKING.sum()), tuple(gap.day for gap in found))


def _rows_a_day(entries: list[Form], place: int) -> Counter[date]:
    made = {form.row[0]: date.fromisoformat(str(form.row[place])[_DATE]) for form in entries}
    return Counter(made.values())
