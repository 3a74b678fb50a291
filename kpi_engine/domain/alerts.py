"""Alerts: what a figure is watched for, and when its readers aren't disturbed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum


class Rule(StrEnum):
    """What an alert waits for."""

    BELOW = "below"
    ABOVE = "above"
    """The figure is below, or above, a bound."""
    UNUSUAL = "unusual"
    DROP = "drop"
    RISE = "rise"
    """The figure is outside its usual range: on either side, below it or above it."""

    @property
    def has_bound(self) -> bool:
        """Whether it compares with a number that somebody chose, not with the usual range."""
        return self in (Rule.BELOW, Rule.ABOVE)


class Standing(StrEnum):
    """Whether what an alert waits for is the case; UNKNOWN until the first figure could be judged."""

    UNKNOWN = "unknown"
    CLEAR = "clear"
    FIRING = "firing"


@dataclass(frozen=True, slots=True)
class Watch:
    """What an alert waits for, and the floors under which nothing matters.

    `bound` is in the metric's unit (a share 0..1), None for rules of the usual range. `least_cases` is how
    many cases a figure must rest on, None for what its kind needs. `least_change` is how far the figure must
    be from the bound, or from what was expected.
    """

    rule: Rule
    bound: float | None = None
    least_cases: int | None = None
    least_change: float | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours of each day in which nothing is sent, in local time; `end` may be on the next day."""

    start: time
    end: time

    def hold(self, at: time) -> bool:
        """Whether a time of day is quiet."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


USUAL_QUIET = QuietHours(time(20), time(7))
"""The quiet hours of an alert that names none."""
