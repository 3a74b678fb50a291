"""Where the members of a dimension are kept: a table of their own, or columns that hold their keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    literal_column,
    null,
    select,
    union_all,
)

from kpi_engine.domain.models import MemberTable, Model
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.joins import Relation, own_rows


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A model whose rows are the members of a dimension."""

    model: Model
    table: MemberTable

    @property
    def further(self) -> tuple[str, ...]:
        """The columns beside key and label: when a member counts, and who it is in Slack."""
        named = (self.table.active_from, self.table.active_until, self.table.user, self.table.email)
        return tuple(dict.fromkeys(column for column in named if column))

    def source(
        self, models: Mapping[str, Model]
    ) -> tuple[FromClause, ColumnElement[Any], ColumnElement[Any]]:
        """Return the counted rows, and their key and label."""
        paths = [(self.model.key,), (self.table.label,)]
        relation = Relation(models, self.model, paths, {})
        return relation.source, relation.column(paths[0]), relation.column(paths[1])


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column with the keys of a dimension that has no table of its own, and the model that it lies in."""

    model: Model
    column: str

    def source(self) -> tuple[FromClause, ColumnElement[Any]]:
        """Return the counted rows of the column's own table, and the column."""
        rows = own_rows(self.model, (self.column,))
        return rows, rows.c[self.column]

    def distinct(self, limit: int) -> Select[Any]:
        """Return the statement for its different values, at most `limit`."""
        rows, key = self.source()
        return select(key).select_from(rows).where(key.is_not(None)).group_by(exactly(key)).limit(limit)

    def covers(self, other: ValueColumn) -> bool:
        """Whether it is a column of the same table as another one, and no row of that table is left out."""
        mine, theirs = self.model, other.model
        return (
            mine.table is not None
            and mine.where is None
            and mine.workspace is None
            and (mine.database, mine.schema, mine.table) == (theirs.database, theirs.schema, theirs.table)
            and self._stored() == other._stored()
        )

    def _stored(self) -> tuple[str | None, str | None]:
        """Return the physical column, or the expression."""
        column = self.model.columns.get(self.column)
        return (column.physical, column.sql) if column else (self.column, None)


def own_table(models: Mapping[str, Model], dimension: str) -> OwnTable | None:
    """Return the table of a dimension's members, None if it has none."""
    for model in models.values():
        if dimension in model.members:
            return OwnTable(model, model.members[dimension])
    return None


def names_together(
    models: Mapping[str, Model], tables: Sequence[OwnTable], limit: int
) -> Select[Any] | CompoundSelect[Any]:
    """Return a statement with a row for each member of several tables, at most `limit` of each.

    Columns: the table's number, then a key and a label for each table, NULL in the rows of the others. In the
    first branch they are NULLs of the others' own types: PostgreSQL takes two bare NULLs of a UNION for text.
    """
    sources = [table.source(models) for table in tables]
    never = literal_column("1") == literal_column("0")
    branches: list[Select[Any]] = []
    for number, (source, key, label) in enumerate(sources):
        own = select(key.label("key"), label.label("label")).select_from(source).limit(limit)
        members = own.subquery(f"members_{number}")
        columns: list[ColumnElement[Any]] = [literal_column(str(number)).label("number")]
        for place, (other, *named) in enumerate(sources):
            for name, column in zip(("key", "label"), named, strict=True):
                value: ColumnElement[Any] = null()
                if place == number:
                    value = members.c[name]
                elif not branches:
                    value = select(column).select_from(other).where(never).scalar_subquery()
                columns.append(value.label(f"{name}_{place}"))
        branches.append(select(*columns).select_from(members))
    return union_all(*branches)


def value_columns(
    models: Mapping[str, Model], dimension: str, among: Collection[str]
) -> tuple[ValueColumn, ...]:
    """Return the fewest columns that hold all keys of a dimension that the models `among` may refer to.

    Each is looked for on the table that it lies in (`segment` of the customers, not of their orders). The
    bot's own tables come last.
    """
    found: dict[tuple[str, str], ValueColumn] = {}
    for model in sorted(models.values(), key=lambda model: model.is_own):
        if dimension in model.dimensions and model.name in among and not model.targets:
            *steps, column = model.dimensions[dimension].path
            owner = _led_to(models, model, steps)
            found.setdefault((owner.name, column), ValueColumn(owner, column))
    return tuple(_fewest(found.values()))


def _led_to(models: Mapping[str, Model], model: Model, steps: Iterable[str]) -> Model:
    """Return the model that some joins lead to; the model files are checked when they are loaded."""
    for step in steps:
        model = models[model.joins[step].model]
    return model


def _fewest(columns: Collection[ValueColumn]) -> Iterator[ValueColumn]:
    """Yield the columns without those whose values another one has as well."""
    kept: list[ValueColumn] = []
    for column in columns:
        others = [other for other in columns if other is not column and other.covers(column)]
        # of two that cover each other, the first is kept
        if not any(other in kept or not column.covers(other) for other in others):
            kept.append(column)
            yield column
