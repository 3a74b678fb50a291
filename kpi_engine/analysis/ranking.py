"""Who stands out among many members in one period, beyond chance and beyond how members usually differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kpi_engine.analysis.false_discovery import q_values

_FALSE_DISCOVERIES = 0.05
_FEWEST = 5
"""Fewer members than this don't show how members differ."""
_LARGEST = 1e12
"""Denominators and counts above this aren't counts of anything."""

_SPREADS = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.27, 0.35, 0.45, 0.6, 0.8, 1.1])
"""How far members may lie apart: standard deviations of the logits of their rates, for counts of the logs."""
_PRIOR = _SPREADS + 0.1
"""Larger spreads are believed a little more easily: too small a one raises false alarms."""

_STRAY = 0.05
"""The part of the members that may be anything, so that they don't widen what is usual for the others."""
_STRAY_SPREAD = 1.0
_HUBER = 1.5
_ROUNDS = 12

_STEPS = np.linspace(-8.0, 8.0, 81)
_FREEDOM = 12
"""The members' own rates have the tails of Student's t with so many degrees of freedom."""
_WEIGHTS = (1 + _STEPS**2 / (_FREEDOM - 2)) ** (-(_FREEDOM + 1) / 2)
_WEIGHTS /= _WEIGHTS.sum()
_LOGISTIC = 0.34584
"""(16 sqrt(3) / (15 pi))^2: Zeger, Liang and Albert (1988), "Models for longitudinal data"."""
_WORTH_A_LOOK = 0.3
"""Above this a p-value needs no better digits."""

Kind = Literal["rate", "count"]
_Numbers = NDArray[np.float64]


class Standing(TypedDict):
    """What `leaderboard` says of a member: whether it stands out, and to which side."""

    is_anomaly: bool
    direction: Literal["high", "low"] | None


def leaderboard(
    numerators: Sequence[float | None], denominators: Sequence[float | None] | None, kind: Kind
) -> list[Standing]:
    """Return for each member of one period whether it stands out; at most 5 % of those named are wrong.

    `kind` "rate": so many successes of so many trials. "count": so many events, `denominators` being what
    they are counted over (working days, customers), None where that is the same for all.

    Each member is judged by the others: by a beta-binomial (of counts a gamma-Poisson) distribution around a
    robust centre, averaged over how far the members' own rates may lie apart, as likely as the others make
    it. Benjamini and Hochberg's procedure holds all of them to one budget. Members without usable numbers,
    or without a denominator of their own, never stand out, nor does anyone among fewer than five.
    """
    over = [1.0] * len(numerators) if denominators is None else list(denominators)
    over = [*over, *[None] * len(numerators)][: len(numerators)]
    sides = [_usable(above, below, kind) for above, below in zip(numerators, over, strict=True)]
    known = [place for place, side in enumerate(sides) if side is not None]
    nobody: list[Standing] = [{"is_anomaly": False, "direction": None} for _ in sides]
    if len(known) < _FEWEST:
        return nobody
    counts, sizes = (np.array([side[part] for side in sides if side is not None]) for part in (0, 1))
    if not counts.any() or (kind == "rate" and (counts == sizes).all()):
        return nobody
    low, high = _tails(_board(counts, sizes, kind))
    rates = q_values(np.minimum(1.0, 2 * np.minimum(low, high)).tolist())
    for place, rate, is_high in zip(known, rates, (high < low).tolist(), strict=True):
        if rate <= _FALSE_DISCOVERIES:
            nobody[place] = {"is_anomaly": True, "direction": "high" if is_high else "low"}
    return nobody


def _usable(above: float | None, below: float | None, kind: Kind) -> tuple[float, float] | None:
    if above is None or below is None or not (isfinite(above) and isfinite(below)):
        return None
    is_count = 0 <= above <= _LARGEST and 0 < below <= _LARGEST
    return (float(above), float(below)) if is_count and (kind == "count" or above <= below) else None


@dataclass(frozen=True, slots=True)
class _Board:
    """What the others say of each member, for each of the spreads (rows) and members (columns).

    `centres` are the mean rates; `chances` how likely each spread is by the others; `shifts` how far the
    centre moves, on the scale of the spreads, without the member, and `spreads` the spread with the doubt
    about the centre.
    """

    counts: _Numbers
    sizes: _Numbers
    kind: Kind
    centres: _Numbers
    chances: _Numbers
    shifts: _Numbers
    spreads: _Numbers


def _board(counts: _Numbers, sizes: _Numbers, kind: Kind) -> _Board:
    found = [_centre(counts, sizes, kind, spread) for spread in _SPREADS]
    centres = np.array([centre for centre, _ in found])
    own = np.array([information for _, information in found])
    likely = np.array(
        [
            np.logaddexp(
                np.log1p(-_STRAY) + _log_chance(counts, sizes, kind, centre, spread),
                np.log(_STRAY) + _log_chance(counts, sizes, kind, centre, np.hypot(spread, _STRAY_SPREAD)),
            )
            for centre, spread in zip(centres, _SPREADS, strict=True)
        ]
    )
    by_others = likely.sum(axis=1, keepdims=True) - likely + np.log(_PRIOR)[:, None]
    chances = np.exp(by_others - by_others.max(axis=0))
    others = np.maximum(own.sum(axis=1, keepdims=True) - own, 1e-9)
    mean = centres[:, None]
    working = (counts - sizes * mean) / np.maximum(sizes * mean * _rest(mean, kind), 1e-12)
    return _Board(
        counts,
        sizes,
        kind,
        centres,
        chances / chances.sum(axis=0),
        np.clip(-own * working / others, -_STRAY_SPREAD, _STRAY_SPREAD),
        np.sqrt(_SPREADS[:, None] ** 2 + 1 / others),
    )


def _rest(rate: _Numbers | float, kind: Kind) -> _Numbers | float:
    """Return what a trial's variance is beside its rate: 1 - rate, and of events 1."""
    return 1 - rate if kind == "rate" else 1.0


def _centre(counts: _Numbers, sizes: _Numbers, kind: Kind, spread: float) -> tuple[float, _Numbers]:
    """Return the mean rate of members with such a spread, and how much each says of it.

    Huber's estimate: who is far from the others counts for less.
    """
    lowest = 0.25 / sizes.sum()
    highest = 1 - lowest if kind == "rate" else np.inf
    centre = float(np.clip(np.median(counts / sizes), lowest, highest))
    for _ in range(_ROUNDS):
        information = sizes * centre * _rest(centre, kind)
        beyond = 1 + information * spread**2
        distance = np.abs(counts - sizes * centre) / np.sqrt(information * beyond)
        trust = np.minimum(1.0, _HUBER / np.maximum(distance, 1e-12))
        weights = trust / beyond
        centre = float(np.clip(weights @ counts / (weights @ sizes), lowest, highest))
    return centre, trust * information / beyond


def _log_chance(counts: _Numbers, sizes: _Numbers, kind: Kind, centre: float, spread: float) -> _Numbers:
    """Return the logarithm of the chance of each count, beta-binomial or gamma-Poisson."""
    if kind == "count":
        mean = sizes * centre
        ways = -special.gammaln(counts + 1)
        if not spread:
            return np.asarray(ways + counts * np.log(mean) - mean)
        shape = 1 / spread**2
        gammas = special.gammaln(counts + shape) - special.gammaln(shape)
        powers = counts * np.log(mean / (mean + shape)) + shape * np.log(shape / (mean + shape))
        return np.asarray(ways + gammas + powers)
    ways = special.gammaln(sizes + 1) - special.gammaln(counts + 1) - special.gammaln(sizes - counts + 1)
    if not spread:
        return np.asarray(ways + counts * np.log(centre) + (sizes - counts) * np.log1p(-centre))
    trials = max(1 / (centre * (1 - centre) * spread**2) - 1, 0.1)
    ones, zeros = centre * trials, (1 - centre) * trials
    return np.asarray(
        ways + special.betaln(counts + ones, sizes - counts + zeros) - special.betaln(ones, zeros)
    )


def _tails(board: _Board) -> tuple[_Numbers, _Numbers]:
    """Return each member's chance of at most and of at least its count, judged by the others.

    First by the normal distribution; who is rare by that gets the exact chances.
    """
    mean = board.centres[:, None]
    information = np.maximum(board.sizes * mean * _rest(mean, board.kind), 1e-12)
    off = (board.counts - board.sizes * mean) / information - board.shifts
    scores = off / np.sqrt(1 / information + board.spreads**2)
    low = (board.chances * special.ndtr(scores)).sum(axis=0)
    high = (board.chances * special.ndtr(-scores)).sum(axis=0)
    rare = np.flatnonzero(2 * np.minimum(low, high) < _WORTH_A_LOOK)
    low, high = (np.maximum(side, _WORTH_A_LOOK / 2) for side in (low, high))
    low[rare] = high[rare] = 0.0
    for place, centre in enumerate(board.centres):
        sides = _exact(board, centre, board.shifts[place, rare], board.spreads[place, rare], rare)
        for side, chance in zip((low, high), sides, strict=True):
            side[rare] += board.chances[place, rare] * chance
    return low, high


def _exact(
    board: _Board, centre: float, shifts: _Numbers, spreads: _Numbers, which: NDArray[np.intp]
) -> tuple[_Numbers, _Numbers]:
    """Return the chances of at most and at least the counts of some members, over all rates of their own."""
    counts, sizes = board.counts[which, None], board.sizes[which, None]
    steps = spreads[:, None] * _STEPS
    if board.kind == "count":
        # the mean of a lognormal distribution lies above its middle by half its variance
        means = sizes * centre * np.exp(shifts[:, None] - spreads[:, None] ** 2 / 2 + steps)
        low = special.gammaincc(counts + 1, means)
        high = np.where(counts > 0, special.gammainc(np.maximum(counts, 1e-9), means), 1.0)
        return low @ _WEIGHTS, high @ _WEIGHTS
    # where logits spread, their mean lies further out than the logit of the mean rate
    middle = special.logit(centre) * np.sqrt(1 + _LOGISTIC * spreads**2) + shifts
    rates = special.expit(middle[:, None] + steps)
    failed = sizes - counts
    low = np.where(failed > 0, special.betainc(np.maximum(failed, 1e-9), counts + 1, 1 - rates), 1.0)
    high = np.where(counts > 0, special.betainc(np.maximum(counts, 1e-9), failed + 1, rates), 1.0)
    return low @ _WEIGHTS, high @ _WEIGHTS
