"""Which columns and rows of which tables a question needs, so that it can be asked of a copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from kpi_engine.database.index_reflection import IndexedTable, TableName
from kpi_engine.database.warehouse import ROW_LIMIT
from kpi_engine.domain.models import Model, Path
from kpi_engine.onboarding.advice.tables import Tables, column_of


@dataclass(frozen=True, slots=True)
class Part:
    """Some columns of a table; with `nth` above 1 only the rows whose `chosen` is a multiple of it."""

    model: Model
    table: IndexedTable
    columns: tuple[str, ...]
    chosen: str = ""
    nth: int = 1


Chosen = tuple[str, int]
"""The column and the `nth` of a part."""


def parts_of(
    tables: Tables, model: Model, paths: Iterable[Path], besides: Mapping[TableName, Iterable[str]]
) -> tuple[Part, ...]:
    """Return what must be copied to read columns of a model, its own table first; () if that can't be done.

    `besides` are further columns of tables. A table with more rows than a statement gives is copied in part:
    rows that are joined are copied together, as far as one join leads.
    """
    models = tables.reader.models
    wanted: dict[TableName, tuple[Model, IndexedTable, set[str]]] = {}
    for steps, names in _needed(models, model, paths).items():
        owner = _at(models, model, steps)
        table = tables.of(owner)
        if table is None or (table.name[0] and tables.dialect(owner) == "sqlite"):
            return ()
        columns = tables.behind(owner, names) | set(besides.get(table.name, ()))
        columns |= {
            name for index in table.indexes if {*index.columns[:1]} & columns for name in index.columns
        }
        known = wanted.setdefault(table.name, (owner, table, set()))
        known[2].update(columns)
    chosen = _chosen(tables, {name: owner for name, (owner, _, _) in wanted.items()})
    if chosen is None:
        return ()
    return tuple(
        Part(owner, table, tuple(sorted(columns)), *chosen.get(name, ("", 1)))
        for name, (owner, table, columns) in wanted.items()
    )


def _needed(models: Mapping[str, Model], model: Model, paths: Iterable[Path]) -> Mapping[Path, set[str]]:
    """Return the columns of each model that are read, by the joins that lead to it."""
    required = [(name, join.on[0][1]) for name, join in model.joins.items() if join.required]
    found: dict[Path, set[str]] = {(): {model.key}}
    for path in [*paths, *required]:
        for length, step in enumerate(path[:-1]):
            join = _at(models, model, path[:length]).joins[step]
            found.setdefault(path[:length], set()).update(own for own, _ in join.on)
            found.setdefault(path[: length + 1], set()).update(other for _, other in join.on)
        found.setdefault(path[:-1], set()).add(path[-1])
    return found


def _at(models: Mapping[str, Model], model: Model, steps: Path) -> Model:
    for step in steps:
        model = models[model.joins[step].model]
    return model


def _chosen(tables: Tables, owners: Mapping[TableName, Model]) -> Mapping[TableName, Chosen] | None:
    """Return how to choose the rows of tables that are too large to copy; None where that can't be told."""
    large = {name: owner for name, owner in owners.items() if tables.rows(owner) > ROW_LIMIT}
    if not large:
        return {}
    nth = ceil(max(map(tables.rows, large.values())) / ROW_LIMIT)
    (first, model), *others = owners.items()
    partners = [(name, owner) for name, owner in others if name in large]
    if not partners:
        by_key = _number(tables, model, model.key)
        return {first: (by_key, nth)} if by_key else {first: ("", 1)}
    if len(partners) > 1:
        return None
    ((name, partner),) = partners
    for join in model.joins.values():
        if tables.reader.models[join.model] is partner and len(join.on) == 1:
            ((own, other),) = join.on
            near, far = _number(tables, model, own), _number(tables, partner, other)
            return {first: (near, nth), name: (far, nth)} if near and far else None
    return None


def _number(tables: Tables, model: Model, name: str) -> str:
    """Return the table's column behind a model's, if it holds numbers; else an empty text."""
    table, column = tables.of(model), column_of(model, name)
    physical = column.physical or name
    if table is None or column.sql is not None or physical not in table.columns:
        return ""
    return physical if table.columns[physical].kind == "number" else ""
