"""Advise statistics: a database that counts no values guesses how many rows a question reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, any_, column, func, literal, select, table, tuple_

from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.models import Model
from kpi_engine.onboarding.advice.advised import Advice, about
from kpi_engine.onboarding.advice.candidates import FEWEST_ROWS
from kpi_engine.onboarding.advice.ddl import analyze_ddl, quoted_name
from kpi_engine.onboarding.advice.tables import Tables, source

_SAMPLE_ROWS = 100_000
_STALE = 0.2
"""PostgreSQL counts values again by itself when a tenth has changed, unless that is turned off."""
_TOLD = 1.05
"""A column tells another if there are hardly more pairs of their values than it has values."""
_FEWEST_VALUES, _MOST_COLUMNS = 2, 8
"""PostgreSQL's statistics have eight columns at most."""


def advice(tables: Tables) -> Iterator[Advice]:
    """Yield what to count on PostgreSQL and SQLite. Raises DataError and WarehouseError."""
    seen: set[tuple[str, object]] = set()
    for model in tables.models:
        warehouse, found = tables.warehouse(model), tables.of(model)
        if warehouse is None or found is None or (model.database, found.name) in seen:
            continue
        seen.add((model.database, found.name))
        if tables.rows(model) < FEWEST_ROWS:
            continue
        if warehouse.dialect.name == "postgresql":
            yield from _counted(tables, model, warehouse)
            yield from _correlated(tables, model, warehouse)
        elif warehouse.dialect.name == "sqlite" and (model.database, None) not in seen:
            seen.add((model.database, None))  # it counts the values of all tables at once
            yield from _counted_by_sqlite(model, warehouse)


def _counted_by_sqlite(model: Model, warehouse: SqlWarehouse) -> Iterator[Advice]:
    names = table("sqlite_master", column("name"))
    if not warehouse.read(select(names.c.name).where(names.c.name == literal("sqlite_stat1"))):
        yield about(
            model,
            ("table",),
            "The database has no statistics, so SQLite chooses between indexes by rules of thumb, and may "
            "choose one that makes a question slower.",
            ddl="ANALYZE;",
        )


def _counted(tables: Tables, model: Model, warehouse: SqlWarehouse) -> Iterator[Advice]:
    """Yield that values of a table were never counted, or not since many rows have changed."""
    stats = table("pg_stats", column("schemaname"), column("tablename"))
    known = _read_of(warehouse, model, select(func.count()).select_from(stats), stats.c.tablename, stats)
    name = f"{model.table}"
    ddl = f"{analyze_ddl(warehouse.dialect, (model.schema, name))};"
    if not known[0][0]:
        message = (
            f"PostgreSQL has no statistics of the table {name}, so it guesses how many rows a question reads."
        )
        yield about(model, ("table",), message, ddl=ddl)
        return
    changes = table("pg_stat_user_tables", *map(column, ("schemaname", "relname", "n_mod_since_analyze")))
    rows = _read_of(warehouse, model, select(changes.c.n_mod_since_analyze), changes.c.relname, changes)
    changed = int(rows[0][0] or 0) if rows else 0
    if changed > _STALE * tables.rows(model):
        message = (
            f"{changed:,} of the {tables.rows(model):,} rows of the table {name} have changed since "
            "PostgreSQL's statistics of it were made."
        )
        yield about(model, ("table",), message, ddl=ddl)


def _read_of(
    warehouse: SqlWarehouse, model: Model, statement: Select[Any], named: ColumnElement[Any], view: FromClause
) -> Sequence[tuple[Any, ...]]:
    """Read the rows of a system view about a model's table."""
    schema = literal(model.schema) if model.schema else func.current_schema()
    return warehouse.read(statement.where(named == literal(model.table), view.c.schemaname == schema))


def _correlated(tables: Tables, model: Model, warehouse: SqlWarehouse) -> Iterator[Advice]:
    """Yield columns that people split and filter by, of which one tells another: a rep's region."""
    stored = [tables.stored(model, entry.path) for entry in model.dimensions.values()]
    names = list(dict.fromkeys(entry.name for entry in stored if entry and not entry.steps))[:_MOST_COLUMNS]
    if len(names) < _FEWEST_VALUES:
        return
    known = _known_together(model, warehouse)
    new = [
        pair for pair in _telling(model, warehouse, names) if not any(set(pair) <= entry for entry in known)
    ]
    if not new:
        return
    columns = [name for name in names if any(name in pair for pair in new)]
    quote, own = warehouse.dialect.identifier_preparer.quote, (model.schema, model.table or "")
    told = ", ".join(f"nearly every {first} has one {second}" for first, second in new)
    called = quote(f"st_{model.table}_{'_'.join(columns)}"[:60])
    yield about(
        model,
        ("dimensions",),
        f"In the table {model.table}, {told}. PostgreSQL assumes that columns are independent, so it expects "
        "too few rows if a question filters by both, and too many groups if it is split by both.",
        ddl=f"CREATE STATISTICS {called} (ndistinct, dependencies) ON {', '.join(map(quote, columns))} "
        f"FROM {quoted_name(warehouse.dialect, own)}; {analyze_ddl(warehouse.dialect, own)};",
    )


def _telling(model: Model, warehouse: SqlWarehouse, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of columns of which the first tells the second, in some rows of the table."""
    some = select(*map(column, names)).select_from(source(model)).limit(_SAMPLE_ROWS).subquery("some_rows")
    pairs = list(combinations(names, 2))
    counted: list[ColumnElement[Any]] = [func.count()]
    counted += [func.count(some.c[name].distinct()) for name in names]
    counted += [func.count(tuple_(some.c[a], some.c[b]).distinct()) for a, b in pairs]
    ((rows, *counts),) = warehouse.read(select(*counted).select_from(some))
    values = dict(zip(names, counts, strict=False))
    for (first, second), both in zip(pairs, counts[len(names) :], strict=True):
        most, least = max(values[first], values[second]), min(values[first], values[second])
        if least >= _FEWEST_VALUES and both <= most * _TOLD and most <= rows / 2:
            yield (first, second) if values[first] == most else (second, first)


def _known_together(model: Model, warehouse: SqlWarehouse) -> list[set[str]]:
    """Return the columns that PostgreSQL counts the values of together already."""
    statistics = table("pg_statistic_ext", *map(column, ("oid", "stxrelid", "stxkeys")))
    attributes = table("pg_attribute", *map(column, ("attrelid", "attnum", "attname")))
    owners = table("pg_class", *map(column, ("oid", "relname")))
    rows = warehouse.read(
        select(statistics.c.oid, attributes.c.attname)
        .join_from(statistics, owners, owners.c.oid == statistics.c.stxrelid)
        .join(attributes, attributes.c.attrelid == statistics.c.stxrelid)
        .where(owners.c.relname == literal(model.table), attributes.c.attnum == any_(statistics.c.stxkeys))
    )
    found: dict[object, set[str]] = {}
    for oid, name in rows:
        found.setdefault(oid, set()).add(str(name))
    return list(found.values())
