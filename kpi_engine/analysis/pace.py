"""Where a running month will end: its days so far, weighed against what its own history leads us to expect.

The rest of the month is its remaining working days times a daily rate. That rate lies between the rate to
date and a prior rate, the nearer to the first the more days are over and the steadier the days are. Every
variance is measured in the company's own earlier months, each cut after as many working days as the running
one: how far the two parts of a month differ, how far a month differs from its prior, and how far this very
forecast was off. Measured in benchmarks/landing.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean, median

from kpi_engine.domain.metrics import Direction

HISTORY = 6
"""With fewer earlier months the rate to date is carried on."""

_USUAL = 0.15
"""How far a month differs from its prior where little is known: a standard deviation of its logarithm."""
_USUAL_MONTHS = 6
"""As many months as that assumption counts for."""
_LEAST = 0.03
_SEASON_FLOOR, _SEASON = 0.25, 0.02
"""How much a season is shrunk: see `_shrinkage`."""
_DAYS_A_MONTH = 21
_YEAR = 12
_RUSH = 24
"""Months that tell whether their last days bring more than their first ones."""
_POISSON_MONTHS = 4
"""As many months as the variance of independent events counts for, where events are counted."""
_AMOUNT_MONTHS = 3
"""With fewer cut months a day of an amount is assumed to differ by as much as its mean."""
_CALIBRATING = 10
"""As many months as the model's own variance counts for beside that of its past errors."""
_FARTHEST = 9.0
"""The largest square of a standardised error, so that one odd month doesn't widen every band."""
_WIDENED = 1.1
"""The parameters are estimates too; 1.1 brings the band to 80 % in the back-test."""
_STEADY, _SURPRISING = 0.02, 12.0
"""A new level: the rate to date is as sure as the first (a variance), and as far off as the second (in
variances).
"""
_SMALLEST, _LARGEST = 1e-9, 1e60
_NORMAL = NormalDist()
_BAND = _NORMAL.inv_cdf(0.9)
"""80 % of the ends lie within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class PastMonth:
    """An earlier month, cut after as many working days as the running one.

    `month` is 1 to 12. `first` is its total over its first `days` working days (and the free days between),
    `rest` that over its other `days_left`. Days without data aren't counted.
    """

    month: int
    first: float
    days: int
    rest: float
    days_left: int

    @property
    def rate(self) -> float:
        """Its total a working day; 0 without any."""
        days = self.days + self.days_left
        return (self.first + self.rest) / days if days else 0.0


@dataclass(frozen=True, slots=True)
class RunningMonth:
    """The running month: its total `to_date` over `days` working days with data; `days_left` remain."""

    month: int
    to_date: float
    days: int
    days_left: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a running month is expected to end; `low` and `high` bound 80 % of the likely ends.

    `deviation` is the standard deviation of the end. `is_plain`: the history is too short, so that the rate
    to date is carried on. `is_count`: the end is a whole number.
    """

    to_date: float
    expected: float
    deviation: float
    is_plain: bool
    is_count: bool

    @property
    def low(self) -> float:
        """One end in ten is lower."""
        return self._bound(-_BAND)

    @property
    def high(self) -> float:
        """One end in ten is higher."""
        return self._bound(_BAND)

    def chance(self, target: float, better: Direction) -> float:
        """Return how likely the end is at least the target, or at most, where lower is better (0 to 1)."""
        if not self.deviation:
            return float(self.expected <= target if better == "down" else self.expected >= target)
        step = 0.5 if self.is_count else 0.0
        if better == "down":
            return 1.0 - self._above(target + step)
        return self._above(target - step)

    def _bound(self, deviations: float) -> float:
        rest = self.expected - self.to_date
        if rest > 0 and self.deviation:
            end = self.to_date + _gamma_quantile(rest, self.deviation, deviations)
        else:
            end = self.expected + deviations * self.deviation
        if self.is_count and self.deviation:
            end = float(round(end))
        return min(end, self.expected) if deviations < 0 else max(end, self.expected)

    def _above(self, end: float) -> float:
        """Return how likely the end is `end` or more."""
        rest, needed = self.expected - self.to_date, end - self.to_date
        if rest <= 0:
            return 1.0 - _NORMAL.cdf((end - self.expected) / self.deviation)
        return 1.0 if needed <= 0 else 1.0 - _gamma_cdf(rest, self.deviation, needed)


def forecast(
    now: RunningMonth,
    past: Sequence[PastMonth],
    *,
    is_count: bool = False,
    season: Mapping[int, float] | None = None,
) -> Forecast | None:
    """Return where a running month is expected to end; None without a day or a history to tell it from.

    `past` are the months before it, oldest first. Months before the first one that isn't zero don't count.
    `season` has the logarithm of each month's season where it is known from a larger whole (`seasons`);
    else it is told from `past`.
    """
    if not now.days_left:
        return Forecast(now.to_date, now.to_date, 0.0, is_plain=False, is_count=is_count)
    now = replace(now, to_date=_plain_number(now.to_date))
    known = _begun(past)
    if len(known) < HISTORY or not any(entry.first or entry.rest for entry in known[-HISTORY:]):
        return _carried_on(now, known, is_count=is_count)
    signed = any(entry.rate < 0 for entry in known)
    model = _Signed(known) if signed else _Positive(known, is_count=is_count, season=season)
    rate, variance = model.rest(model.prior(len(known), now.month), now)
    variance *= _WIDENED**2 * _calibration(model, known)
    return Forecast(
        now.to_date,
        now.to_date + now.days_left * rate,
        now.days_left * math.sqrt(variance),
        is_plain=False,
        is_count=is_count,
    )


def seasons(past: Sequence[PastMonth]) -> Mapping[int, float]:
    """Return the logarithm of each month's season: how it stands to the six before it, by month (1 to 12)."""
    known = _begun(past)
    if len(known) <= HISTORY or any(entry.rate < 0 for entry in known):
        return {}
    model = _Positive(known, is_count=False, season=None)
    return {month: model.season(len(known), month) for month in {entry.month for entry in known}}


def _begun(past: Sequence[PastMonth]) -> Sequence[PastMonth]:
    """Return the months that have days, from the first one in which anything happened."""
    known = [
        replace(entry, first=_plain_number(entry.first), rest=_plain_number(entry.rest))
        for entry in past
        if entry.days + entry.days_left
    ]
    first = next((place for place, entry in enumerate(known) if entry.first or entry.rest), len(known))
    return known[first:]


def _plain_number(value: float) -> float:
    """Return a number whose squares and quotients are finite: nearly nothing is nothing."""
    return 0.0 if abs(value) < _SMALLEST else min(max(value, -_LARGEST), _LARGEST)


def _carried_on(now: RunningMonth, known: Sequence[PastMonth], *, is_count: bool) -> Forecast | None:
    """Return the plain forecast: the rate to date for every remaining day."""
    if not now.days:
        return None
    rate = now.to_date / now.days
    noise = _noise(known, 0.0, 1.0 / rate if is_count and rate > 0 else None)
    variance = rate**2 * noise * (1 / now.days + 1 / now.days_left)
    return Forecast(
        now.to_date,
        now.to_date + now.days_left * rate,
        now.days_left * _WIDENED * math.sqrt(variance),
        is_plain=True,
        is_count=is_count,
    )


# the two models: what is positive is judged by ratios, what can be a loss by differences


class _Positive:
    """Rates above zero: seasons, growth and errors are ratios."""

    def __init__(
        self, known: Sequence[PastMonth], *, is_count: bool, season: Mapping[int, float] | None
    ) -> None:
        self._known = known
        self._given = season
        rates = [entry.rate for entry in known]
        self._base = {i: _level(rates[i - HISTORY : i]) for i in range(HISTORY, len(rates) + 1)}
        self._jumps = {
            i: math.log(rates[i] / self._base[i])
            for i in range(HISTORY, len(rates))
            if rates[i] > 0 and self._base[i] > 0
        }
        self._shrinking = _shrinkage(known)
        rush = [
            math.log(entry.rest / entry.days_left / (entry.first / entry.days))
            for entry in known[-_RUSH:]
            if entry.days and entry.days_left and entry.first > 0 and entry.rest > 0
        ]
        self._rush = math.exp(_distinct_mean(rush))
        level = self._base[len(known)]
        self._noise = _noise(known, math.log(self._rush), 1.0 / level if is_count and level > 0 else None)
        self._drift = self._drift_of(rates)

    def _drift_of(self, rates: Sequence[float]) -> float:
        """Return the variance of a month's rate around its prior, beyond that of its days."""
        squares = []
        for i in range(HISTORY, len(rates)):
            prior = self.prior(i, self._known[i].month)
            if prior > 0:
                error = math.log(rates[i] / prior) if rates[i] > 0 else -1.0
                days = self._known[i].days + self._known[i].days_left
                squares.append(min(error**2, 4.0) - self._noise / days)
        assumed = _USUAL**2 * _USUAL_MONTHS
        return max((assumed + sum(squares)) / (_USUAL_MONTHS + len(squares)), _LEAST**2)

    def season(self, i: int, month: int) -> float:
        """Return the logarithm of a month's season by the months before place `i`.

        The mean of its ratios to the six months before it, shrunk towards what all months have in common:
        growth.
        """
        if self._given is not None:
            return self._given.get(month, 0.0)
        earlier = [jump for j, jump in self._jumps.items() if j < i]
        same = [jump for j, jump in self._jumps.items() if j < i and self._known[j].month == month]
        growth = _distinct_mean(earlier[-_YEAR:])
        return (sum(same) + self._shrinking * growth) / (len(same) + self._shrinking)

    def prior(self, i: int, month: int) -> float:
        """Return the daily rate that the months before place `i` lead us to expect."""
        return self._base[i] * math.exp(self.season(i, month))

    def rest(self, prior: float, now: RunningMonth) -> tuple[float, float]:
        """Return the daily rate of the remaining days and its variance."""
        days, left = now.days, now.days_left
        expected = prior * self._rush * (days + left) / (days + left * self._rush)
        seen = now.to_date / days * self._rush if days else 0.0
        weight = self._weight(seen, expected, days)
        if seen > 0 and expected > 0:
            rate = math.exp(weight * math.log(seen) + (1 - weight) * math.log(expected))
        else:
            rate = weight * seen + (1 - weight) * expected
        spread = weight * self._noise / days if days else self._drift
        return rate, max(rate, expected * _LEAST) ** 2 * (spread + self._noise / left)

    def _weight(self, seen: float, expected: float, days: int) -> float:
        """Return how much the rate to date counts beside the one that is expected.

        Where steady days contradict the history by far, this month is a new level and not the usual drift.
        """
        if not days:
            return 0.0
        noise, drift = self._noise / days, self._drift
        if seen > 0 and expected > 0 and noise < _STEADY:
            surprise = math.log(seen / expected) ** 2
            if surprise > _SURPRISING * (drift + noise):
                drift = (surprise - noise) / 2
        return drift / (drift + noise)


class _Signed:
    """Rates that are at times below zero: everything is a difference, in units of their usual size."""

    def __init__(self, known: Sequence[PastMonth]) -> None:
        rates = [entry.rate for entry in known]
        self._base = {i: median(rates[i - HISTORY : i]) for i in range(HISTORY, len(rates) + 1)}
        self._size = fmean(map(abs, rates)) or 1.0
        cut = [
            ((entry.first / entry.days - entry.rest / entry.days_left) / self._size) ** 2
            / (1 / entry.days + 1 / entry.days_left)
            for entry in known
            if entry.days and entry.days_left
        ]
        self._noise = fmean(cut) if cut else 1.0
        squares = [
            ((rates[i] - self._base[i]) / self._size) ** 2
            - self._noise / (known[i].days + known[i].days_left)
            for i in range(HISTORY, len(rates))
        ]
        assumed = _USUAL**2 * _USUAL_MONTHS
        self._drift = max((assumed + sum(squares)) / (_USUAL_MONTHS + len(squares)), _LEAST**2)

    def prior(self, i: int, month: int) -> float:  # noqa: ARG002 - one sign's ratio is no other's
        """Return the median daily rate of the six months before place `i`."""
        return self._base[i]

    def rest(self, prior: float, now: RunningMonth) -> tuple[float, float]:
        """Return the daily rate of the remaining days and its variance."""
        weight = self._drift / (self._drift + self._noise / now.days) if now.days else 0.0
        seen = now.to_date / now.days if now.days else 0.0
        spread = weight * self._noise / now.days if now.days else self._drift
        return (
            weight * seen + (1 - weight) * prior,
            self._size**2 * (spread + self._noise / now.days_left),
        )


def _calibration(model: _Positive | _Signed, known: Sequence[PastMonth]) -> float:
    """Return by how much the errors of the same forecast in earlier months exceed its variance."""
    squares = []
    for i in range(HISTORY, len(known)):
        entry = known[i]
        if not entry.days_left:
            continue
        then = RunningMonth(entry.month, entry.first, entry.days, entry.days_left)
        rate, variance = model.rest(model.prior(i, entry.month), then)
        if variance > 0:
            squares.append(min((entry.rest / entry.days_left - rate) ** 2 / variance, _FARTHEST))
    return (_CALIBRATING + sum(squares)) / (_CALIBRATING + len(squares))


def _noise(known: Sequence[PastMonth], rush: float, independent: float | None) -> float:
    """Return the variance of one working day, as a part of its mean squared.

    Estimated by how far the rates of the two parts of each month differ, apart from what its last days
    always bring (`rush`, a logarithm). `independent` is that of independent events, where events are
    counted: the estimate is shrunk towards it, so that a few months that happen to be even don't count.
    """
    more = math.exp(rush)
    squares = [
        ((entry.first * more / entry.days - entry.rest / entry.days_left) / level) ** 2
        / (1 / entry.days + 1 / entry.days_left)
        for entry in known
        if entry.days
        and entry.days_left
        and (level := (entry.first * more + entry.rest) / (entry.days + entry.days_left)) > 0
    ]
    if independent is not None:
        found = (sum(squares) + _POISSON_MONTHS * independent) / (len(squares) + _POISSON_MONTHS)
    else:
        assumed = max(0, _AMOUNT_MONTHS - len(squares))
        found = (sum(squares) + assumed) / (len(squares) + assumed)
    return max(found, 1e-6)


def _shrinkage(known: Sequence[PastMonth]) -> float:
    """Return as how many years without a season a month counts: the more, the noisier its months are."""
    return _SEASON_FLOOR + _noise(known, 0.0, None) / _DAYS_A_MONTH / _SEASON


def _level(rates: Sequence[float]) -> float:
    """Return the median of some rates, or where most are zero their mean."""
    return median(rates) or fmean(rates)


def _distinct_mean(values: Sequence[float]) -> float:
    """Return a mean as far as it is distinct from zero (a positive-part James-Stein estimate)."""
    if len(values) < HISTORY:
        return 0.0
    mean = fmean(values)
    error = sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)
    return mean * max(0.0, 1.0 - 2.0 * error / mean**2) if mean else 0.0


# a sum of positive amounts is skewed: a gamma distribution, by Wilson and Hilferty's cube root (1931)


def _gamma_quantile(mean: float, deviation: float, deviations: float) -> float:
    part = (deviation / mean) ** 2 / 9
    return float(mean * max(0.0, 1 - part + deviations * math.sqrt(part)) ** 3)


def _gamma_cdf(mean: float, deviation: float, value: float) -> float:
    part = (deviation / mean) ** 2 / 9
    return _NORMAL.cdf((math.cbrt(value / mean) - 1 + part) / math.sqrt(part))
