"""The questions whose time an index is judged by: a month of a model, a rep of it, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, func, literal, select

from kpi_engine.database.warehouse import Row
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.periods import add_months
from kpi_engine.reading.reader import Reader, between
from kpi_engine.sql.joins import Relation

_MONTHS = 24
"""The months that a question about one member covers; a question about all covers one."""


class Readable(Protocol):
    """What answers a SELECT: the database, or a copy of some of its rows."""

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        """Return the rows of a SELECT."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """Totals over the rows of a model in some months; with `by`, of the member that has the most rows."""

    model: Model
    time: Path
    values: tuple[Path, ...]
    by: Path | None = None
    member: str = ""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every column that it reads."""
        return tuple(dict.fromkeys([self.time, *self.values, *([self.by] if self.by else [])]))

    @property
    def words(self) -> str:
        """The question in words."""
        of_one = f"{_MONTHS} months of one {self.member}" if self.by else "one month"
        return f"{self.model.name}, {of_one}"


def asked(question: Question, reader: Reader, source: Readable, today: date) -> Select[Any] | None:
    """Return the statement of a question about the newest rows of a source up to today.

    None where there are none. Raises DataError and WarehouseError.
    """
    model = question.model
    relation = Relation(reader.models, model, question.paths, {})
    at, stored = relation.column(question.time), reader.time_column(model, question.time)
    ((newest,),) = source.read(select(func.max(at)).select_from(relation.source))
    last = stored.read(newest)
    if last is None:
        return None
    end = min(last.date(), today) + timedelta(days=1)
    start = add_months(end, -_MONTHS if question.by else -1)
    totals: list[ColumnElement[Any]] = [func.count()]
    totals += [func.sum(relation.column(path)) for path in question.values]
    in_months = between(at, stored, start, end)
    statement: Select[Any] = select(*totals).select_from(relation.source).where(in_months)
    if question.by is None:
        return statement
    key = relation.column(question.by)
    counted = select(key).select_from(relation.source).where(key.is_not(None)).group_by(key)
    most = source.read(counted.order_by(func.count().desc()).limit(1))
    return statement.where(key == literal(most[0][0])) if most else None
