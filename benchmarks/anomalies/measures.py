"""What is measured of a method: false alarms, what it finds at the same number of them, and its time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.anomalies.methods import METHODS, known_rate, limit
from benchmarks.anomalies.series import (
    DENOMINATORS,
    LENGTHS,
    Case,
    clean_rate,
    clean_score,
    clean_series,
    counting_series,
    with_departure,
)
from kpi_engine.analysis.anomalies import Kind, PeriodName, detect
from kpi_engine.analysis.false_discovery import q_values
from kpi_engine.analysis.ranking import leaderboard

ALPHAS = (0.05, 0.01)
_FALSE_DISCOVERIES = 0.10
_DEPARTURES = ("spike_up", "spike_down", "partial", "shift3", "ramp6", "zero")
_ODDS_CHANGES = ("spike_up", "spike_down")


@dataclass(frozen=True, slots=True)
class Family:
    """Clean series of one sort, and those with a departure."""

    name: str
    clean: Sequence[Case]
    changed: Sequence[Case]


def generated(count: int, seed: int) -> Iterator[Family]:
    """Yield generated months, weeks and rates: `count` clean series of each, and as many with a departure."""
    random = np.random.default_rng(seed)
    for period in ("month", "week"):
        kinds: tuple[Kind, ...] = ("count", "amount")
        clean = [_one(random, period, kinds[place % 2], place) for place in range(count)]
        base = [_one(random, period, kinds[place % 2], place) for place in range(count)]
        changed = [
            with_departure(random, case, _DEPARTURES[place % (len(_DEPARTURES) - (place % 12 > 5))])
            for place, case in enumerate(base)
        ]
        yield Family(f"{period}s", clean, changed)
    rates = [_rate(random, place) for place in range(2 * count)]
    changed_rates = [
        with_departure(random, case, _ODDS_CHANGES[place % 2]) for place, case in enumerate(rates[count:])
    ]
    yield Family("rates", rates[:count], changed_rates)


def _one(random: np.random.Generator, period: PeriodName, kind: Kind, place: int) -> Case:
    lengths = LENGTHS[period]
    return clean_series(random, lengths[place % len(lengths)], period, kind)


def _rate(random: np.random.Generator, place: int) -> Case:
    length = LENGTHS["month"][place % len(LENGTHS["month"])]
    return clean_rate(random, length, "month", DENOMINATORS[place % len(DENOMINATORS)])


def grouped(cases: Sequence[Case]) -> Iterator[Family]:
    """Yield real series as months and weeks."""
    for period in ("month", "week"):
        own = [case for case in cases if case.period == period]
        clean = [case for case in own if not case.departure]
        if clean:
            yield Family(f"{period}s", clean, [case for case in own if case.departure])


@dataclass(frozen=True, slots=True)
class Found:
    """How a method did in a family.

    `own`: the false alarms at its own limit; `found`: what it detects at 5 and 1 % of false alarms; `by`: the
    same at 5 % by departure.
    """

    own: float
    found: tuple[float, float]
    by: Mapping[str, float]


def found(family: Family, name: str) -> Found:
    """Measure a method in a family."""
    method = METHODS.get(name, known_rate)
    clean = np.array([method(case) for case in family.clean])
    changed = np.array([method(case) for case in family.changed])
    what = np.array([case.departure for case in family.changed])
    limits = [float(np.quantile(clean, 1 - alpha)) for alpha in ALPHAS]
    return Found(
        own=float((clean >= limit(name)).mean()),
        found=(float((changed > limits[0]).mean()), float((changed > limits[1]).mean())),
        by={str(entry): float((changed[what == entry] > limits[0]).mean()) for entry in dict.fromkeys(what)},
    )


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """False alarms at nominal 5 and 1 %, of so many clean series of one sort."""

    name: str
    count: int
    rates: tuple[float, float]


def false_alarms(count: int, seed: int) -> Iterator[FalseAlarms]:
    """Yield the product's false alarms in generated series, by length and by size."""
    random = np.random.default_rng(seed)
    for period in ("month", "week"):
        for length in LENGTHS[period]:
            cases = [clean_series(random, length, period, "amount") for _ in range(count)]
            yield alarms_of(f"{period}s, amounts, {length} points", cases)
        for length in LENGTHS[period]:
            cases = [counting_series(random, length, period) for _ in range(count)]
            yield alarms_of(f"{period}s, pure counts, {length} points", cases)
    for size in (2, 5, 10):
        cases = [_few(random, size) for _ in range(count)]
        yield alarms_of(f"about {size} a month", cases)
    for denominator in DENOMINATORS:
        cases = [clean_rate(random, int(random.integers(12, 61)), "month", denominator) for _ in range(count)]
        yield alarms_of(f"rates of about {denominator}", cases)
    for answers in (20, 50, 150):
        cases = [clean_score(random, int(random.integers(12, 61)), "month", answers) for _ in range(count)]
        yield alarms_of(f"scores of about {answers} answers", cases)


def alarms_of(name: str, cases: Sequence[Case]) -> FalseAlarms:
    """Return the product's false alarms in clean series."""
    p_values = _p_values(cases)
    return FalseAlarms(
        name, len(cases), (float((p_values <= ALPHAS[0]).mean()), float((p_values <= ALPHAS[1]).mean()))
    )


def _few(random: np.random.Generator, mean: float) -> Case:
    counts = random.poisson(mean, int(random.integers(12, 61)))
    return Case([float(count) for count in counts], "month", "count")


@dataclass(frozen=True, slots=True)
class Scanned:
    """Of scans of many series: the mean part of false ones among those flagged, and of changed ones found."""

    false_discoveries: float
    power: float


def scanned(family: Family, scans: int, seed: int, size: int = 300, changed: int = 30) -> Scanned:
    """Measure scans of `size` series, of which some are changed; each series is judged once for all."""
    random = np.random.default_rng(seed)
    clean, other = _p_values(family.clean), _p_values(family.changed)
    wrong, right = [], []
    for _ in range(scans):
        drawn = np.concatenate([random.choice(clean, size - changed), random.choice(other, changed)])
        flags = np.array(q_values(drawn.tolist())) <= _FALSE_DISCOVERIES
        wrong.append(flags[: size - changed].sum() / max(flags.sum(), 1))
        right.append(flags[size - changed :].mean())
    return Scanned(float(np.mean(wrong)), float(np.mean(right)))


def _p_values(cases: Sequence[Case]) -> np.ndarray:
    return np.array(
        [detect(case.values, case.period, case.kind, case.denominators)["p_value"] for case in cases]
    )


def flagged_boards(count: int, seed: int) -> Iterator[tuple[int, float, float]]:
    """Yield, by number of reps, the part of boards of equals with a flag: alike, and with natural spread."""
    random = np.random.default_rng(seed)
    for reps in (10, 30, 100, 500):
        parts = []
        for spread in (0.0, 0.01):
            flagged = 0
            for _ in range(count):
                sizes = random.integers(20, 200, reps)
                rate = (
                    0.25
                    if not spread
                    else random.beta(0.25 * (1 / spread - 1), 0.75 * (1 / spread - 1), reps)
                )
                wins = random.binomial(sizes, rate)
                board = leaderboard([float(won) for won in wins], [float(size) for size in sizes], "rate")
                flagged += any(entry["is_anomaly"] for entry in board)
            parts.append(flagged / count)
        yield reps, parts[0], parts[1]


def milliseconds(cases: Sequence[Case]) -> float:
    """Return how long the product takes for a series, in milliseconds of CPU, with its banks built."""
    for case in cases:
        detect(case.values, case.period, case.kind, case.denominators)
    started = time.process_time()
    for case in cases:
        detect(case.values, case.period, case.kind, case.denominators)
    return (time.process_time() - started) / len(cases) * 1000
