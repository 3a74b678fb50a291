"""A shop whose rows come late, and posts about it that are delivered for real: a store, a clock, a channel."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine as StoreEngine

from bot.deliveries.beside_posts import beside_posts
from bot.deliveries.content import Content
from bot.deliveries.frozen import Frozen
from bot.deliveries.made_summaries import MadeSummaries
from bot.deliveries.subscription_planning import SubscriptionPlanner
from bot.deliveries.subscription_posts import SubscriptionPosts
from bot.deliveries.summary_posts import SummaryPosts
from bot.rights import Account, Membership
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.deliveries import SUBSCRIPTION, SUMMARY, Deliveries, Delivery
from bot.store.due_subscriptions import DueSubscriptions
from bot.store.missing_days import MissingDayBook
from bot.store.posted import PostedFigures
from bot.store.subscriptions import SubscriptionBook
from bot.store.told import ToldFindings
from bot.workspace.opening import services_of
from bot.workspace.services import Services
from tests.bot.deliveries.by_hand import ByHand
from tests.bot.world import SALES
from tests.shop import BRUSSELS, write_config, write_tables

DUE = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)
MONDAY = DUE.date()
FIRST, LAST = date(2026, 1, 1), date(2026, 11, 29)
GONE = (date(2026, 11, 19), date(2026, 11, 20))
MODEL = """
name: sales
table: deals
key: id
time: sold_on
dimensions: {rep: rep}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count}
"""
REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\n"
COSTS = """
name: marketing_costs
table: costs
key: id
time: month
grain: month
measures: {amount: {agg: sum, of: amount}}
"""
LEADS = """
name: leads
table: deals
key: id
time: sold_on
measures: {created: {agg: count}}
"""
WEEKLY = """
name: weekly
title: {en: Weekly sales summary, nl: Wekelijks verkoopoverzicht}
schedule: {every: monday, at: "08:30"}
channels: [C0DEMOSALES]
grace_hours: 12
language: en
sections:
  - name: week
    title: {en: Last week, nl: Vorige week}
    period: last week
    style: scores
    questions: [sales, orders]
"""
MONTHLY = """
name: monthly
title: {en: Monthly sales summary, nl: Maandelijks verkoopoverzicht}
schedule: {every: month, working_day: 2, at: "08:30"}
channels: [C0DEMOSALES]
grace_hours: 48
language: en
sections:
  - name: month
    title: {en: The month, nl: De maand}
    period: last month
    style: scores
    questions: [sales, cost_per_lead]
"""


@dataclass
class Slack:
    """Takes posts, by where they are sent."""

    posts: list[tuple[str, Frozen]] = field(default_factory=list)
    failure: Exception | None = None

    def post(self, channel: str, message: Frozen) -> str:
        if self.failure is not None:
            raise self.failure
        self.posts.append((channel, message))
        return f"{len(self.posts)}.0"

    @property
    def texts(self) -> list[str]:
        return [message.text for _, message in self.posts]

    def to(self, place: str) -> list[str]:
        return [message.text for target, message in self.posts if target == place]


@dataclass
class LateShop:
    """The shop, its services and its bot."""

    folder: Path
    services: Services
    store: StoreEngine
    slack: Slack = field(default_factory=Slack)
    now: datetime = DUE

    @classmethod
    def opened(
        cls,
        folder: Path,
        without: Collection[date] = (),
        *,
        summaries: Collection[str] = (WEEKLY,),
        costs_until: int = 10,
        access: str = "",
    ) -> LateShop:
        """Return a shop with twenty deals of 10 on each weekday before 30 November 2026, but none on some."""
        days = [FIRST + timedelta(days=place) for place in range((LAST - FIRST).days + 1)]
        kept = [day for day in days if day.weekday() < 5 and day not in without]
        deals = [(place, day) for place, day in enumerate(day for day in kept for _ in range(20))]
        url = write_tables(
            folder / "shop.sqlite",
            {
                "deals": (
                    "id INTEGER, sold_on TEXT, amount NUMERIC, rep INTEGER",
                    [(number, f"{day} 10:00:00", 10, 1 + number % 2) for number, day in deals],
                ),
                "reps": ("id INTEGER, name TEXT", [(1, "Anna"), (2, "Bob")]),
                "costs": (
                    "id INTEGER, month TEXT, amount NUMERIC",
                    [(month, f"2026-{month:02}-01", 100) for month in range(1, costs_until + 1)],
                ),
            },
        )
        models = {"sales": MODEL, "reps": REPS, "marketing_costs": COSTS, "leads": LEADS}
        config = write_config(folder / "config", models)
        (config / "summaries").mkdir()
        for place, text in enumerate(summaries):
            (config / "summaries" / f"{place}.yaml").write_text(text, encoding="utf-8")
        if access:
            (config / "access.yaml").write_text(access, encoding="utf-8")
        role = "none" if access else "admin"
        changed = {"kpi_config_dir": config, "kpi_default_role": role}
        settings = Settings.load(env_file=None).model_copy(update=changed)
        store = database.open_store(f"sqlite:///{folder / 'store.sqlite'}")
        database.migrate(store)
        services = replace(
            services_of(settings, url),
            holes=MissingDayBook(store, "T0"),
            posted=PostedFigures(store, "T0"),
            subscriptions=SubscriptionBook(store, "T0"),
        )
        return cls(folder, services, store)

    def close(self) -> None:
        self.services.close()
        self.store.dispose()

    def load(self, *days: date, count: int = 20) -> None:
        """Let the deals of some days arrive."""
        with closing(sqlite3.connect(self.folder / "shop.sqlite")) as connection:
            for day in days:
                start = connection.execute("SELECT max(id) + 1 FROM deals").fetchone()[0]
                rows = [(start + number, f"{day} 10:00:00", 10, 1) for number in range(count)]
                connection.executemany("INSERT INTO deals VALUES (?, ?, ?, ?)", rows)
            connection.commit()

    def run(self, statement: str) -> None:
        """Change the shop's rows."""
        with closing(sqlite3.connect(self.folder / "shop.sqlite")) as connection:
            connection.execute(statement)
            connection.commit()

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.store, "T0")

    def contents(self) -> dict[str, Content]:
        made = MadeSummaries(self.services, ToldFindings(self.store, "T0"))
        posts = SummaryPosts(self.services, self.deliveries, made)
        planner = SubscriptionPlanner(self.services, self.deliveries, DueSubscriptions(self.store, "T0"))
        subscribed = SubscriptionPosts(
            self.services,
            self.deliveries,
            lambda user: Account(user, Membership.FULL),
            lambda _: None,
            made,
            planner,
        )
        return {
            SUMMARY: posts,
            SUBSCRIPTION: subscribed,
            **beside_posts(self.services, self.deliveries, {SUMMARY: posts, SUBSCRIPTION: subscribed.gate}),
        }

    def tick(self, moment: datetime | None = None) -> None:
        """Deliver what is due, as a new process that has nothing in memory but the engine's readings."""
        self.now = moment or self.now
        ByHand(self.deliveries, self.contents(), self.slack, lambda: self.now).tick()

    def rows(self, part: str) -> list[Delivery]:
        return [row for row in self.deliveries.newest(50) if row.what.part == part]


def at(hours: int, minutes: int = 0, day: date = MONDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=BRUSSELS)


__all__ = ["DUE", "GONE", "MONTHLY", "SALES", "WEEKLY", "LateShop", "at"]


Opened = Callable[..., LateShop]
"""Opens a shop without the rows of some days."""
