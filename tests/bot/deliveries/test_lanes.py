"""The outbox of a running bot, with its threads, against the Slack stand-in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine as StoreEngine

from bot.deliveries.content import Ending, OrdinaryContent
from bot.deliveries.crew import Bell, Crew
from bot.deliveries.deliverer import Deliverer
from bot.deliveries.frozen import Frozen
from bot.deliveries.pace import Pace
from bot.render.document import Paragraph
from bot.render.message import Message
from bot.runtime.errors import DeliveryError
from bot.store import database
from bot.store.claims import Claims
from bot.store.deliveries import PRESSED, SUBSCRIPTION, Deliveries, Delivery, State, What
from bot.store.errors import StoreAwayError
from tests.bot.deliveries.by_hand import OutletOf

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
LONGEST = 30


@dataclass
class Numbers(OrdinaryContent):
    """Says the number of each delivery, slowly if it is told so."""

    slow: threading.Event | None = None

    def plan(self, now: datetime) -> None:
        """Plan nothing: tests do."""

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        return None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        if self.slow is not None and delivery.priority != PRESSED:
            self.slow.wait(LONGEST)
        return Message((Paragraph((delivery.what.period,)),))


@dataclass
class Slack:
    """Takes posts, each in a moment, and counts how many it takes at the same time."""

    posts: list[str] = field(default_factory=list)
    at_once: dict[str, int] = field(default_factory=dict)
    most: int = 0
    failures: list[BaseException] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, channel: str, message: Frozen) -> str:
        with self.lock:
            self.at_once[channel] = self.at_once.get(channel, 0) + 1
            self.most = max(self.most, self.at_once[channel])
            failure = self.failures.pop() if self.failures else None
        time.sleep(0.01)
        with self.lock:
            self.at_once[channel] -= 1
            if failure:
                raise failure
            self.posts.append(message.text)
            return f"{len(self.posts)}.0"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreEngine]:
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


@dataclass
class Running:
    """A deliverer whose threads run."""

    store: StoreEngine
    slack: Slack = field(default_factory=Slack)
    numbers: Numbers = field(default_factory=Numbers)

    def __post_init__(self) -> None:
        self.deliveries = Deliveries(self.store, "T0")
        self.outlet = OutletOf(self.slack)
        claims = Claims(self.store, "T0", "a")
        contents = {SUBSCRIPTION: self.numbers}
        self.bell = Bell()
        self.deliverer = Deliverer(claims, contents, self.outlet, lambda: NOW, Pace(100_000), self.bell)

    def plan(self, number: str, target: str, **more: int) -> None:
        self.deliveries.plan(What("many", number, target, SUBSCRIPTION), NOW, NOW, **more)

    def states(self) -> list[State]:
        return [row.state for row in self.deliveries.newest(1000)]


@pytest.fixture
def running(store: StoreEngine) -> Iterator[Running]:
    found = Running(store)
    yield found
    if found.numbers.slow is not None:
        found.numbers.slow.set()
    assert found.deliverer.stop(LONGEST)


def _until(holds: object, seconds: float = LONGEST) -> None:
    assert callable(holds)
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_many_are_sent_once_and_a_channel_takes_one_at_a_time(running: Running) -> None:
    """Sixty to thirty people, and three to one channel."""
    for number in range(60):
        running.plan(str(number), f"U{number % 30:03}")
    for number in range(3):
        running.plan(f"c{number}", "C0SALES")
    running.deliverer.start()
    running.deliverer.tick()
    _until(lambda: set(running.states()) == {State.SENT})
    assert len(running.slack.posts) == len(set(running.slack.posts)) == 63
    assert running.slack.most == 1


def test_what_is_pressed_passes_a_query_that_hangs(running: Running) -> None:
    """All that prepares the others waits for the database; the pressed one is posted all the same."""
    running.numbers.slow = threading.Event()
    for number in range(100):
        running.plan(str(number), f"U{number:03}")
    running.deliverer.start()
    running.deliverer.tick()
    _until(lambda: running.states().count(State.PREPARING) >= 2)
    running.plan("pressed", "U999", priority=PRESSED)
    running.bell.ring()
    _until(lambda: "pressed" in running.slack.posts)
    assert running.slack.posts == ["pressed"]


def test_a_refused_token_stops_the_threads_and_keeps_what_waits(running: Running) -> None:
    refused = DeliveryError("no", outcome="not_sent", permanent=True, reason="token_revoked")
    running.slack.failures = [refused] * 20
    running.outlet.token = refused
    for number in range(20):
        running.plan(str(number), f"U{number:03}")
    running.deliverer.start()
    running.deliverer.tick()
    _until(lambda: running.deliverer.circuit.because is not None)
    _until(lambda: State.SENDING not in running.states())
    assert running.slack.posts == []
    assert {State.READY, State.PENDING, State.PREPARING} >= set(running.states())


def test_a_crew_goes_on_after_a_failure_and_stops_when_told(caplog: pytest.LogCaptureFixture) -> None:
    """The store is away at the first look; later jobs are done by several threads, each once."""
    jobs, done, looks = list(range(20)), [], []
    bell = Bell()

    def find() -> int | float:
        looks.append(1)
        if len(looks) == 1:
            bell.ring()  # so that it looks again at once
            raise StoreAwayError
        return jobs.pop() if jobs else 60.0

    crew = Crew("test", 4, find, done.append, bell)
    crew.start()
    _until(lambda: len(done) == 20)
    assert sorted(done) == list(range(20))
    crew.stop()
    assert crew.join(LONGEST)
    assert caplog.text == ""
