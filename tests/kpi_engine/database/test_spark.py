"""What our dialect mends in PyHive's for Spark; tests/dialects/test_spark.py asks a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Date,
    Float,
    Integer,
    Numeric,
    String,
    cast,
    column,
    literal_column,
    make_url,
    select,
    table,
)
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeEngine

from kpi_engine.database.session import opening
from kpi_engine.database.warehouse import SqlWarehouse, sql_text

pytest.importorskip("pyhive", reason="left out: PyHive is not installed")


@pytest.fixture
def dialect() -> Iterator[Dialect]:
    warehouse = SqlWarehouse("hive://reader@127.0.0.1:9/sales")
    yield warehouse.dialect
    warehouse.close()


@pytest.mark.parametrize("scheme", ["hive", "hive+http", "hive+https"])
def test_the_url_of_a_spark_server_gets_our_dialect(scheme: str) -> None:
    """Which database it is stays the same, so that the SQL made for it is used."""
    url = make_url(f"{scheme}://reader:secret@host:10001/sales?auth=LDAP")
    warehouse = SqlWarehouse(url.render_as_string(hide_password=False))
    assert warehouse.dialect.name == "hive"
    assert warehouse.dialect.supports_statement_cache
    assert type(warehouse.dialect).__module__ == "kpi_engine.database.spark"
    opened = opening(url, 30).url
    assert (opened.host, opened.password, opened.query) == ("host", "secret", {"auth": "LDAP"})
    warehouse.close()


@pytest.mark.parametrize(
    "expression", ["(price * 0.5 + cost * 0.25)", "(o.price > 0.5 and o.cost < 0.1)", "1.5 * 2.5 * 3.5 * 4.5"]
)
def test_an_expression_with_dots_stays_whole(dialect: Dialect, expression: str) -> None:
    """PyHive takes what is before the first of two dots for a schema, and stops at three."""
    assert sql_text(select(literal_column(expression)), dialect) == f"SELECT {expression}"


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (Date(), "DATE"),
        (Numeric(14, 2), "DECIMAL(14, 2)"),
        (Numeric(), "DECIMAL(38, 18)"),
        (Float(), "DOUBLE"),
        (Integer(), "INT"),
        (String(10), "STRING"),
    ],
)
def test_a_type_keeps_its_meaning(dialect: Dialect, kind: TypeEngine[object], named: str) -> None:
    """PyHive makes a moment of a day, and a whole number of an amount."""
    sql = sql_text(select(cast(literal_column("x"), kind)), dialect)
    assert sql.startswith(f"SELECT CAST(x AS {named})")


def test_names_are_quoted_where_they_must_be(dialect: Dialect) -> None:
    """So that init can tell which words are reserved."""
    orders = table("orders", column("order"), column("Amount"), column("id"))
    assert sql_text(select(*orders.c), dialect).replace("\n", "") == (
        "SELECT orders.`order`, orders.`Amount`, orders.id FROM orders"
    )
