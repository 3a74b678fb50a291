"""Each total and each member of a summary beside its own usual range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from kpi_engine.answers.coverage import Coverage, coverage_of
from kpi_engine.answers.unusual import anomaly
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.answer import Anomaly
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.query import Key
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.metric_readings import Reading
from kpi_engine.reading.readings import Readings
from kpi_engine.summaries.looking import Look

_FEW_EXPECTED = 8
"""A member of which fewer are expected is not judged: not even its absence would be clear."""
_NORMAL_PERIODS = 8
_RECORD_PERIODS = 12


@dataclass(frozen=True, slots=True)
class Judged:
    """A total or a member beside its usual range.

    `dimension` and `key` are None of a total. `effect` is how far the company's figure would be off its
    expected value by this subject alone, `share` (0 to 1) how much of the company the subject is.
    """

    of: Windows
    dimension: str | None
    key: Key
    figure: Figure
    anomaly: Anomaly
    effect: float
    share: float

    @property
    def metric(self) -> str:
        """The metric's name."""
        return self.of.question.metric.name


def judged_totals(asked: Sequence[Windows], readings: Readings) -> Iterator[Judged]:
    """Yield each metric's total that can be judged, once."""
    for entry in {entry.question.metric.name: entry for entry in asked if entry.history}.values():
        coverage = coverage_of(entry.question, readings)
        reading = readings.figures[entry.main]
        figure = reading.total(entry.question.window)
        found = _judged(entry, figure, [reading.total(window) for window in entry.history], coverage)
        if found is not None and figure.value is not None:
            yield Judged(entry, None, None, figure, found, figure.value - found.expected, 1.0)


def judged_members(looked: Sequence[Look], readings: Readings) -> Iterator[Judged]:
    """Yield each member that can be judged; the missing member isn't one."""
    for look in looked:
        reading = readings.figures[look.figures]
        coverage = coverage_of(look.of.question, readings)
        window = look.of.question.window
        total = readings.figures[look.of.main].total(window)
        for key in reading.keys(look.figures.group_windows):
            if key[0] is not None:
                found = _member(look, reading, key, total, coverage)
                if found is not None:
                    yield found


def _member(look: Look, reading: Reading, key: GroupKey, total: Figure, coverage: Coverage) -> Judged | None:
    entry = look.of
    figure = reading.group(entry.question.window, key)
    past = [reading.group(window, key) for window in look.history]
    found = _judged(entry, figure, _since_first(past), coverage)
    if found is None or figure.value is None:
        return None
    is_count = entry.question.metric.unit == "count"
    if is_count and max(found.expected, figure.value) < _FEW_EXPECTED:
        return None
    share = _share(entry, figure, found, total)
    effect = (figure.value - found.expected) * (share if _is_mean(entry) else 1.0)
    return Judged(entry, look.dimension, key[0], figure, found, effect, share)


def _judged(entry: Windows, figure: Figure, past: Sequence[Figure], coverage: Coverage) -> Anomaly | None:
    windows = entry.history[len(entry.history) - len(past) :]
    found = anomaly(entry.question, figure, list(zip(windows, past, strict=True)), coverage)
    return None if found is None or found.reason else found


def _since_first(past: Sequence[Figure]) -> Sequence[Figure]:
    """Return the figures from the first one that isn't nothing: before it the member didn't exist."""
    first = next((place for place, figure in enumerate(past) if figure.value), len(past))
    return past[first:]


def _is_mean(entry: Windows) -> bool:
    """Whether the figures of members are averaged, not added up, to that of the company."""
    return entry.question.metric.unit in ("share", "score", "ratio", "days") or (
        entry.question.metric.spec.is_fraction
    )


def _share(entry: Windows, figure: Figure, found: Anomaly, total: Figure) -> float:
    """Return how much of the company a member is: of its denominator, or of what is expected of all."""
    if _is_mean(entry):
        return (figure.denominator or 0.0) / total.denominator if total.denominator else 0.0
    size = abs(total.value or 0.0)
    return min(1.0, abs(found.expected) / size) if size else 1.0


def normal_of(asked: Sequence[Windows], readings: Readings) -> dict[str, float]:
    """Return the median of the last eight periods by metric, of those that are whole in the data."""
    found = {}
    for entry in asked:
        known = _known_history(entry, readings)[-_NORMAL_PERIODS:]
        if known and not entry.question.metric.spec.is_share:
            found[entry.question.metric.name] = median(known)
    return found


def records_of(asked: Sequence[Windows], readings: Readings) -> frozenset[str]:
    """Return the metrics whose figure is higher than in every period before, of twelve or more."""
    found = set()
    for entry in asked:
        known = _known_history(entry, readings)
        value = readings.figures[entry.main].total(entry.question.window).value
        if value is not None and len(known) >= _RECORD_PERIODS and value > max(known):
            found.add(entry.question.metric.name)
    return frozenset(found)


def _known_history(entry: Windows, readings: Readings) -> list[float]:
    """Return the totals of the periods before, oldest first, without those of which days are missing."""
    coverage = coverage_of(entry.question, readings)
    reading = readings.figures[entry.main]
    return [
        value
        for window in entry.history
        if not coverage.missing_in(window)
        and not coverage.begins_after(window)
        and (value := coverage.known(reading.total(window), window).value) is not None
    ]
