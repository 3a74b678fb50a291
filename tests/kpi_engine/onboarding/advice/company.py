"""A company with many orders and no indexes, in each database that advice is tested on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from kpi_engine.onboarding.advice import Advice
from tests.shop import Shop, write_config

REPS, ORDERS, LINES = 50, 10_000, 20_000
MODELS = {
    "reps": """
name: reps
database: sales
table: reps
key: id
dimensions: {rep: id}
members: {rep: {label: name}}
""",
    "orders": """
name: orders
database: sales
table: orders
key: id
time: ordered_at
where: "status <> 'void'"
dimensions: {rep: rep_id, region: region_id, customer: customer_id}
measures:
  count: {agg: count}
""",
    "lines": """
name: lines
database: sales
table: order_lines
key: id
time: order.ordered_at
joins:
  order: {model: orders, on: {order_id: id}, required: true}
dimensions: {rep: order.rep_id, customer: order.customer_id}
measures:
  value: {agg: sum, of: amount}
""",
}
_TABLES = (
    "CREATE TABLE reps (id INTEGER PRIMARY KEY, name VARCHAR(50))",
    """CREATE TABLE orders (id INTEGER PRIMARY KEY, ordered_at TIMESTAMP, rep_id INTEGER, region_id INTEGER,
    customer_id INTEGER, status VARCHAR(10), remark VARCHAR(200))""",
    "CREATE TABLE order_lines (id INTEGER PRIMARY KEY, order_id INTEGER, amount DECIMAL(10, 2))",
)
_MOMENTS = {
    "sqlite": "datetime('2024-01-01', (i * 100) || ' minutes')",
    "mysql": "TIMESTAMP '2024-01-01 00:00:00' + INTERVAL i * 100 MINUTE",
}
_SERIES = "SELECT i FROM generate_series(1, {count}) AS g(i)"
_NUMBERS = {
    "sqlite": "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {count}) SELECT i FROM s",
    "mysql": "SELECT seq AS i FROM seq_1_to_{count}",
}


def fill(url: str) -> str:
    """Write the tables to an empty database and return its URL."""
    engine = create_engine(url)
    kind = engine.dialect.name
    moment = _MOMENTS.get(kind, "TIMESTAMP '2024-01-01' + i * INTERVAL '100' MINUTE")

    def numbers(count: int) -> str:
        return f"({_NUMBERS.get(kind, _SERIES).format(count=count)})"

    with engine.begin() as connection:
        if kind == "mysql":
            connection.execute(text("SET sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')"))
        for statement in (
            *_TABLES,
            f"INSERT INTO reps SELECT i, 'Rep ' || i FROM {numbers(REPS)} AS n",
            f"""INSERT INTO orders SELECT i, {moment}, i % {REPS} + 1, i % {REPS} % 4, i % 2500 + 1,
            CASE WHEN i % 20 = 0 THEN 'void' ELSE 'paid' END, 'a remark about the order ' || i
            FROM {numbers(ORDERS)} AS n""",
            f"INSERT INTO order_lines SELECT i, i * 7 % {ORDERS} + 1, i % 100 + 0.5 FROM {numbers(LINES)} AS n",
        ):
            connection.execute(text(statement))
    engine.dispose()
    return url


def run(url: str, *statements: str) -> None:
    """Do what the owner of the database does with an advice."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            for part in statement.split(";"):
                if part.strip():
                    connection.execute(text(part))
    engine.dispose()


@contextmanager
def opened(url: str, folder: Path, models: Mapping[str, str] = MODELS) -> Iterator[Shop]:
    """Give an engine for model files over a database; they are without mistakes."""
    shop = Shop(url, write_config(folder / "own", models), "2025-11-20T09:00")
    try:
        assert [str(problem) for problem in shop.engine.problems()] == []
        yield shop
    finally:
        shop.engine.close()


def advised(url: str, folder: Path) -> tuple[Advice, ...]:
    """Return the advice for a database."""
    with opened(url, folder) as shop:
        return shop.engine.advice(shop.now)
