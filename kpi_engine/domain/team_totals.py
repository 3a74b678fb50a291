"""Team totals as they were first shown, as plain values, and where they are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.query import Key

MONTHS_KEPT = 36
"""How many months back team totals are shown, and so how long they are kept."""

ERASED = "erased"
"""Stands for the key of a member who was erased."""

Observer = str | None
"""A member of the team as the text of their key; None is somebody who isn't one of the members."""


@dataclass(frozen=True, slots=True)
class KeptTotal:
    """A team's figure of one month as it was first shown.

    `definition` is the digest of the metric's definition (see definition_digest), `month` the month's first
    day. `figure` has the value, and of a rate its numerator and denominator. `target` is the sum of the
    members' targets, None where it isn't shown. `contributors` are the members with figures and `shown_to`
    the observers from whom it hides each other member, both as texts of keys.
    """

    metric: str
    definition: str
    team: Key
    month: date
    figure: Figure
    target: float | None
    contributors: tuple[str, ...]
    shown_to: tuple[Observer, ...]


@dataclass(frozen=True, slots=True)
class KeptMonths:
    """What is kept of a team: totals, and who was in the team, by the first day of each month."""

    totals: tuple[KeptTotal, ...] = ()
    members: Mapping[date, tuple[Key, ...]] = field(default_factory=dict)


class KeptTotals(Protocol):
    """Where team totals are kept, each as it was first shown."""

    def read(self, team: Key, metrics: Collection[str], months: Collection[date]) -> KeptMonths:
        """Return the totals of some metrics in every month, and those of every metric in some months.

        The members of every month are among them. Raises QueryError if they can't be read.
        """
        ...

    def keep(
        self,
        team: Key,
        totals: Sequence[KeptTotal],
        members: Mapping[date, tuple[Key, ...]],
        now: datetime,
    ) -> None:
        """Keep totals, each with its month's `members` if these aren't kept yet.

        A month of which something else was kept meanwhile stays as it is, and nothing is kept of it.
        Raises QueryError if they can't be kept.
        """
        ...
