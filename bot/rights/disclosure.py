"""When a total may be shown to somebody who sees some of its members and must not learn about the others.

Pure: what each member contributes comes in as numbers, whether a total may be shown goes out. The limits of
the rule are written down in docs/access.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose

OTHERS_NEEDED = 3
"""How many members whom the observer doesn't see must stand behind each number."""
LARGEST_PART = 0.8
"""The largest part of the others' sum that one of them may hold."""
_ALIKE = 1e-9

Contributions = Mapping[str, tuple[float, ...]]
"""What each member contributes to each number of a total: its value, or of a rate its numerator, its
denominator and, of a share, its failures."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What else the observer of a total knows, each as the contributions behind it.

    `near` are the totals of the same metric in the months shown next before and after. `beside` are totals
    of the same month whose rows overlap. `is_level`: the metric is of a moment (contracts that run), so that
    the difference of two months is what was won and lost in between.
    """

    near: Sequence[Contributions] = ()
    beside: Sequence[Contributions] = ()
    is_level: bool = False


def may_show(total: Contributions, seen: Collection[str], known: Shown) -> bool:
    """Return whether a total hides each member whom an observer doesn't see.

    `seen` are the members whose own figures the observer sees. Three rules hold for each number: at least
    three others contribute, none of whom holds more than 80 % of their sum; since the totals next to it at
    least three others moved; and its difference from a total of overlapping rows is nothing or follows the
    first rule as well.
    """
    others = _without(total, seen)
    if not others or not all(map(is_hidden, zip(*others.values(), strict=True))):
        return False
    return all(_has_moved(others, _without(near, seen), known) for near in known.near) and all(
        _is_apart(others, _without(other, seen)) for other in known.beside
    )


def is_hidden(parts: Iterable[float]) -> bool:
    """Return whether a sum of parts hides each of them: three or more aren't zero, and none dominates."""
    sizes = [abs(part) for part in parts if part]
    return len(sizes) >= OTHERS_NEEDED and max(sizes) <= LARGEST_PART * sum(sizes) * (1 + _ALIKE)


def is_alike(one: float | None, other: float | None) -> bool:
    """Return whether two figures are the same but for the order in which they were added up."""
    return one == other or (
        one is not None and other is not None and isclose(one, other, rel_tol=_ALIKE, abs_tol=_ALIKE)
    )


def _without(total: Contributions, seen: Collection[str]) -> Contributions:
    return {member: numbers for member, numbers in total.items() if member not in seen}


def _has_moved(now: Contributions, near: Contributions, known: Shown) -> bool:
    """Return whether enough others moved between two totals; of a level, none of them most of it."""
    for moved in _differences(now, near, same_number=True):
        if sum(map(bool, moved)) < OTHERS_NEEDED or (known.is_level and not is_hidden(moved)):
            return False
    return True


def _is_apart(now: Contributions, beside: Contributions) -> bool:
    """Return whether no difference of two totals tells one member's part."""
    return all(
        not any(difference) or is_hidden(difference)
        for difference in _differences(now, beside, same_number=False)
    )


def _differences(one: Contributions, other: Contributions, *, same_number: bool) -> Iterable[list[float]]:
    """Yield the members' differences between numbers of two totals: the same ones, or each with each."""
    members = one.keys() | other.keys()
    sizes = [len(next(iter(total.values()), ())) for total in (one, other)]
    for at in range(sizes[0]):
        for beside in (at,) if same_number else range(sizes[1]):
            yield [_less(_number(one, member, at), _number(other, member, beside)) for member in members]


def _number(total: Contributions, member: str, at: int) -> float:
    numbers = total.get(member, ())
    return numbers[at] if at < len(numbers) else 0.0


def _less(one: float, other: float) -> float:
    return 0.0 if is_alike(one, other) else one - other
