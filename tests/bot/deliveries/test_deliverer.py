"""Summaries are posted once: started twice, killed, unclear, turned away, or late."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Engine as StoreEngine

from bot.deliveries.frozen import Frozen
from bot.deliveries.made_summaries import MadeSummaries
from bot.deliveries.outlet import Taken
from bot.deliveries.preparing import LATER, PREPARING_LEASE
from bot.deliveries.sending import SENDING_LEASE, W
from bot.deliveries.subscription_posts import SubscriptionPosts
from bot.deliveries.summary_details import SummaryDetails
from bot.deliveries.summary_posts import SummaryPosts
from bot.runtime.clock import Clock, fixed_clock
from bot.runtime.errors import DeliveryError
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.deliveries import ASKED, DETAILS, SUMMARY, UNREADABLE, Deliveries, State, What
from bot.store.subscriptions import SubscriptionBook, SubscriptionTerms
from bot.store.tables import metadata
from bot.store.told import ToldFindings
from bot.workspace.opening import services_of
from bot.workspace.services import Services
from kpi_engine.domain.errors import WarehouseError
from kpi_engine.domain.posts import Schedule
from tests.bot.deliveries.by_hand import ByHand, OutletOf
from tests.bot.in_slack import in_slack
from tests.bot.world import SALES
from tests.shop import BRUSSELS, write_config, write_tables

DUE = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)
DAYS = [date(2025, 9, 1) + timedelta(days=number) for number in range(457)]
"""Until the week before the last post of these tests."""
MODEL = """
name: sales
table: deals
key: id
time: sold_on
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count}
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
    questions: [sales]
  - name: trend
    title: {en: Sales of the last twelve weeks, nl: Omzet van de laatste twaalf weken}
    period: last 12 weeks
    style: chart
    questions: [sales per week]
"""
"""A summary that is made in a moment: these tests are about its delivery."""


@dataclass
class Channel:
    """Takes posts, or fails as told."""

    posts: list[Frozen] = field(default_factory=list)
    threads: list[Frozen] = field(default_factory=list)
    failure: BaseException | None = None

    def post(self, channel: str, message: Frozen) -> str:
        assert channel == SALES
        if self.failure:
            raise self.failure
        (self.posts if message.reply_to is None else self.threads).append(message)
        return f"{len(self.posts)}.{len(self.threads)}"


class Killed(BaseException):
    """The process ends here."""


NO_ANSWER = DeliveryError("no answer", outcome="unknown", reason="TimeoutError")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A shop with two deals a working day and a short weekly summary."""
    folder = tmp_path_factory.mktemp("shop")
    days = [day for day in DAYS if day.weekday() < 5 for _ in range(2)]
    deals = [(number, day.isoformat(), 100 + number % 7) for number, day in enumerate(days)]
    url = write_tables(folder / "shop.sqlite", {"deals": ("id INTEGER, sold_on TEXT, amount NUMERIC", deals)})
    config = write_config(folder / "config", {"sales": MODEL})
    (config / "summaries").mkdir()
    (config / "summaries" / "weekly.yaml").write_text(WEEKLY, encoding="utf-8")
    changes = {"kpi_config_dir": config, "kpi_wait_hours": 0.0}  # some posts are about weeks without rows
    settings = Settings.load(env_file=None).model_copy(update=changes)
    with closing(services_of(settings, url)) as services:
        yield services


@dataclass
class Hand:
    """A clock that is turned by hand."""

    now: datetime = DUE

    def __call__(self) -> datetime:
        return self.now


def _deliverer(
    services: Services, store: StoreEngine, channel: Channel | OutletOf, clock: Clock, owner: str = "a"
) -> ByHand:
    deliveries = Deliveries(store, "T0")
    posts = SummaryPosts(services, deliveries, MadeSummaries(services, ToldFindings(store, "T0")))
    details = SummaryDetails(services, deliveries, SUMMARY, lambda _: True, posts.again)
    return ByHand(deliveries, {SUMMARY: posts, DETAILS[SUMMARY]: details}, channel, clock, owner)


def _states(store: StoreEngine) -> list[State]:
    """Return the states of the posts; their threads have rows of their own."""
    rows = Deliveries(store, "T0").newest(10)
    return [row.state for row in rows if row.what.part == SUMMARY]


def test_it_is_posted_when_due_and_once(shop: Services, store: StoreEngine) -> None:
    """Not a minute early, and not again at later ticks."""
    clock, channel = Hand(DUE - timedelta(minutes=1)), Channel()
    deliverer = _deliverer(shop, store, channel, clock)
    deliverer.tick()
    assert channel.posts == []
    for minutes in (0, 1, 60):
        clock.now = DUE + timedelta(minutes=minutes)
        deliverer.tick()
    assert len(channel.posts) == 1
    assert "Week 47" in in_slack(channel.posts[0]).text
    assert _states(store) == [State.SENT]
    (below,) = channel.threads
    assert below.reply_to == "1.0"
    assert "Sales of the last twelve weeks" in in_slack(below).text


def test_two_processes_on_one_store_post_once(shop: Services, store: StoreEngine) -> None:
    """Eight deliverers tick at the same moment."""
    channel = Channel()
    workers = [_deliverer(shop, store, channel, Hand(), owner=str(number)) for number in range(8)]
    threads = [threading.Thread(target=worker.tick) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(channel.posts) == 1
    assert _states(store) == [State.SENT]


def test_killed_before_the_claim_it_is_sent_after_the_restart(shop: Services, store: StoreEngine) -> None:
    """The row is there, nobody has claimed it: the next process sends it within the grace period."""
    clock, channel = Hand(), Channel()
    dying = _deliverer(shop, store, channel, clock)
    dying.contents[SUMMARY].plan(clock())
    clock.now = DUE + timedelta(hours=11)
    _deliverer(shop, store, channel, clock, "b").tick()
    assert len(channel.posts) == 1


def test_killed_before_slack_read_it_it_is_sent_after_the_restart(shop: Services, store: StoreEngine) -> None:
    """The history doesn't have it once the lease is over: it is posted, and only once."""
    clock, channel = Hand(), Channel(failure=Killed())
    slack = OutletOf(channel)
    with pytest.raises(Killed):
        _deliverer(shop, store, slack, clock).tick()
    assert _states(store) == [State.SENDING]
    channel.failure = None
    restarted = _deliverer(shop, store, slack, clock, "b")
    for moment in (DUE, DUE + SENDING_LEASE - timedelta(seconds=1)):
        clock.now = moment
        restarted.tick()
        assert channel.posts == []
    clock.now = DUE + SENDING_LEASE
    restarted.tick()
    assert len(channel.posts) == 1
    assert _states(store) == [State.SENT]


@pytest.mark.parametrize("how", ["killed", "unclear"])
def test_what_slack_took_without_saying_so_is_found_and_not_posted_again(
    how: str, shop: Services, store: StoreEngine
) -> None:
    """The process was killed, or the answer was lost, after Slack had the message."""
    clock, channel = Hand(), Channel()
    slack = OutletOf(channel)
    lost = Killed() if how == "killed" else NO_ANSWER

    def taken_and_lost(*given: Any) -> Taken:
        OutletOf.post(slack, *given)
        raise lost

    slack.post = taken_and_lost  # type: ignore[method-assign]
    with suppress(Killed):
        _deliverer(shop, store, slack, clock).tick()
    del slack.post
    clock.now = DUE + SENDING_LEASE
    _deliverer(shop, store, slack, clock, "b").tick()
    assert len(channel.posts) == 1
    assert len(channel.threads) == 1
    (row,) = [row for row in Deliveries(store, "T0").newest(9) if row.what.part == SUMMARY]
    assert (row.state, row.message_ts) == (State.SENT, "1.0")


def test_an_unclear_attempt_is_looked_for_after_w_and_not_before(shop: Services, store: StoreEngine) -> None:
    """Slack may still take it, or not show it yet: reading the history sooner would post it twice."""
    clock = Hand()
    channel = Channel(failure=NO_ANSWER)
    deliverer = _deliverer(shop, store, channel, clock)
    deliverer.tick()
    channel.failure = None
    clock.now = DUE + W - timedelta(seconds=1)
    deliverer.tick()
    assert (channel.posts, _states(store)) == ([], [State.RECONCILING])
    clock.now = DUE + W
    deliverer.tick()
    assert (len(channel.posts), _states(store)) == (1, [State.SENT])


def test_where_the_history_can_not_be_read_an_unclear_attempt_is_unknown_for_good(
    shop: Services, store: StoreEngine
) -> None:
    """Rather lost than twice; the reason says which scope is missing."""
    clock, channel = Hand(), Channel(failure=NO_ANSWER)
    slack = OutletOf(channel)
    slack.unreadable = DeliveryError(
        "no", outcome="not_sent", permanent=True, reason="missing_scope", needed="channels:history"
    )
    deliverer = _deliverer(shop, store, slack, clock)
    deliverer.tick()
    channel.failure = None
    for minutes in (5, 60):
        clock.now = DUE + timedelta(minutes=minutes)
        deliverer.tick()
    assert channel.posts == []
    (row,) = Deliveries(store, "T0").newest(1)
    assert (row.state, row.reason) == (State.UNKNOWN, f"{UNREADABLE}: missing_scope channels:history")


@pytest.mark.parametrize("subscribes", [False, True])
def test_a_summarys_file_may_ask_for_a_repeat(subscribes: bool, shop: Services, store: StoreEngine) -> None:
    """Of the file's own posts and of subscriptions to it; a question is never repeated."""
    book = SubscriptionBook(store, "T0")
    repeated = replace(shop.catalogue.summaries["weekly"], if_unclear="repeat")
    engine = copy(shop.engine)
    engine.catalogue = replace(shop.catalogue, summaries={"weekly": repeated})
    services = replace(shop, engine=engine, subscriptions=book)
    deliveries, nobody = Deliveries(store, "T0"), cast("Any", None)
    made = MadeSummaries(services, ToldFindings(store, "T0"))
    if subscribes:
        posts: Any = SubscriptionPosts(services, deliveries, nobody, nobody, made, nobody)
        keys = {
            line: book.add(
                SubscriptionTerms("U1", None, line, is_summary, repeated.schedule, "Europe/Brussels", "en"),
                DUE,
            ).key
            for line, is_summary in (("weekly", True), ("sales", False))
        }
    else:
        posts, keys = SummaryPosts(services, deliveries, made), {"weekly": "weekly", "sales": "gone"}
    for line, repeats in (("weekly", True), ("sales", False)):
        deliveries.plan(What(keys[line], "2026-W47", "U1"), DUE, DUE)
        row = deliveries.of(What(keys[line], "2026-W47", "U1"))
        assert row is not None
        assert posts.repeats_unclear(row) is repeats


def test_a_refusal_for_good_fails_with_the_fix(shop: Services, store: StoreEngine) -> None:
    """not_in_channel stays until somebody invites the bot."""
    refused = DeliveryError(
        "no", hint="Invite the bot.", outcome="not_sent", permanent=True, reason="not_in_channel"
    )
    deliverer = _deliverer(shop, store, Channel(failure=refused), Hand())
    deliverer.tick()
    (row,) = Deliveries(store, "T0").newest(1)
    assert (row.state, row.reason) == (State.FAILED, "not_in_channel: Invite the bot.")


def test_a_passing_refusal_is_tried_later(shop: Services, store: StoreEngine) -> None:
    """Slack says when; not before."""
    clock = Hand()
    channel = Channel(
        failure=DeliveryError("slow down", outcome="not_sent", reason="ratelimited", retry_after=90)
    )
    deliverer = _deliverer(shop, store, channel, clock)
    deliverer.tick()
    channel.failure = None
    for seconds, posts in ((89, 0), (91, 1), (200, 1)):
        clock.now = DUE + timedelta(seconds=seconds)
        deliverer.tick()
        assert len(channel.posts) == posts


def test_a_database_that_is_down_delays_it(
    shop: Services, store: StoreEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is claimed; it is sent when the database is back."""
    clock, channel = Hand(), Channel()
    deliverer = _deliverer(shop, store, channel, clock)
    engine = shop.engine

    def down(*_: object) -> None:
        raise WarehouseError("The sales database isn't responding.")

    monkeypatch.setattr(engine, "summary", down, raising=False)
    deliverer.tick()
    assert _states(store) == [State.PENDING]
    monkeypatch.undo()
    clock.now = DUE + LATER
    deliverer.tick()
    assert len(channel.posts) == 1


def test_a_process_that_fails_leaves_the_claim_of_another_alone(
    shop: Services, store: StoreEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One can't reach the database while the other has claimed and is posting: one post, not two."""
    clock, channel = Hand(), Channel()
    slack = OutletOf(channel)
    slow = _deliverer(shop, store, slack, clock)
    fast = _deliverer(shop, store, slack, clock, "b")
    slow.planner.tick()
    batch = slow.preparer.claimed(ASKED)
    assert len(batch) == 1
    clock.now += PREPARING_LEASE
    fast.planner.tick()  # the slow one's lease is over
    assert fast.prepare()

    def down(*_: object) -> None:
        raise WarehouseError("The sales database isn't responding.")

    monkeypatch.setattr(shop.engine, "summary", down, raising=False)
    slow.preparer.prepare(batch)
    assert _states(store) == [State.READY]
    assert fast.send()
    clock.now += LATER
    monkeypatch.undo()
    slow.tick()
    assert len(channel.posts) == 1
    assert _states(store) == [State.SENT]


def test_one_that_is_too_late_is_missed_and_said_in_the_next(shop: Services, store: StoreEngine) -> None:
    """Down all Monday: nothing is posted on Tuesday; the next summary says so."""
    clock, channel = Hand(DUE - timedelta(days=7)), Channel()
    deliverer = _deliverer(shop, store, channel, clock)
    deliverer.tick()
    clock.now = DUE + timedelta(days=1)
    deliverer.tick()
    assert _states(store) == [State.MISSED, State.SENT]
    clock.now = DUE + timedelta(days=7)
    deliverer.tick()
    assert len(channel.posts) == 2
    assert "The summary of week 47 (16–22 Nov 2026) was missed" in in_slack(channel.posts[1]).text


def test_every_week_of_a_long_outage_is_recorded_and_said(shop: Services, store: StoreEngine) -> None:
    """Five weeks down: each has a row, and the next summary says how many were missed."""
    clock, channel = Hand(DUE - timedelta(days=6 * 7)), Channel()
    _deliverer(shop, store, channel, clock).tick()
    clock.now = DUE
    restarted = _deliverer(shop, store, channel, clock)
    restarted.tick()
    assert sorted(_states(store)) == [State.MISSED] * 5 + [State.SENT] * 2
    said = in_slack(channel.posts[1]).text
    assert "5 summaries were missed" in said
    assert "week 42 (12–18 Oct 2026) to week 46 (9–15 Nov 2026)" in said


def test_another_schedule_has_missed_nothing(
    shop: Services, store: StoreEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weekly until now, daily from Friday on: the days before weren't due."""
    clock, channel = Hand(DUE), Channel()
    deliverer = _deliverer(shop, store, channel, clock)
    deliverer.tick()
    (name,) = [name for name, spec in shop.catalogue.summaries.items() if spec.channels]
    spec = shop.catalogue.summaries[name]
    daily = replace(spec, schedule=Schedule("day", time(8, 30)))
    changed = replace(shop.catalogue, summaries={**shop.catalogue.summaries, name: daily})
    clock.now = DUE + timedelta(days=4)
    monkeypatch.setattr(shop.engine, "catalogue", changed)
    _deliverer(shop, store, channel, clock).tick()
    assert _states(store) == [State.SENT, State.SENT]


def test_a_new_bot_owes_nothing(shop: Services, store: StoreEngine) -> None:
    """On its first day after the grace period it posts nothing and has missed nothing."""
    channel = Channel()
    _deliverer(shop, store, channel, Hand(DUE + timedelta(days=1))).tick()
    assert channel.posts == []
    assert _states(store) == []


def test_migrations_make_the_tables_that_the_code_has(store: StoreEngine) -> None:
    """The newest revision and bot/store/tables.py agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert database.revision(store) == database.head()


def test_a_fixed_clock_shows_the_zone() -> None:
    """A naive moment is one of the business zone."""
    assert fixed_clock(datetime(2026, 11, 23, 8, 30), BRUSSELS)() == DUE
