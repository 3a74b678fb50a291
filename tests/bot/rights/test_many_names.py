"""More reps and customers than are held: who may see which names is as ever."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from bot.conversation.commands.build import line_of, suggested
from bot.conversation.dispatch import dispatch
from bot.playground.company import demo_database
from bot.rights import REP, Membership, Roles, Viewer, visible_members
from bot.runtime.settings import Settings
from bot.workspace.context import RequestContext
from bot.workspace.opening import services_of
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList
from kpi_engine.domain.query import Member
from kpi_engine.language.large_roster import LargeRoster
from tests.bot.conftest import MONDAY
from tests.bot.in_slack import in_slack

ANNA, ADMIN = "U0DEMOANNA", "U0ADMIN"
MANY = 20_500
FIRST = 10_000

Ask = Callable[[str, str], str]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The demo company with 20,500 more reps and customers, the last of each with a name to look for."""
    path = tmp_path_factory.mktemp("many") / "company.sqlite"
    shutil.copy(demo_database(date(2026, 11, 22)), path)
    last = FIRST + MANY - 1
    reps = [
        (
            key,
            "Hidden Colleague" if key == last else f"Extra {key}",
            f"{key}@example.com",
            f"U0MANY{key}",
            1,
            1,
        )
        for key in range(FIRST, FIRST + MANY)
    ]
    customers = [
        (key, "Acme Tools" if key == last else f"Firm {key}", "office", 1, 1)
        for key in range(FIRST, FIRST + MANY)
    ]
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany("INSERT INTO reps VALUES (?, ?, ?, ?, ?, ?, '2020-01-01', NULL)", reps)
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?, NULL, '2020-01-01')", customers)
        connection.commit()
    made = services_of(Settings.load(env_file=None), f"sqlite:///{path}", demo=True)
    yield replace(made, demo=False, roles=Roles(AccessList(admins=frozenset({ADMIN}))))
    made.close()


@pytest.fixture
def ask(company: Services) -> Ask:
    """Ask as somebody; the text of the answer."""
    return lambda user, line: in_slack(dispatch(_request(user, line), company)).text


def _request(user: str, line: str) -> Request:
    return Request("T0", user, "C0", line, "command", MONDAY, "en", Membership.FULL)


def test_an_admin_finds_whom_the_list_lacks(ask: Ask, company: Services) -> None:
    """A rep and a customer, with and without their key."""
    assert all(
        isinstance(company.members(MONDAY)[dimension], LargeRoster) for dimension in ("rep", "customer")
    )
    for line in (
        'sales rep:"Hidden Colleague"',
        "sales hidden colleague",
        "sales customer:acme",
        "sales acme",
    ):
        shown = ask(ADMIN, f"{line} last month")
        assert "Hidden Colleague" in shown or "Acme Tools" in shown, line
        assert "There is no" not in shown, line
    assert "Acme Tools" in ask(ADMIN, "sales customer:acmme last month")


def test_a_rep_finds_customers_and_no_colleagues(ask: Ask) -> None:
    """A colleague's full name is refused and a part of it unknown, as where all names are held."""
    assert "Acme Tools" in ask(ANNA, "sales customer:acme last month")
    assert "You don't have access to" in ask(ANNA, 'sales rep:"Hidden Colleague" last month')
    for line in ("sales rep:hidden", "sales hidden", "sales rep:hiden colleague", "sales colleague"):
        shown = ask(ANNA, f"{line} last month")
        assert "Hidden Colleague" not in shown, line
        assert "access" not in shown, line


def test_who_sees_few_gets_no_lookup_of_people() -> None:
    """Their reps are a list that holds all that they see."""

    class Nobody:
        beginning = containing = with_keys = None

    anna = Member(1, "Anna")
    rosters = {REP: LargeRoster([anna, Member(2, "Bart")], Nobody())}  # type: ignore[arg-type]
    assert visible_members(rosters, Viewer(people=(anna,), own=anna))[REP] == (anna,)
    assert not isinstance(visible_members(rosters, Viewer(people=(anna,)))[REP], LargeRoster)


def test_names_to_choose_from_are_looked_up(company: Services) -> None:
    """In the window where a question is put together."""
    context = RequestContext.of(_request(ANNA, ""), company)
    (option,) = suggested("build:only:sales", "acme t", context)
    assert option.text == "Customer: Acme Tools"
    assert line_of({"build:metric": ["sales"], "build:only:sales": [option.value]}, context) == (
        'sales customer:"Acme Tools"'
    )
