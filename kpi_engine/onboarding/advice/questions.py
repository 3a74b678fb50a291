"""The questions whose time an index is judged by."""

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
_LETTERS, _MOST_NAMES = 3, 20
"""What is typed of a name, and how many names that begin so are read."""


class Readable(Protocol):
    """What answers a SELECT: the database, or a copy of some of its rows."""

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        """Return the rows of a SELECT."""
        ...


class Question(Protocol):
    """A question about the rows of a model."""

    @property
    def model(self) -> Model:
        """The model whose rows it is about."""
        ...

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every column that it reads."""
        ...

    @property
    def words(self) -> str:
        """The question in words."""
        ...

    def statement(self, reader: Reader, source: Readable, today: date) -> Select[Any] | None:
        """Return its statement, with values that a source has; None where there are none.

        Raises DataError and WarehouseError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals over the newest month of a model; with `by`, over 24 months of the member with the most rows."""

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

    def statement(self, reader: Reader, source: Readable, today: date) -> Select[Any] | None:
        """Return its statement about the newest rows of a source up to today."""
        relation = Relation(reader.models, self.model, self.paths, {})
        at, stored = relation.column(self.time), reader.time_column(self.model, self.time)
        ((newest,),) = source.read(select(func.max(at)).select_from(relation.source))
        last = stored.read_known(newest)
        if last is None:
            return None
        end = min(last.date(), today) + timedelta(days=1)
        start = add_months(end, -_MONTHS if self.by else -1)
        totals: list[ColumnElement[Any]] = [func.count()]
        totals += [func.sum(relation.column(path)) for path in self.values]
        in_months = between(at, stored, start, end)
        found: Select[Any] = select(*totals).select_from(relation.source).where(in_months)
        if self.by is None:
            return found
        key = relation.column(self.by)
        counted = select(key).select_from(relation.source).where(key.is_not(None)).group_by(key)
        most = source.read(counted.order_by(func.count().desc()).limit(1))
        return found.where(key == literal(most[0][0])) if most else None


@dataclass(frozen=True, slots=True)
class Names:
    """Members whose name begins with some letters, as somebody types them."""

    model: Model
    label: str

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every column that it reads."""
        return ((self.model.key,), (self.label,))

    @property
    def words(self) -> str:
        """The question in words."""
        return f"{self.model.name}, names that begin with {_LETTERS} letters"

    def statement(self, reader: Reader, source: Readable, today: date) -> Select[Any] | None:  # noqa: ARG002 - the protocol's
        """Return its statement for the beginning of a name that there is."""
        relation = Relation(reader.models, self.model, self.paths, {})
        key, label = (relation.column(path) for path in self.paths)
        some = source.read(select(label).select_from(relation.source).where(label.is_not(None)).limit(1))
        begin = str(some[0][0])[:_LETTERS] if some else ""
        if not begin:
            return None
        behind = begin[:-1] + chr(ord(begin[-1]) + 1)
        named = select(key, label).select_from(relation.source)
        return named.where(label >= literal(begin), label < literal(behind)).limit(_MOST_NAMES)


@dataclass(frozen=True, slots=True)
class Newest:
    """How far the rows of a model are loaded."""

    model: Model
    time: str

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every column that it reads."""
        return ((self.time,),)

    @property
    def words(self) -> str:
        """The question in words."""
        return f"{self.model.name}, how far its rows are loaded"

    def statement(self, reader: Reader, source: Readable, today: date) -> Select[Any] | None:  # noqa: ARG002 - the protocol's
        """Return its statement."""
        relation = Relation(reader.models, self.model, self.paths, {})
        return select(func.max(relation.column(self.paths[0]))).select_from(relation.source)
