"""A company of two teams whose rows change between questions, over one store that remembers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from bot.conversation.dispatch import answers_of, dispatch
from bot.rights import Membership, RememberedTotals, Roles
from bot.runtime.settings import Settings
from bot.store.team_totals import TeamTotalBook
from bot.workspace.opening import services_of
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.team_totals import KeptTotals
from tests.bot.in_slack import in_slack
from tests.shop import BRUSSELS, write_config, write_tables

NOVEMBER = datetime(2026, 11, 10, 9, tzinfo=BRUSSELS)
NAMES = ("Ada", "Ben", "Cem", "Dot", "Eva", "Fay", "Gus", "Hal", "Ivo")
"""The first five sell for North, the others for South."""
BOSS = "U0BOSS"

TEAMS = "name: teams\ntable: teams\nkey: id\nmembers:\n  team: {label: name}\n"
REPS = """name: reps
table: reps
key: id
dimensions: {team: team_id}
members:
  rep: {label: name, user: slack}
"""
SALES = """name: sales
table: sales
key: id
time: sold_on
joins:
  rep: {model: reps, on: {rep_id: id}}
dimensions: {rep: rep_id, team: rep.team_id}
measures:
  value: {agg: sum, of: amount}
  new: {agg: sum, of: amount, where: "is_new = 1"}
  orders: {agg: count}
  won: {agg: count, where: "is_new = 1"}
  largest: {agg: max, of: amount}
"""
OWN_TEAM = SALES.replace("rep.team_id", "team_id")
TARGETS = """name: quotas
table: quotas
key: id
time: month
joins:
  rep: {model: reps, on: {rep_id: id}}
dimensions: {rep: rep_id, team: rep.team_id}
targets: {metric: metric, value: value}
"""


def _metric(name: str, unit: str, rest: str) -> str:
    texts = f"title: {{en: {name}}}\ndescription: {{en: {name}}}"
    return f"name: {name}\n{texts}\nunit: {unit}\nbetter: up\n{rest}\n"


METRICS = {
    "new_sales": _metric("new_sales", "money", "kind: simple\nmeasure: {model: sales, measure: new}"),
    "deals": _metric("deals", "count", "kind: simple\nmeasure: {model: sales, measure: orders}"),
    "largest": _metric("largest", "money", "kind: simple\nmeasure: {model: sales, measure: largest}"),
    "win_share": _metric(
        "win_share",
        "share",
        "kind: ratio\nshare: true\nnumerator: {model: sales, measure: won}\n"
        "denominator: {model: sales, measure: orders}",
    ),
}

Sale = tuple[str, str, float, int]
"""Who sold, on which day, for how much, and whether to a new customer (1)."""


def user(name: str) -> str:
    """The Slack user id of a rep."""
    return f"U0{name.upper()}"


class SmallCompany:
    """The company's database and files, and the bot over them; each question starts afresh."""

    def __init__(self, folder: Path, sales: Iterable[Sale], kept: Engine | None = None) -> None:
        """Make the company in a folder; without a store its totals are kept in memory."""
        folder.mkdir(exist_ok=True)
        self._path = folder / "company.sqlite"
        self._kept: KeptTotals = TeamTotalBook(kept, "T0DEMO") if kept else RememberedTotals()
        self._config = write_config(
            folder / "config",
            {"teams": TEAMS, "reps": REPS, "sales": SALES, "quotas": TARGETS},
            METRICS,
        )
        reps = [(at, name, 1 if at <= 5 else 2, user(name)) for at, name in enumerate(NAMES, 1)]
        write_tables(
            self._path,
            {
                "teams": ("id INTEGER PRIMARY KEY, name TEXT", [(1, "North"), (2, "South")]),
                "reps": ("id INTEGER PRIMARY KEY, name TEXT, team_id INTEGER, slack TEXT", reps),
                "sales": (
                    "id INTEGER PRIMARY KEY, rep_id INTEGER, amount REAL, is_new INTEGER, sold_on, team_id",
                    [],
                ),
                "quotas": (
                    "id INTEGER PRIMARY KEY, rep_id INTEGER, metric TEXT, month TEXT, value REAL",
                    [],
                ),
            },
        )
        self.sell(*sales)

    def forget(self) -> None:
        """Let nobody have been shown anything."""
        self._kept = RememberedTotals()

    def write(self, statement: str, *rows: Sequence[object]) -> None:
        """Change the company's rows."""
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.executemany(statement, rows)

    def sell(self, *sales: Sale) -> None:
        """Book sales, each under the team that its rep has now."""
        for name, day, amount, is_new in sales:
            self.write(
                "INSERT INTO sales (rep_id, amount, is_new, sold_on, team_id)"
                " SELECT id, ?, ?, ?, team_id FROM reps WHERE name = ?",
                (amount, is_new, day, name),
            )

    def move(self, name: str, team: int) -> None:
        """Put a rep into another team."""
        self.write("UPDATE reps SET team_id = ? WHERE name = ?", (team, name))

    def aim(self, name: str, month: str, value: float) -> None:
        """Set a rep's sales target."""
        self.write(
            "INSERT INTO quotas (rep_id, metric, month, value) SELECT id, 'sales', ?, ? FROM reps WHERE name = ?",
            (f"{month}-01", value, name),
        )

    def define(self, kind: str, name: str, text: str) -> None:
        """Write a file of the config directory again."""
        write_config(
            self._config, {name: text} if kind == "models" else {}, {name: text} if kind == "kpis" else {}
        )

    def _services(self, access: AccessList) -> Services:
        settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": self._config})
        made = services_of(settings, f"sqlite:///{self._path}")
        return replace(made, roles=Roles(access), totals=self._kept)

    def answers(
        self, name: str, line: str, now: datetime = NOVEMBER, access: AccessList | None = None
    ) -> tuple[Answer, ...]:
        """The answers to a rep's question; "Boss" sees everything."""
        asker = user(name)
        with closing(self._services(access or AccessList(admins=frozenset({BOSS})))) as services:
            return answers_of(
                Request("T0DEMO", asker, "C0SALES", line, "command", now, "en", Membership.FULL), services
            )

    def total(
        self, name: str, line: str, now: datetime = NOVEMBER, access: AccessList | None = None
    ) -> float | None:
        """The figure of a rep's question about a team, None if it is refused."""
        try:
            (answer,) = self.answers(name, line, now, access)
        except ForbiddenError:
            return None
        return answer.figure.value

    def north(self) -> tuple[str, ...]:
        """Who is in North now."""
        return tuple(name for (name,) in self._read("SELECT name FROM reps WHERE team_id = 1"))

    def amounts(self, month: str) -> dict[str, dict[str, float]]:
        """What each rep sold in a month, by metric."""
        rows = self._read(
            "SELECT name, sum(amount), sum(amount * is_new) FROM sales JOIN reps ON reps.id = rep_id"
            " WHERE sold_on LIKE ? GROUP BY name",
            f"{month}%",
        )
        return {
            "sales": {name: amount for name, amount, _ in rows},
            "new_sales": {name: new for name, _, new in rows},
        }

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path)) as connection:
            return connection.execute(statement, values).fetchall()

    def said(self, name: str, line: str, language: str = "en") -> str:
        """The text of the answer to a rep's question."""
        request = Request(
            "T0DEMO", user(name), "C0SALES", line, "command", NOVEMBER, language, Membership.FULL
        )
        with closing(self._services(AccessList(admins=frozenset({BOSS})))) as services:
            return in_slack(dispatch(request, services)).text
