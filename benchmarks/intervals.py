"""How often the 95 % intervals hold the truth: `python -m benchmarks.intervals`.

Exact, not simulated: every outcome that can happen is weighed by its chance. A discrete interval's coverage
saws up and down with the true rate, so that it is judged by its mean over true rates, as Brown, Cai and
DasGupta (2001) do: rates from 2 to 98 %, and scores of companies with 30 to 70 % promoters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from kpi_engine.analysis.rates import newcombe, wilson
from kpi_engine.analysis.score import interval

SIZES = (5, 8, 10, 15, 20, 30, 50, 100, 200, 500)
RATES = tuple(np.linspace(0.02, 0.98, 97))
FEWER_RATES = tuple(np.linspace(0.02, 0.98, 25))
MIXES = tuple(
    (promoters / 100, detractors / 100)
    for promoters in range(30, 75, 10)
    for detractors in range(5, 100 - promoters, 10)
)
"""Shares of promoters and detractors."""
_LEAST = 1e-7
"""Outcomes rarer than this are left out; their chances are counted as missed."""

Numbers = NDArray[np.float64]


def wilson_coverage(size: int, rates: Iterable[float] = RATES) -> Numbers:
    """Return the coverage of the interval of a share of `size` cases, for each true rate."""
    bounds = np.array([wilson(count, size) for count in range(size + 1)])
    return np.array([_covered(binom.pmf(np.arange(size + 1), size, rate), bounds, rate) for rate in rates])


def newcombe_coverage(size: int, base: int, rates: Iterable[float] = FEWER_RATES) -> Numbers:
    """Return the coverage of the interval of a difference, for each pair of true rates."""
    known = [*rates]
    chances = {rate: (_likely(size, rate), _likely(base, rate)) for rate in known}
    pairs = {
        (count, other): newcombe(count, size, other, base)
        for count in {count for now, _ in chances.values() for count in now}
        for other in {other for _, then in chances.values() for other in then}
    }
    found = []
    for rate in known:
        for base_rate in known:
            held = sum(
                chance * other_chance
                for count, chance in chances[rate][0].items()
                for other, other_chance in chances[base_rate][1].items()
                if _holds(pairs[count, other], rate - base_rate)
            )
            found.append(held)
    return np.array(found)


def score_coverage(size: int, mixes: Iterable[tuple[float, float]] = MIXES) -> Numbers:
    """Return the coverage of the interval of a Net Promoter Score of `size` answers, for each true mix."""
    bounds: dict[tuple[int, int], tuple[float, float]] = {}
    found = []
    for promoters, detractors in mixes:
        truth, held = 100 * (promoters - detractors), 0.0
        for count, chance in _likely(size, promoters).items():
            others = _likely(size - count, detractors / (1 - promoters))
            for bad, part in others.items():
                if (count, bad) not in bounds:
                    bounds[count, bad] = interval(count, bad, size)
                held += chance * part if _holds(bounds[count, bad], truth) else 0.0
        found.append(held)
    return np.array(found)


def _likely(size: int, rate: float) -> Mapping[int, float]:
    """Return the counts that can happen, each with its chance."""
    chances = binom.pmf(np.arange(size + 1), size, min(rate, 1.0))
    return {int(count): float(chances[count]) for count in np.flatnonzero(chances > _LEAST)}


def _holds(bounds: tuple[float, float] | None, truth: float) -> bool:
    return bounds is not None and bounds[0] - 1e-9 <= truth <= bounds[1] + 1e-9


def _covered(chances: Numbers, bounds: Numbers, truth: float) -> float:
    return float(chances[(bounds[:, 0] - 1e-12 <= truth) & (truth <= bounds[:, 1] + 1e-12)].sum())


def main() -> None:
    """Print the mean, lowest and highest coverage of each interval by number of cases."""
    rows: list[tuple[str, Callable[[int], Numbers], tuple[int, ...]]] = [
        ("Wilson", wilson_coverage, SIZES),
        ("Newcombe", lambda size: newcombe_coverage(size, size), SIZES[:7]),
        ("Newcombe, base x 3", lambda size: newcombe_coverage(size, 3 * size), SIZES[:6]),
        ("NPS", score_coverage, SIZES),
    ]
    print(f"{'':<20}{'cases':>6}{'mean':>8}{'lowest':>8}{'highest':>9}")
    for name, coverage, sizes in rows:
        for size in sizes:
            found = coverage(size)
            figures = f"{found.mean():>8.3f}{found.min():>8.3f}{found.max():>9.3f}"
            print(f"{name:<20}{size:>6}{figures}", flush=True)


if __name__ == "__main__":
    main()
