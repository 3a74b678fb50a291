"""The side of the product: an engine over the company, asked as the bot asks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine as SqlEngine
from sqlalchemy import event

from benchmarks.company import CONFIG, NOW, ZONE
from benchmarks.databases import Database
from bot.runtime.settings import shipped_config
from kpi_engine import (
    NOBODY,
    Answer,
    Engine,
    Roster,
    Scope,
    ScopedQuery,
    SqlWarehouse,
    load,
    parse,
    working_days_of,
)
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.periods import ALL_TIME
from kpi_engine.domain.query import Baseline, Compare
from kpi_engine.domain.summary import SummaryRequest

_LARGE = ("customer",)
"""Dimensions whose members no question names: the bot knows them beforehand, which isn't measured."""

TIMEOUT = 30.0
"""Seconds that a statement may take, as shipped."""


class Product:
    """An engine over one database, and the questions to it as the parser reads them."""

    def __init__(self, database: Database, timeout: float = TIMEOUT) -> None:
        self.catalogue = load(CONFIG, shipped_config())
        warehouse = SqlWarehouse(database.url, timeout=timeout)
        self.engine = Engine(
            self.catalogue, {"sales": warehouse}, zone=ZONE, is_working_day=working_days_of("BE")
        )
        small = [name for name in self.catalogue.dimensions if name not in _LARGE]
        self._members = {name: Roster(self.engine.members_of(name)) for name in small}
        self._members |= {name: Roster(()) for name in _LARGE}

    def sections(self, name: str) -> tuple[tuple[ScopedQuery, ...], ...]:
        """Return the questions of a summary, without comparisons: it shows what is in its months."""
        spec = self.catalogue.summaries[name]
        return tuple(
            tuple(_alone(self.scoped(f"{line} {section.period}")) for line in section.questions)
            for section in spec.sections
        )

    def summary(self, name: str, sections: Sequence[Sequence[ScopedQuery]]) -> tuple[Answer, ...]:
        """Answer the questions of a summary together."""
        period = sections[0][0].query.period
        spec = self.catalogue.summaries[name]
        made = self.engine.summary(SummaryRequest(spec, sections, period or ALL_TIME), NOW)
        return tuple(answer for section in made.sections for answer in section.answers)

    def scoped(self, line: str) -> ScopedQuery:
        """Return a line as a question over all rows."""
        query = parse(line, self.catalogue, self._members, NOBODY, self.engine.today(NOW))
        return ScopedQuery(query, Scope())

    def answers(self, scoped: ScopedQuery) -> tuple[Answer, ...]:
        """Answer a question."""
        return self.engine.answer(scoped, NOW)

    def why(self, scoped: ScopedQuery) -> Explanation:
        """Explain the change of a figure."""
        return self.engine.explain(scoped, NOW)

    def close(self) -> None:
        """Close the connections."""
        self.engine.close()


def _alone(scoped: ScopedQuery) -> ScopedQuery:
    return replace(scoped, query=replace(scoped.query, compare=(Compare(Baseline.NONE),)))


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile, over whichever connections."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(SqlEngine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(SqlEngine, "before_cursor_execute", note)
