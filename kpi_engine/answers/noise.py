"""How much a figure moves by itself: the earlier periods that tell it, and what they tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from kpi_engine.analysis import evidence
from kpi_engine.analysis.compare import Evidence, style_of
from kpi_engine.analysis.evidence import Noise, Sample, Scale, Season
from kpi_engine.answers.comparisons import Against
from kpi_engine.answers.coverage import Coverage
from kpi_engine.answers.question import Question
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import ChangeStyle
from kpi_engine.domain.periods import (
    Grain,
    Period,
    Window,
    add_months,
    shift,
    start_of,
    whole_months,
    working_days,
)

_OWN_NOISE = frozenset({"share", "score", "none"})
"""Styles whose figures tell their own noise, or that aren't judged."""
_SCALES: Mapping[ChangeStyle, Scale] = {"profit": "total", "margin": "level"}
_WEEKS, _MONTHS = 27, 36
_YEARS = 3
"""Earlier years that tell how two periods differ by season."""
_SHORT = 14
"""Days of a period that is judged by weeks, and between two such that have the same season."""
_WEEK, _WEEKS_OF_YEAR = 7, timedelta(weeks=52)
_YEAR_DAYS = 365.25
_LONGER = 0.1
"""Sums of periods of which one is longer by more than this part aren't judged."""

_Pair = tuple[Window, Window]


@dataclass(frozen=True, slots=True)
class Background:
    """The windows that tell the noise of a figure.

    `history` are consecutive weeks or months, as `grain` says, oldest first. `alike` are the comparisons of
    periods with the same season; `seasons` holds for others the same two periods in earlier years. What is
    in neither can't be judged: its periods are of unlike lengths.
    """

    grain: evidence.Grain
    history: tuple[Window, ...] = ()
    alike: frozenset[Against] = frozenset()
    seasons: Mapping[Against, tuple[_Pair, ...]] = field(default_factory=dict)

    @property
    def windows(self) -> tuple[Window, ...]:
        """All of them."""
        return (
            *self.history,
            *(window for pairs in self.seasons.values() for pair in pairs for window in pair),
        )


def background_wanted(
    question: Question, against: Sequence[Against], history: tuple[Window, ...]
) -> Background:
    """Return what tells the noise of a question's figure; `history` is what its usual range rests on.

    Nothing more is read for figures whose windows each need scans of their own: medians, and both ends of
    a period.
    """
    is_short = _is_short(question)
    grain: evidence.Grain = "week" if is_short else "month"
    compared = [entry for entry in against if _are_as_long(question, entry)]
    alike = frozenset(entry for entry in compared if _are_alike(question.period, entry.period))
    if style_of(question.metric) in _OWN_NOISE or question.metric.spec.compares_ends:
        return Background(grain)
    seasons = {entry: _earlier_years(question, entry) for entry in compared if entry not in alike}
    if _is_median(question):
        read = set(history)
        seasons = {
            entry: tuple(pair for pair in pairs if read.issuperset(pair)) for entry, pairs in seasons.items()
        }
    elif compared:
        history = history or _periods_before(question, is_short=is_short)
    return Background(grain, history, alike, seasons)


def _is_short(question: Question) -> bool:
    start, end = question.period.bounds() if not question.period.is_all_time else (date.min, date.max)
    return question.period.grain is Grain.WEEK or (end - start).days <= _SHORT


def _is_median(question: Question) -> bool:
    models = question.catalogue.models
    measures = (models[ref.model].measures[ref.measure] for ref in question.metric.spec.measures())
    return any(measure.agg == "median" for measure in measures)


def _periods_before(question: Question, *, is_short: bool) -> tuple[Window, ...]:
    """Return weeks before the question's period, or the last complete months: the more, the surer."""
    grain, count = (Grain.WEEK, _WEEKS) if is_short else (Grain.MONTH, _MONTHS)
    last = start_of(grain, question.period.bounds()[0] if is_short else question.today)
    starts = [shift(grain, last, -back) for back in range(count, -1, -1)]
    return tuple(Window(*pair) for pair in pairwise(starts))


# seasons


def _earlier_years(question: Question, against: Against) -> tuple[_Pair, ...]:
    """Return the same two periods in earlier years.

    Of running months the whole months: how they differ is known better than how a part of them does.
    """
    now, base = question.period.bounds(), against.period.bounds()
    months = whole_months(*now)
    windows = (
        (Window(*now), Window(*base))
        if months and months == whole_months(*base)
        else (question.window, against.window)
    )
    return tuple(
        (_years_before(windows[0], years), _years_before(windows[1], years)) for years in range(1, _YEARS + 1)
    )


def _are_as_long(question: Question, against: Against) -> bool:
    """Whether two windows have as many days, of the same weekdays where they are few."""
    if against.like_for_like is not None:
        return against.like_for_like == _days_done(question)
    now, base = question.period, against.period
    starts, days = (now.bounds()[0], base.bounds()[0]), (_days(now), _days(base))
    if max(days) < _WEEK:
        return days[0] == days[1] and (starts[0] - starts[1]).days % _WEEK == 0
    months = whole_months(*now.bounds())
    if (months and months == whole_months(*base.bounds())) or not question.metric.spec.is_additive:
        return True
    return abs(days[0] - days[1]) <= _LONGER * max(days)


def _days_done(question: Question) -> int:
    """Return how many days of a running period are over, as comparisons count them."""
    window, calendar = question.window, question.is_working_day
    done = working_days(window, calendar) if calendar else 0
    return done or (window.end - window.start).days if window.start and window.end else 0


def _are_alike(now: Period, base: Period) -> bool:
    """Whether two periods have the same season: a whole number of years apart, or short and adjacent."""
    (start, end), (base_start, base_end) = now.bounds(), base.bounds()
    if whole_months(start, end) and whole_months(base_start, base_end):
        return start.month == base_start.month and end.month == base_end.month
    apart = abs((start - base_start).days)
    if max(_days(now), _days(base)) <= _SHORT and apart <= _SHORT:
        return True
    years = round(apart / _YEAR_DAYS)
    return years > 0 and abs(apart - years * _YEAR_DAYS) <= _WEEK


def _years_before(window: Window, years: int) -> Window:
    """Return a window so many years earlier; of other than whole months, at the same weekdays."""
    start, end = window.start or date.min, window.end or date.max
    if whole_months(start, end):
        return Window(add_months(start, -12 * years), add_months(end, -12 * years))
    return Window(start - years * _WEEKS_OF_YEAR, end - years * _WEEKS_OF_YEAR)


def _days(period: Period) -> int:
    start, end = period.bounds()
    return (end - start).days


# what they tell


def evidence_of(
    question: Question, background: Background, total: Callable[[Window], Figure], coverage: Coverage
) -> Mapping[Against, Evidence]:
    """Return what is known of the noise behind each comparison; `total` gives the figure of a window.

    Days before the data begins and days that are missing from it make a period unknown, never low.
    """
    style = style_of(question.metric)

    def sample(window: Window) -> Sample | None:
        figure, first = total(window), coverage.first
        begins_late = first is not None and window.start is not None and window.start < first
        if figure.value is None or begins_late or coverage.missing_in(window):
            return None
        return Sample(figure.value, _size(figure, style))

    found = [sample(window) for window in background.history]
    noise = _noise(found, style, background.grain)
    seasons = {
        against: _season([(sample(now), sample(base)) for now, base in pairs], style, noise)
        for against, pairs in background.seasons.items()
    }
    return {
        **dict.fromkeys(background.alike, Evidence(noise)),
        **{against: Evidence(noise, season) for against, season in seasons.items()},
    }


def _size(figure: Figure, style: ChangeStyle) -> float:
    """Return how many rows or cases a figure rests on; 1 where its periods are as noisy as each other."""
    if style == "count":
        return figure.value or 0.0
    return 1.0 if figure.rows is None else figure.rows


def _noise(history: Sequence[Sample | None], style: ChangeStyle, grain: evidence.Grain) -> Noise | None:
    if style == "count":
        return evidence.count_noise(history, grain)
    if style == "cost":
        cases = [entry and Sample(entry.n, entry.n) for entry in history]
        return evidence.count_noise(cases, grain)
    return evidence.noise_of(history, _SCALES.get(style, "log"), grain)


def _season(
    pairs: Sequence[tuple[Sample | None, Sample | None]], style: ChangeStyle, noise: Noise | None
) -> Season | None:
    known = [(now, base) for now, base in pairs if now is not None and base is not None]
    return evidence.season_of(known, _SCALES.get(style, "log"), noise) if noise else None
