"""Measure the null: the quantiles of evidence on clean series, written into the product.

The series are generated; where a folder of real ones is given, windows of its clean ones are among them, in
their own number: they outnumber the generated ones, because what happens in the world has longer tails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, product
from pathlib import Path

import numpy as np

from benchmarks.anomalies.series import (
    DENOMINATORS,
    Case,
    clean_rate,
    clean_score,
    clean_series,
    counting_series,
    half_of,
    read_series,
)
from kpi_engine.analysis.anomalies import PeriodName
from kpi_engine.analysis.usual_range.bank import Array
from kpi_engine.analysis.usual_range.level_series import level_series, together
from kpi_engine.analysis.usual_range.scores import score_evidence
from kpi_engine.analysis.usual_range.shares import share_evidence
from kpi_engine.analysis.usual_range.working_scale import working_scale

LENGTHS = (9, 12, 15, 18, 24, 30, 37, 48)
"""Longer series have the quantiles of the last of these, whose real windows are up to a quarter longer."""
PROBABILITIES = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005)
_JUMPED = 1 / 3
"""The part of the series that count as having jumped before."""
_WINDOWS = 4
"""Windows of one length that are taken of a real series."""
_PERIODS: tuple[PeriodName, ...] = ("month", "week")
_TARGET = Path(__file__).parents[2] / "kpi_engine/analysis/usual_range/quantiles.py"


def calibrate(count: int, folder: Path | None, without: int | None = None) -> None:
    """Write the quantiles of `count` clean series of each length, and of real ones in a folder.

    `without` leaves out a half of the real sources (see half_of), to measure on it.
    """
    random = np.random.default_rng(20261130)
    real = [case for case in read_series(folder) if not case.departure] if folder else []
    real = [case for case in real if half_of(case) != without]
    tables: dict[str, list[Array]] = {}
    jumps: dict[str, Array] = {}
    for period in _PERIODS:
        own = [case for case in real if case.period == period]
        samples = [
            _sample(chain(_generated(random, length, period, count), _windows(own, length)))
            for length in LENGTHS
        ]
        jumps[period] = np.array([np.quantile(errors, 1 - _JUMPED) for _, errors in samples])
        for name, wants_jump in ((period, False), (f"{period} jumped", True)):
            tables[name] = [
                factors[(errors > limit) == wants_jump]
                for (factors, errors), limit in zip(samples, jumps[period], strict=True)
            ]
        tables[f"{period} counts"] = [
            _sample(counting_series(random, length, period) for _ in range(4 * count))[0]
            for length in LENGTHS
        ]
    tables["share"] = [np.array(list(_ratios(random, 8 * count)))]
    _TARGET.write_text(_module(tables, jumps, len(real)), encoding="utf-8")


def _generated(random: np.random.Generator, length: int, period: PeriodName, count: int) -> Iterator[Case]:
    for place in range(count):
        yield clean_series(random, length, period, "amount" if place % 2 else "count")


def _windows(cases: Sequence[Case], length: int) -> Iterator[Case]:
    """Yield windows of real series, of those that are long enough."""
    lengths = (length,) if length < LENGTHS[-1] else (length, length * 9 // 8, length * 5 // 4)
    for case, long in product(cases, lengths):
        ends = range(len(case.values), long - 1, -max(1, (len(case.values) - long) // _WINDOWS))
        for end in islice(ends, _WINDOWS):
            yield Case(case.values[end - long : end], case.period, case.kind)


def _sample(cases: Iterable[Case]) -> tuple[Array, Array]:
    """Return the evidence of a departure in each series, and its largest earlier error."""
    found = [measured for case in cases if (measured := _measured(case)) is not None]
    return np.array([factor for factor, _ in found]), np.array([error for _, error in found])


def _measured(case: Case) -> tuple[float, float] | None:
    """Return both for a series, None for one with missing values or one that stands still."""
    values = np.array(case.values, float)
    if not np.isfinite(values).all():
        return None
    scale = working_scale(values, case.kind)
    worked = scale.to(values)
    if np.ptp(worked[:-1]) == 0:
        return None
    found = level_series(worked, case.period, scale.floor)
    return float(together(found.evidence(worked[-1:]))[0]), found.largest_error


def _ratios(random: np.random.Generator, count: int) -> Iterator[float]:
    for place in range(count):
        size, length = DENOMINATORS[place % len(DENOMINATORS)], int(random.integers(12, 61))
        if place % 3:
            case = clean_rate(random, length, "month", size)
            yield share_evidence(np.array(case.values, float), np.array(case.denominators))
        else:
            case = clean_score(random, length, "month", size)
            yield score_evidence(np.array(case.values, float), np.array(case.denominators))


def _smoothed(rows: Sequence[Array]) -> Array:
    """Return quantiles of each length, averaged with those of its neighbours."""
    table = np.array([np.quantile(row, 1 - np.array(PROBABILITIES)) for row in rows])
    if len(table) == 1:
        return table
    padded = np.concatenate([table[:1], table, table[-1:]])
    return np.asarray(0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:])


def _tail(rows: Sequence[Array], table: Array) -> float:
    """Return by how much the log of the p-value falls with each unit beyond the last quantile."""
    beyond = np.concatenate([row[row > edge[-1]] - edge[-1] for row, edge in zip(rows, table, strict=True)])
    return float(1 / beyond.mean())


def _module(tables: Mapping[str, list[Array]], jumps: Mapping[str, Array], real: int) -> str:
    made = {name: _smoothed(rows) for name, rows in tables.items()}
    lines = [
        '"""Upper quantiles of the log Bayes factors of clean series, by length and probability.',
        "",
        "Written by `python -m benchmarks.anomalies calibrate`"
        + (f"; windows of {real} real series are among them." if real else "."),
        '"""',
        "",
        "from __future__ import annotations",
        "",
        f"LENGTHS = {LENGTHS}",
        f"PROBABILITIES = {PROBABILITIES}",
        '"""Of the upper tail."""',
        "JUMPS: dict[str, tuple[float, ...]] = {",
        *(f'    "{name}": ({", ".join(f"{value:.2f}" for value in row)}),' for name, row in jumps.items()),
        "}",
        '"""By length: the largest earlier error, in root mean squares, above which a series has jumped."""',
        "FACTORS: dict[str, tuple[tuple[float, ...], ...]] = {",
    ]
    for name, table in made.items():
        rows = "".join(f"        ({', '.join(f'{value:.2f}' for value in row)}),\n" for row in table)
        lines.append(f'    "{name}": (\n{rows}    ),')
    lines += ["}", "TAILS: dict[str, float] = {"]
    lines += [f'    "{name}": {_tail(tables[name], table):.2f},' for name, table in made.items()]
    return "\n".join([*lines, "}", ""])
