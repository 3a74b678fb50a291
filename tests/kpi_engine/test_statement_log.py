"""The log of a request: every statement that reaches the database, each with what it is for."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.playground.company import demo_database
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.errors import DataError
from kpi_engine.domain.query import Scope, ScopedQuery
from kpi_engine.domain.statements import Purpose, StatementLog, note_kept, recorded, recording, sent_for
from tests.kpi_engine.reading.counted import CountedWarehouse
from tests.shop import SHIPPED, Shop

NOW = "2026-11-23T08:30"
FIRST = ("names", "how times are stored", "the team of each member")
"""What a first question reads so that its words are understood."""


def _purposes(log: StatementLog) -> list[str]:
    return [str(sent.purpose) for sent in log.sent if sent.purpose.what not in FIRST]


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[CountedWarehouse]:
    """The demo company in a file of its own: the rows of the shared one are remembered between tests."""
    path = shutil.copy(demo_database(date(2026, 11, 22)), tmp_path / "company.sqlite")
    with closing(CountedWarehouse(f"sqlite:///{path}")) as made:
        yield made


@pytest.fixture
def shop(warehouse: CountedWarehouse) -> Shop:
    """A shop that knows how its tables are declared, which the database tells without a SELECT of ours."""
    made = Shop("", SHIPPED, NOW, warehouse=warehouse)
    made.engine._prover.schema.learn(made.catalogue.mapped_models)
    return made


def _as_executed(warehouse: SqlWarehouse) -> list[str]:
    """Return a list that grows with each statement that the database executes."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(warehouse._engine, "after_cursor_execute", note)
    return found


@pytest.mark.parametrize(
    "line", ["sales,leads by rep vs target", "churn", "cac by region", "profit by customer top 3", "nps"]
)
def test_nothing_escapes_the_log(line: str, shop: Shop, warehouse: CountedWarehouse) -> None:
    """In the order in which they are executed, with the rows that they gave and what each is for."""
    executed = _as_executed(warehouse)
    with shop.engine.recorded() as log:
        shop.engine.ask(line, shop.now)
    assert len(log.sent) == len(executed) > 3
    assert [sent.sql for sent in log.sent] == warehouse.taken()
    assert {sent.database for sent in log.sent} == {"sales"}
    assert "other" not in {sent.purpose.what for sent in log.sent}
    with closing(sqlite3.connect(warehouse._engine.url.database or "")) as connection:
        assert [sent.rows for sent in log.sent] == [
            len(connection.execute(sent.sql).fetchall()) for sent in log.sent
        ]
    shop.engine.ask(line, shop.now)
    assert len(log.sent) < len(executed)


def test_what_figures_and_others_are_for(shop: Shop) -> None:
    """A statement that several figures come out of says so."""
    with shop.engine.recorded() as log:
        shop.engine.ask("sales,leads by rep", shop.now)
    assert _purposes(log) == [
        "whether rows can be counted: sales, leads",
        "how far the data reaches: sales, leads",
        "what can't be read: sales, leads",
        "number of members: rep",
        "figures: sales",
        "figures: leads",
        "rows of each day: sales, leads",
        "which metrics have targets: quotas",
        "targets: sales, leads",
    ]
    assert [sent.purpose.figures for sent in log.sent][-1] == 2
    (figures,) = (sent for sent in log.sent if str(sent.purpose) == "figures: sales")
    # all of them and each rep's, and of both the months that tell their noise
    assert figures.purpose.figures == 4


def test_what_is_kept_from_before(shop: Shop) -> None:
    """A second question says what it didn't have to read."""
    shop.ask("sales by rep")
    with shop.engine.recorded() as log:
        shop.ask("sales by rep")
    assert [str(sent.purpose) for sent in log.sent] == ["figures: sales", "targets: sales"]
    assert set(log.kept) == {
        "how far the data reaches: sales",
        "names: rep",
        "number of members: rep",
        "rows of each day: sales",
        "which metrics have targets: quotas",
    }


def test_pairs_read_the_names_that_they_show(shop: Shop) -> None:
    """Not those of every product."""
    question = shop._read("pairs")
    with shop.engine.recorded() as log:
        shop.answer(question)
    assert log.kept == ("names: product",)
    another = Shop("", SHIPPED, NOW, warehouse=shop.engine._warehouses["sales"])
    with another.engine.recorded() as log:
        found = another.answer(question)
    (names,) = (sent for sent in log.sent if sent.purpose.what == "names")
    assert names.rows == len({key for group in found.groups for key in group.keys})
    assert "IN (" in names.sql


def test_why_reads_the_names_of_all_small_dimensions_in_one_statement(shop: Shop) -> None:
    question = shop._read("sales")
    another = Shop("", SHIPPED, NOW, warehouse=shop.engine._warehouses["sales"])
    with another.engine.recorded() as log:
        another.engine.explain(ScopedQuery(question, Scope()), another.now)
    names = [sent.purpose for sent in log.sent if sent.purpose.what == "names"]
    assert [set(purpose.about) for purpose in names] == [
        {"rep", "team", "region", "source", "technique", "product", "category"},
        {"customer"},
    ]


def test_a_statement_that_fails_is_in_the_log() -> None:
    database = object()

    def refused() -> Sequence[tuple[int]]:
        raise DataError("There is no such table.")

    with recording({id(database): "sales"}) as log:
        with sent_for("targets", ["sales", "leads", "sales"]), pytest.raises(DataError):
            recorded(database, refused, lambda: "SELECT 1")
        assert recorded(database, lambda: [(1,)], lambda: "SELECT 2") == [(1,)]
    recorded(database, lambda: [(1,)], lambda: "SELECT 3")
    failed, other = log.sent
    assert (failed.rows, failed.database, failed.sql) == (None, "sales", "SELECT 1")
    assert failed.purpose == Purpose("targets", ("sales", "leads"), 2)
    assert (other.rows, str(other.purpose)) == (1, "other")


def test_what_a_request_read_itself_is_not_kept_from_before() -> None:
    with recording({}) as log:
        note_kept("names", ["rep"])
        with sent_for("names", ["team"]):
            recorded(object(), list, str)
        note_kept("names", ["team", "region"])
    note_kept("names", ["customer"])
    assert log.kept == ("names: rep, region",)
