"""The kept team totals: whoever is first keeps, nobody changes, old months go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete

from bot.store import database
from bot.store.tables import team_members, team_totals
from bot.store.team_totals import TeamTotalBook, forget_rep
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.query import Key
from kpi_engine.domain.team_totals import ERASED, KeptTotal
from tests.conftest import own_database, own_mysql_database

NOW = datetime(2026, 11, 10, 9, tzinfo=UTC)
OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2026, 9, 1)
TOTAL = KeptTotal(
    "win_share", "digest", 7, OCTOBER, Figure(1 / 3, 1.0, 3.0), 0.1, ("1", "Zoë"), (None, "1", "Zoë")
)
MEMBERS: tuple[Key, ...] = (1, "Zoë", 4.5)


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ],
)
def database_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store on each database."""
    match request.param:
        case "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('totals') / 'store.sqlite'}"
        case "postgresql":
            url = own_database(request.getfixturevalue("postgresql_server"), "team_totals")
        case _:
            url = own_mysql_database(request.getfixturevalue("mysql_server"), "team_totals")
    engine = database.open_store(url)
    database.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def store(database_of: Engine) -> Engine:
    """The same store, empty again."""
    with database_of.begin() as connection:
        for table in (team_totals, team_members):
            connection.execute(delete(table))
    return database_of


def test_what_was_kept_first_stays(store: Engine) -> None:
    """To the last digit, of each workspace and team; a second one of the same month changes nothing."""
    book, other = TeamTotalBook(store, "T1"), TeamTotalBook(store, "T2")
    book.keep(7, [TOTAL], {OCTOBER: MEMBERS}, NOW)
    other.keep(7, [replace(TOTAL, figure=Figure(9.0))], {OCTOBER: (2,)}, NOW)
    book.keep(7, [replace(TOTAL, figure=Figure(5.0))], {}, NOW)
    kept = book.read(7, ["win_share"], [])
    assert kept.totals == (TOTAL,)
    assert kept.members == {OCTOBER: MEMBERS}
    assert book.read(8, ["win_share"], [OCTOBER]).totals == ()
    assert other.read(7, ["win_share"], []).members == {OCTOBER: (2,)}


def test_other_metrics_of_a_month_are_read_with_it(store: Engine) -> None:
    """And of another month only the metric asked for."""
    book = TeamTotalBook(store, "T1")
    sales = replace(TOTAL, metric="sales", figure=Figure(12.5))
    earlier = replace(sales, month=SEPTEMBER)
    book.keep(7, [TOTAL, sales, earlier], {OCTOBER: MEMBERS, SEPTEMBER: MEMBERS}, NOW)
    assert len(book.read(7, ["win_share"], [OCTOBER]).totals) == 1, "the second had members to keep again"
    book.keep(7, [sales, earlier], {}, NOW)
    assert set(book.read(7, ["win_share"], [OCTOBER]).totals) == {TOTAL, sales}
    assert set(book.read(7, ["sales"], []).totals) == {sales, earlier}


def test_a_total_of_other_members_than_those_kept_meanwhile_is_not_kept(store: Engine) -> None:
    """Two processes show a month's first totals at once, one of them before a rep moved: one stands."""
    one, other = TeamTotalBook(store, "T1"), TeamTotalBook(store, "T1")
    one.keep(7, [TOTAL], {OCTOBER: MEMBERS}, NOW)
    other.keep(7, [replace(TOTAL, metric="sales")], {OCTOBER: MEMBERS[:2]}, NOW)
    assert other.read(7, ["sales"], [OCTOBER]).totals == (TOTAL,)
    assert other.read(7, [], []).members == {OCTOBER: MEMBERS}


def test_months_that_nobody_may_ask_for_any_more_are_forgotten(store: Engine) -> None:
    """After three years, with their members."""
    book = TeamTotalBook(store, "T1")
    old, oldest = date(2023, 10, 1), date(2023, 11, 1)
    for month in (old, oldest):
        book.keep(7, [replace(TOTAL, month=month)], {month: MEMBERS}, datetime(2024, 1, 5, tzinfo=UTC))
    book.keep(7, [TOTAL], {OCTOBER: MEMBERS}, NOW)
    kept = book.read(7, ["win_share"], [])
    assert {total.month for total in kept.totals} == kept.members.keys() == {oldest, OCTOBER}


@pytest.mark.parametrize("rep", [1, "Zoë", UUID(int=5), Decimal("7.5")], ids=str)
def test_an_erased_rep_is_in_no_list(rep: Key, store: Engine) -> None:
    """Whatever type the company's keys have; the figure and everybody else stay."""
    book = TeamTotalBook(store, "T1")
    text = (str(rep), "99")
    total = replace(TOTAL, contributors=text, shown_to=(None, *text))
    book.keep(7, [total], {OCTOBER: (rep, 99)}, NOW)
    TeamTotalBook(store, "T2").keep(7, [total], {OCTOBER: (rep, 99)}, NOW)
    with store.begin() as connection:
        assert forget_rep(connection, "T1", rep) == 2
    kept = book.read(7, ["win_share"], [])
    assert kept.totals == (replace(total, contributors=(ERASED, "99"), shown_to=(None, ERASED, "99")),)
    assert kept.members == {OCTOBER: (ERASED, 99)}
    assert TeamTotalBook(store, "T2").read(7, ["win_share"], []).members == {OCTOBER: (rep, 99)}
