"""The change of a figure split by one dimension: the parts, and how unlike the members changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import fsum

from kpi_engine.analysis import drivers, evenness
from kpi_engine.domain.explanation import OTHERS_LABEL, Breakdown, ChangePart, SameMix, Spread
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Key
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.member_figures import Changed
from kpi_engine.reading.metric_readings import Reading

_SCORE = 100
"""A Net Promoter Score is its ratio in points."""
_CLOSE = 1e-9
"""Of the amounts added up: sums in another order differ by less."""
_NEARLY_ALL = 0.9
"""The part of the base from which a dimension has but one member worth telling."""
_BY_CHANCE = 0.10
"""The chance of a difference between members that changed alike, up to which it is told."""
_RANKS: Mapping[Spread, int] = {"uneven": 0, "alike": 1, "missing member": 2, "one member": 3}

Sides = tuple[tuple[Figure, ...], tuple[Figure, ...]]


@dataclass(frozen=True, slots=True)
class Parts:
    """A change in parts, one for each key: the figures of both periods, and what each adds to the change.

    With `rest`, the last figures and effect are of so many members together, which have no key here.
    `pieces` are those behind a value, in both periods. `excess` and `p_value` tell how unlike the members
    changed (see analysis.evenness); the others together aren't judged.
    """

    keys: tuple[GroupKey, ...]
    now: tuple[Figure, ...]
    base: tuple[Figure, ...]
    effects: tuple[drivers.Effect, ...]
    changed: Changed | None
    excess: evenness.Excess
    p_value: float | None
    same_mix: SameMix | None
    pieces: tuple[tuple[float, float], ...] | None

    @property
    def rest(self) -> int:
        """How many members have no part of their own."""
        return self.changed.members - len(self.keys) if self.changed else 0

    @property
    def change(self) -> float:
        """The sum of the parts."""
        return fsum(effect.part for effect in self.effects)

    @property
    def concentration(self) -> float:
        """How much of the change few members make (see analysis.drivers)."""
        parts = [effect.part for effect in self.effects]
        if self.changed is None:
            return drivers.concentration(parts)
        return drivers.concentration(parts[: len(self.keys)], self.changed.movement, self.changed.members)

    @property
    def leading(self) -> float:
        """What the leading members make of the change (see analysis.evenness)."""
        return evenness.leading_part(self.excess.excess, self.change)

    @property
    def is_of_one(self) -> bool:
        """Whether nearly all of the base belongs to one member, so that the split says nothing."""
        return max(self.excess.weight, default=1.0) > _NEARLY_ALL or len(self.keys) + self.rest < 2  # noqa: PLR2004 - two members differ

    @property
    def is_led_by_missing(self) -> bool:
        """Whether the rows without a member go furthest beyond a change alike."""
        first = evenness.leaders(self.excess.excess, self.change)[:1]
        return any(self.keys[place] == (None,) for place in first)

    def spread(self, judged: int) -> Spread:
        """Return how the change is spread over the members, with so many dimensions judged beside it.

        The chance of an uneven one among them is at most .10 where all changed alike (Bonferroni).
        """
        if self.is_of_one:
            return "one member"
        if self.p_value is not None and self.p_value * judged > _BY_CHANCE:
            return "alike"
        return "missing member" if self.is_led_by_missing else "uneven"


def parts_of(
    metric: Metric,
    reading: Reading,
    pair: tuple[Window, Window],
    earlier: Sequence[Window],
    pieces: Reading | None,
    changed: Changed | None,
) -> Parts | None:
    """Return the change by a dimension; None where its groups don't add up to the total.

    `pair` are the period and the one it is compared with, `earlier` those before both, oldest first.
    """
    keys = reading.keys(pair)
    now, base = _sides(reading, keys, pair)
    if changed:
        now, base = (*now, _rest(changed, "now", now)), (*base, _rest(changed, "base", base))
    if not keys or not all(
        adds_up(side, reading.total(window)) for side, window in zip((now, base), pair, strict=True)
    ):
        return None
    effects = _effects(metric, now, base)
    if effects is None:
        return None
    counted = None if pieces is None else _counted(pieces, keys, pair)
    judge = _Judge(metric, keys, (now, base), effects)
    price = _price(reading, keys, (*pair, *earlier))
    excess, p_value = judge.judged(price, reading, earlier, changed)
    return Parts(keys, now, base, effects, changed, excess, p_value, judge.same_mix(), counted)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges how unlike the members of one dimension changed; the last of `sides` may be all others."""

    metric: Metric
    keys: tuple[GroupKey, ...]
    sides: Sides
    effects: tuple[drivers.Effect, ...]

    @property
    def scale(self) -> float:
        """How many of the metric's units a ratio of 1 is."""
        return _SCORE if self.metric.unit == "score" else 1.0

    @property
    def is_rate(self) -> bool:
        """Whether the parts are told apart by own rate and mix."""
        return all(effect.rate is not None for effect in self.effects)

    def judged(
        self,
        price: Sequence[float] | None,
        reading: Reading,
        earlier: Sequence[Window],
        changed: Changed | None,
    ) -> tuple[evenness.Excess, float | None]:
        """Return each member's excess, in the metric's unit, and the chance that all changed alike."""
        others = len(self.effects) - len(self.keys)
        prices = None if price is None else (*price, *([fsum(price) / max(1, len(price))] * others))
        excess = evenness.first(self._excess(self.sides, self.effects, prices), len(self.keys))
        noise = self._noise(excess, price, reading, earlier)
        p_value = None
        if noise is not None and changed is not None:
            p_value = evenness.chance_of_one(excess, noise, changed.members)
        elif noise is not None:
            p_value = evenness.chance_alike(excess, noise)
        return replace(excess, excess=tuple(self.scale * value for value in excess.excess)), p_value

    def same_mix(self) -> SameMix | None:
        """Return what a rate would have done with the same mix, in the metric's unit."""
        if not self.is_rate:
            return None
        now, base = _ratios(self.sides)
        found = evenness.same_mix(now, base, self._plain(self.effects), self._variance())
        if found is None:
            return None
        by = self.scale
        return SameMix(by * found.rate, by * found.low, by * found.high, by * found.mix, found.is_clear)

    def _excess(
        self, sides: Sides, effects: Sequence[drivers.Effect], price: Sequence[float] | None
    ) -> evenness.Excess:
        if self.is_rate:
            return evenness.of_rates(*_ratios(sides), self._plain(effects), self._variance())
        if _is_ratio([*sides[0], *sides[1]]):
            return evenness.of_ratios(*_ratios(sides))
        now, base = ([entry.value or 0.0 for entry in side] for side in sides)
        return evenness.of_amounts(now, base, price)

    def _noise(
        self,
        excess: evenness.Excess,
        price: Sequence[float] | None,
        reading: Reading,
        earlier: Sequence[Window],
    ) -> evenness.Noise | None:
        """Return how far excesses stray; of counts without a history as Poisson's distribution does."""
        if self.is_rate:
            return evenness.Noise((1.0,) * len(excess.size), excess.events)
        periods = [_sides(reading, self.keys, [window])[0] for window in earlier]
        pairs = [(now, base) for base, now in pairwise(periods)]
        history = [
            self._excess((now, base), (), price) for now, base in pairs if _is_known(now) and _is_known(base)
        ]
        is_count = self.metric.unit == "count"
        if not history and is_count:
            return evenness.Noise((1.0,) * len(excess.size), excess.events)
        return evenness.noise_of(history, is_count=is_count)

    def _plain(self, effects: Sequence[drivers.Effect]) -> tuple[drivers.Effect, ...]:
        return _scaled(effects, 1 / self.scale) if self.scale != 1 else tuple(effects)

    def _variance(self) -> float | None:
        """Return the variance of one answer of a score, at most that of answers without passives."""
        if self.metric.unit != "score":
            return None
        figures = [*self.sides[0], *self.sides[1]]
        answers = fsum(entry.denominator or 0.0 for entry in figures)
        if not answers:
            return None
        mean = fsum(entry.numerator or 0.0 for entry in figures) / answers
        counts = [entry.parts for entry in figures if entry.parts]
        told = fsum((parts.get("promoters") or 0) + (parts.get("detractors") or 0) for parts in counts)
        return max(0.0, (told / answers if counts else 1.0) - mean * mean)


def breakdowns(parts: Mapping[str, Parts], labels: Mapping[str, Mapping[Key, str]]) -> tuple[Breakdown, ...]:
    """Return the change by each dimension, those that tell most of it first (see Explanation)."""
    judged = sum(not entry.is_of_one for entry in parts.values())
    made = [_breakdown(name, entry, labels[name], judged) for name, entry in parts.items()]
    return tuple(sorted(made, key=_rank))


def _rank(entry: Breakdown) -> tuple[int, float]:
    """Return the place of a split: a moved mix comes first, since it misleads about every member."""
    if entry.is_of_mix and entry.same_mix:
        return -1, -abs(entry.same_mix.mix)
    return _RANKS[entry.spread], -entry.leading


def _breakdown(dimension: str, parts: Parts, labels: Mapping[Key, str], judged: int) -> Breakdown:
    pieces = parts.pieces or ((None, None),) * len(parts.keys)
    entries = [
        ChangePart(
            None if key is None else labels.get(key, str(key)),
            key,
            now,
            base,
            effect.part,
            effect.mix,
            effect.rate,
            excess=excess,
            pieces=counted[0],
            pieces_before=counted[1],
        )
        for (key,), now, base, effect, excess, counted in zip(
            parts.keys, parts.now, parts.base, parts.effects, parts.excess.excess, pieces, strict=False
        )
    ]
    sign = -1.0 if parts.change < 0 else 1.0
    ordered = sorted(entries, key=lambda entry: (-sign * entry.part, entry.label or ""))
    if parts.rest:
        rest = (OTHERS_LABEL, None, parts.now[-1], parts.base[-1], parts.effects[-1].part)
        ordered.append(ChangePart(*rest, members=parts.rest))
    return Breakdown(
        dimension,
        parts.concentration,
        tuple(ordered),
        parts.leading,
        parts.p_value,
        parts.spread(judged),
        parts.same_mix,
    )


def _sides(reading: Reading, keys: Sequence[GroupKey], windows: Sequence[Window]) -> Sides:
    now, *base = (tuple(reading.group(window, key) for key in keys) for window in windows)
    return now, base[0] if base else ()


def _counted(
    pieces: Reading, keys: Sequence[GroupKey], pair: tuple[Window, Window]
) -> tuple[tuple[float, float], ...]:
    now, base = _sides(pieces, keys, pair)
    return tuple((after.value or 0.0, before.value or 0.0) for after, before in zip(now, base, strict=True))


def _price(reading: Reading, keys: Sequence[GroupKey], windows: Sequence[Window]) -> tuple[float, ...] | None:
    """Return what a row of each member brings, over all windows; None where rows aren't counted."""
    found = []
    for key in keys:
        figures = [reading.group(window, key) for window in windows]
        known = [figure for figure in figures if figure.rows is not None]
        rows = fsum(figure.rows or 0.0 for figure in known)
        if len(known) < len([figure for figure in figures if figure.value is not None]):
            return None
        found.append(fsum(abs(figure.value or 0.0) for figure in known) / rows if rows else 0.0)
    return tuple(found)


def _is_known(side: Collection[Figure]) -> bool:
    """Whether an earlier period has rows, and what it is divided by."""
    if _is_ratio(list(side)):
        return fsum(entry.denominator or 0.0 for entry in side) > 0
    return any(entry.value for entry in side)


def _ratios(sides: Sides) -> tuple[list[drivers.Ratio], list[drivers.Ratio]]:
    now, base = (
        [drivers.Ratio(entry.numerator or 0.0, entry.denominator or 0.0) for entry in side] for side in sides
    )
    return now, base


def _rest(changed: Changed, side: str, shown: Sequence[Figure]) -> Figure:
    """Return the figure of the members that have no part of their own."""
    above, below = changed.whole[f"above_{side}"], changed.whole.get(f"below_{side}")
    if below is None:
        return Figure(above - fsum(figure.value or 0.0 for figure in shown))
    numerator = above - fsum(figure.numerator or 0.0 for figure in shown)
    denominator = below - fsum(figure.denominator or 0.0 for figure in shown)
    return Figure(numerator / denominator if denominator else None, numerator, denominator)


def _effects(
    metric: Metric, now: Sequence[Figure], base: Sequence[Figure]
) -> tuple[drivers.Effect, ...] | None:
    if not _is_ratio([*now, *base]):
        return drivers.amounts(*([entry.value or 0.0 for entry in side] for side in (now, base)))
    sides = _ratios((tuple(now), tuple(base)))
    is_score = metric.unit == "score"
    found = drivers.rates(*sides) if metric.spec.is_share or is_score else drivers.ratios(*sides)
    return _scaled(found, _SCORE) if found and is_score else found


def _is_ratio(figures: Sequence[Figure]) -> bool:
    return any(entry.denominator is not None for entry in figures)


def adds_up(groups: Sequence[Figure], total: Figure) -> bool:
    """Whether the groups make the total: its numerator and denominator, or its value."""
    if _is_ratio([total, *groups]):
        return _equal([entry.numerator for entry in groups], total.numerator) and _equal(
            [entry.denominator for entry in groups], total.denominator
        )
    return _equal([entry.value for entry in groups], total.value)


def _equal(parts: Sequence[float | None], total: float | None) -> bool:
    known = [part or 0.0 for part in parts]
    return abs(fsum(known) - (total or 0.0)) <= _CLOSE * max(1.0, fsum(map(abs, known)))


def _scaled(effects: Sequence[drivers.Effect], by: float) -> tuple[drivers.Effect, ...]:
    return tuple(
        drivers.Effect(
            by * effect.part,
            None if effect.mix is None else by * effect.mix,
            None if effect.rate is None else by * effect.rate,
        )
        for effect in effects
    )
