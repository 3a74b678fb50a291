"""The same model files on Spark's Thrift Server: every number is DuckDB's.

`make spark` runs these tests; without PySpark, Java or PyHive they are skipped.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import column, literal_column, select, table

from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.cancellation import Cancellation, cancelled_by
from kpi_engine.domain.errors import DataError, QuestionCancelledError, WarehouseTimeoutError
from kpi_engine.domain.explanation import Explanation
from kpi_engine.language.parser import NOBODY, parse
from tests.dialects import test_every_metric, test_same_number
from tests.dialects.spark_server import SparkServer, spark_server
from tests.shop import Shop

pytestmark = pytest.mark.spark

WHY = (
    "sales 2026-09",
    "profit 2026-09",
    "conversion 2026-06",
    "churn 2026-09",
    "average_order_value 2026-09",
)
ENDLESS = "(SELECT sum(a.id * b.id % 7) FROM range(9000000) a CROSS JOIN range(9000000) b)"


@pytest.fixture(scope="module")
def server() -> Iterator[SparkServer]:
    with spark_server() as started:
        yield started


@pytest.fixture(scope="module")
def duckdb_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    yield from test_every_metric._company(f"duckdb:///{_file(tmp_path_factory)}")


@pytest.fixture(scope="module")
def spark_company(
    server: SparkServer, duckdb_company: Shop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    yield from test_every_metric._shop(server.tables_of(_file(tmp_path_factory), "company"))


def _file(folders: pytest.TempPathFactory) -> Path:
    return folders.getbasetemp() / "company.duckdb"


def test_every_metric_by_every_dimension(duckdb_company: Shop, spark_company: Shop) -> None:
    """The members, and of each question the number, its parts, comparisons, groups and findings."""
    members, today = duckdb_company.members, duckdb_company.engine.today(duckdb_company.now)
    assert spark_company.engine.members() == duckdb_company.engine.members()
    lines = test_every_metric._questions(duckdb_company)
    assert len(lines) > 200
    values = 0
    for line in lines:
        query = parse(line, duckdb_company.catalogue, members, NOBODY, today)
        expected = test_every_metric._numbers(duckdb_company.answer(query))
        found = test_every_metric._numbers(spark_company.answer(query))
        assert found == pytest.approx(expected, rel=1e-6, nan_ok=True), line
        values += len(expected)
    assert values > 100_000


@pytest.mark.parametrize("line", WHY)
def test_every_part_of_a_change(line: str, duckdb_company: Shop, spark_company: Shop) -> None:
    """`why` gives the same parts."""
    expected = _parts(duckdb_company.why(line))
    assert len(expected) > 10
    assert _parts(spark_company.why(line)) == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)


def _parts(explanation: Explanation) -> dict[str, float]:
    found = {
        f"{entry.dimension} {part.key}": part.part for entry in explanation.breakdowns for part in entry.parts
    }
    change = explanation.comparison.figure.value
    return {**found, "before": math.nan if change is None else change}


def test_every_kind_and_form_of_time(server: SparkServer, duckdb_url: str, tmp_path: Path) -> None:
    """Every aggregate, history and time zone: moments with a zone and without, clock changes, odd texts."""
    url = server.tables_of(Path(duckdb_url.removeprefix("duckdb:///")), "dialects")
    duckdb = test_same_number._shop(duckdb_url, tmp_path / "duckdb")
    spark = test_same_number._shop(url, tmp_path / "spark")
    with closing(duckdb.engine), closing(spark.engine):
        for line in test_same_number.QUESTIONS:
            expected = test_same_number._numbers(duckdb.ask(line))
            found = test_same_number._numbers(spark.ask(line))
            assert found == pytest.approx(expected, rel=1e-6, nan_ok=True), line


def test_what_init_reads(server: SparkServer, spark_company: Shop) -> None:
    """Tables with their columns, and views apart."""
    server.run("CREATE VIEW company.big_orders AS SELECT * FROM company.orders WHERE id > 10")
    try:
        with closing(SqlWarehouse(server.url("company"))) as warehouse:
            tables = {entry.name: entry for entry in warehouse.picture().tables}
    finally:
        server.run("DROP VIEW company.big_orders")
    assert {name for name, entry in tables.items() if entry.is_view} == {"big_orders"}
    assert {"leads", "orders", "order_lines", "customers"} <= set(tables)
    kinds = {entry.name: entry.kind for entry in tables["leads"].columns}
    assert kinds["id"] == "number"
    assert kinds["status"] == "text"
    assert kinds["created_at"] == "timestamp"


def test_an_absent_table_or_column_is_said(server: SparkServer, spark_company: Shop) -> None:
    """As on every other database."""
    with closing(SqlWarehouse(server.url("company"))) as warehouse:
        for absent in (table("absent", column("id")), table("leads", column("absent"))):
            with pytest.raises(DataError, match="doesn't have a table or column"):
                warehouse.read(select(*absent.c))


def test_a_slow_statement_is_stopped(server: SparkServer) -> None:
    """The question ends in time, its statement too, and the next one is answered."""
    with closing(SqlWarehouse(server.url(), timeout=3)) as warehouse:
        with pytest.raises(WarehouseTimeoutError):
            warehouse.read(select(literal_column(ENDLESS)))
        assert warehouse.read(select(literal_column("1"))) == [(1,)]


def test_a_cancelled_question_stops_its_statement(server: SparkServer) -> None:
    """Long before the time is up."""
    asked = Cancellation()
    with closing(SqlWarehouse(server.url(), timeout=300)) as warehouse:
        later = threading.Timer(2, asked.cancel)
        later.start()
        with pytest.raises(QuestionCancelledError), cancelled_by(asked):
            warehouse.read(select(literal_column(ENDLESS)))
        later.join()
