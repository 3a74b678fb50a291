"""How often evidence of some strength comes up where nothing happens, as p-values.

A Bayes factor of models that are never quite true has no p-value of its own. So it is ranked among the
factors of clean series, by their length, by how much of their noise is that of counting alone, and by whether
they have jumped before: series that have will again, and a long tail for all of them would hide the others'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kpi_engine.analysis.usual_range.bank import Array
from kpi_engine.analysis.usual_range.judgement import PeriodName
from kpi_engine.analysis.usual_range.level_series import LevelSeries
from kpi_engine.analysis.usual_range.quantiles import FACTORS, JUMPS, LENGTHS, PROBABILITIES, TAILS

_MOSTLY_FREE, _MOSTLY_COUNTING = 0.4, 0.8
"""Of the share of the noise that counting explains: between these the two nulls are blended."""


@dataclass(frozen=True, slots=True)
class Null:
    """The upper quantiles of log Bayes factors of clean series, (lengths, probabilities).

    Beyond the last one, the log of the p-value falls by `tail` with each unit.
    """

    quantiles: Array
    tail: float

    def p_value(self, factor: float, length: int = 0) -> float:
        """Return the p-value of a log Bayes factor."""
        return float(self.p_values(np.array([factor]), length)[0])

    def p_values(self, factors: Array, length: int = 0) -> Array:
        """Return the p-values of log Bayes factors of series of one length."""
        quantiles = self.at(length)
        logs = np.interp(factors, quantiles, -np.log(PROBABILITIES))
        logs += self.tail * np.maximum(0, factors - quantiles[-1]) + np.minimum(0, factors - quantiles[0])
        p_values: Array = np.exp(-np.maximum(logs, 0))
        return p_values

    def at(self, length: int) -> Array:
        """Return the quantiles of one length, between those of the lengths that were measured."""
        if len(self.quantiles) == 1:
            only: Array = self.quantiles[0]
            return only
        return np.array([np.interp(length, LENGTHS, column) for column in self.quantiles.T])


NULLS: Mapping[str, Null] = {name: Null(np.array(rows), TAILS[name]) for name, rows in FACTORS.items()}


def has_jumped(series: LevelSeries, period: PeriodName) -> bool:
    """Whether the largest earlier error of a series is among the largest third of those of its length."""
    return series.largest_error > float(np.interp(series.length, LENGTHS, JUMPS[period]))


def p_values_of(factors: Array, series: LevelSeries, period: PeriodName) -> Array:
    """Return the p-values of log Bayes factors of a series on a level."""
    share = (series.floor_share - _MOSTLY_FREE) / (_MOSTLY_COUNTING - _MOSTLY_FREE)
    counting = min(max(share, 0.0), 1.0)
    own = f"{period} jumped" if has_jumped(series, period) else period
    free = NULLS[own].p_values(factors, series.length)
    if counting == 0:
        return free
    counted = NULLS[f"{period} counts"].p_values(factors, series.length)
    blended: Array = free ** (1 - counting) * counted**counting
    return blended
