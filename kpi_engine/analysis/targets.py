"""From target rows to the target of one question, and how far the result came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi_engine.domain.metrics import Direction
from kpi_engine.domain.query import Key


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target of one month.

    `level` are the dimensions that the row itself names (the company's own target has none);
    `members` adds those that its level leads to (a rep's region).
    """

    level: Mapping[str, Key]
    members: Mapping[str, Key]
    value: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which target is asked for: the members allowed for each dimension that the question names."""

    members: Mapping[str, frozenset[Key]]


def target_of(rows: Sequence[TargetRow], wanted: Wanted, *, is_additive: bool) -> tuple[float, bool] | None:
    """Return the target of one month and whether it was summed over members; None without one.

    A target set at exactly the asked level wins. Else, for additive metrics, the nearest finer
    level whose rows reach every asked dimension is added up. Rates are never added up.
    """
    matching = [row for row in rows if _matches(row, wanted)]
    asked = set(wanted.members)
    exact = [row for row in matching if set(row.level) == asked]
    one_each = all(len(members) == 1 for members in wanted.members.values())
    if exact and (one_each or is_additive):
        return sum(row.value for row in exact), len(exact) > 1
    if not is_additive:
        return None
    finer: dict[frozenset[str], list[TargetRow]] = {}
    for row in matching:
        if row.level and asked <= set(row.members):
            finer.setdefault(frozenset(row.level), []).append(row)
    if not finer:
        return None
    level = min(finer, key=lambda names: (len(names), len(finer[names]), sorted(names)))
    return sum(row.value for row in finer[level]), True


def _matches(row: TargetRow, wanted: Wanted) -> bool:
    return all(name in row.members and row.members[name] in keys for name, keys in wanted.members.items())


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
