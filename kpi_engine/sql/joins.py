"""A model as a FROM clause: its table or query, its columns, and the joins that paths need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    case,
    column,
    literal_column,
    select,
    table,
    text,
)

from kpi_engine.domain.errors import DataError
from kpi_engine.domain.models import WORKSPACE, Column, Model, Path
from kpi_engine.domain.translatable import said
from kpi_engine.sql.exact_text import same_bytes


class Relation:
    """The rows of one model, joined many-to-one along the paths asked for."""

    def __init__(
        self, models: Mapping[str, Model], model: Model, paths: Iterable[Path], flags: Mapping[str, str]
    ) -> None:
        """Prepare the FROM clause for `paths`; `flags` are conditions over the model's own table.

        A flag becomes a column of 1 and 0 under its name. Required joins of the model are always made.
        """
        self._models = models
        self._model = model
        self._flags = flags
        self._sources: dict[Path, FromClause] = {}
        self._columns: dict[Path, set[str]] = {(): set()}
        for path in paths:
            self._need(path)
        for name in self._required_joins():
            self._need((name, self._first_key(name)))
        self.source: FromClause = self._build()

    def column(self, path: Path) -> ColumnElement[Any]:
        """Return the column at the end of a path that was asked for."""
        return self._sources[path[:-1]].c[path[-1]]

    def flag(self, name: str) -> ColumnElement[Any]:
        """Return the 1-or-0 column of a condition."""
        return self._sources[()].c[name]

    def model_at(self, steps: Path) -> Model:
        """Return the model that some joins lead to (see `model_behind`)."""
        return model_behind(self._models, self._model, steps)

    def _required_joins(self) -> list[str]:
        return [name for name, join in self._model.joins.items() if join.required]

    def _first_key(self, join: str) -> str:
        return self._model.joins[join].on[0][1]

    def _need(self, path: Path) -> None:
        for length in range(1, len(path)):
            steps = path[:length]
            join = self.model_at(steps[:-1]).joins.get(steps[-1])
            if join is None:
                self.model_at(steps)
                continue
            for own, other in join.on:
                self._columns.setdefault(steps[:-1], set()).add(own)
                self._columns.setdefault(steps, set()).add(other)
        self._columns.setdefault(path[:-1], set()).add(path[-1])

    def _build(self) -> FromClause:
        names = {steps: "_".join((self._model.name, *steps)) for steps in self._columns}
        for steps in sorted(self._columns, key=len):
            flags = self._flags if not steps else {}
            self._sources[steps] = _base(self.model_at(steps), self._columns[steps], flags, names[steps])
        source: FromClause = self._sources[()]
        for steps in sorted(
            (steps for steps in self._columns if steps), key=lambda steps: (len(steps), steps)
        ):
            join = self.model_at(steps[:-1]).joins[steps[-1]]
            near, far = self._sources[steps[:-1]], self._sources[steps]
            on = (same_bytes(near.c[own], far.c[other]) for own, other in join.on)
            source = source.join(far, and_(*on), isouter=not join.required)
        return source


def model_behind(models: Mapping[str, Model], model: Model, steps: Path) -> Model:
    """Return the model that some joins of `model` lead to. Raises DataError where one isn't a join."""
    for step in steps:
        if step not in model.joins:
            raise DataError(
                said("“{join}” isn't a join of the model {model}.", join=step, model=model.name),
                hint="Correct the path in its file.",
            )
        model = models[model.joins[step].model]
    return model


def own_rows(model: Model, names: Iterable[str]) -> FromClause:
    """Return the counted rows of a model's own table with some columns, without any join."""
    return _base(model, set(names), {}, model.name)


def _base(model: Model, names: set[str], flags: Mapping[str, str], alias: str) -> FromClause:
    """Return the counted rows of one model with the columns `names` under the model's names."""
    columns = {name: model.columns.get(name, Column(name, name, None)) for name in sorted(names)}
    plain = all(entry.physical == name for name, entry in columns.items())
    if model.table is not None and plain and not (model.where or model.workspace or flags):
        return table(model.table, *(column(name) for name in columns), schema=model.schema).alias(alias)
    return counted_rows(model, columns.values(), flags).subquery(alias)


def counted_rows(model: Model, columns: Iterable[Column], flags: Mapping[str, str]) -> Select[Any]:
    """Select columns of a model's own table, its `where` applied; `columns` and `flags` as in Relation."""
    entries = list(columns)
    source = _from(model, [_physical(entry) for entry in entries if entry.sql is None])
    selected = [_expression(entry, source).label(entry.name) for entry in entries]
    selected += [case((literal_column(f"({sql})"), 1), else_=0).label(name) for name, sql in flags.items()]
    statement = select(*selected).select_from(source)
    if model.workspace:
        statement = statement.where(column(model.workspace) == bindparam(WORKSPACE, type_=String()))
    return statement.where(literal_column(f"({model.where})")) if model.where else statement


def _physical(entry: Column) -> str:
    return entry.physical or entry.name


def _expression(entry: Column, source: FromClause) -> ColumnElement[Any]:
    """A physical column carries its table's name: SQLite takes a bare "Amuont" that is nowhere for a text."""
    if entry.sql is not None:
        return literal_column(f"({entry.sql})")
    return source.c[_physical(entry)]


def _from(model: Model, names: Iterable[str]) -> FromClause:
    columns: list[ColumnClause[Any]] = [column(name) for name in dict.fromkeys(names)]
    if model.table is not None:
        source = table(model.table, *columns, schema=model.schema)
        return (
            source.alias(model.table) if model.schema else source
        )  # not every database takes schema.table.column
    # the operator's text is not a template: a colon in it is no parameter
    query = text((model.query or "").replace(":", "\\:"))
    return query.columns(*columns).subquery(f"{model.name}_rows")
