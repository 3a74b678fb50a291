"""Team totals kept in memory, for a bot without a store; nobody but an admin asks one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from kpi_engine.domain.query import Key
from kpi_engine.domain.team_totals import KeptMonths, KeptTotal


class RememberedTotals:
    """Team totals as they were first shown, until the process ends."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._totals: dict[tuple[Key, str, str, date], KeptTotal] = {}
        self._members: dict[tuple[Key, date], tuple[Key, ...]] = {}

    def read(self, team: Key, metrics: Collection[str], months: Collection[date]) -> KeptMonths:
        """Return the totals of some metrics in every month, and those of every metric in some months."""
        totals = tuple(
            total
            for total in list(self._totals.values())
            if total.team == team and (total.metric in metrics or total.month in months)
        )
        members = {month: keys for (of, month), keys in list(self._members.items()) if of == team}
        return KeptMonths(totals, members)

    def keep(
        self,
        team: Key,
        totals: Sequence[KeptTotal],
        members: Mapping[date, tuple[Key, ...]],
        now: datetime,  # noqa: ARG002 - the protocol's signature
    ) -> None:
        """Keep totals, each with its month's `members` if these aren't kept yet."""
        for total in totals:
            if total.month in members:
                self._members.setdefault((team, total.month), members[total.month])
            self._totals.setdefault((team, total.metric, total.definition, total.month), total)
