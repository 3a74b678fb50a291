"""Targets set in Slack: every change is kept, the newest is valid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, func, insert, select

from bot.store.keys import keys_of, keys_text
from bot.store.tables import targets
from kpi_engine.domain.query import Key

ERASED = "erased"
"""Replaces the id of a person who was erased."""


@dataclass(frozen=True, slots=True)
class SetTarget:
    """A target as it was set: `level` has the members it is for (empty: the whole company).

    `month` is the month's first day, `set_by` a Slack user id: empty for the command line, `ERASED` for a
    person who was erased. `value` None: the target was taken back.
    """

    metric: str
    month: date
    level: Mapping[str, Key]
    value: float | None
    set_by: str
    set_at: datetime


class TargetBook:
    """The targets of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose targets these are."""
        self._engine = engine
        self._workspace = workspace

    def add(self, target: SetTarget) -> None:
        """Keep a target; the earlier ones stay."""
        self.add_all([target])

    def add_all(self, new: Iterable[SetTarget]) -> None:
        """Keep targets, all of them or none; the earlier ones stay."""
        rows = [
            {
                "workspace": self._workspace,
                "metric": target.metric,
                "month": target.month,
                "level": _level(target.level),
                "value": target.value,
                "set_by": target.set_by,
                "set_at": target.set_at,
            }
            for target in new
        ]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(targets), rows)

    def edition(self) -> int:
        """Return a number that grows with each target that is set."""
        statement = select(func.max(targets.c.id)).where(targets.c.workspace == self._workspace)
        with self._engine.connect() as connection:
            return connection.execute(statement).scalar() or 0

    def history(self, metric: str, start: date, end: date, now: datetime) -> Sequence[SetTarget]:
        """Return all that was set until `now` for the months that begin in `[start, end)`, oldest first."""
        return self._history([metric], start, end, now)

    def _history(
        self, metrics: Collection[str], start: date, end: date, now: datetime
    ) -> Sequence[SetTarget]:
        statement = (
            select(targets)
            .where(
                targets.c.workspace == self._workspace,
                targets.c.metric.in_(metrics),
                targets.c.month >= start,
                targets.c.month < end,
                targets.c.set_at <= now,
            )
            .order_by(targets.c.set_at, targets.c.id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        return [
            SetTarget(
                row["metric"],
                row["month"],
                keys_of(row["level"]),
                row["value"],
                row["set_by"],
                row["set_at"],
            )
            for row in rows
        ]

    def valid(self, metric: str, start: date, end: date, now: datetime) -> Sequence[SetTarget]:
        """Return the valid target of each level for the months that begin in `[start, end)`.

        A target that was taken back has no value.
        """
        return self.valid_of([metric], start, end, now).get(metric, ())

    def valid_of(
        self, metrics: Collection[str], start: date, end: date, now: datetime
    ) -> Mapping[str, Sequence[SetTarget]]:
        """Return the valid targets of each metric that has any, read in one statement; see `valid`."""
        newest: dict[str, dict[tuple[date, str], SetTarget]] = {}
        for entry in self._history(metrics, start, end, now):
            newest.setdefault(entry.metric, {})[entry.month, _level(entry.level)] = entry
        return {metric: list(entries.values()) for metric, entries in newest.items()}


def _level(level: Mapping[str, Key]) -> str:
    return keys_text(dict(level))
