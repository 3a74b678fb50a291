"""The rule of team totals against somebody who solves for a colleague's figures, with all that they know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import pytest
from scipy.optimize import linprog

from bot.rights.disclosure import LARGEST_PART, Contributions, Shown, is_hidden, may_show

ME = "me"
OTHERS = ("a", "b", "c", "d", "e")
APART = 0.25
"""How much more than a colleague's figure, as a part of it, must be thinkable as well."""

Unknown = tuple[int, str]
"""The number of a total, and a member."""


class Attacker:
    """Somebody who knows their own part of each total, and everything but the amounts of the others.

    They know who contributes to what, who didn't move between two months, and which total counts part of the
    rows of another.
    """

    def __init__(self, totals: Sequence[Contributions]) -> None:
        self.totals = totals
        self.unknown: list[Unknown] = [
            (at, member) for at, total in enumerate(totals) for member in total if member != ME
        ]
        self.equal: list[Mapping[Unknown, float]] = []
        self.at_least: list[Mapping[Unknown, float]] = []

    def did_not_move(self, one: int, other: int, member: str) -> None:
        """Two totals have the same of a member."""
        self.equal.append({(one, member): 1.0, (other, member): -1.0})

    def counts_part_of(self, part: int, whole: int) -> None:
        """No member has more in the one total than in the other, and some all of it, or nothing."""
        for member in OTHERS:
            both = {(whole, member): 1.0, (part, member): -1.0}
            self.at_least.append(both)
            if self.totals[part].get(member) == self.totals[whole].get(member):
                self.equal.append(both)
            if self.totals[part].get(member) == (0.0,):
                self.equal.append({(part, member): 1.0})

    def most(self, wanted: Mapping[Unknown, float]) -> float:
        """The most that a sum of colleagues' parts can be, given all that is known."""
        sums = [
            {(at, member): 1.0 for member in total if member != ME} for at, total in enumerate(self.totals)
        ]
        known = [sum(part for (part,) in total.values()) - total.get(ME, (0.0,))[0] for total in self.totals]
        solved = linprog(
            [-value for value in self._row(wanted)],
            A_eq=[self._row(entry) for entry in (*sums, *self.equal)],
            b_eq=[*known, *[0.0] * len(self.equal)],
            A_ub=[[-value for value in self._row(entry)] for entry in self.at_least] or None,
            b_ub=[0.0] * len(self.at_least) or None,
            bounds=(0, None),
        )
        assert solved.success, solved.message
        return float(-solved.fun)

    def _row(self, entry: Mapping[Unknown, float]) -> list[float]:
        return [entry.get(unknown, 0.0) for unknown in self.unknown]

    def pins(self) -> list[Unknown]:
        """Those whose figures can't be thought a quarter larger than they are."""
        return [
            (at, member)
            for at, member in self.unknown
            if (part := self.totals[at][member][0])
            and self.most({(at, member): 1.0}) < part * (1 + APART) * (1 - 1e-6)
        ]

    def knows_change(self, one: int, other: int, member: str) -> bool:
        """Whether by how much somebody moved between two totals is the only number that fits."""
        change = {(other, member): 1.0, (one, member): -1.0}
        least = -self.most({unknown: -value for unknown, value in change.items()})
        return self.most(change) - least < 1e-6 * (1 + abs(least))


def amounts(random: Random) -> dict[str, tuple[float, ...]]:
    """What a team of some sizes and of very unlike members sold."""
    spread = random.choice((1, 3, 10, 200))
    members = [ME, *random.sample(OTHERS, random.randrange(2, 6))]
    return {
        member: (float(random.randrange(1, 100) ** random.choice((1, 1, 2)) * random.choice((1, spread))),)
        for member in members
    }


def moved(random: Random, before: Contributions) -> tuple[dict[str, tuple[float, ...]], list[str]]:
    """The next month's, and who didn't move."""
    stay = random.sample(sorted(before), random.randrange(len(before)))
    after = {
        member: part if member in stay else (float(random.randrange(1, 9_000)),)
        for member, part in before.items()
    }
    return after, [member for member in stay if member != ME]


def part_of(random: Random, whole: Contributions) -> dict[str, tuple[float, ...]]:
    """A total of some of the same rows: all, none or some of each member's."""
    shares = (0.0, 1.0, 1.0, random.random())
    return {member: (amount * random.choice(shares),) for member, (amount,) in whole.items()}


@pytest.mark.parametrize("seed", range(20))
def test_nobodys_figure_can_be_worked_out_of_all_that_was_shown(seed: int) -> None:
    """Two months and, of the first, a metric of some of the same rows: each shown where the rule allows it.

    Whoever knows who sold what kind of thing and who didn't move must still think a quarter more of everybody,
    and can't tell by how much anybody moved.
    """
    random, shown_together = Random(seed), 0
    for _ in range(25):
        first = amounts(random)
        second, stayed = moved(random, first)
        part = part_of(random, first)
        if not may_show(first, {ME}, Shown()):
            continue
        is_second = may_show(second, {ME}, Shown(near=[first]))
        is_part = may_show(part, {ME}, Shown(beside=[first]))
        attacker = Attacker([first, *([second] if is_second else []), *([part] if is_part else [])])
        if is_second:
            for member in stayed:
                attacker.did_not_move(0, 1, member)
        if is_part:
            attacker.counts_part_of(len(attacker.totals) - 1, 0)
        assert attacker.pins() == []
        if is_second:
            movers = [member for member in first if member not in (ME, *stayed)]
            assert not any(attacker.knows_change(0, 1, member) for member in movers)
        shown_together += is_second or is_part
    assert shown_together


def test_without_each_rule_somebody_is_worked_out() -> None:
    """The attacker above is good enough: what the rule refuses, they solve."""
    dominated = {ME: (9.0,), "a": (1.0,), "b": (1.0,), "c": (900.0,)}
    assert Attacker([dominated]).pins() == [(0, "c")]
    assert not may_show(dominated, {ME}, Shown())
    two = {ME: (9.0,), "a": (400.0,), "b": (60.0,)}
    assert Attacker([two]).pins() == [(0, "a")]
    assert not may_show(two, {ME}, Shown())
    whole = {ME: (9.0,), "a": (50.0,), "b": (60.0,), "c": (70.0,)}
    part = whole | {"a": (20.0,)}
    both = Attacker([whole, part])
    both.equal += [{(0, member): 1.0, (1, member): -1.0} for member in "bc"]
    assert may_show(part, {ME}, Shown())
    assert not may_show(part, {ME}, Shown(beside=[whole]))
    difference = {member: (whole[member][0] - part[member][0],) for member in whole}
    assert Attacker([difference]).pins() == [(0, "a")]


def test_what_was_won_between_two_moments_hides_everybody_as_well() -> None:
    """Of contracts that run, the difference is news: of it nobody may hold most. Of sales it is none."""
    before = {ME: (9.0,), "a": (50.0,), "b": (60.0,), "c": (70.0,)}
    after = {ME: (9.0,), "a": (51.0,), "b": (61.0,), "c": (170.0,)}
    assert may_show(after, {ME}, Shown(near=[before]))
    assert not may_show(after, {ME}, Shown(near=[before], is_level=True))
    steady = {ME: (9.0,), "a": (55.0,), "b": (66.0,), "c": (77.0,)}
    assert may_show(steady, {ME}, Shown(near=[before], is_level=True))


def test_who_comes_or_goes_has_moved() -> None:
    """Of three who stay the same and one who left, the difference is the one's."""
    before = {ME: (9.0,), "a": (50.0,), "b": (60.0,), "c": (70.0,), "d": (80.0,)}
    after = {member: part for member, part in before.items() if member != "d"}
    assert may_show(after, {ME}, Shown())
    assert not may_show(after, {ME}, Shown(near=[before]))


@pytest.mark.parametrize("seed", range(20))
def test_whoever_sees_all_but_two_is_shown_nothing(seed: int) -> None:
    """Whatever the amounts: the total less what they see would be two people's."""
    random = Random(seed)
    total = amounts(random)
    members = random.sample(sorted(total), len(total))
    assert not any(may_show(total, set(members[at:]), Shown()) for at in range(3))
    even = dict.fromkeys(("f", *members), (10.0,))
    assert may_show(even, set(members[3:]) | {"f"}, Shown()) is (len(members) >= 3)


def test_the_order_of_adding_up_is_no_movement() -> None:
    """Amounts that differ in their last digit are the same."""
    one = {ME: (1.0,), "a": (0.1 + 0.2,), "b": (0.3,), "c": (0.3,)}
    other = {ME: (1.0,), "a": (0.3,), "b": (0.1 + 0.2,), "c": (0.3,)}
    assert not may_show(one, {ME}, Shown(near=[other]))
    assert may_show(one, {ME}, Shown(beside=[other]))


def test_the_largest_part_is_four_fifths() -> None:
    """Of parts with signs, their sizes count."""
    assert LARGEST_PART == 0.8
    assert is_hidden([80.0, 10.0, 10.0])
    assert is_hidden([-80.0, 10.0, 10.0])
    assert not is_hidden([80.1, 10.0, 10.0])
    assert not is_hidden([50.0, 50.0, 0.0])
