"""The present moment; the only reader of the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the present moment, zone-aware, in the business time zone."""

    def __call__(self) -> datetime:
        """Return the present moment."""
        ...


def system_clock(zone: ZoneInfo) -> Clock:
    """Return the machine's clock in `zone`."""

    def now() -> datetime:
        return datetime.now(zone)  # noqa: TID251 - this is the one place

    return now


def fixed_clock(moment: datetime, zone: ZoneInfo) -> Clock:
    """Return a clock that stands still at `moment`; a naive moment is one of `zone`."""
    standing = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)

    def now() -> datetime:
        return standing

    return now


def shifted_clock(start: datetime, zone: ZoneInfo) -> Clock:
    """Return a clock that shows `start` now and runs on from there; a naive moment is one of `zone`."""
    running = system_clock(zone)
    ahead = fixed_clock(start, zone)() - running()

    def now() -> datetime:
        return running() + ahead

    return now
