"""The scheduler wakes the bot whatever becomes of the wall clock, and ends quietly."""

from __future__ import annotations

import threading
import time as seconds
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from threading import Event

import pytest
from apscheduler.schedulers import base

from bot.deliveries.scheduler import Scheduler
from bot.runtime.clock import Clock, fixed_clock, system_clock
from tests.shop import BRUSSELS

MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=BRUSSELS)
STANDING = fixed_clock(MONDAY, BRUSSELS)
OFTEN = 0.01
SELDOM = 3600.0


@contextmanager
def running(tick: Callable[[], None], clock: Clock = STANDING, every: float = SELDOM) -> Iterator[Scheduler]:
    scheduler = Scheduler(clock, every=every)
    scheduler.start(tick)
    try:
        yield scheduler
    finally:
        scheduler.stop()


def until(holds: Callable[[], bool]) -> None:
    end = seconds.monotonic() + 60
    while not holds():
        assert seconds.monotonic() < end
        seconds.sleep(0.005)


def test_stopped_in_the_middle_it_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 200 other moments each, with the alarm of the full minute and without it."""
    wrong: list[object] = []
    monkeypatch.setattr(threading, "excepthook", wrong.append)
    for number in range(200):
        with running(lambda: None, every=(60, SELDOM)[number % 2]) as scheduler:
            scheduler.beside(lambda: None, 60)
            scheduler.daily(lambda: None, time(3, 30))
            for _ in range(5):
                scheduler.wake()
            seconds.sleep(number % 20 * 0.0002)
    assert wrong == []


def test_what_is_woken_while_it_ticks_ticks_once_more() -> None:
    """However often: a tick that takes long doesn't make others wait behind it."""
    count, free, begun = 0, Event(), Event()

    def tick() -> None:
        nonlocal count
        count += 1
        begun.set()
        free.wait(60)

    with running(tick) as scheduler:
        assert begun.wait(60)
        for _ in range(50):
            scheduler.wake()
        free.set()
        until(lambda: count == 2)
        seconds.sleep(0.05)
    assert count == 2


def test_a_tick_that_fails_is_logged_and_others_follow(caplog: pytest.LogCaptureFixture) -> None:
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        raise ValueError("secret detail")

    with running(tick, every=OFTEN):
        until(lambda: count >= 3)
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text


class Turned(datetime):
    """The wall clock as APScheduler reads it, with somebody who sets it."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return datetime.now(tz) + cls.ahead  # type: ignore[arg-type] # noqa: TID251 - stands for the machine's


@pytest.mark.parametrize("ahead", [timedelta(hours=-3), timedelta(days=-400), timedelta(days=400)])
def test_a_wall_clock_that_is_set_stops_no_tick(ahead: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    """Back by hours, or to where it should have been after a wrong year; and forward."""
    monkeypatch.setattr(base, "datetime", Turned)
    monkeypatch.setattr(Turned, "ahead", timedelta())
    ticks: list[datetime] = []
    with running(lambda: ticks.append(Turned.now(BRUSSELS)), every=OFTEN) as scheduler:
        scheduler.beside(lambda: None, OFTEN)
        until(lambda: len(ticks) >= 3)
        monkeypatch.setattr(Turned, "ahead", ahead)
        before = len(ticks)
        until(lambda: len(ticks) >= before + 5)


def test_the_alarm_rings_again_after_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who oversleeps sets it again: its next time is the next full minute of the clock as it is now."""
    monkeypatch.setattr(base, "datetime", Turned)
    monkeypatch.setattr(Turned, "ahead", timedelta(hours=3))
    with running(lambda: None, every=60) as scheduler:
        alarm, tick = scheduler._alarm, scheduler._tick
        assert alarm
        assert tick
        (job,) = alarm.get_jobs()
        assert job.next_run_time - datetime.now(BRUSSELS) > timedelta(hours=2)  # noqa: TID251
        monkeypatch.setattr(Turned, "ahead", timedelta())
        tick._seconds = OFTEN  # instead of a minute's sleep
        scheduler.wake()
        until(lambda: alarm.get_jobs()[0].next_run_time - datetime.now(BRUSSELS) <= timedelta(minutes=1))  # noqa: TID251
        (job,) = alarm.get_jobs()
        assert job.next_run_time.second == 0


@pytest.mark.parametrize(
    ("start", "ends", "days"),
    [
        ("2026-11-23T02:00", "2026-11-25T02:00", [23, 24]),
        ("2026-11-23T10:00", "2026-11-24T10:00", [23, 24]),  # it was down at 03:30
        ("2026-03-28T12:00", "2026-03-30T12:00", [28, 29, 30]),  # an hour is skipped
        ("2026-10-24T12:00", "2026-10-26T12:00", [24, 25, 26]),  # an hour comes twice
    ],
)
def test_daily_is_once_a_day(start: str, ends: str, days: list[int]) -> None:
    """At its time or as soon as possible after it; the time goes by in steps of ten minutes."""
    now = datetime.fromisoformat(start).replace(tzinfo=BRUSSELS)
    end, ran = datetime.fromisoformat(ends).replace(tzinfo=BRUSSELS), []

    def clock() -> datetime:
        nonlocal now
        now = min(end, (now.astimezone(UTC) + timedelta(minutes=10)).astimezone(BRUSSELS))
        return now

    with running(lambda: None, clock, every=0.0005) as scheduler:
        scheduler.daily(lambda: ran.append(now), time(3, 30))
        until(lambda: now == end)
    assert [moment.day for moment in ran] == days
    assert all(moment.time() >= time(3, 30) for moment in ran)


def test_daily_goes_on_after_a_wrong_year() -> None:
    """What was done on a day that lies ahead keeps nothing from being done today."""
    shown, ran = [datetime(2027, 11, 23, 4, tzinfo=BRUSSELS)], []
    with running(lambda: None, lambda: shown[0], every=OFTEN) as scheduler:
        scheduler.daily(lambda: ran.append(shown[0].year), time(3, 30))
        until(lambda: ran == [2027])
        shown[0] = datetime(2026, 11, 23, 4, tzinfo=BRUSSELS)
        until(lambda: ran == [2027, 2026])


def test_the_bots_own_minute_has_an_alarm() -> None:
    """With the default, ticks come with the full minute; not where tests choose another interval."""
    with running(lambda: None, system_clock(BRUSSELS), every=60) as scheduler:
        assert scheduler._alarm is not None
    with running(lambda: None) as scheduler:
        assert scheduler._alarm is None


def test_a_start_after_its_time_is_not_slowed_down_by_it() -> None:
    """What is done daily waits a minute, while the bot answers what has waited for it."""
    ran: list[int] = []
    with running(lambda: None, fixed_clock(MONDAY + timedelta(hours=5), BRUSSELS)) as scheduler:
        scheduler.daily(lambda: ran.append(1), time(3, 30))
        beside = Event()
        scheduler.beside(beside.set, SELDOM)
        assert beside.wait(60)
        seconds.sleep(0.05)
    assert ran == []
