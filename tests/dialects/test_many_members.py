"""A company with more customers than are listed: each is found by name and shown with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from sqlalchemy import Column, Date, Engine, Float, Integer, MetaData, String, Table, create_engine

from kpi_engine.domain.errors import AmbiguousNameError, QueryError, UnknownNameError
from kpi_engine.domain.query import Member
from kpi_engine.language.large_roster import MOST_FOUND, LargeRoster
from kpi_engine.language.parser import NOBODY, parse
from kpi_engine.reading.members import MEMBER_LIMIT
from tests.conftest import own_database, own_mysql_database
from tests.kpi_engine.reading.counted import CountedWarehouse
from tests.shop import Shop, write_config

COUNT = 25_000
NAMED = {
    COUNT - 1: "Acme Tools",
    COUNT - 2: "Zonnebloem Bakkerij",
    COUNT - 3: "McDonald Farm",
    COUNT - 4: "Café Riz",
    COUNT - 5: "Jan Claes",
    COUNT - 6: "Jan Claes",
    COUNT - 7: "100%_Real; drop table",
    COUNT - 8: "JAZZ",
    COUNT - 9: "Anna Trading",
}
"""The last customers by name; all others are numbered."""

METADATA = MetaData()
CUSTOMERS = Table(
    "customers",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(80), index=True),
    Column("segment", String(20)),
)
REPS = Table(
    "reps",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(80)),
)
ORDERS = Table(
    "orders",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer),
    Column("rep_id", Integer),
    Column("ordered_on", Date),
    Column("amount", Float),
)

SALES = """
name: sales
table: orders
key: id
time: ordered_on
joins:
  customer: {model: customers, on: {customer_id: id}}
dimensions:
  customer: customer_id
  segment: customer.segment
  rep: rep_id
measures:
  value: {agg: sum, of: amount}
"""
MODELS = {
    "sales": SALES,
    "customers": "name: customers\ntable: customers\nkey: id\nmembers: {customer: {label: name}}\n",
    "reps": "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\n",
}


def _rows() -> dict[Table, list[tuple[object, ...]]]:
    customers = [
        (key, NAMED.get(key, f"Klant {key:05}"), ("gold", "silver", "bronze")[key % 3])
        for key in range(COUNT)
    ]
    day = date(2026, 9, 1)
    orders = [
        (key, key if key in NAMED else key * 7, 1 + key % 2, day + timedelta(days=key % 30), 10.0 + key % 9)
        for key in (*range(300), *NAMED)
    ]
    return {CUSTOMERS: customers, REPS: [(1, "Anna"), (2, "Bart")], ORDERS: orders}


def _fill(engine: Engine) -> None:
    METADATA.drop_all(engine)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        for table, rows in _rows().items():
            if engine.dialect.name == "duckdb":  # row by row it would take minutes
                with NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
                    csv.writer(file).writerows(rows)
                    file.flush()
                    connection.exec_driver_sql(f"copy {table.name} from '{file.name}' (header false)")
                continue
            names = [column.name for column in table.columns]
            connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])
    engine.dispose()


def _url(dialect: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if dialect == "postgresql":
        return own_database(request.getfixturevalue("postgresql_server"), "many_members")
    if dialect == "mysql":
        return own_mysql_database(request.getfixturevalue("mysql_server"), "many_members")
    if dialect == "duckdb":
        pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
    return f"{dialect}:///{folder / 'many.db'}"


@pytest.fixture(scope="module", params=["sqlite", "duckdb", "postgresql", "mysql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """25,000 customers, two reps and some orders, also of the customers that are last."""
    folder = tmp_path_factory.mktemp("many")
    url = _url(request.param, folder, request)
    _fill(create_engine(url))
    shop = Shop(
        url, write_config(folder / "own", MODELS), "2026-10-02T09:00", warehouse=CountedWarehouse(url)
    )
    yield shop
    shop.engine.close()


def taken(shop: Shop) -> list[str]:
    """Return the statements that were read since the last time."""
    warehouse = shop.engine._warehouses["sales"]
    assert isinstance(warehouse, CountedWarehouse)
    return warehouse.taken()


def customer(shop: Shop, line: str) -> Member:
    """Return the one customer that a line names."""
    (entry,) = shop.ask(line).query.filters
    assert entry.dimension == "customer"
    (member,) = entry.members
    return member


def test_a_list_says_that_it_is_cut_off(shop: Shop) -> None:
    """Small dimensions are held as ever."""
    members = shop.members
    assert isinstance(members["customer"], LargeRoster)
    assert len(members["customer"]) == MEMBER_LIMIT
    assert [member.label for member in members["rep"]] == ["Anna", "Bart"]
    assert [member.label for member in members["segment"]] == ["bronze", "gold", "silver"]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ('"Acme Tools"', COUNT - 1),
        ("acme", COUNT - 1),
        ("acme tools", COUNT - 1),
        ("ACME", COUNT - 1),
        ("zonnebloem", COUNT - 2),
        ("bakkerij", COUNT - 2),  # a later word of the name
        ("mcdonald", COUNT - 3),
        ("Café", COUNT - 4),
        ("jazz", COUNT - 8),  # the last letter of the alphabet ends the range
        ('"100%_real; drop table"', COUNT - 7),
        (f'"Jan Claes ({COUNT - 5})"', COUNT - 5),
        ('"Klant 21007"', 21_007),
        ("21008", 21_008),
    ],
)
def test_a_name_beyond_the_list_is_found(shop: Shop, typed: str, key: int) -> None:
    assert customer(shop, f"sales customer:{typed} last month").key == key


@pytest.mark.parametrize("typed", ["acme", "acme tools", "zonnebloem bakkerij"])
def test_a_name_beyond_the_list_needs_no_key(shop: Shop, typed: str) -> None:
    """Nor does a question that names several."""
    wanted = {"acme": COUNT - 1, "acme tools": COUNT - 1, "zonnebloem bakkerij": COUNT - 2}
    assert customer(shop, f"sales {typed} last month").key == wanted[typed]
    assert customer(shop, f"sales last month {typed}").key == wanted[typed]


def test_a_name_that_is_held_is_read_without_a_lookup(shop: Shop) -> None:
    """A rep called Anna comes before the customer Anna Trading, whom only a lookup would find."""
    shop.members  # noqa: B018 - read once
    taken(shop)
    today = shop.engine.today(shop.now)
    query = parse("sales anna by segment last month", shop.catalogue, shop.members, NOBODY, today)
    assert [(entry.dimension, entry.members[0].label) for entry in query.filters] == [("rep", "Anna")]
    assert taken(shop) == []


def test_answers_show_names(shop: Shop) -> None:
    """Of the largest customers by key; two of one name have their keys behind it."""
    shown = shop.groups("sales by customer last month top 400")
    assert {"Acme Tools", f"Jan Claes ({COUNT - 5})", f"Jan Claes ({COUNT - 6})"} <= shown.keys()
    found = shop.engine._reader.labels("customer", [COUNT - 1, COUNT - 5, 21_007, None, 10**6])
    assert {key: row.member.label for key, row in found.items()} == {
        COUNT - 1: "Acme Tools",
        COUNT - 5: f"Jan Claes ({COUNT - 5})",
        21_007: "Klant 21007",
    }


def test_labels_are_read_in_one_statement(shop: Shop) -> None:
    """And a rule that tells namesakes doesn't count those that are not shown twice."""
    taken(shop)
    shop.engine._reader.labels("customer", range(100, 200))
    assert len(taken(shop)) == 1


def test_several_names_are_offered(shop: Shop) -> None:
    """Of two namesakes both, of many the shortest."""
    with pytest.raises(AmbiguousNameError) as several:
        shop.ask('sales customer:"jan claes" last month')
    assert set(several.value.suggestions) == {
        f'sales customer:"Jan Claes ({key})" last month' for key in (COUNT - 5, COUNT - 6)
    }
    with pytest.raises(AmbiguousNameError, match=f"more than {MOST_FOUND} names"):
        shop.ask("sales customer:klant last month")


def test_a_mistyped_name_is_answered_with_those_that_begin_alike(shop: Shop) -> None:
    """A name that nobody has is unknown."""
    with pytest.raises(UnknownNameError) as near:
        shop.ask("sales customer:acmme last month")
    assert 'sales customer:"Acme Tools" last month' in near.value.suggestions
    with pytest.raises(UnknownNameError, match="There is no customer"):
        shop.ask("sales customer:qqqqq last month")
    with pytest.raises(QueryError, match="I don't know"):
        shop.ask("sales qqqqq last month")


def test_what_is_typed_is_never_part_of_a_statement(shop: Shop) -> None:
    """It is found by a quote and a semicolon as by any other letter."""
    with pytest.raises(UnknownNameError):
        shop.ask("sales customer:\"x' or '1'='1\" last month")
    assert shop.value("sales 2026-09") is not None


def test_sizes_are_counted_in_one_statement(shop: Shop) -> None:
    """Up to one more than are listed, and only once."""
    taken(shop)
    wanted = {"customer": MEMBER_LIMIT + 1, "rep": 2, "segment": 3}
    assert shop.engine._reader.sizes(["customer", "rep", "segment"]) == wanted
    assert shop.engine._reader.sizes(["segment", "customer"]) == {"segment": 3, "customer": MEMBER_LIMIT + 1}
    assert len(taken(shop)) <= 1


def test_values_are_read_on_the_table_that_holds_them(shop: Shop) -> None:
    """The segments of the customers, without a look at their orders."""
    taken(shop)
    shop.engine.beside("other", shop.engine._warehouses["sales"]).members_of("segment")
    (statement,) = taken(shop)
    assert "customers" in statement
    assert "orders" not in statement
