"""The current time; the only module that reads the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Returns the current time, zone-aware, in the business time zone."""

    def __call__(self) -> datetime:
        """Return the current time."""
        ...


def system_clock(zone: ZoneInfo) -> Clock:
    """Return the machine's clock in `zone`."""

    def now() -> datetime:
        return datetime.now(zone)  # noqa: TID251 - the only place

    return now


def fixed_clock(moment: datetime, zone: ZoneInfo) -> Clock:
    """Return a clock that always shows `moment`; a naive moment is in `zone`."""
    standing = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)

    def now() -> datetime:
        return standing

    return now


def shifted_clock(start: datetime, zone: ZoneInfo) -> Clock:
    """Return a clock that shows `start` now and runs on from there; a naive moment is in `zone`."""
    running = system_clock(zone)
    ahead = fixed_clock(start, zone)() - running()

    def now() -> datetime:
        return running() + ahead

    return now
