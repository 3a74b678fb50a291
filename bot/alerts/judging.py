"""Whether what an alert waits for is the case, from an answer alone; nothing is read here."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_engine import FEW_ANSWERS, canonical_period
from kpi_engine.domain.alerts import Rule, Standing, Watch
from kpi_engine.domain.answer import Anomaly, Answer, NoteCode
from kpi_engine.domain.workdays import WorkingDays

LEAST_OF_A_SHARE = 20
"""How many cases a share must rest on if its alert doesn't say: of fewer, a single one moves it too far."""

_NOT_YET: frozenset[NoteCode] = frozenset(
    {
        *("begun_today", "not_begun", "not_loaded", "partial_load", "provisional_costs", "maturing"),
    }
)
"""The notes of a figure that isn't known yet, or will still change as a matter of course."""


@dataclass(frozen=True, slots=True)
class Look:
    """A figure as an alert sees it.

    `standing` is None where it can't be judged. `p_value` is set where a figure departs from its usual range
    in the direction that is watched: whether that is worth an alarm is decided for all such figures together
    (see `kpi_engine.alarms`), and until then `standing` is None.
    """

    standing: Standing | None
    period: str
    p_value: float | None = None


def least_cases(watch: Watch, unit: str) -> int:
    """Return how many cases a figure must rest on to be judged."""
    if watch.least_cases is not None:
        return watch.least_cases
    return {"share": LEAST_OF_A_SHARE, "score": FEW_ANSWERS}.get(unit, 0)


def look_at(answer: Answer, watch: Watch, calendar: WorkingDays | None) -> Look:
    """Return how the figure of an answer stands."""
    period = canonical_period(answer.period)
    value = answer.figure.value
    if value is None or _is_growing(answer) or not _has_working_day(answer, calendar):
        return Look(None, period)
    if (_cases(answer) or 0) < least_cases(watch, answer.unit):
        return Look(None, period)
    if watch.bound is not None:
        beyond = watch.bound - value if watch.rule is Rule.BELOW else value - watch.bound
        is_so = beyond > 0 and beyond >= (watch.least_change or 0)
        return Look(Standing.FIRING if is_so else Standing.CLEAR, period)
    if answer.anomaly is None or answer.anomaly.reason is not None:
        return Look(None, period)
    return _against_range(value, answer.anomaly, watch, period)


def _against_range(value: float, anomaly: Anomaly, watch: Watch, period: str) -> Look:
    """Return how a figure stands beside its usual range; one inside it is clear at once."""
    is_above = value > anomaly.expected
    is_watched = watch.rule is Rule.UNUSUAL or is_above == (watch.rule is Rule.RISE)
    if anomaly.low <= value <= anomaly.high or not is_watched:
        return Look(Standing.CLEAR, period)
    if abs(value - anomaly.expected) < (watch.least_change or 0):
        return Look(Standing.CLEAR, period)
    return Look(None, period, anomaly.p_value)


def _is_growing(answer: Answer) -> bool:
    """Whether rows of the figure's own period haven't arrived, or are still expected."""
    is_missing = any(answer.window.holds(day) for entry in answer.missing for day in entry.days)
    return is_missing or any(note.code in _NOT_YET for note in answer.notes)


def _has_working_day(answer: Answer, calendar: WorkingDays | None) -> bool:
    """Whether the figure is of any working day: of a Sunday, nothing is expected."""
    start, end = answer.window.start, answer.window.end
    if calendar is None or start is None or end is None:
        return True
    return any(calendar(start.fromordinal(day)) for day in range(start.toordinal(), end.toordinal()))


def _cases(answer: Answer) -> float | None:
    """Return how many cases a figure rests on, None where that isn't known."""
    figure = answer.figure
    if answer.unit == "score":
        return (figure.parts or {}).get("n")
    return figure.denominator if answer.unit == "share" else figure.rows
