"""From target rows to the target of one question, and how far the result came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product
from math import prod
from operator import itemgetter

from kpi_engine.domain.metrics import Direction
from kpi_engine.domain.query import Key
from kpi_engine.domain.quotas import QuotaPart


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target of one month.

    `level` are the dimensions that the row itself names (the company's own target has none);
    `members` adds those that its level leads to (a rep's region). `part` is set if the month's target is a
    part of a quarter's or a year's.
    """

    level: Mapping[str, Key]
    members: Mapping[str, Key]
    value: float
    part: QuotaPart | None = None

    @property
    def amount(self) -> float | Fraction:
        """The target as it is added up: a part of another one exactly."""
        return self.part.amount if self.part else self.value


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """The target of one month: `amount`, whether it was summed over members, and the quotas behind it."""

    amount: float | Fraction
    is_summed: bool
    parts: tuple[QuotaPart, ...] = ()


_ByMembers = dict[tuple[Key, ...], list[tuple[int, TargetRow]]]


class TargetIndex:
    """The targets of one metric, found by month and members; safe to share between threads.

    The rows of a month are put under their members the first time that a question names those dimensions,
    so that finding the target of each further group takes one lookup.
    """

    __slots__ = ("_by_members", "_by_month", "is_known", "rows")

    def __init__(self, rows: Iterable[tuple[date, TargetRow]], *, is_known: bool = True) -> None:
        """Take the targets, each with the first day of its month; not `is_known`: they can't be read now."""
        self.is_known = is_known
        self.rows: Sequence[tuple[date, TargetRow]] = tuple(rows)
        self._by_month: dict[date, list[TargetRow]] = {}
        for month, row in self.rows:
            self._by_month.setdefault(month, []).append(row)
        self._by_members: dict[tuple[date, tuple[str, ...]], _ByMembers] = {}

    @property
    def implied(self) -> QuotaPart | None:
        """A part of a target whose quarter or year is only implied, None without one."""
        return next((row.part for _, row in self.rows if row.part and row.part.is_implied), None)

    def __bool__(self) -> bool:
        """Whether there is any target."""
        return bool(self.rows)

    def target(
        self, month: date, wanted: Mapping[str, frozenset[Key]], *, is_additive: bool
    ) -> tuple[float, bool] | None:
        """Return the target of one month and whether it was summed over members; None without one."""
        found = self.found(month, wanted, is_additive=is_additive)
        return (float(found.amount), found.is_summed) if found else None

    def found(
        self, month: date, wanted: Mapping[str, frozenset[Key]], *, is_additive: bool
    ) -> FoundTarget | None:
        """Return the target of one month, None without one.

        `wanted` has the members allowed for each dimension that the question names.

        A target set at exactly the asked level wins. Else, for additive metrics, the nearest finer
        level whose rows reach every asked dimension is added up. Rates are never added up.
        """
        matching = self._matching(month, wanted)
        exact = [row for row in matching if row.level.keys() == wanted.keys()]
        one_each = all(len(members) == 1 for members in wanted.values())
        if exact and (one_each or is_additive):
            return _added(exact, is_summed=len(exact) > 1)
        return _summed(matching) if is_additive else None

    def _matching(self, month: date, wanted: Mapping[str, frozenset[Key]]) -> Sequence[TargetRow]:
        """Return the rows of a month with allowed members only, in the order in which they were given."""
        names = tuple(sorted(wanted))
        by_members = self._of_names(month, names)
        allowed = [wanted[name] for name in names]
        if prod(map(len, allowed)) > len(by_members):
            reached = [keys for keys in by_members if _are_in(keys, allowed)]
        else:
            reached = [keys for keys in product(*allowed) if keys in by_members]
        if len(reached) == 1:
            return [row for _, row in by_members[reached[0]]]
        found = sorted((entry for keys in reached for entry in by_members[keys]), key=itemgetter(0))
        return [row for _, row in found]

    def _of_names(self, month: date, names: tuple[str, ...]) -> _ByMembers:
        """Return the rows of a month by their members of some dimensions, each with its position."""
        known = self._by_members.get((month, names))
        if known is None:
            known = {}
            for position, row in enumerate(self._by_month.get(month, ())):
                if all(name in row.members for name in names):
                    keys = tuple(row.members[name] for name in names)
                    known.setdefault(keys, []).append((position, row))
            self._by_members[month, names] = known
        return known


NO_TARGETS = TargetIndex(())
"""The targets of a metric that has none."""
UNKNOWN_TARGETS = TargetIndex((), is_known=False)
"""The targets of a metric while they can't be read."""


def _are_in(keys: tuple[Key, ...], allowed: Sequence[frozenset[Key]]) -> bool:
    return all(key in members for key, members in zip(keys, allowed, strict=True))


def _summed(matching: Sequence[TargetRow]) -> FoundTarget | None:
    """Return the sum of the level that is nearest: the one with the fewest dimensions, then rows."""
    finer: dict[frozenset[str], list[TargetRow]] = {}
    for row in matching:
        if row.level:
            finer.setdefault(frozenset(row.level), []).append(row)
    if not finer:
        return None
    level = min(finer, key=lambda names: (len(names), len(finer[names]), sorted(names)))
    return _added(finer[level], is_summed=True)


def _added(rows: Sequence[TargetRow], *, is_summed: bool) -> FoundTarget:
    parts = tuple(row.part for row in rows if row.part)
    return FoundTarget(sum(row.amount for row in rows), is_summed, parts)


def attainment(result: float | None, target: float, better: Direction) -> float | None:
    """Return result / target; None where lower is better, where there is no result, and at a target of 0."""
    if result is None or better == "down" or target == 0:
        return None
    return result / target


def reached(result: float | None, target: float, better: Direction, *, complete: bool) -> bool | None:
    """Return whether the target is reached; None while a running period can still go either way."""
    if result is None or better == "neutral":
        return None
    if better == "down":
        return result <= target if complete else None
    return True if result >= target else (False if complete else None)
