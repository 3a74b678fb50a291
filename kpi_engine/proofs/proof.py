"""What every check of a live database works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, func, select

from kpi_engine.database.warehouse import Row
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Column, Location, Model, Path
from kpi_engine.domain.periods import IsWorkingDay
from kpi_engine.reading.reader import Reader
from kpi_engine.sql.joins import Relation, counted_rows

MISLED = 0.5
"""Where a larger part of the rows has no partner, the columns were mistaken."""
EXAMPLES = 3
"""The number of examples in a sentence."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A catalogue, its databases, the moment at which they are looked at and the calendar."""

    catalogue: Catalogue
    reader: Reader
    now: datetime
    is_working_day: IsWorkingDay | None = None

    @property
    def models(self) -> Mapping[str, Model]:
        """Every model by name."""
        return self.catalogue.models

    def relation(self, model: Model, paths: Sequence[Path]) -> Relation:
        """Return the model's rows, joined along the paths."""
        return Relation(self.models, model, paths, {})

    def flagged(self, model: Model, flags: Mapping[str, str]) -> Relation:
        """Return the model's rows with conditions as columns of 1 and 0."""
        return Relation(self.models, model, [(model.key,)], flags)

    def own_rows(self, model: Model, names: Sequence[str]) -> FromClause:
        """Return the rows of the model's own table that count, without any join."""
        columns = [model.columns.get(name, Column(name, name, None)) for name in dict.fromkeys(names)]
        return counted_rows(model, columns, {}).subquery(model.name)

    def read(self, model: Model, statement: Select[Any]) -> Sequence[Row]:
        """Read from the model's database."""
        return self.reader.warehouse(model).read(statement)

    def counts(self, model: Model, source: FromClause, *counts: ColumnElement[Any]) -> tuple[int, ...]:
        """Return some counts over rows of the model, in one statement."""
        (row,) = self.read(model, select(*counts).select_from(source))
        return tuple(int(value or 0) for value in row)

    def subject(self, about: str, model: Model, path: Path) -> str:
        """Return the name of a problem about a stored column, the same from every model that reads it."""
        owner = self.relation(model, [path]).model_at(path[:-1])
        entry = owner.columns.get(path[-1])
        stored = path[-1] if entry is None else entry.sql or entry.physical
        return f"{about} {owner.schema} {owner.table or owner.name} {stored}"

    def is_readable(self, model: Model, path: Path) -> bool:
        """Whether a column is there at all."""
        relation = self.relation(model, [path])
        try:
            self.read(model, select(relation.column(path)).select_from(relation.source).limit(1))
        except DataError:
            return False
        return True

    def sample(self, model: Model, path: Path) -> object:
        """Return one stored value of a column, None where it has none."""
        relation = self.relation(model, [path])
        column = relation.column(path)
        rows = self.read(
            model, select(column).select_from(relation.source).where(column.is_not(None)).limit(1)
        )
        return rows[0][0] if rows else None


def how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return the number of rows for which a condition holds, as an aggregate."""
    return func.count(case((condition, 1)))


def dotted(path: Path) -> str:
    """Return a path as the model file writes it."""
    return ".".join(path)


def quoted(values: Sequence[object]) -> str:
    """Return some values for a sentence, at most EXAMPLES of them."""
    return ", ".join(repr(value) for value in values[:EXAMPLES])


def wrong(model: Model, location: Location, message: str, fix: str) -> Problem:
    """Return a mistake: numbers would be wrong."""
    place = model.at(*location)
    return Problem(place.file, place.line, message, fix)


def odd(model: Model, location: Location, message: str, fix: str, subject: str = "") -> Problem:
    """Return a warning: numbers are right as defined, but something is odd."""
    place = model.at(*location)
    return Problem(place.file, place.line, message, fix, is_warning=True, subject=subject)


def noted(model: Model, location: Location, message: str, fix: str, subject: str = "") -> Problem:
    """Return a note: nothing is odd, but who reads the numbers should know."""
    place = model.at(*location)
    return Problem(place.file, place.line, message, fix, is_warning=True, is_note=True, subject=subject)
