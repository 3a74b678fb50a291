"""How often a leaderboard says something where nothing is: `python -m benchmarks.boards`.

Boards of members who are equal but for chance, and of members who differ as people do (a spread of their own
rates, nobody far out). Flags: on what part of the boards is anybody named, by `leaderboard` and by the usual
two standard deviations from the mean; and how often is one found who really stands out. Tie bands: on what
part of the boards does anybody have another place than the first.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kpi_engine.analysis.places import Estimate, amounts, counts, places, rates
from kpi_engine.analysis.ranking import leaderboard

Kind = Literal["rate", "count"]
Numbers = NDArray[np.float64]

MEMBERS = (10, 30, 100, 500)
SPREADS = (0.0, 0.1, 0.2, 0.3, 0.5)
"""Standard deviations of the members' own rates, as parts of the mean."""
FACTOR = 2.5
"""By how much the one who stands out has more than the others."""
_FEWEST_TRIALS = 60


@dataclass(frozen=True, slots=True)
class Board:
    """One period of many members."""

    counts: Numbers
    sizes: Numbers
    kind: Kind

    def flags(self) -> list[bool]:
        """Return who is named by the product."""
        found = leaderboard(self.counts.tolist(), self.sizes.tolist(), self.kind)
        return [entry["is_anomaly"] for entry in found]

    def two_deviations(self) -> list[bool]:
        """Return who is further from the mean than two standard deviations."""
        values = self.counts / self.sizes
        return list(np.abs(values - values.mean()) > 2 * values.std(ddof=1))


def board(rng: Generator, members: int, kind: Kind, spread: float) -> Board:
    """Return a board of members with different numbers of cases, and own rates from a beta or gamma."""
    if kind == "count":
        mean = float(rng.choice([8.0, 20.0, 60.0, 300.0]))
        own = mean * rng.gamma(1 / spread**2, spread**2, members) if spread else np.full(members, mean)
        return Board(rng.poisson(own).astype(float), np.ones(members), kind)
    mean = float(rng.choice([0.05, 0.1, 0.2, 0.35]))
    sizes = rng.poisson(float(rng.choice([15, 25, 60, 200])) * rng.gamma(4, 0.25, members)) + 1
    weight = (1 - mean) / (spread**2 * mean) - 1 if spread else 0.0
    own = rng.beta(mean * weight, (1 - mean) * weight, members) if spread else np.full(members, mean)
    return Board(rng.binomial(sizes, own).astype(float), sizes.astype(float), kind)


def with_one_apart(rng: Generator, equal: Board) -> Board:
    """Return a board whose first member has two and a half times the others' rate."""
    found, sizes = equal.counts.copy(), equal.sizes.copy()
    mean = float(found.sum() / sizes.sum())
    if equal.kind == "count":
        found[0] = rng.poisson(FACTOR * mean)
    else:
        sizes[0] = max(sizes[0], _FEWEST_TRIALS)
        found[0] = rng.binomial(int(sizes[0]), min(0.95, FACTOR * mean))
    return Board(found, sizes, equal.kind)


def equal_places(rng: Generator, members: int, unit: str, spread: float) -> list[int]:
    """Return the places of members of a board."""
    if unit == "amount":
        noise = 1.8 / (rng.poisson(20, members) + 1)
        own = rng.normal(9, spread, members)
        found: Sequence[Estimate] = amounts(np.exp(rng.normal(own, np.sqrt(noise))).tolist(), noise.tolist())
    elif unit == "rate":
        drawn = board(rng, members, "rate", spread)
        found = rates(drawn.counts.tolist(), drawn.sizes.tolist())
    else:
        found = counts(board(rng, members, "count", spread).counts.tolist())
    return places(sorted(found, key=lambda entry: -entry.shrunken))


def _share(boards: int, test: Callable[[], bool]) -> str:
    return f"{100 * sum(test() for _ in range(boards)) / boards:7.1f}"


def main() -> None:
    """Print the parts of boards, in percent."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.boards", description=__doc__)
    parser.add_argument("--boards", type=int, default=400, help="boards of ten; of more members fewer")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(f"{'flags':<8}{'members':>8}{'boards':>7}" + "".join(f"{spread:>7}" for spread in SPREADS))
    for kind in ("rate", "count"):
        for members in MEMBERS:
            number = max(40, round(options.boards * (10 / members) ** 0.5))
            tests: dict[str, Callable[[float], bool]] = {
                "anybody": lambda spread: any(board(rng, members, kind, spread).flags()),  # noqa: B023
                "two sd": lambda spread: any(board(rng, members, kind, spread).two_deviations()),  # noqa: B023
                "found": lambda spread: with_one_apart(rng, board(rng, members, kind, spread)).flags()[0],  # noqa: B023
            }
            for name, test in tests.items():
                cells = [_share(number, lambda: test(spread)) for spread in SPREADS]  # noqa: B023
                print(f"{kind:<6}{name:<8}{members:>4}{number:>7}" + "".join(cells), flush=True)
    for unit in ("rate", "count", "amount"):
        for members in (3, *MEMBERS[:3]):
            number = max(40, round(options.boards * min(1, 10 / members)))
            cells = [
                _share(number, lambda: max(equal_places(rng, members, unit, spread)) > 1)  # noqa: B023
                for spread in SPREADS
            ]
            print(f"{unit:<7}{'bands':<7}{members:>4}{number:>7}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
