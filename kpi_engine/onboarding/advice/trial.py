"""Try indexes on a copy of some rows in memory: the database itself isn't written to."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from time import process_time

from sqlalchemy.exc import SQLAlchemyError

from kpi_engine.database.warehouse import sql_text
from kpi_engine.domain.errors import DataError, WarehouseError
from kpi_engine.domain.models import Model
from kpi_engine.onboarding.advice.candidates import Candidate
from kpi_engine.onboarding.advice.copied_rows import IN_MEMORY, CopiedRows, copied
from kpi_engine.onboarding.advice.copy_plan import parts_of
from kpi_engine.onboarding.advice.tables import Tables
from kpi_engine.onboarding.advice.timing import Timed, median_of

log = logging.getLogger(__name__)

_FEWEST_ROWS = 1_000
"""A copy with fewer rows shows nothing."""
_LEAST_GAIN, _LEAST_SECONDS = 1.3, 0.0002
"""What makes a question faster by less isn't worth its keep."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A question on a copy of `rows` rows: seconds of CPU without and with the indexes that it needs."""

    timed: Timed
    rows: int
    before: float
    after: float
    indexes: tuple[Candidate, ...]


def can_try(tables: Tables, model: Model) -> bool:
    """Whether indexes on a model's table can be tried without writing to its database."""
    return tables.dialect(model) in IN_MEMORY


def trials(
    tables: Tables, found: Sequence[Candidate], questions: Sequence[Timed], today: date
) -> Iterator[Trial]:
    """Yield the questions that some of the indexes make faster, with those indexes."""
    by_model: dict[str, list[Timed]] = {}
    for timed in questions:
        if can_try(tables, timed.question.model):
            by_model.setdefault(timed.question.model.name, []).append(timed)
    for name, same in by_model.items():
        try:
            yield from _of_model(tables, same, found, today)
        except (DataError, WarehouseError, SQLAlchemyError, TypeError, ValueError) as wrong:
            log.info("indexes for %s can't be tried on a copy: %s", name, wrong)


def _of_model(
    tables: Tables, questions: Sequence[Timed], found: Sequence[Candidate], today: date
) -> Iterator[Trial]:
    model = questions[0].question.model
    found = [entry for entry in found if entry.owner.database == model.database]
    columns = {
        table: {name for entry in found if entry.table.name == table for name in _held(entry)}
        for table in {entry.table.name for entry in found}
    }
    paths = [path for timed in questions for path in timed.question.paths]
    parts = parts_of(tables, model, paths, columns)
    names = {part.table.name for part in parts}
    usable = [entry for entry in found if entry.table.name in names]
    if not usable:
        return
    with copied(tables, parts) as (copy, count):
        for timed in questions if count >= _FEWEST_ROWS else ():
            statement = timed.question.statement(tables.reader, copy, today)
            if statement is not None:
                before, after, needed = _try(copy, sql_text(statement, copy.dialect), usable)
                if _is_gain(before, after):
                    yield Trial(timed, count, before, after, needed)


def _held(entry: Candidate) -> tuple[str, ...]:
    return (*entry.columns, *entry.included)


def _try(
    copy: CopiedRows, sql: str, usable: Sequence[Candidate]
) -> tuple[float, float, tuple[Candidate, ...]]:
    """Time a question without indexes, and with those of them all that it needs."""
    before = _seconds(copy, sql)
    made = [copy.index(entry.table.name, entry.columns, entry.included) for entry in usable]
    after = _seconds(copy, sql)
    needed = []
    for entry, name in zip(usable, made, strict=True):
        copy.drop(name)
        without = _seconds(copy, sql)
        if _is_gain(without, after):
            needed.append((entry, copy.index(entry.table.name, entry.columns, entry.included)))
        else:
            after = without
    for _, name in needed:
        copy.drop(name)
    return before, after, tuple(entry for entry, _ in needed)


def _is_gain(before: float, after: float) -> bool:
    return before >= after * _LEAST_GAIN and before - after >= _LEAST_SECONDS


def _seconds(copy: CopiedRows, sql: str) -> float:
    """Return the CPU that a question takes: both databases run in this process, with others beside it."""
    return median_of(lambda: copy.rows(sql), process_time)
