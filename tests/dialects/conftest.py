"""The same rows in several real databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Column, Date, DateTime, Integer, MetaData, Numeric, String, Table, create_engine

from tests.conftest import own_database

METADATA = MetaData()
Table(
    "reps",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(60)),
    Column("region", String(20)),
)
Table(
    "leads",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("created_at", DateTime),
    Column("created_zoned", DateTime(timezone=True)),
    Column("converted_at", DateTime),
    Column("source", String(20)),
    Column("rep_id", Integer),
)
Table(
    "orders",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer", String(10)),
    Column("rep_id", Integer),
    Column("ordered_on", Date),
    Column("amount", Numeric(10, 2)),
    Column("status", String(10)),
)
Table(
    "order_lines",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("order_id", Integer),
    Column("category", String(10)),
    Column("pieces", Integer),
    Column("amount", Numeric(10, 2)),
    Column("mark", String(10)),
)
Table(
    "costs",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("month", Date),
    Column("source", String(20)),
    Column("amount", Numeric(10, 2)),
)


def rows() -> dict[str, list[dict[str, object]]]:
    """Two years of made-up rows, many of them close to midnight and to the nights the clock changes."""
    random = Random("dialects")
    sources = ["web", "WEB", "wéb", "web ", "O'Neill 100%", None]
    start = datetime(2025, 1, 1)
    leads = []
    for number in range(1500):
        created = start + timedelta(minutes=random.randrange(690 * 24 * 60))
        if number % 3 == 0:
            created = created.replace(hour=random.choice((21, 22, 23, 0, 1)))
        if number % 50 == 0:
            created = datetime(2026, random.choice((3, 10)), 29 if number % 100 else 25, number % 4, 30)
        converted = created + timedelta(days=random.randrange(-3, 160), minutes=random.randrange(1440))
        leads.append(
            {
                "id": number + 1,
                "created_at": created,
                "created_zoned": created.replace(tzinfo=UTC),
                "converted_at": converted if random.random() < 0.5 else None,
                "source": random.choice(sources),
                "rep_id": random.choice((1, 2, 3, 9, None)),
            }
        )
    orders = [
        {
            "id": number + 1,
            "customer": random.choice("Cc") + str(random.randrange(120)),
            "rep_id": random.choice((1, 2, 3, 9, None)),
            "ordered_on": (start + timedelta(days=random.randrange(690))).date(),
            "amount": round(random.uniform(-50, 900), 2),
            "status": random.choice(("paid", "paid", "cancelled")),
        }
        for number in range(1500)
    ]
    costs = [
        {
            "id": number * len(sources) + index + 1,
            "month": date(2025 + number // 12, number % 12 + 1, 1),
            "source": source,
            "amount": 100.35 * (index + 1),
        }
        for number in range(23)
        for index, source in enumerate(sources)
    ]
    reps = [
        {"id": 1, "name": "Zoë D'Hondt", "region": "Noord"},
        {"id": 2, "name": "Bo", "region": None},
        {"id": 3, "name": "Al", "region": "Zuid"},
    ]
    return {"reps": reps, "leads": leads, "orders": orders, "order_lines": _lines(), "costs": costs}


def _lines() -> list[dict[str, object]]:
    """Lines of the orders; unit prices are a tenth, or just less, above each other, some of them thirds."""
    random = Random("lines")
    made = []
    for number in range(3000):
        pieces, amount = random.choice(
            ((1, 10), (2, 22), (3, 36.3), (1, 11), (3, 20), (3, 22), (3, 21.99), (7, 24.2))
        )
        made.append(
            {
                "id": number + 1,
                "order_id": random.randrange(1, 1502),
                "category": random.choice(("tea", "TEA", "téa", "pens", None)),
                "pieces": pieces,
                "amount": amount,
                "mark": random.choice((None, None, None, "", "upsell", "UPSELL", "cross-sell")),
            }
        )
    return made


def fill(url: str) -> str:
    """Create the tables with their rows and return the URL."""
    engine = create_engine(url)
    METADATA.drop_all(engine)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        for name, values in rows().items():
            connection.execute(METADATA.tables[name].insert(), values)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fill(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'rows.sqlite'}")


@pytest.fixture(scope="session")
def duckdb_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
    return fill(f"duckdb:///{tmp_path_factory.mktemp('duckdb') / 'rows.duckdb'}")


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str) -> str:
    return fill(own_database(postgresql_server, "dialects"))


@pytest.fixture(scope="session")
def mysql_url(mysql_server: str) -> str:
    return fill(mysql_server)
