"""Missing days are remembered, and their arrival is told once in each place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.conversation.dispatch import dispatch
from bot.render.formats import Formats
from bot.render.plain_text import text_of
from bot.render.sentences import Sentences
from bot.render.words.missing import days_in_words, what_is_missing
from bot.rights import Membership, Roles
from bot.store import database
from bot.store.missing_days import MissingDayBook
from bot.workspace.late_rows import arrived_since
from bot.workspace.members import MemberIndex
from bot.workspace.request import Request, Via
from bot.workspace.services import Services
from kpi_engine.domain.answer import MissingDays, PartialDay
from kpi_engine.summaries.making import missing_of
from tests.shop import BRUSSELS, Shop, write_config, write_tables

SALES = """name: sales
table: orders
key: id
time: at
measures: {value: {agg: sum, of: amount}}
"""
NOW = datetime(2026, 11, 17, 9, tzinfo=BRUSSELS)
GONE = [date(2026, 11, 12), date(2026, 11, 13)]
SAID = "have arrived since"

Load = Callable[[date], None]


class Company:
    """Twenty orders of each weekday of 2026 up to 16 November, but none of two days in between."""

    def __init__(self, folder: Path) -> None:
        days = [date(2026, 1, 1) + timedelta(days=place) for place in range(320)]
        self._path, self._number = folder / "shop.sqlite", 0
        rows = [row for day in days if day.weekday() < 5 and day not in GONE for row in self._rows(day)]
        url = write_tables(self._path, {"orders": ("id INTEGER, at TEXT, amount NUMERIC", rows)})
        self.shop = Shop(url, write_config(folder / "own", {"sales": SALES}), "2026-11-17T09:00")
        self.store = database.open_store(f"sqlite:///{folder / 'store.sqlite'}")
        database.migrate(self.store)
        engine = self.shop.engine
        self.services = Services(
            engine=engine,
            index=MemberIndex(engine),
            zone=BRUSSELS,
            calendar=None,
            language="en",
            command="/kpi",
            roles=Roles(self.shop.catalogue.access, default="admin"),
            holes=MissingDayBook(self.store, "T1"),
        )

    def _rows(self, day: date) -> list[tuple[int, str, int]]:
        self._number += 20
        return [(self._number + place, day.isoformat(), 10) for place in range(20)]

    def load(self, *days: date) -> None:
        """Let the orders of some days arrive."""
        with closing(sqlite3.connect(self._path)) as connection:
            for day in days:
                connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", self._rows(day))
            connection.commit()

    def later(self) -> Services:
        """Return the services after a minute: nothing that was read before is in memory."""
        engine = self.shop.engine.beside("other", self.shop.engine._warehouses["sales"])
        return replace(self.services, engine=engine, index=MemberIndex(engine))

    def ask(self, services: Services, line: str, via: Via = "mention", channel: str = "C1", **at: int) -> str:
        now = NOW + timedelta(**at)
        request = Request("T1", "U1", channel, line, via, now, "en", Membership.FULL)
        return text_of(dispatch(request, services))


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.shop.engine.close()
    made.store.dispose()


def test_the_arrival_is_told_once_in_each_place(company: Company) -> None:
    """In a channel, and in private to a person; not where nothing was missing."""
    first = company.ask(company.services, "sales 2026-11")
    assert "Incomplete: no orders for Thu 12 and Fri 13 Nov." in first
    assert SAID not in first
    company.load(*GONE)
    services = company.later()
    assert SAID not in company.ask(services, "sales 2026-09", hours=1)
    told = company.ask(services, "sales 2026-11", hours=2)
    assert "Orders for Thu 12 and Fri 13 Nov have arrived since" in told
    assert "before Tue 17 Nov 2026 11:00" in told
    assert "Incomplete" not in told
    assert SAID not in company.ask(services, "sales 2026-11", hours=3)
    assert SAID in company.ask(services, "sales 2026-11", "command", hours=4)
    assert SAID not in company.ask(services, "sales 2026-11", "command", "C2", hours=5)
    assert SAID in company.ask(services, "sales 2026-11", channel="C2", hours=6)
    assert SAID not in company.ask(services, "sales 2026-11", channel="C3", days=15)


def test_one_of_two_days_arrives(company: Company) -> None:
    company.ask(company.services, "sales 2026-11")
    company.load(GONE[0])
    told = company.ask(company.later(), "sales 2026-11", hours=1)
    assert "Incomplete: no orders for Fri 13 Nov." in told
    assert "Orders for Thu 12 Nov have arrived since" in told


def test_a_store_that_is_gone_costs_the_remark_alone(company: Company) -> None:
    answers = (company.shop.ask("sales 2026-11"),)
    company.services.holes.holes(NOW)  # type: ignore[union-attr]
    with company.store.begin() as connection:
        connection.exec_driver_sql("DROP TABLE missing_days")
    assert arrived_since(company.services.holes, answers, "C1", NOW) == ()
    assert arrived_since(None, answers, "C1", NOW) == ()


def test_the_missing_days_of_several_answers(company: Company) -> None:
    """Those of their own periods, each model once: what is compared with isn't among them."""
    month, week, after = map(
        company.shop.ask, ("sales 2026-11", "sales 2026-W46", "sales 2026-11-14..2026-11-15")
    )
    assert missing_of([week, month, after]) == (MissingDays("sales", tuple(GONE)),)
    assert after.missing
    assert missing_of([after]) == ()
    part = PartialDay(GONE[0], 3, 20.0)
    partial = replace(week, missing=(MissingDays("sales", tuple(GONE), (part,)),))
    assert missing_of([partial]) == (MissingDays("sales", tuple(GONE), (part,)),)


def test_days_in_words(company: Company) -> None:
    """Runs as first and last day, many of them counted, the year where it isn't known."""
    english, dutch = (Sentences(Formats(name, BRUSSELS), company.shop.catalogue) for name in ("en", "nl"))
    week = [date(2026, 11, day) for day in (9, 10, 11, 12, 13, 16)]
    assert days_in_words(week, english, 2026) == "Mon 9 to Mon 16 Nov"
    assert days_in_words(GONE, dutch, 2026) == "do 12 en vr 13 nov"
    apart = [date(2026, month, 2) for month in (3, 4, 6, 7, 9, 10)]
    assert days_in_words(apart, english, 2026) == "Mon 2 Mar, Thu 2 Apr, Tue 2 Jun, Thu 2 Jul and 2 more days"
    assert (
        days_in_words([date(2025, 12, 31), date(2026, 1, 5)], english, 2026)
        == "Wed 31 Dec 2025 and Mon 5 Jan"
    )
    part = MissingDays("leads", tuple(GONE), (PartialDay(GONE[1], 3, 16.8),))
    assert (
        what_is_missing(part, english, 2026)
        == "no leads for Thu 12 Nov; only 3 rows of leads on Fri 13 Nov (usual 17)"
    )
