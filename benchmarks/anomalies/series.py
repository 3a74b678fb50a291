"""Series to judge: generated ones, and files of real ones."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kpi_engine.analysis.anomalies import Kind, PeriodName

SEASON: dict[PeriodName, int] = {"month": 12, "week": 52}
LENGTHS: dict[PeriodName, tuple[int, ...]] = {
    "month": (12, 18, 24, 36, 48, 60),
    "week": (12, 16, 26, 39, 52, 60),
}
DENOMINATORS = (20, 50, 120, 400, 1500)


@dataclass(frozen=True, slots=True)
class Case:
    """A series whose last value is judged. `departure` is what was put into it, empty where it is clean.

    `true_rate` is the rate behind a generated rate, without what was put into it, and `true_spread` how much
    it varies between periods (the correlation of two cases of one period).
    """

    values: Sequence[float | None]
    period: PeriodName
    kind: Kind
    denominators: Sequence[float] | None = None
    departure: str = ""
    source: str = ""
    true_rate: float | None = None
    true_spread: float = 0.0


def clean_series(random: np.random.Generator, length: int, period: PeriodName, kind: Kind) -> Case:
    """Return a series in which nothing happens: a level that may drift, a season, and its own noise."""
    if kind == "rate":
        return clean_rate(random, length, period, float(random.choice(DENOMINATORS)))
    season, place = SEASON[period], np.arange(length)
    log_level = np.cumsum(random.normal(0, random.choice([0, 0, 0.02, 0.06]), length))
    log_level += random.choice([0, 0, 0.005, -0.005]) * place
    log_level += _season(random, length, season)
    if kind == "count":
        mean = np.exp(log_level - log_level.mean()) * math.exp(random.uniform(math.log(5), math.log(3000)))
        spread = random.choice([0, 0, 0.05, 0.15])
        rates = mean * random.gamma(1 / spread**2, spread**2, length) if spread else mean
        return Case([float(count) for count in random.poisson(rates)], period, kind, source="generated")
    orders = random.poisson(np.exp(log_level) * math.exp(random.uniform(math.log(15), math.log(2000))))
    if random.random() < 0.5:  # a sum of orders, each a few hundred
        cv = random.uniform(0.4, 1.2)
        values = [float(random.gamma(count / cv**2, 250 * cv**2)) if count else 0.0 for count in orders]
    else:
        noise = random.choice([0.03, 0.08, 0.2]) * random.standard_t(random.choice([5, 30]), length)
        values = [float(value) for value in 10_000 * np.exp(log_level + noise)]
    return Case(values, period, kind, source="generated")


def counting_series(random: np.random.Generator, length: int, period: PeriodName) -> Case:
    """Return clean counts whose noise is that of counting alone."""
    mean = math.exp(random.uniform(math.log(12), math.log(1500)))
    log_level = np.zeros(length)
    if random.random() < 0.3:
        log_level += np.cumsum(random.normal(0, 0.02, length)) + _season(random, length, SEASON[period])
    counts = random.poisson(mean * np.exp(log_level))
    return Case([float(count) for count in counts], period, "count", source="generated")


def clean_rate(random: np.random.Generator, length: int, period: PeriodName, size: float) -> Case:
    """Return a rate over denominators around a size, with some spread and drift between periods."""
    log_odds = math.log(random.uniform(0.05, 0.6) / 0.6) + np.cumsum(
        random.normal(0, random.choice([0, 0, 0.03]), length)
    )
    rate = np.clip(1 / (1 + np.exp(-log_odds)), 0.005, 0.98)
    sizes = np.maximum(8, random.poisson(size * random.gamma(20, 1 / 20, length)))
    spread = random.choice([0, 0, 0.002, 0.006])
    drawn = rate if not spread else random.beta(rate * (1 / spread - 1), (1 - rate) * (1 / spread - 1))
    counts = random.binomial(sizes, drawn)
    return Case(
        values=[float(rate) for rate in counts / sizes],
        period=period,
        kind="rate",
        denominators=[float(size) for size in sizes],
        source=f"about {size:.0f}",
        true_rate=float(rate[-1]),
        true_spread=float(spread),
    )


def clean_score(random: np.random.Generator, length: int, period: PeriodName, size: float) -> Case:
    """Return a Net Promoter Score over numbers of answers around a size."""
    shares = random.dirichlet([4, 3, 2])
    sizes = np.maximum(8, random.poisson(size, length))
    counts = np.array([random.multinomial(count, shares) for count in sizes])
    scores = 100 * (counts[:, 0] - counts[:, 2]) / sizes
    return Case(
        [float(score) for score in scores],
        period,
        "score",
        [float(count) for count in sizes],
        source="generated",
    )


def _season(random: np.random.Generator, length: int, season: int) -> np.ndarray:
    place = np.arange(length)
    match random.integers(4):
        case 0 | 1:
            return np.zeros(length)
        case 2:
            turn = 2 * np.pi * (place / season + random.random())
            return np.asarray(random.uniform(0.05, 0.4) * np.sin(turn))
        case _:
            own = random.normal(0, random.uniform(0.05, 0.3), season)
            return np.asarray(own[place % season])


def with_departure(random: np.random.Generator, case: Case, departure: str) -> Case:
    """Return a series with a departure in its last values, in units of its own robust noise.

    `spike_up`, `spike_down`: the last value; `shift3`: the last three; `ramp6`: growing over the last six;
    `partial`: a part of a load; `zero`: none of it. Rates change by an odds ratio of 1.5 to 4.
    """
    if case.kind == "rate":
        return _changed_rate(random, case, departure)
    values = np.array([0.0 if value is None else value for value in case.values])
    logs = np.log(values + 0.05 * np.median(values) + 0.5 * (case.kind == "count"))
    steps = np.diff(logs)
    noise = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / math.sqrt(2)
    size = float(random.choice([2, 3, 4, 6])) * max(noise, 0.01) * (1 if random.random() < 0.5 else -1)
    match departure:
        case "spike_up":
            values[-1] *= math.exp(abs(size))
        case "spike_down":
            values[-1] *= math.exp(-abs(size))
        case "shift3":
            values[-3:] *= math.exp(size)
        case "ramp6":
            values[-6:] *= np.exp(size * np.arange(1, 7) / 6)
        case "partial":
            values[-1] *= random.uniform(0.3, 0.85)
        case "zero":
            values[-1] = 0.0
    changed = np.round(values) if case.kind == "count" else values
    return replace(case, values=[float(value) for value in changed], departure=departure)


def _changed_rate(random: np.random.Generator, case: Case, departure: str) -> Case:
    """Return a rate whose last counts are drawn anew at other odds."""
    sizes, rate = np.array(case.denominators), case.true_rate or 0.0
    values = np.array(case.values, float)
    ratio = math.log(random.choice([1.5, 2, 3, 4])) * (-1 if departure == "spike_down" else 1)
    changed = 1 / (1 + math.exp(-(math.log(rate / (1 - rate)) + ratio)))
    newest = 3 if departure == "shift3" else 1
    values[-newest:] = random.binomial(sizes[-newest:].astype(int), changed) / sizes[-newest:]
    return replace(case, values=[float(value) for value in values], departure=departure)


def read_series(folder: Path) -> Iterator[Case]:
    """Yield the series of a folder of `*.jsonl.gz` files.

    Each line is an object with values, period, kind, denominators, label (1 where something was put in), what
    and source.
    """
    names = {"trend6": "ramp6"}
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                what = str(entry["what"]) if entry["label"] else ""
                yield Case(
                    values=entry["values"],
                    period=entry["period"],
                    kind=entry["kind"],
                    denominators=entry["denominators"],
                    departure=names.get(what, what),
                    source=entry["source"],
                )


def half_of(case: Case) -> int:
    """Return in which half of the sources a real series is, 0 or 1."""
    return hashlib.sha256(case.source.encode()).digest()[0] % 2
