"""The demo company in four databases: every metric by every dimension, and over time, to the cent.

SQLite itself is held against plain Python in tests/test_demo_numbers.py and tests/test_demo_customers.py.
"""

from __future__ import annotations

import csv
import math
import sqlite3
from collections.abc import Hashable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Engine,
    Index,
    Integer,
    MetaData,
    Numeric,
    Select,
    String,
    Table,
    Text,
    create_engine,
)
from sqlalchemy.types import TypeEngine

from bot.playground.company import demo_database
from kpi_engine.database.warehouse import Row, SqlWarehouse
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.query import Query
from kpi_engine.language.parser import NOBODY, parse
from tests.conftest import own_database, own_mysql_database
from tests.remembered import statement_key
from tests.shop import SHIPPED, Shop

END = date(2026, 11, 22)
NOW = "2026-11-23T08:30"
OTHERS = [
    "duckdb_company",
    pytest.param("postgresql_company", marks=pytest.mark.postgresql),
    pytest.param("mysql_company", marks=pytest.mark.mysql),
]
_PER_INSERT = 5_000


def _type(declared: str, name: str) -> TypeEngine[object]:
    """The type that somebody would give to a column of the demo company in a database with types."""
    match declared.lower():
        case "integer":
            return Integer()
        case "date":
            return Date()
        case "numeric":
            return Numeric(14, 2)
    if name.endswith("_at"):
        return DateTime()
    return Text() if name == "reason" else String(200)


def _value(value: object, kind: TypeEngine[object]) -> object:
    if value is None:
        return None
    if isinstance(kind, Date):
        return date.fromisoformat(str(value)[:10])
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(str(value))
    return Decimal(str(value)) if isinstance(kind, Numeric) else value


def _copy(target: Engine) -> None:
    """Make the demo company's tables in another database and copy every row."""
    metadata = MetaData()
    with closing(sqlite3.connect(demo_database(END))) as source:
        names = [
            row[0]
            for row in source.execute("select name from sqlite_master where type = 'table'")
            if not row[0].startswith("sqlite_")
        ]
        for name in names:
            described = source.execute(f"pragma table_info({name})").fetchall()
            columns = [
                Column(column, _type(declared, column), primary_key=bool(key), autoincrement=False)
                for _, column, declared, _, _, key in described
            ]
            table = Table(name, metadata, *columns)
            for column in columns:
                if column.name in ("order_id", "customer_id", "lead_id"):
                    Index(f"ix_{name}_{column.name}", column)
            rows = source.execute(f"select * from {name}").fetchall()
            table.info["rows"] = [
                {column.name: _value(value, column.type) for column, value in zip(columns, row, strict=True)}
                for row in rows
            ]
    metadata.drop_all(target)
    metadata.create_all(target)
    for table in metadata.sorted_tables:
        _insert(target, table)


def _insert(target: Engine, table: Table) -> None:
    rows = table.info["rows"]
    with target.begin() as connection:
        if target.dialect.name == "duckdb":  # row by row it would take minutes
            with NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(row.values() for row in rows)
                file.flush()
                connection.exec_driver_sql(f"copy \"{table.name}\" from '{file.name}' (header false)")
            return
        for start in range(0, len(rows), _PER_INSERT):
            connection.execute(table.insert(), rows[start : start + _PER_INSERT])


class Remembering:
    """A database whose rows don't change meanwhile: each statement is run once, however often it is asked."""

    def __init__(self, url: str) -> None:
        self._warehouse = SqlWarehouse(url, timeout=300)  # a busy machine may take long over one
        self._rows: dict[Hashable, Sequence[Row]] = {}
        self.sql, self.close = self._warehouse.sql, self._warehouse.close
        self.dialect_name = self._warehouse.dialect_name

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        key = statement_key(self._warehouse, statement) or self.sql(statement)
        if key not in self._rows:
            self._rows[key] = self._warehouse.read(statement)
        return self._rows[key]


def _shop(url: str) -> Iterator[Shop]:
    shop = Shop(url, SHIPPED, NOW, warehouse=Remembering(url))
    yield shop
    shop.engine.close()


def _company(url: str) -> Iterator[Shop]:
    engine = create_engine(url)
    _copy(engine)
    engine.dispose()
    yield from _shop(url)


@pytest.fixture(scope="module")
def sqlite_company() -> Iterator[Shop]:
    yield from _shop(f"sqlite:///{demo_database(END)}")


@pytest.fixture(scope="module")
def duckdb_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    yield from _company(f"duckdb:///{tmp_path_factory.mktemp('duckdb') / 'company.duckdb'}")


@pytest.fixture(scope="module")
def postgresql_company(postgresql_server: str) -> Iterator[Shop]:
    yield from _company(own_database(postgresql_server, "company"))


@pytest.fixture(scope="module")
def mysql_company(mysql_server: str) -> Iterator[Shop]:
    yield from _company(own_mysql_database(mysql_server, "every_metric"))


def _numbers(answer: Answer) -> dict[str, float]:
    """Every number of an answer, its parts and comparisons; no data is not a number."""
    figures = {"total": answer.figure}
    figures |= {f"{entry.to} {entry.period}": entry.figure for entry in answer.comparisons}
    figures |= {f"{point.period}": point.figure for point in answer.series}
    figures |= {f"{group.keys}": group.figure for group in answer.groups}
    found: dict[str, float] = {}
    for name, figure in figures.items():
        parts = {"value": figure.value, "numerator": figure.numerator, "denominator": figure.denominator}
        for part, value in {**parts, **(figure.parts or {})}.items():
            found[f"{name} {part}"] = math.nan if value is None else float(value)
    for finding in answer.findings:
        found |= {f"{type(finding).__name__} {i}": hash(entry) for i, entry in enumerate(_whole(finding))}
    return found


def _whole(finding: object) -> list[int]:
    """The whole numbers of a finding, which don't depend on the order of addition."""
    values = [getattr(finding, name) for name in finding.__dataclass_fields__]  # type: ignore[attr-defined]
    return [value for value in values if isinstance(value, int)]


def _questions(shop: Shop) -> list[str]:
    found = []
    for name, metric in shop.catalogue.metrics.items():
        if name == "pairs":
            found += ["pairs", "pairs region:noord"]
            continue
        found += [f"{name} 2026-09", f"{name} per month 2026-04..2026-09", f"{name} this month"]
        found += [f"{name} by {dimension} 2026-09" for dimension in metric.dimensions]
    return found


@pytest.fixture(scope="module")
def expected(sqlite_company: Shop) -> list[tuple[str, Query, dict[str, float]]]:
    """Each question, understood, with SQLite's numbers."""
    members, today = sqlite_company.members, sqlite_company.engine.today(sqlite_company.now)
    lines = _questions(sqlite_company)
    queries = [parse(line, sqlite_company.catalogue, members, NOBODY, today) for line in lines]
    return [
        (line, query, _numbers(sqlite_company.answer(query)))
        for line, query in zip(lines, queries, strict=True)
    ]


@pytest.mark.parametrize("other", OTHERS)
def test_every_metric_by_every_dimension(
    other: str,
    expected: list[tuple[str, Query, dict[str, float]]],
    sqlite_company: Shop,
    request: pytest.FixtureRequest,
) -> None:
    """The members, and of each question the number, its parts, comparisons, groups and findings."""
    company: Shop = request.getfixturevalue(other)
    assert company.engine.members() == sqlite_company.engine.members()
    assert len(expected) > 200
    for line, query, numbers in expected:
        found = _numbers(company.answer(query))
        assert found == pytest.approx(numbers, rel=1e-9, abs=0.0049, nan_ok=True), line
