"""Findings: what an answer says beside its figure."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_engine.domain.figure import Figure as Figure  # noqa: PLC0414 - re-exported: part of the answer
from kpi_engine.domain.periods import Period


@dataclass(frozen=True, slots=True)
class YoungerCohort:
    """A cohort that is still maturing, at the age that all its leads have reached.

    `same_age` is the answer's own period at that age, `age` in days.
    """

    period: Period
    age: int
    figure: Figure
    same_age: Figure


@dataclass(frozen=True, slots=True)
class LossMakers:
    """The customers who cost more than they brought: how many of how many, in sum, and the worst by name."""

    count: int
    customers: int
    total: float
    worst: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Concentration:
    """What part of the profit the best customers bring: `part` of it by the best `best` (0..1).

    `part` is above 1 where the other customers together lose money. `curve` is the cumulative profit,
    best customers first: (share of the customers, share of the profit), up to (1, 1).
    """

    best: float
    part: float
    customers: int
    curve: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The customers who wait longer than most ever did, `after` days (the 80th percentile of the waits
    between orders), but aren't lost yet: `count` of `active`, at the period's end.
    """

    count: int
    active: int
    after: int


@dataclass(frozen=True, slots=True)
class ProposedWindow:
    """The window that the company's own waits suggest: 80 and 90 % of `waits` ended within so many days.

    `within` is the window in use.
    """

    within: int
    p80: int
    p90: int
    waits: int


@dataclass(frozen=True, slots=True)
class RollingScore:
    """The score of the months up to the period's end, which rests on more answers."""

    period: Period
    figure: Figure


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The customers at both ends of a period: active_end = active_start - lost + new + returned - gone.

    `inactive` is the share of all customers ever that isn't active at the end.
    """

    active_start: float
    lost: float
    new: float
    returned: float
    gone: float
    active_end: float
    inactive: float | None


@dataclass(frozen=True, slots=True)
class RunningContracts:
    """The customers with a contract at both ends: running_end = running_start - lost + gained."""

    running_start: float
    lost: float
    gained: float
    running_end: float


@dataclass(frozen=True, slots=True)
class ProfitLayers:
    """The revenue of a period, less the goods, less serving the customers; None where that isn't mapped."""

    revenue: float
    cm1: float | None
    cm2: float | None


@dataclass(frozen=True, slots=True)
class AcquisitionCost:
    """What it cost to win the `customers` whose cost is known, against what they brought so far.

    `cm3` is their profit so far less that cost, None where a layer isn't mapped; `unallocated` what was
    spent and won nobody, None where only some customers are asked for.
    """

    customers: int
    cost: float
    revenue: float
    cm3: float | None
    unallocated: float | None


@dataclass(frozen=True, slots=True)
class Responses:
    """How many of those who were asked for a score in the period answered."""

    answered: int
    delivered: int


Finding = (
    Reconciliation
    | RunningContracts
    | ProfitLayers
    | AcquisitionCost
    | Responses
    | YoungerCohort
    | LossMakers
    | Concentration
    | AtRisk
    | ProposedWindow
    | RollingScore
)
"""What doesn't fit in one number. A finding is one dataclass, one template, one member of this union."""
