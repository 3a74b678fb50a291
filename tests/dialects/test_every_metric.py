"""The demo company in four databases: every metric by every dimension, and over time, to the cent.

SQLite itself is held against plain Python in tests/test_demo_numbers.py and tests/test_demo_customers.py.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import (
    Select,
    create_engine,
)

from bot.playground.company import demo_database
from kpi_engine.database.warehouse import Row, SqlWarehouse
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.query import Query
from kpi_engine.language.parser import NOBODY, parse
from tests.company_copies import END, copy_company
from tests.conftest import own_database, own_mysql_database
from tests.remembered import statement_key
from tests.shop import SHIPPED, Shop

NOW = "2026-11-23T08:30"
OTHERS = [
    "duckdb_company",
    pytest.param("postgresql_company", marks=pytest.mark.postgresql),
    pytest.param("mysql_company", marks=pytest.mark.mysql),
]


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
    copy_company(engine)
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
