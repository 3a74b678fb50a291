"""The guards of the outbox, one by one: leases, epochs, the token's circuit, the store's hiccups, files."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import select

from bot.deliveries.content import Content, Ending, Hold, OrdinaryContent
from bot.deliveries.frozen import Frozen, frozen, frozen_of, frozen_text
from bot.deliveries.outlet import MayWrite, Taken
from bot.deliveries.preparing import BATCH, LATER, PREPARING_LEASE
from bot.deliveries.sending import SENDING_LEASE, W
from bot.render.document import Cell, Paragraph, Row, Table
from bot.render.message import File, Files, Message
from bot.runtime.errors import DeliveryError
from bot.store import database
from bot.store.claims import Claims
from bot.store.deliveries import (
    PRESSED,
    PROMPT,
    SUBSCRIPTION,
    SUMMARY,
    TOLD,
    UNREADABLE,
    Deliveries,
    Delivery,
    State,
    What,
)
from bot.store.errors import StoreAwayError, StoreError
from bot.store.post_tables import deliveries
from bot.store.store_clock import store_now
from bot.store.tables import metadata
from kpi_engine.domain.errors import QueryError, WarehouseError
from kpi_engine.domain.sharing import Sharing
from tests.bot.deliveries.by_hand import ByHand, OutletOf
from tests.conftest import own_database

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NO_ANSWER = DeliveryError("no answer", outcome="unknown", reason="TimeoutError")
WHAT = What("weekly", "2026-W47", "C0SALES")


@dataclass
class Hand:
    """A clock that is turned by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    @property
    def seconds(self) -> float:
        return self.now.timestamp()


@dataclass
class Words(OrdinaryContent):
    """Says the same of everything, and notes what it hears."""

    told: list[str] = field(default_factory=list)
    ends: Ending | None = None
    waits: Hold | None = None
    wrong: Exception | None = None
    repeats: bool = False
    text: str = "Week 47"
    files: Files | None = None
    made: int = 0

    def plan(self, now: datetime) -> None:
        """Plan nothing: tests do."""

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        return self.ends

    def hold(self, delivery: Delivery, now: datetime) -> Hold | None:
        return self.waits

    def message(self, delivery: Delivery, now: datetime) -> Message:
        self.made += 1
        if self.wrong:
            raise self.wrong
        return Message((Paragraph((self.text,)),), files=self.files, note=f"note {delivery.what.period}")

    def repeats_unclear(self, delivery: Delivery) -> bool:
        return self.repeats

    def sent(self, delivery: Delivery, now: datetime) -> None:
        self.told.append(f"sent {delivery.message_ts} {delivery.note}")

    def not_sent(self, delivery: Delivery, now: datetime) -> None:
        self.told.append("not sent")


@dataclass
class Slack:
    """Takes posts, or fails as told."""

    posts: list[tuple[str, str]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    def post(self, channel: str, message: Frozen) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.posts.append((channel, message.text))
        return f"{len(self.posts)}.0"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shared_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StoreEngine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('outbox') / 'store.sqlite'}"
    else:
        url = own_database(request.getfixturevalue("postgresql_server"), "outbox")
    engine = database.open_store(url)
    database.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def store(shared_store: StoreEngine) -> Iterator[StoreEngine]:
    """A store without deliveries, as a file and on a server."""
    yield shared_store
    with shared_store.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


@dataclass
class Bench:
    """One or several bots on one store and one Slack."""

    store: StoreEngine
    clock: Hand = field(default_factory=Hand)
    slack: Slack = field(default_factory=Slack)
    words: Words = field(default_factory=Words)
    outlet: OutletOf = field(init=False)

    def __post_init__(self) -> None:
        self.outlet = OutletOf(self.slack)

    def bot(self, owner: str = "a", **changes: Any) -> ByHand:
        contents: dict[str, Content] = {SUMMARY: self.words, SUBSCRIPTION: self.words, PROMPT: self.words}
        changes = {"seconds": lambda: self.clock.seconds, "sleep": self._sleep} | changes
        return ByHand(Deliveries(self.store, "T0"), contents, self.outlet, self.clock, owner, **changes)

    def _sleep(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)

    def plan(self, what: What = WHAT, **more: Any) -> None:
        assert Deliveries(self.store, "T0").plan(what, self.clock.now, self.clock.now, **more)

    def row(self, what: What = WHAT) -> Delivery:
        found = Deliveries(self.store, "T0").of(what)
        assert found is not None
        return found

    def column(self, name: str) -> Any:
        with self.store.connect() as connection:
            return connection.execute(select(deliveries.c[name])).scalar_one()


@pytest.fixture
def bench(store: StoreEngine) -> Bench:
    return Bench(store)


# the way of one delivery


def test_a_delivery_goes_from_its_row_to_slack_and_its_payload_is_forgotten(bench: Bench) -> None:
    """Prepared, frozen, sent once; the content hears the note that it gave its message."""
    bot = bench.bot()
    bench.plan()
    assert bot.prepare()
    assert bench.row().state is State.READY
    assert frozen_of(bench.column("payload")).text == "Week 47"
    bench.words.text = "changed meanwhile"
    assert bot.send()
    row = bench.row()
    assert (row.state, row.message_ts, row.conversation, row.attempts) == (State.SENT, "1.0", "C0SALES", 1)
    assert bench.slack.posts == [("C0SALES", "Week 47")]
    assert bench.words.told == ["sent 1.0 note 2026-W47"]
    assert bench.column("payload") is None


def test_what_is_pressed_comes_first_whatever_waits(bench: Bench) -> None:
    """Many planned posts, then somebody presses Send now: it is prepared and sent next."""
    for number in range(24):
        bench.plan(What("many", str(number), f"U{number:03}", SUBSCRIPTION))
    bot = bench.bot()
    for _ in range(10):
        bot.prepare()
    bench.clock.now += SECOND
    bench.plan(What("pressed", "now", "U999", SUBSCRIPTION), priority=PRESSED)
    assert bot.prepare(TOLD)
    assert not bot.prepare(TOLD)
    assert bot.send()
    assert [channel for channel, _ in bench.slack.posts] == ["U999"]


def test_messages_are_made_in_the_order_of_their_urgency(bench: Bench) -> None:
    """Whatever was planned first, and also those that were held."""
    bench.plan(What("survey", "1", "U001", PROMPT))
    bench.plan(What("weekly", "1", "U002", SUMMARY))
    bench.plan(What("notice", "1", "U003"), priority=TOLD, state=State.HELD)
    bench.plan(What("pressed", "1", "U004"), priority=PRESSED)
    batch = bench.bot().preparer.claimed(9)
    assert [mine.what.target for mine in batch] == ["U004", "U003", "U002", "U001"]


def test_one_at_a_time_is_chosen_for_each_channel_the_most_urgent_first(bench: Bench) -> None:
    """A channel with many posts doesn't hide the others."""
    for number in range(30):
        bench.plan(What("many", str(number), "C0SALES", SUBSCRIPTION))
    bench.plan(What("survey", "1", "U001", PROMPT))
    bench.plan(What("weekly", "1", "C0SALES", SUMMARY))
    bot = bench.bot()
    while bot.prepare():
        pass
    chosen = bot.claims.unsent(bench.clock(), tuple(bot.contents))
    assert [(row.what.target, row.what.part) for row in chosen] == [("C0SALES", SUMMARY), ("U001", PROMPT)]


def test_a_held_delivery_is_looked_at_again_and_then_sent(bench: Bench) -> None:
    """Not before the moment that its content names; its reason and its limit are in the row."""
    limit = NOW + timedelta(hours=2)
    bench.words.waits = Hold("orders stop on Wed 11 Nov", NOW + timedelta(minutes=5), limit)
    bench.plan()
    bot = bench.bot()
    bot.tick()
    row = bench.row()
    assert (row.state, row.reason, row.held_until) == (State.HELD, "orders stop on Wed 11 Nov", limit)
    bench.words.waits = None
    bench.clock.now = NOW + timedelta(minutes=5) - SECOND
    bot.tick()
    assert bench.words.made == 0
    bench.clock.now += SECOND
    bot.tick()
    assert (bench.row().state, bench.words.made) == (State.SENT, 1)


def test_a_process_that_dies_while_it_prepares_loses_nothing(bench: Bench) -> None:
    """Its lease ends, the row is pending again, and its late result is thrown away."""
    bench.plan()
    dead, alive = bench.bot(), bench.bot("b")
    batch = dead.preparer.claimed(PRESSED + 9)
    alive.tick()
    assert bench.row().state is State.PREPARING
    bench.clock.now += PREPARING_LEASE
    alive.tick()
    assert bench.row().state is State.SENT
    bench.words.text = "late"
    dead.preparer.prepare(batch)
    dead.tick()
    assert bench.slack.posts == [("C0SALES", "Week 47")]


@pytest.mark.parametrize(
    ("wrong", "state"),
    [
        (WarehouseError("The sales database isn't responding."), State.PENDING),
        (DeliveryError("no", outcome="not_sent", reason="users.info"), State.PENDING),
        (StoreAwayError(), State.PENDING),
        (ZeroDivisionError("a mistake of ours"), State.PENDING),
        (QueryError("There is no metric like that."), State.FAILED),
    ],
)
def test_what_can_not_be_made_now_waits_and_what_never_can_fails(
    wrong: Exception, state: State, bench: Bench
) -> None:
    bench.words.wrong = wrong
    bench.plan()
    bot = bench.bot()
    bot.tick()
    assert (bench.row().state, bench.words.told) == (state, ["not sent"] if state is State.FAILED else [])
    bench.words.wrong = None
    bench.clock.now += LATER
    bot.tick()
    assert bench.row().state is (State.SENT if state is State.PENDING else State.FAILED)


def test_what_this_process_prepares_is_not_given_back_by_itself(bench: Bench) -> None:
    """Its query takes longer than the lease: it isn't prepared a second time meanwhile."""
    bench.plan()
    bot = bench.bot()
    batch = bot.preparer.claimed(9)
    bench.clock.now += PREPARING_LEASE
    bot.tick()
    assert (bench.row().state, bench.words.made) == (State.PREPARING, 0)
    bot.preparer.prepare(batch)
    bot.tick()
    assert (bench.row().state, bench.words.made) == (State.SENT, 1)


def test_what_ended_while_its_message_waited_is_not_sent(bench: Bench) -> None:
    """Stopped or paused between the two leases."""
    bench.plan()
    bot = bench.bot()
    bot.prepare()
    bench.words.ends = Ending(State.FAILED, "it was stopped")
    bot.tick()
    assert (bench.row().state, bench.row().reason) == (State.FAILED, "it was stopped")
    assert (bench.slack.posts, bench.words.told) == ([], ["not sent"])


def test_a_message_that_waited_for_long_is_made_again(bench: Bench) -> None:
    """Its figures, and who may see them, may have changed."""
    bench.plan()
    bot = bench.bot()
    bot.prepare()
    bench.words.text = "newer"
    bench.clock.now += timedelta(minutes=11)
    bot.tick()
    assert bench.slack.posts == [("C0SALES", "newer")]


# twice, or lost


def test_of_two_processes_that_read_the_same_row_one_sends_it(bench: Bench) -> None:
    bench.plan()
    first, second = bench.bot(), bench.bot("b")
    first.prepare()
    (seen_by_first,) = first.claims.unsent(NOW, (SUMMARY,))
    (seen_by_second,) = second.claims.unsent(NOW, (SUMMARY,))
    first.sender.send(seen_by_first)
    second.sender.send(seen_by_second)
    assert len(bench.slack.posts) == 1


def test_what_another_process_has_is_taken_after_its_lease_and_not_before(bench: Bench) -> None:
    """However it was read."""
    bench.plan()
    first, second = bench.bot().claims, bench.bot("b").claims
    assert first.take(bench.row(), State.SENDING, SENDING_LEASE, NOW)
    seen = bench.row()
    bench.clock.now += SENDING_LEASE - SECOND
    assert second.unclear((SUMMARY,)) == []
    assert second.take(seen, State.RECONCILING, SENDING_LEASE, bench.clock.now) is None
    bench.clock.now += SECOND
    assert first.unclear((SUMMARY,)) == []  # it has it in hand
    assert first.take(seen, State.RECONCILING, SENDING_LEASE, bench.clock.now) is None
    assert second.unclear((SUMMARY,)) == [seen]
    taken = second.take(seen, State.RECONCILING, SENDING_LEASE, bench.clock.now)
    assert taken is not None
    assert (taken.epoch, bench.row().epoch) == (2, 2)


def test_a_process_that_slept_beyond_its_lease_writes_nothing_to_slack(bench: Bench) -> None:
    """Somebody may be looking for the message already: the monotonic clock forbids the request."""
    bench.plan()
    bot = bench.bot()
    bot.prepare()

    def slow(target: str, message: Frozen, marker: str, may_write: MayWrite) -> Taken:
        bench.clock.now += SENDING_LEASE - W + SECOND
        return OutletOf.post(bench.outlet, target, message, marker, may_write)

    bench.outlet.post = slow  # type: ignore[method-assign]
    bot.send()
    assert bench.slack.posts == []
    assert bench.row().state is State.READY
    del bench.outlet.post
    bot.tick()
    assert len(bench.slack.posts) == 1


def test_what_was_taken_over_while_it_was_posted_is_found_by_the_other(bench: Bench) -> None:
    """The first one's ts comes after its lease: its epoch is over, and the row is the other's."""
    bench.plan()
    sleeper, other = bench.bot(), bench.bot("b")
    sleeper.prepare()

    def taken_then_asleep(target: str, message: Frozen, marker: str, may_write: MayWrite) -> Taken:
        taken = OutletOf.post(bench.outlet, target, message, marker, may_write)
        bench.clock.now += SENDING_LEASE
        other.tick()
        return taken

    bench.outlet.post = taken_then_asleep  # type: ignore[method-assign]
    sleeper.send()
    assert len(bench.slack.posts) == 1
    assert bench.words.told == ["sent 1.0 note 2026-W47"]


def test_its_own_running_post_is_not_looked_for_if_the_clock_jumps(bench: Bench) -> None:
    """The store's clock jumps beyond the lease while this process posts: nothing is posted twice."""
    bench.plan()
    bot = bench.bot()
    bot.prepare()

    def jumping(target: str, message: Frozen, marker: str, may_write: MayWrite) -> Taken:
        bench.clock.now += timedelta(hours=1)
        assert not bot.reconcile()
        return OutletOf.post(bench.outlet, target, message, marker, lambda: None)

    bench.outlet.post = jumping  # type: ignore[method-assign]
    bot.send()
    bot.tick()
    assert (len(bench.slack.posts), bench.row().state) == (1, State.SENT)


def test_what_is_there_twice_is_there_once_afterwards(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """The oldest stays, the extra one is deleted, and the log and the row say so."""
    bench.plan()
    bench.slack.failures = [NO_ANSWER]
    bot = bench.bot()
    bot.tick()
    marker = bench.row().marker
    assert marker
    bench.outlet.history["C0SALES"] = [("7.0", marker), ("8.0", marker), ("9.0", "another's")]
    bench.clock.now += W
    bot.tick()
    assert bench.outlet.deleted == ["8.0"]
    row = bench.row()
    assert (row.state, row.message_ts) == (State.SENT, "7.0")
    assert row.reason == "posted 2 times; all but the first were deleted"
    assert "was posted 2 times" in caplog.text
    assert bench.words.told == ["sent 7.0 note 2026-W47"]


@pytest.mark.parametrize(
    ("refused", "state"),
    [
        (DeliveryError("slow", outcome="not_sent", reason="ratelimited", retry_after=1), State.RECONCILING),
        (DeliveryError("no", outcome="not_sent", permanent=True, reason="cant_delete_message"), State.SENT),
        (DeliveryError("no", outcome="not_sent", permanent=True, reason="message_not_found"), State.SENT),
    ],
    ids=lambda value: getattr(value, "reason", None),
)
def test_an_extra_message_that_can_not_be_deleted_now_is_deleted_later(
    refused: DeliveryError, state: State, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 429 for the deletion leaves no double behind; what can never be deleted is said in the row."""
    bench.plan()
    bench.slack.failures = [NO_ANSWER]
    bot = bench.bot()
    bot.tick()
    marker = bench.row().marker
    assert marker
    bench.outlet.history["C0SALES"] = [("7.0", marker), ("8.0", marker)]
    bench.clock.now += W

    def refusing(conversation: str, ts: str) -> None:
        raise refused

    with monkeypatch.context() as patch:
        patch.setattr(bench.outlet, "delete", refusing)
        bot.tick()
    row = bench.row()
    assert row.state is state
    assert ("can't be deleted" in (row.reason or "")) == (refused.reason == "cant_delete_message")
    bench.clock.now += timedelta(minutes=1)
    bot.tick()
    assert bench.row().state is State.SENT
    if state is State.RECONCILING:
        assert bench.outlet.deleted == ["8.0"]
    assert len(bench.slack.posts) == 0


def test_the_marker_is_of_one_delivery_and_says_nothing(bench: Bench) -> None:
    """Everybody in the workspace can read it."""
    bench.plan()
    bench.plan(replace(WHAT, period="2026-W48"))
    with bench.store.connect() as connection:
        markers = connection.execute(select(deliveries.c.marker)).scalars().all()
    assert len(set(markers)) == 2
    assert all(len(marker) == 32 and int(marker, 16) for marker in markers)


def test_a_history_that_can_not_be_read_now_is_read_later(bench: Bench) -> None:
    bench.plan()
    bench.slack.failures = [NO_ANSWER]
    bench.outlet.unreadable = DeliveryError("slow", outcome="not_sent", reason="ratelimited", retry_after=60)
    bot = bench.bot()
    bot.tick()
    bench.clock.now += W
    bot.tick()
    assert bench.row().state is State.RECONCILING
    bench.outlet.unreadable = None
    bench.clock.now += timedelta(seconds=59)
    bot.tick()
    assert bench.slack.posts == []
    bench.clock.now += SECOND
    bot.tick()
    assert len(bench.slack.posts) == 1


@pytest.mark.parametrize("repeats", [False, True])
def test_where_nobody_can_tell_the_content_decides(repeats: bool, bench: Bench) -> None:
    """By default it isn't posted again, and the row says why."""
    bench.words.repeats = repeats
    bench.plan()
    bench.slack.failures = [NO_ANSWER]
    bench.outlet.unreadable = DeliveryError(
        "no", outcome="not_sent", permanent=True, reason="missing_scope", needed="channels:history"
    )
    bot = bench.bot()
    bot.tick()
    bench.clock.now += W
    bot.tick()
    row = bench.row()
    if repeats:
        assert (row.state, len(bench.slack.posts)) == (State.SENT, 1)
    else:
        assert (row.state, row.reason) == (State.UNKNOWN, f"{UNREADABLE}: missing_scope channels:history")
        assert (bench.slack.posts, bench.words.told) == ([], [])
    assert bot.circuit.because is None


def test_what_an_older_version_was_sending_is_unknown(bench: Bench) -> None:
    """Its message has no marker, so the history doesn't show whether it is there."""
    bench.plan()
    with bench.store.begin() as connection:
        old = {"state": State.SENDING, "marker": None, "lease_until": NOW}
        connection.execute(deliveries.update().values(old))
    bench.bot().tick()
    assert (bench.row().state, bench.slack.posts) == (State.UNKNOWN, [])


# refusals


@pytest.mark.parametrize(
    "code", ["channel_not_found", "not_in_channel", "is_archived", "msg_too_long", "invalid_blocks"]
)
def test_a_definite_refusal_fails_with_slacks_code(code: str, bench: Bench) -> None:
    bench.slack.failures = [
        DeliveryError("no", hint="Do this.", outcome="not_sent", permanent=True, reason=code)
    ]
    bench.plan()
    bench.bot().tick()
    assert (bench.row().state, bench.row().reason) == (State.FAILED, f"{code}: Do this.")
    assert (bench.words.told, bench.column("payload")) == (["not sent"], None)


def test_a_429_makes_everything_wait_and_slows_down(bench: Bench) -> None:
    bench.slack.failures = [DeliveryError("slow", outcome="not_sent", reason="ratelimited", retry_after=30)]
    bench.plan()
    bot = bench.bot()
    rate = bot.pace.a_minute
    bot.tick()
    assert (bench.row().state, bot.pace.a_minute) == (State.READY, rate // 2)
    assert bot.pace.wait() > 25
    bench.clock.now += timedelta(seconds=29)
    bot.tick()
    assert bench.slack.posts == []
    bench.clock.now += SECOND
    bot.tick()
    assert len(bench.slack.posts) == 1


def test_without_a_connection_all_pause_and_each_waits_longer_each_time(bench: Bench) -> None:
    """Twenty seconds, then forty, and so on up to five minutes."""
    bench.slack.failures = [DeliveryError("no", outcome="not_sent", reason="refused") for _ in range(7)]
    bench.plan()
    bot, waits = bench.bot(), []
    for _ in range(7):
        bot.tick()
        waits.append((bench.row().not_before - bench.clock.now).total_seconds())
        assert bot.pace.wait() > 4
        bench.clock.now = bench.row().not_before
    assert waits == [20, 40, 80, 160, 300, 300, 300]
    bot.tick()
    assert len(bench.slack.posts) == 1


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        ("token_revoked", ""),
        ("invalid_auth", ""),
        ("account_inactive", ""),
        ("missing_scope", "chat:write"),
        ("missing_scope", ""),
    ],
)
def test_a_refused_token_stops_all_and_loses_nothing(
    code: str, needed: str, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Ten deliveries: one attempt, one line of log, a look each minute; after the mend all go out."""
    refused = DeliveryError("no", outcome="not_sent", permanent=True, reason=code, needed=needed)
    bench.slack.failures = [refused]
    bench.outlet.token = refused
    for number in range(10):
        bench.plan(replace(WHAT, period=str(number)))
    bot = bench.bot()
    for _ in range(5):
        bot.tick()
        bench.clock.now += timedelta(minutes=1)
    assert bot.circuit.because == code
    assert (bench.slack.posts, bench.words.told) == ([], [])
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 1
    bench.outlet.token = None
    bench.clock.now += timedelta(minutes=1)
    bot.tick()
    assert (len(bench.slack.posts), bot.circuit.because) == (10, None)
    assert "accepts the bot again" in caplog.text


def test_a_scope_that_only_files_need_stops_nothing_else(bench: Bench) -> None:
    bench.slack.failures = [
        DeliveryError("no", outcome="not_sent", permanent=True, reason="missing_scope", needed="files:write")
    ]
    bench.plan()
    bot = bench.bot()
    bot.tick()
    assert (bench.row().state, bot.circuit.because) == (State.FAILED, None)


# the store


class Hiccup(Claims):
    """A store that is away for some of the writes of one state."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.fails: list[State] = []

    def move(self, mine: Delivery, state: State, now: datetime, **values: Any) -> bool:
        if self.fails and self.fails[0] is state:
            self.fails.pop(0)
            raise StoreAwayError
        return super().move(mine, state, now, **values)


def _with_hiccups(bot: ByHand, bench: Bench, fails: Sequence[State]) -> ByHand:
    claims = Hiccup(bench.store, "T0", "a", lambda _: bench.clock())
    claims.fails = list(fails)
    return ByHand(
        Deliveries(bench.store, "T0"),
        bot.contents,
        bench.outlet,
        bench.clock,
        claims=claims,
        seconds=lambda: bench.clock.seconds,
        sleep=bench._sleep,
    )


def test_with_the_ts_in_hand_a_store_that_is_away_is_tried_again(bench: Bench) -> None:
    """Locked for twenty seconds: the history isn't needed, and nothing is posted twice."""
    bench.plan()
    bench.outlet.unreadable = DeliveryError("no", outcome="not_sent", permanent=True, reason="missing_scope")
    bot = _with_hiccups(bench.bot(), bench, [State.SENT] * 20)
    bot.tick()
    assert (bench.row().state, bench.row().message_ts) == (State.SENT, "1.0")
    assert bench.words.told == ["sent 1.0 note 2026-W47"]
    assert timedelta(seconds=20) <= bench.clock.now - NOW < timedelta(minutes=1)


def test_a_write_whose_own_answer_was_lost_is_not_taken_for_a_takeover(bench: Bench) -> None:
    """The store kept `sent` and then dropped the connection: the content hears of it, once."""

    class Lost(Claims):
        lost = False

        def move(self, mine: Delivery, state: State, now: datetime, **values: Any) -> bool:
            found = super().move(mine, state, now, **values)
            if state is State.SENT and not self.lost:
                self.lost = True
                raise StoreAwayError
            return found

    bench.plan()
    claims = Lost(bench.store, "T0", "a", lambda _: bench.clock())
    bench.bot(claims=claims).tick()
    assert bench.words.told == ["sent 1.0 note 2026-W47"]


def test_the_history_is_read_from_before_the_first_attempt(bench: Bench) -> None:
    """Also if the clock was ahead then, and was put right since."""
    bench.plan()
    bench.slack.failures = [NO_ANSWER]
    bot = bench.bot()
    bot.tick()
    bench.clock.now += SENDING_LEASE
    (mine,) = [bot.reconciler.claimed()]
    assert mine is not None
    for now, since in ((NOW + timedelta(hours=9), NOW), (NOW - timedelta(hours=9), NOW - timedelta(hours=9))):
        bench.clock.now = now
        wanted = bot.reconciler._wanted(mine, "m", NOW)
        assert wanted.since == since - timedelta(hours=1)


def test_a_store_that_is_away_for_longer_than_the_lease_is_told_at_a_later_tick(bench: Bench) -> None:
    """Full for an hour: the message is there once, and the row says so in the end."""
    bench.plan()
    bench.outlet.unreadable = DeliveryError("no", outcome="not_sent", permanent=True, reason="missing_scope")
    fails = [State.SENT] * (int(SENDING_LEASE.total_seconds()) + 3)
    bot = _with_hiccups(bench.bot(), bench, fails)
    bot.prepare()
    bot.send()
    assert bench.row().state is State.SENDING
    for _ in range(5):
        bench.clock.now += timedelta(minutes=15)
        bot.tick()
    assert (bench.row().state, len(bench.slack.posts)) == (State.SENT, 1)


def test_a_refusal_is_written_down_also_after_a_hiccup(bench: Bench) -> None:
    """It surely wasn't posted, so nobody needs to look for it."""
    bench.plan()
    bench.slack.failures = [DeliveryError("no", outcome="not_sent", permanent=True, reason="is_archived")]
    _with_hiccups(bench.bot(), bench, [State.FAILED] * 3).tick()
    assert bench.row().state is State.FAILED


def test_the_clock_of_leases_is_the_stores_own(bench: Bench) -> None:
    """In UTC, and running."""
    with bench.store.connect() as connection:
        first, second = store_now(connection), store_now(connection)
    assert first <= second
    assert first.utcoffset() == timedelta(0)
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=5)  # noqa: TID251 - the store's clock is real


def test_what_waits_for_a_moment_goes_on_after_the_clock_was_set_back(bench: Bench) -> None:
    """Postponed for five minutes at noon, then it is ten: it doesn't wait for two hours."""
    bench.words.wrong = WarehouseError("The sales database isn't responding.")
    bench.plan()
    bot = bench.bot()
    bench.clock.now = NOW + timedelta(hours=2)
    bot.tick()
    bench.words.wrong = None
    bench.clock.now = NOW
    bot.tick()
    assert bench.row().state is State.SENT


# files


def test_files_have_their_ids_in_the_row_before_anybody_sees_them(bench: Bench) -> None:
    """An unclear last step is found in the history by the ids."""
    bench.words.files = Files((File("a.csv", "A", b"a,b"), File("b.csv", "B", b"c")), ("here",))
    bench.plan()
    bot, seen = bench.bot(), []

    def lost(conversation: str, message: Frozen, files: Sequence[str], may_write: MayWrite) -> Taken:
        seen.append(bench.column("uploaded"))
        OutletOf.show_files(bench.outlet, conversation, message, files, may_write)
        raise NO_ANSWER

    bench.outlet.show_files = lost  # type: ignore[method-assign]
    bot.tick()
    assert seen == ['["Fa.csv", "Fb.csv"]']
    bench.clock.now += W
    bot.tick()
    assert (bench.row().state, bench.slack.posts) == (State.SENT, [("C0SALES", "here")])


def test_a_file_whose_bytes_did_not_arrive_was_shown_to_nobody(bench: Bench) -> None:
    """It is sent again without looking for it."""
    bench.words.files = Files((File("a.csv", "A", b"a,b"),), ("here",))
    bench.plan()
    bot = bench.bot()
    lost: list[Exception] = [DeliveryError("no", outcome="not_sent", reason="status 503")]

    def put(*_: object) -> None:
        if lost:
            raise lost.pop()

    bench.outlet.upload = put  # type: ignore[method-assign]
    bot.tick()
    assert bench.row().state is State.READY
    bench.clock.now += timedelta(minutes=5)
    bot.tick()
    assert len(bench.slack.posts) == 1


def test_a_frozen_message_is_the_same_after_the_store_kept_it() -> None:
    table = Table("c", ("a",), (Row((Cell("b"),)),), names=1)
    files = Files((File("a.csv", "A", b"\x00\xff"),), ("<here>",))
    for message in (
        Message((table,), note="n", reply_to="1.0"),
        Message((Paragraph(("é <!channel>",)),)),
        Message((), files=files),
    ):
        entry = frozen(message, NOW)
        assert frozen_of(frozen_text(entry)) == entry


# together


def test_a_batch_computes_what_it_asks_alike_once_after_all_were_found_complete(bench: Bench) -> None:
    """Twenty people who get the same, and one whose data isn't complete."""
    sharing, computed, order = Sharing(), [], []

    class Asking(Words):
        def hold(self, delivery: Delivery, now: datetime) -> Hold | None:
            order.append("looked")
            return Hold("late", now + LATER) if delivery.what.target == "U03" else None

        def message(self, delivery: Delivery, now: datetime) -> Message:
            order.append("made")
            sharing.of("sales", lambda: computed.append(1))
            return super().message(delivery, now)

    bench.words = Asking()
    for number in range(BATCH):
        bench.plan(What("same", "2026-W47", f"U{number:02}", SUBSCRIPTION))
    bot = bench.bot()
    preparer = replace(bot.preparer, sharing=sharing)
    preparer.prepare(preparer.claimed(9))
    assert len(computed) == 1
    assert order == ["looked"] * BATCH + ["made"] * (BATCH - 1)
    sharing.of("sales", lambda: computed.append(1))
    assert len(computed) == 2  # nothing is kept beyond the batch


def test_a_bot_that_stops_gives_back_what_it_has_not_made(bench: Bench) -> None:
    for number in range(3):
        bench.plan(replace(WHAT, period=str(number)))
    bot = bench.bot()
    batch = bot.preparer.claimed(9)
    bot.preparer.stopping.set()
    bot.preparer.prepare(batch)
    assert [bench.row(replace(WHAT, period=str(number))).state for number in range(3)] == [State.PENDING] * 3


def test_a_batch_that_takes_long_gives_the_rest_back_before_its_lease_is_over(bench: Bench) -> None:
    """Each message takes two minutes: nobody else prepares the same meanwhile."""

    class Slow(Words):
        def message(self, delivery: Delivery, now: datetime) -> Message:
            bench.clock.now += timedelta(minutes=2)
            return super().message(delivery, now)

    bench.words = Slow()
    for number in range(5):
        bench.plan(replace(WHAT, period=str(number)))
    preparer = replace(bench.bot().preparer, seconds=lambda: bench.clock.seconds)
    preparer.prepare(preparer.claimed(9))
    states = [bench.row(replace(WHAT, period=str(number))).state for number in range(5)]
    assert states == [State.READY] * 2 + [State.PENDING] * 3


def test_one_content_that_can_not_plan_stops_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bot, planned = bench.bot(), []
    broken = Words()

    def wrong(_: datetime) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(broken, "plan", wrong)
    good = Words()
    monkeypatch.setattr(good, "plan", planned.append)
    replace(bot.planner, contents={SUMMARY: broken, PROMPT: good}).tick()
    assert planned == [NOW]
    assert "planning each summary failed" in caplog.text
    assert "secret" not in caplog.text


def test_many_processes_at_once_send_each_once(bench: Bench) -> None:
    """Four work on the same rows at the same moment; what a locked file delays is sent later."""
    for number in range(24):
        bench.plan(What("many", "1", f"U{number:03}", SUBSCRIPTION))

    def work(bot: ByHand) -> None:
        with suppress(StoreError):
            while bot.prepare() or bot.send():
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [bench.bot(str(number)) for number in range(4)]))
    last = bench.bot("last")
    for _ in range(3):
        bench.clock.now += max(LATER, PREPARING_LEASE, SENDING_LEASE)
        last.tick()
    assert sorted(channel for channel, _ in bench.slack.posts) == [f"U{number:03}" for number in range(24)]


def test_nothing_of_another_workspace_is_touched(bench: Bench) -> None:
    other = Deliveries(bench.store, "T1")
    assert other.plan(WHAT, NOW, NOW)
    bench.bot().tick()
    (row,) = other.newest(5)
    assert (row.state, bench.slack.posts) == (State.PENDING, [])
