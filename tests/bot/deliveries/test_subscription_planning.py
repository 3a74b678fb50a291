"""Planning subscriptions by set: every occurrence once, in few statements, and one bad one stops no other."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import event, func, select, update

from bot.deliveries.subscription_planning import SubscriptionPlanner
from bot.store.deliveries import SUBSCRIPTION, Deliveries, State
from bot.store.due_subscriptions import DueSubscriptions
from bot.store.post_tables import deliveries, subscriptions
from bot.store.subscriptions import Paused, Recipients, Subscription, SubscriptionBook, SubscriptionTerms
from bot.workspace.services import Services
from kpi_engine.domain.errors import WarehouseError
from kpi_engine.domain.posts import Schedule
from tests.shop import BRUSSELS

WORKSPACE = "T0"
MONDAYS = Schedule("week", time(8, 30), weekday=0)
DAILY = Schedule("day", time(8, 30))
SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=BRUSSELS)
DUE = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)
MANY = 10_000


@pytest.fixture
def services(demo_services: Services, store: StoreEngine) -> Services:
    """The demo company with the store."""
    return replace(demo_services, subscriptions=SubscriptionBook(store, WORKSPACE))


def _planner(services: Services, store: StoreEngine) -> SubscriptionPlanner:
    return SubscriptionPlanner(services, Deliveries(store, WORKSPACE), DueSubscriptions(store, WORKSPACE))


def _terms(
    owner: str = "U0A", schedule: Schedule = MONDAYS, zone: str = "Europe/Brussels"
) -> SubscriptionTerms:
    return SubscriptionTerms(owner, None, "sales", False, schedule, zone, "en")


def _rows(store: StoreEngine) -> list[tuple[str, str, State]]:
    rows = Deliveries(store, WORKSPACE).newest(1000)
    return [
        (row.what.period, row.what.target, row.state)
        for row in reversed(rows)
        if row.what.part == SUBSCRIPTION
    ]


def _next(store: StoreEngine, number: int) -> datetime | None:
    found = SubscriptionBook(store, WORKSPACE).get(number)
    assert found
    return found.next_due_at


def test_each_occurrence_of_an_outage_has_a_row(services: Services, store: StoreEngine) -> None:
    """Three days down: two are missed, the one within twelve hours is sent; the next is known."""
    book = SubscriptionBook(store, WORKSPACE)
    kept = book.add(_terms(schedule=DAILY), SATURDAY)
    now = DUE + timedelta(days=1, hours=1)
    planner = _planner(services, store)
    for _ in range(2):
        planner.plan(now)
    assert _rows(store) == [
        ("2026-11-21", "U0A", State.MISSED),
        ("2026-11-22", "U0A", State.MISSED),
        ("2026-11-23", "U0A", State.PENDING),
    ]
    assert _next(store, kept.id) == DUE + timedelta(days=2)


def test_nothing_is_due_before_it_was_set_up_or_resumed(services: Services, store: StoreEngine) -> None:
    """A pause of two weeks owes nothing, and a change neither."""
    book, planner = SubscriptionBook(store, WORKSPACE), _planner(services, store)
    kept = book.add(_terms(schedule=DAILY), SATURDAY)
    assert book.pause(kept.id, Paused.ASKED)
    assert _next(store, kept.id) is None
    planner.plan(DUE + timedelta(days=14))
    assert book.resume(kept.id, DUE + timedelta(days=14, hours=1))
    planner.plan(DUE + timedelta(days=14, hours=2))
    assert _rows(store) == []
    planner.plan(DUE + timedelta(days=15))
    assert [period for period, _, _ in _rows(store)] == ["2026-12-07"]


def test_an_unknown_zone_is_paused_and_told_and_stops_nothing_else(
    services: Services, store: StoreEngine
) -> None:
    """It is paused, of which its owner is told; those before and behind it are planned in the same tick."""
    book = SubscriptionBook(store, WORKSPACE)
    for owner, zone in (("U0A", "Europe/Brussels"), ("U0B", "Mars/Olympus"), ("U0C", "Asia/Tokyo")):
        book.add(_terms(owner, zone=zone), SATURDAY)
    planner = _planner(services, store)
    for _ in range(2):
        planner.plan(DUE)
    assert {target for _, target, _ in _rows(store)} == {"U0A", "U0C"}
    paused = book.get(2)
    assert paused
    assert paused.paused is Paused.ZONE


def test_each_is_due_in_its_own_time_zone(services: Services, store: StoreEngine) -> None:
    """08:30 in Tokyo, then in Brussels, then in New York."""
    book, planner = SubscriptionBook(store, WORKSPACE), _planner(services, store)
    for owner, zone in (("U0A", "America/New_York"), ("U0B", "Europe/Brussels"), ("U0C", "Asia/Tokyo")):
        book.add(_terms(owner, zone=zone), SATURDAY)
    seen = []
    for hour in (23, 31.5, 37.5):
        planner.plan(datetime(2026, 11, 22, tzinfo=UTC) + timedelta(hours=hour + 1))
        seen.append({target for _, target, _ in _rows(store)})
    assert seen == [{"U0C"}, {"U0B", "U0C"}, {"U0A", "U0B", "U0C"}]


@pytest.mark.parametrize("how", ["changed", "paused and resumed"])
def test_a_change_while_it_is_planned_isnt_lost(how: str, services: Services, store: StoreEngine) -> None:
    """The planner read it before: it doesn't move what the change, or the resumption, has set."""
    book, due = SubscriptionBook(store, WORKSPACE), DueSubscriptions(store, WORKSPACE)
    kept = book.add(_terms(), SATURDAY)

    class Changing(DueSubscriptions):
        def plan(self, planned: Sequence[object], now: datetime) -> None:
            seen = book.get(kept.id)
            assert seen
            if how == "changed":
                book.change(seen, _terms(schedule=DAILY), DUE - timedelta(minutes=1))
            else:
                book.pause(kept.id, Paused.ASKED)
                book.resume(kept.id, DUE - timedelta(minutes=1))
            due.plan(planned, now)  # type: ignore[arg-type]

    planner = SubscriptionPlanner(services, Deliveries(store, WORKSPACE), Changing(store, WORKSPACE))
    planner.plan(DUE)
    assert _next(store, kept.id) == DUE - timedelta(minutes=1)
    _planner(services, store).plan(DUE)
    assert _next(store, kept.id) == DUE + timedelta(days=1 if how == "changed" else 7)


def test_each_rep_gets_a_row_unless_they_left(services: Services, store: StoreEngine) -> None:
    """One subscription, a delivery for each rep whose Slack account is known."""
    book = SubscriptionBook(store, WORKSPACE)
    kept = book.add(replace(_terms("U0BOSS"), recipients=Recipients.REPS), SATURDAY)
    assert book.leave(kept.id, "U0DEMOANNA")
    assert not book.leave(kept.id, "U0DEMOANNA")
    _planner(services, store).plan(DUE)
    found = {target for _, target, _ in _rows(store)}
    assert found == set(services.staff(DUE).users) - {"U0DEMOANNA"}
    assert len(found) > 3


def test_named_people_get_a_row_each_until_they_leave(services: Services, store: StoreEngine) -> None:
    """Those who left stay away, also after a change of the subscription."""
    book, planner = SubscriptionBook(store, WORKSPACE), _planner(services, store)
    terms = replace(_terms(), recipients=Recipients.PEOPLE, people=("U0A", "U0B", "U0C"))
    kept = book.add(terms, SATURDAY)
    assert book.leave(kept.id, "U0B")
    planner.plan(DUE)
    assert {target for _, target, _ in _rows(store)} == {"U0A", "U0C"}
    changed = book.change(kept, replace(terms, people=("U0B", "U0C", "U0D")), DUE)
    assert changed
    assert changed.terms.people == ("U0C", "U0D")
    assert [entry.id for entry in book.shown("U0D")] == [kept.id]
    assert book.shown("U0B") == []


def test_without_the_reps_only_what_is_for_reps_waits(
    services: Services, store: StoreEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer's database is down: others are planned, and those later, once."""
    book, planner = SubscriptionBook(store, WORKSPACE), _planner(services, store)
    book.add(replace(_terms("U0BOSS"), recipients=Recipients.REPS), SATURDAY)
    book.add(_terms(), SATURDAY)

    def down(*_: object) -> None:
        raise WarehouseError("The database doesn't answer.")

    with monkeypatch.context() as patched:
        patched.setattr(type(services.index), "names", down)
        planner.plan(DUE)
    assert {target for _, target, _ in _rows(store)} == {"U0A"}
    planner.plan(DUE + timedelta(minutes=1))
    assert len(_rows(store)) == 1 + len(services.staff(DUE).users)


def test_batches_go_on_behind_what_waits(
    services: Services, store: StoreEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three that wait for the reps come first and fill more than a batch."""
    book, planner = SubscriptionBook(store, WORKSPACE), _planner(services, store)
    for _ in range(3):
        book.add(replace(_terms("U0BOSS"), recipients=Recipients.REPS), SATURDAY)
    for number in range(3):
        book.add(_terms(f"U0{number}"), SATURDAY)

    def down(*_: object) -> None:
        raise WarehouseError("The database doesn't answer.")

    monkeypatch.setattr(type(services.index), "names", down)
    monkeypatch.setattr("bot.deliveries.subscription_planning._BATCH", 2)
    planner.plan(DUE)
    assert {target for _, target, _ in _rows(store)} == {"U00", "U01", "U02"}


def test_a_tick_is_bounded_and_the_next_one_goes_on(
    services: Services, store: StoreEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tick plans a batch, then wakes the bot for the next; what waits first keeps nobody from their turn."""
    woken: list[None] = []
    services = replace(services, wake=lambda: woken.append(None))
    book, planner = SubscriptionBook(store, WORKSPACE), _planner(services, store)
    planner.seconds = 0
    for _ in range(2):
        book.add(replace(_terms("U0BOSS"), recipients=Recipients.REPS), SATURDAY)
    for number in range(3):
        book.add(_terms(f"U0{number}"), SATURDAY)

    def down(*_: object) -> None:
        raise WarehouseError("The database doesn't answer.")

    monkeypatch.setattr(type(services.index), "names", down)
    monkeypatch.setattr("bot.deliveries.subscription_planning._BATCH", 2)
    seen = []
    for _ in range(3):
        planner.plan(DUE)
        seen.append((len(_rows(store)), len(woken)))
    assert seen == [(0, 1), (2, 2), (3, 2)], "then everything was looked at"
    planner.plan(DUE)
    assert (len(_rows(store)), len(woken)) == (3, 3), "those that wait are looked at again"


def _fill(store: StoreEngine, count: int) -> None:
    """Keep many subscriptions that are due at the same moment."""
    row = {
        "workspace": WORKSPACE,
        "channel": None,
        "line": "sales",
        "is_summary": False,
        "every": "week",
        "weekday": 0,
        "working_day": None,
        "at": "08:30",
        "zone": "Europe/Brussels",
        "language": "en",
        "revision": 1,
        "since": SATURDAY,
        "created_at": SATURDAY,
        "paused": None,
        "next_due_at": SATURDAY,
    }
    with store.begin() as connection:
        connection.execute(subscriptions.insert(), [row | {"owner": f"U{number}"} for number in range(count)])


def test_ten_thousand_are_planned_by_few_statements(services: Services, store: StoreEngine) -> None:
    """In batches, each one transaction; a second tick finds none due."""
    _fill(store, MANY)
    planner, statements = _planner(services, store), 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(store, "before_cursor_execute", count)
    planner.plan(DUE)
    first, statements = statements, 0
    planner.plan(DUE)
    event.remove(store, "before_cursor_execute", count)
    with store.connect() as connection:
        planned = connection.execute(select(func.count()).select_from(deliveries)).scalar_one()
        moved = select(func.count()).where(subscriptions.c.next_due_at == DUE + timedelta(days=7))
        assert (planned, connection.execute(moved).scalar_one()) == (MANY, MANY)
    assert first <= 30
    assert statements == 2, "what is due, and whether the clock was set back"


def test_two_processes_plan_each_post_once(services: Services, store: StoreEngine) -> None:
    """Both read the same subscriptions as due and write the same rows."""
    _fill(store, 500)
    workers = [threading.Thread(target=_planner(services, store).plan, args=(DUE,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(_rows(store)) == 500


def test_what_is_planned_already_isnt_planned_again(services: Services, store: StoreEngine) -> None:
    """Killed between the rows and the move, which are one transaction, or moved back by hand."""
    book, planner = SubscriptionBook(store, WORKSPACE), _planner(services, store)
    kept: Subscription = book.add(_terms(), SATURDAY)
    planner.plan(DUE)
    with store.begin() as connection:
        connection.execute(update(subscriptions).values(next_due_at=SATURDAY))
    planner.plan(DUE)
    assert len(_rows(store)) == 1
    assert _next(store, kept.id) == DUE + timedelta(days=7)
