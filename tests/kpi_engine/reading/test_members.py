"""Members: the same by key as in the list, read on the fewest tables, and kept for a minute."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select

from kpi_engine.database.warehouse import EmptyWarehouse, Row
from kpi_engine.definitions.loader import load
from kpi_engine.domain.errors import DataError, QueryError, UnknownNameError, WarehouseTimeoutError
from kpi_engine.language.large_roster import LargeRoster
from kpi_engine.language.parser import NOBODY, parse
from kpi_engine.reading import members
from kpi_engine.reading.member_tables import value_columns
from kpi_engine.reading.reader import Reader
from tests.kpi_engine.reading.counted import CountedWarehouse
from tests.kpi_engine.reading.test_freshness import NOW, Watch
from tests.shop import BRUSSELS, SHIPPED, write_config, write_tables

SALES = """
name: sales
table: orders
key: id
time: ordered_on
joins:
  customer: {model: customers, on: {customer_id: id}}
dimensions: {customer: customer_id, segment: customer.segment, material: material, rep: rep_id}
measures: {value: {agg: sum, of: amount}}
"""
CUSTOMERS = "name: customers\ntable: customers\nkey: id\nmembers: {customer: {label: name}}\n"
REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name, active_from: since, user: slack}}\n"
CUSTOMER_ROWS = [
    (1, "Acme", "gold"),
    (2, "Bo", "silver"),
    (3, "Bo", "silver"),
    (4, None, None),
    (5, "Bo (3)", "gold"),
    (6, "Cafe", "bronze"),
]


class Slow(CountedWarehouse):
    """A database in which a search for a part of a name takes too long, and that refuses some statements."""

    is_slow = False
    refuses = "no such text"

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        if self.refuses in self.sql(statement):
            raise DataError("The sales database refuses that.")
        if self.is_slow and "lower(" in self.sql(statement):
            raise WarehouseTimeoutError("The sales database took too long.")
        return super().read(statement)


class World:
    """A reader over a small shop, its clock, and the statements that it was asked."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "shop.sqlite"
        orders = [(n, 1 + n % 6, 1 + n % 2, "2026-09-01", f"m{n % 3}", 5.0) for n in range(12)]
        tables = {
            "customers": ("id INTEGER PRIMARY KEY, name TEXT, segment TEXT", CUSTOMER_ROWS),
            "reps": (
                "id INTEGER PRIMARY KEY, name TEXT, since DATE, slack TEXT",
                [(1, "Anna", "2026-01-01", "U1"), (2, "Bart", None, None)],
            ),
            "orders": (
                "id INTEGER, customer_id INTEGER, rep_id INTEGER, ordered_on DATE, material TEXT, amount REAL",
                orders,
            ),
        }
        models = {"sales": SALES, "customers": CUSTOMERS, "reps": REPS}
        self.warehouse = Slow(write_tables(self.path, tables))
        self.watch = Watch()
        self.catalogue = load(write_config(folder / "own", models), SHIPPED)
        self.reader = self.another_reader()

    def another_reader(self) -> Reader:
        """Return a reader that has read nothing yet."""
        warehouses = {"sales": self.warehouse, "store": EmptyWarehouse()}
        return Reader(self.catalogue, warehouses, BRUSSELS, self.watch)

    def add_customer(self, *row: object) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("INSERT INTO customers VALUES (?, ?, ?)", row)
            connection.commit()

    def labels(self, dimension: str) -> list[str]:
        return [row.member.label for row in self.reader.members(dimension)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.warehouse.close()


@pytest.mark.parametrize("dimension", ["customer", "rep"])
def test_a_member_is_the_same_by_key_as_in_the_list(world: World, dimension: str) -> None:
    """Namesakes, a name that looks like one with a key, and a member without a name."""
    listed = {row.member.key: row for row in world.another_reader().members(dimension)}
    for key, row in listed.items():
        assert world.reader.labels(dimension, [key, None, 99]) == {key: row}
    world.warehouse.taken()
    assert world.reader.labels(dimension, listed) == listed
    assert len(world.warehouse.taken()) == 1
    world.reader.members(dimension)
    world.warehouse.taken()
    assert world.reader.labels(dimension, listed) == listed
    assert world.warehouse.taken() == []


def test_labels_of_a_dimension_without_a_table_are_its_keys(world: World) -> None:
    assert {key: row.member.label for key, row in world.reader.labels("segment", ["gold", None]).items()} == {
        "gold": "gold"
    }
    assert world.warehouse.taken() == []


def test_a_small_dimension_is_read_whole(world: World) -> None:
    """Once it is known how small it is: the next question then reads nothing."""
    assert world.reader.sizes(["rep"]) == {"rep": 2}
    world.reader.time_column(world.catalogue.models["reps"], ("since",))
    world.warehouse.taken()
    assert world.reader.labels("rep", [1]).keys() == {1}
    assert world.reader.labels("rep", [2]).keys() == {2}
    assert len(world.warehouse.taken()) == 1


def test_new_members_are_seen_after_a_minute(world: World) -> None:
    assert world.labels("segment") == ["bronze", "gold", "silver"]
    assert "Dora" not in world.labels("customer")
    world.add_customer(7, "Dora", "iron")
    assert "Dora" not in world.labels("customer")
    world.watch.seconds = 61
    assert "Dora" in world.labels("customer")
    assert world.labels("segment") == ["bronze", "gold", "iron", "silver"]


def test_sizes_are_kept_for_a_day(world: World) -> None:
    """One statement counts all that aren't known yet."""
    world.warehouse.taken()
    assert world.reader.sizes(["customer", "segment", "material", "rep"]) == {
        "customer": 6,
        "segment": 3,
        "material": 3,
        "rep": 2,
    }
    assert len(world.warehouse.taken()) == 1
    world.add_customer(7, "Dora", "iron")
    world.watch.seconds = 80_000
    assert world.reader.sizes(["segment", "customer"]) == {"segment": 3, "customer": 6}
    assert world.warehouse.taken() == []
    world.watch.seconds = 90_000
    assert world.reader.sizes(["segment", "customer"]) == {"segment": 4, "customer": 7}


def test_values_are_read_once_from_the_fewest_tables(world: World) -> None:
    """Of several columns with a dimension's keys only those that another doesn't hold."""
    shipped = load(SHIPPED, SHIPPED)
    segments = value_columns(shipped.models, "segment", shipped.models)
    # the leads model reads the same table as all_leads, but not all its rows
    assert {entry.model.name for entry in segments[:-1]} == {"customers", "all_leads", "nps_answers"}
    assert segments[-1].model.name == "survey_responses"
    world.reader.members("segment")
    (statement,) = world.warehouse.taken()
    assert "orders" not in statement
    world.reader.members("material")
    (statement,) = world.warehouse.taken()
    assert "customers" not in statement


def test_a_name_that_cant_be_looked_up_is_not_unknown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for a part of a name is given up after two seconds, and isn't tried again for a minute."""
    monkeypatch.setattr(members, "MEMBER_LIMIT", 3)
    assert not world.reader.members("customer").is_complete

    def read(name: str) -> object:
        held = [row.member for row in world.reader.members("customer")]
        roster = {"customer": LargeRoster(held, world.reader.lookup("customer"))}
        return parse(f"sales customer:{name}", world.catalogue, roster, NOBODY, NOW.date()).filters[0].members

    world.warehouse.is_slow = True
    with pytest.raises(QueryError, match="can't check right now whether there is a customer “qqq”") as wrong:
        read("qqq")
    assert not isinstance(wrong.value, UnknownNameError)
    world.warehouse.is_slow = False
    with pytest.raises(QueryError, match="can't check right now"):
        read("qqq")
    world.watch.seconds = 61
    with pytest.raises(UnknownNameError, match="There is no customer “qqq”"):
        read("qqq")
    assert read("caf") == tuple(row.member for row in world.reader.find("customer", "Cafe"))


def test_keys_that_the_bot_keeps_as_text_become_those_of_the_database(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of members that are not in the list."""
    monkeypatch.setattr(members, "MEMBER_LIMIT", 3)
    stored = world.reader._members.stored_keys("customer")
    assert [stored(key) for key in ("1", "6", "x", None)] == [1, 6, "x", None]
    assert [world.reader._members.stored_keys("segment")(key) for key in ("gold", "7")] == ["gold", "7"]


def test_the_labels_of_small_dimensions_are_read_together(world: World) -> None:
    """One statement, as soon as their sizes are known; for a minute none."""
    keys = {"customer": [1, 2, 4, 99, None], "rep": [1, 2], "segment": ["gold", None]}
    expected = {
        "customer": {1: "Acme", 2: "Bo (2)", 4: "4"},
        "rep": {1: "Anna", 2: "Bart"},
        "segment": {"gold": "gold"},
    }
    unsized = world.another_reader()
    unsized.time_column(world.catalogue.models["reps"], ("since",))
    world.reader.sizes(keys)
    world.warehouse.taken()
    assert unsized.labels_together(keys) == expected
    assert len(world.warehouse.taken()) == 2
    assert world.reader.labels_together(keys) == expected
    assert len(world.warehouse.taken()) == 1
    assert world.reader.labels_together(keys | {"customer": [3]})["customer"] == {3: "Bo (3)"}
    assert world.warehouse.taken() == []
    world.watch.seconds = 61
    assert world.reader.labels_together(keys) == expected
    assert len(world.warehouse.taken()) == 1


def test_labels_of_each_where_the_database_refuses_them_together(world: World) -> None:
    keys = {"customer": [1], "rep": [1]}
    world.reader.sizes(keys)
    world.warehouse.refuses = "UNION ALL"
    assert world.reader.labels_together(keys) == {"customer": {1: "Acme"}, "rep": {1: "Anna"}}


def test_a_small_dimension_that_has_grown_is_read_by_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "MEMBER_LIMIT", 4)
    reader = world.another_reader()
    for dimension, count in (("customer", 2), ("rep", 2)):
        reader._members.counts.put(dimension, count)
    assert reader.labels_together({"customer": [2, 6], "rep": [2]}) == {
        "customer": {2: "Bo (2)", 6: "Cafe"},
        "rep": {2: "Bart"},
    }


def test_many_keys_are_read_with_all_members(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one statement, where the dimension can be listed."""
    monkeypatch.setattr(members, "_KEYS_AT_ONCE", 2)
    assert len(world.reader.labels("customer", [1, 2, 3, 5])) == 4
    assert len(world.warehouse.taken()) == 1
    monkeypatch.setattr(members, "MEMBER_LIMIT", 3)
    assert len(world.another_reader().labels("customer", [1, 2, 3, 5])) == 4
    assert len(world.warehouse.taken()) == 3
