"""The question, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kpi_engine.domain.periods import AnyGrain, Period

NONE_LABEL = "(none)"
"""The label of the missing member: a NULL, or an attribute of a join without a matching row."""

Key = str | int | float | None
"""A member's key as the database stores it; None is the missing member."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a dimension: its key as stored and the name people know it by."""

    key: Key
    label: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Keep (or, with `exclude`, drop) the rows whose dimension is one of `members`."""

    dimension: str
    members: tuple[Member, ...]
    exclude: bool = False


@dataclass(frozen=True, slots=True)
class Sized:
    """Keep the groups whose figure for a metric lies between two bounds; either may be open.

    The bounds are in the metric's unit (a share 0..1: `is_share`).
    """

    metric: str
    is_share: bool = False
    low: float | None = None
    high: float | None = None
    includes_low: bool = True
    includes_high: bool = True

    def holds(self, value: float | None) -> bool:
        """Return whether a figure passes; a figure without data never does."""
        if value is None:
            return False
        is_high_enough = self.low is None or value > self.low or (self.includes_low and value == self.low)
        is_low_enough = self.high is None or value < self.high or (self.includes_high and value == self.high)
        return is_high_enough and is_low_enough


class Baseline(StrEnum):
    """What a figure is compared with."""

    PREVIOUS = "previous"
    LAST_YEAR = "last year"
    TARGET = "target"
    TEAM = "team"
    PERIOD = "period"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Compare:
    """One requested comparison; `period` is set only if the baseline is an explicit period."""

    baseline: Baseline
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Top:
    """Keep the `count` best (or worst) groups."""

    count: int
    best: bool = True


Flag = Literal["share", "chart", "table", "csv", "xlsx", "sql"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question: metrics, filters, period, comparisons and splits.

    `period` None means the metric's own default (its last complete month, or for a cohort its
    newest mature month). If `compare` is empty, the defaults apply: previous, last year and target.
    `sizes` need a split; they filter its groups before `top` applies.
    """

    metrics: tuple[str, ...]
    period: Period | None = None
    filters: tuple[Filter, ...] = ()
    sizes: tuple[Sized, ...] = ()
    compare: tuple[Compare, ...] = ()
    by: tuple[str, ...] = ()
    per: AnyGrain | None = None
    top: Top | None = None
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """What the asker may see: filters added to every question. No filters means everything.

    `named` holds the only members of their dimensions that are shown if they have no rows.
    """

    filters: tuple[Filter, ...] = ()
    named: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopedQuery:
    """A question together with what its asker may see. In the bot, only `bot.rights` makes one;
    `Engine.ask` makes one over all rows.
    """

    query: Query
    scope: Scope
