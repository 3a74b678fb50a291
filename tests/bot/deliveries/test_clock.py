"""Whatever becomes of the clock, each occurrence is posted once, and none is lost in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine as StoreEngine

from bot.deliveries.content import Ending, OrdinaryContent
from bot.deliveries.frozen import Frozen
from bot.deliveries.subscription_planning import SubscriptionPlanner
from bot.render.document import Paragraph
from bot.render.message import Message
from bot.store import database
from bot.store.deliveries import SUBSCRIPTION, Deliveries, Delivery, State
from bot.store.due_subscriptions import DueSubscriptions
from bot.store.subscriptions import SubscriptionBook, SubscriptionTerms
from bot.workspace.services import Services
from kpi_engine.domain.posts import Schedule
from tests.bot.deliveries.by_hand import ByHand
from tests.bot.world import ANNA, SALES
from tests.shop import BRUSSELS

MONDAYS = Schedule("week", time(8, 30), weekday=0)
EVERY_NIGHT = Schedule("day", time(2, 30))
GRACE = timedelta(hours=12)
MORNING = (time(8, 20), time(8, 30), time(11, 10))
NIGHT = (time(2), time(2, 20), time(2, 30), time(2, 40), time(3), time(12))
"""Around what is due, and seldom besides: a tick takes some milliseconds."""


@dataclass
class Wall:
    """A clock on the wall, which people set."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now.astimezone(BRUSSELS)


@dataclass(frozen=True)
class Posts(OrdinaryContent):
    """Subscriptions as they are planned, with the period as their words."""

    planner: SubscriptionPlanner

    def plan(self, now: datetime) -> None:
        self.planner.plan(now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        return Ending(State.MISSED, "too late") if now - delivery.due_at > GRACE else None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        return Message((Paragraph((delivery.what.period,)),))


@dataclass
class Bot:
    """One subscription, and what was posted of it at which time of the wall clock."""

    services: Services
    store: StoreEngine
    wall: Wall
    posts: list[tuple[str, str]] = field(default_factory=list)

    def subscribe(self, schedule: Schedule) -> None:
        terms = SubscriptionTerms(
            owner=ANNA,
            channel=SALES,
            line="sales",
            is_summary=False,
            schedule=schedule,
            zone="Europe/Brussels",
            language="en",
        )
        SubscriptionBook(self.store, "T0").add(terms, self.wall())

    def post(self, channel: str, message: Frozen) -> str:
        self.posts.append((f"{self.wall():%d %b %H:%M%z}", message.text))
        return str(len(self.posts))

    def start(self) -> ByHand:
        """Start a process; another one goes on where the first has ended."""
        deliveries = Deliveries(self.store, "T0")
        services = replace(self.services, subscriptions=SubscriptionBook(self.store, "T0"))
        planner = SubscriptionPlanner(services, deliveries, DueSubscriptions(self.store, "T0"))
        return ByHand(deliveries, {SUBSCRIPTION: Posts(planner)}, self, self.wall)

    def live(self, ends: str, ticks: Sequence[time] = MORNING) -> None:
        """Let the time go by until a local time, with a tick whenever the clock shows one of `ticks`."""
        process, end = self.start(), at(ends)
        while self.wall.now < end:
            self.wall.now += timedelta(minutes=10)
            if self.wall().time() in ticks:
                process.tick()

    @property
    def times(self) -> list[str]:
        return [when for when, _ in self.posts]

    @property
    def states(self) -> dict[State, int]:
        states = [row.state for row in Deliveries(self.store, "T0").newest(1_000)]
        return {state: states.count(state) for state in dict.fromkeys(states)}


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=BRUSSELS).astimezone(UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreEngine]:
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


def bot(services: Services, store: StoreEngine, starts: str, schedule: Schedule) -> Bot:
    found = Bot(services, store, Wall(at(starts)))
    found.subscribe(schedule)
    return found


def test_the_night_that_skips_an_hour(demo_services: Services, store: StoreEngine) -> None:
    """There is no 02:30 on 29 March: it comes at 03:00."""
    nightly = bot(demo_services, store, "2026-03-28T12:00", EVERY_NIGHT)
    nightly.live("2026-03-30T12:00", NIGHT)
    assert nightly.times == ["29 Mar 03:00+0200", "30 Mar 02:30+0200"]


def test_the_night_that_repeats_an_hour(demo_services: Services, store: StoreEngine) -> None:
    """There are two 02:30 on 25 October: it comes at the first."""
    nightly = bot(demo_services, store, "2026-10-24T12:00", EVERY_NIGHT)
    nightly.live("2026-10-26T12:00", NIGHT)
    assert nightly.times == ["25 Oct 02:30+0200", "26 Oct 02:30+0100"]


def test_a_holiday(demo_services: Services, store: StoreEngine) -> None:
    """Easter Monday is 6 April: that week it comes on Tuesday, and the next on Monday again."""
    weekly = bot(demo_services, store, "2026-03-31T12:00", MONDAYS)
    weekly.live("2026-04-14T12:00")
    assert weekly.times == ["07 Apr 08:30+0200", "13 Apr 08:30+0200"]


@pytest.mark.parametrize(
    ("wakes", "times", "states"),
    [
        ("2026-11-23T11:00", ["23 Nov 11:10+0100"], {State.SENT: 1}),
        ("2026-11-24T11:00", [], {State.MISSED: 1}),
        ("2026-12-08T11:00", [], {State.MISSED: 3}),
    ],
)
def test_a_machine_that_slept(
    wakes: str, times: list[str], states: dict[State, int], demo_services: Services, store: StoreEngine
) -> None:
    """What is within its grace comes late; the rest is recorded, each week of it."""
    weekly = bot(demo_services, store, "2026-11-22T12:00", MONDAYS)
    weekly.live("2026-11-23T08:20")
    weekly.wall.now = at(wakes)
    weekly.live(f"{wakes[:10]}T12:00")
    assert weekly.times == times
    assert weekly.states == states


@pytest.mark.parametrize("hours", [1, 3, 24 * 6])
@pytest.mark.parametrize("restarted", [True, False])
def test_a_clock_that_is_set_back(
    hours: int, restarted: bool, demo_services: Services, store: StoreEngine
) -> None:
    """The same Monday morning twice, and one post; the next one comes in its time."""
    weekly = bot(demo_services, store, "2026-11-22T12:00", MONDAYS)
    process = weekly.start()
    weekly.live("2026-11-23T09:00")
    weekly.wall.now -= timedelta(hours=hours)
    if not restarted:
        process.tick()
    weekly.live("2026-11-30T12:00")
    assert weekly.times == ["23 Nov 08:30+0100", "30 Nov 08:30+0100"]


@pytest.mark.parametrize("days", [2, 30, 400])
def test_a_clock_that_was_ahead_for_a_moment(days: int, demo_services: Services, store: StoreEngine) -> None:
    """Once it is right again, what seemed missed or far away comes in its own time."""
    weekly = bot(demo_services, store, "2026-11-24T12:00", MONDAYS)
    weekly.live("2026-11-26T09:00")
    weekly.wall.now += timedelta(days=days)
    process = weekly.start()
    for _ in range(3):
        process.tick()
    weekly.wall.now -= timedelta(days=days)
    weekly.live("2026-12-14T12:00")
    assert weekly.times == ["30 Nov 08:30+0100", "07 Dec 08:30+0100", "14 Dec 08:30+0100"]
    assert len({week for _, week in weekly.posts}) == 3


def test_one_that_was_set_up_while_the_clock_was_ahead(demo_services: Services, store: StoreEngine) -> None:
    """It begins when the clock is right again, not in a year."""
    weekly = bot(demo_services, store, "2027-11-24T12:00", MONDAYS)
    weekly.start().tick()
    weekly.wall.now = at("2026-11-24T12:00")
    weekly.live("2026-11-30T12:00")
    assert weekly.times == ["30 Nov 08:30+0100"]


def test_what_was_planned_too_early_waits_until_it_is_due(
    demo_services: Services, store: StoreEngine
) -> None:
    """The bot was stopped between planning and sending, and the clock was set back meanwhile."""
    weekly = bot(demo_services, store, "2026-11-26T09:00", MONDAYS)
    weekly.live("2026-11-26T12:00")
    weekly.wall.now = at("2026-11-30T09:00")
    weekly.start().planner.tick()
    assert weekly.states == {State.PENDING: 1}
    weekly.wall.now = at("2026-11-26T12:00")
    weekly.live("2026-11-30T12:00")
    assert weekly.times == ["30 Nov 08:30+0100"]
