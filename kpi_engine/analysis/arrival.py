"""Which days' rows of a table haven't arrived, told from how many rows its days usually have.

A working day is compared with the trimmed mean of the same weekday over the last eight weeks. Its rows are
missing if a negative binomial distribution with that mean and the table's own dispersion gives at most 1 in
10,000 for so few. Days that usually have too few rows to be judged alone are judged as a run of empty days.
A quiet season isn't a gap: the expectation follows a fall of the last two weeks and one of last year's same
season, and days on which many businesses close are compared with their like of earlier years only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import exp, log, sqrt

from kpi_engine.domain.periods import ONE_DAY, IsWorkingDay

CHANCE = 1e-4
"""A day with so few rows, or fewer, is rarer than this where nothing is missing."""
_PART, _PART_CHANCE = 0.2, 1e-5
"""A day with a larger part of its usual rows is a quiet one; with a smaller, it must be as rare as this."""
_PART_BESIDE, _CHANCE_BESIDE = 0.5, 1e-3
"""The same directly beside an empty day: a load that stopped in between."""
_WEEKS, _WEEKS_BACK, _FEWEST = 8, 26, 4
"""The same weekdays that are looked at, how far back if some of them are missing, and the fewest needed."""
_FEWEST_ROWS = 1.0
"""A weekday with fewer rows isn't judged, not even in a run."""
_TRIMMED_FROM = 5
"""From so many values on, the smallest and the largest are left out of the mean."""
_RECENT = 10
"""Working days that tell whether the table is quieter than eight weeks tell."""
_AROUND = timedelta(days=7)
_YEAR = timedelta(days=364)
"""The same weekday a year before."""
_SCHEDULED_RUN = 4
"""Days in a row from which rows that come by a schedule of their own are judged."""
_LONG_RUN = 5
"""Empty working days that are a yearly closure if last year has such a run then, too."""
_WITHOUT_CALENDAR = 3
"""Fewer empty weekdays may be public holidays, where no calendar tells them."""
_SPREAD, _PRIOR_DAYS, _DAYS_OF_SPREAD = 2.0, 20, 130
"""The variance over the mean that is assumed, with the weight of so many days; the days it is read from."""
_LEAST_SPREAD, _LARGEST_RESIDUAL = 1.25, 16.0
_QUIET = (((1, 1), (1, 2), "new year"), ((12, 24), (12, 26), "christmas"), ((12, 27), (12, 31), "year's end"))
"""Days on which many businesses close, each kind compared with itself alone."""
_USUAL = 0.5
"""A kind of quiet days with a smaller part of the usual rows isn't judged."""
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Gap:
    """A day whose rows are missing: `rows` have arrived, `usual` is what such a day has."""

    day: date
    rows: int
    usual: float


def gaps(counts: Mapping[date, int], end: date, is_working_day: IsWorkingDay | None) -> tuple[Gap, ...]:
    """Return the working days before `end` whose rows are missing, in order.

    `counts` holds the rows of each day; days without any may be left out. Nothing is missing before the
    first row. Without a calendar weekdays are judged, in runs of at least three empty ones.
    """
    first = min((day for day, rows in counts.items() if rows > 0), default=None)
    if first is None or first >= end:
        return ()
    judged = _Days(counts, is_working_day, first)
    judged.judge(end)
    return tuple(judged.found[day] for day in sorted(judged.found))


def rows_below(rows: int, mean: float, dispersion: float) -> float:
    """Return the chance of at most `rows` under a negative binomial distribution.

    `dispersion` (above 1) is its variance over its mean.
    """
    size = mean / (dispersion - 1)
    chance = exp(max(-size * log(dispersion), -700.0))
    total = chance
    for count in range(rows):
        chance *= (count + size) / (count + 1) * (1 - 1 / dispersion)
        total += chance
    return min(1.0, total)


def trimmed_mean(values: Sequence[float]) -> float:
    """Return the mean without the smallest and the largest value, of fewer than five values that of all."""
    kept = sorted(values)[1:-1] if len(values) >= _TRIMMED_FROM else values
    return sum(kept) / len(kept)


@dataclass(slots=True)
class _Days:
    """The days of one table, judged from the oldest to the newest."""

    counts: Mapping[date, int]
    is_working_day: IsWorkingDay | None
    first: date
    usual: dict[date, float] = field(default_factory=dict)
    """What each working day usually has, season aside."""
    found: dict[date, Gap] = field(default_factory=dict)
    long: set[date] = field(default_factory=set)
    """The days of long empty runs, whether rows are missing or the business is closed every year."""
    working: dict[date, bool] = field(default_factory=dict)
    quiet: dict[date, str] = field(default_factory=dict)
    """The working days on which many businesses close, with what they have in common."""

    def judge(self, end: date) -> None:
        """Find the gaps from the first day to before `end`."""
        self._find_quiet(end)
        run: list[date] = []
        before: date | None = None
        for day in _days(self.first, end):
            rows = self._rows(day)
            if not self._works(day):
                if rows and run:
                    self._judge_run(run, [before] if before else [])
                    run, before = [], None
                continue
            usual = self._usual(day, run)
            if usual is None:
                continue
            self.usual[day] = usual
            if not rows:
                if usual >= _FEWEST_ROWS:
                    run.append(day)
                continue
            self._judge_run(run, [near for near in (before, day) if near])
            if rows <= _PART * usual:
                self._judge_part(day, self._fall(day), _PART_CHANCE, _PART)
            run, before = [], day
        self._judge_run(run, [before] if before else [])

    # what is expected

    def _usual(self, day: date, run: Sequence[date]) -> float | None:
        """Return the trimmed mean of the same weekday; None where too few of them are known."""
        values: list[float] = []
        for week in range(1, _WEEKS_BACK + 1):
            earlier = day - week * timedelta(days=7)
            if earlier < self.first or len(values) == _WEEKS or (week > _WEEKS and len(values) >= _FEWEST):
                break
            if self._is_ordinary(earlier) and earlier not in run:
                values.append(self._rows(earlier))
        return trimmed_mean(values) if len(values) >= _FEWEST else None

    def _expected(self, day: date, fall: float) -> float | None:
        """Return what a day should have; None on a quiet day unless earlier ones had the usual rows."""
        usual, kind = self.usual[day], self.quiet.get(day)
        if kind:
            like = [other for other, of in self.quiet.items() if of == kind and other.year < day.year]
            level = self._level(like, fewest=1)
            return None if level is None or level < _USUAL else usual * min(fall, level)
        around = _days(day - _YEAR - _AROUND, day - _YEAR + _AROUND + ONE_DAY)
        season = self._level((other for other in around if other not in self.quiet), fewest=_FEWEST + 1)
        return usual * min(fall, 1.0 if season is None else season)

    def _fall(self, day: date) -> float:
        """Return which part of the usual rows the last two weeks surely stay below, at most 1."""
        days = _days(day - 3 * _AROUND, day)
        last = [other for other in days if other in self.usual and other not in self.quiet]
        level = self._level(last[-_RECENT:], fewest=_RECENT // 2)
        return 1.0 if level is None else level

    def _level(self, days: Iterable[date], fewest: int) -> float | None:
        """Return which part of their usual rows some days surely stay below, at most 1."""
        judged = [day for day in days if day in self.usual and day not in self.found and day not in self.long]
        usual = sum(self.usual[day] for day in judged)
        if len(judged) < fewest or not usual:
            return None
        part = sum(map(self._rows, judged)) / usual
        return min(1.0, part + 2 * sqrt(_SPREAD * max(part, 1 / usual) / usual))

    def _dispersion(self, day: date) -> float:
        """Return the variance over the mean of the days before, with some weight of the assumed one.

        It is read from the differences of two weeks, on which a season has little influence.
        """
        total, weight = _SPREAD * _PRIOR_DAYS, float(_PRIOR_DAYS)
        for later in _days(day - _DAYS_OF_SPREAD * ONE_DAY, day):
            earlier = later - _AROUND
            if earlier in self.usual and self._is_ordinary(later) and self._is_ordinary(earlier):
                one, other = self._rows(later), self._rows(earlier)
                if one + other:
                    total += min((one - other) ** 2 / (one + other), _LARGEST_RESIDUAL)
                    weight += 1
        return max(total / weight, _LEAST_SPREAD)

    # what is missing

    def _judge_run(self, run: Sequence[date], beside: Sequence[date]) -> None:
        """Find consecutive empty working days, and the parts of days `beside` them, to be missing.

        Where some weekday usually has no rows, rows come by a schedule of their own (surveys some days after
        an order), and a holiday then leaves other days empty: only longer runs are judged.
        """
        if not run:
            return
        is_scheduled = self.is_working_day is not None and not self._comes_daily(run[0])
        if is_scheduled and len(run) < _SCHEDULED_RUN:
            return
        fall = self._fall(run[0])
        expected = {day: rows for day in run if (rows := self._expected(day, fall)) is not None}
        if len(expected) < (1 if self.is_working_day else _WITHOUT_CALENDAR):
            return
        if rows_below(0, sum(expected.values()), self._dispersion(run[0])) >= CHANCE:
            return
        is_closure = len(expected) >= _LONG_RUN and self._was_closed(expected)
        if len(expected) >= _LONG_RUN:
            self.long |= set(expected)
        if is_closure:
            return
        self.found |= {day: Gap(day, 0, self.usual[day]) for day in expected}
        for day in beside:
            self._judge_part(day, fall, _CHANCE_BESIDE, _PART_BESIDE)

    def _comes_daily(self, day: date) -> bool:
        """Whether every weekday usually has rows: those of the last ten judged days."""
        days = (other for other in _days(day - 3 * _AROUND, day) if other in self.usual)
        return all(self.usual[other] >= _FEWEST_ROWS for other in list(days)[-_RECENT:])

    def _was_closed(self, days: Collection[date]) -> bool:
        """Whether most of some days were part of a long empty run a year before as well."""
        earlier = {other for day in self.long for other in _days(day - _AROUND, day + _AROUND + ONE_DAY)}
        return sum(day - _YEAR in earlier for day in days) * 2 > len(days)

    def _judge_part(self, day: date, fall: float, chance: float, part: float) -> None:
        expected = self._expected(day, fall)
        if self.is_working_day is None or day in self.found or expected is None:
            return
        rows = self._rows(day)
        if rows <= part * expected and rows_below(rows, expected, self._dispersion(day)) < chance:
            self.found[day] = Gap(day, rows, self.usual[day])

    # the calendar

    def _rows(self, day: date) -> int:
        return self.counts.get(day, 0)

    def _works(self, day: date) -> bool:
        known = self.working.get(day)
        if known is None:
            known = self.is_working_day(day) if self.is_working_day else day.weekday() <= _FRIDAY
            self.working[day] = known
        return known

    def _is_ordinary(self, day: date) -> bool:
        """Whether a working day tells what is usual."""
        return self._works(day) and not (day in self.found or day in self.long or day in self.quiet)

    def _find_quiet(self, end: date) -> None:
        """Find the working days on which many businesses close: around Christmas, and between holidays."""
        for day in filter(self._works, _days(self.first, end)):
            kinds = (kind for start, last, kind in _QUIET if start <= (day.month, day.day) <= last)
            is_between = not (self._works(day - ONE_DAY) or self._works(day + ONE_DAY))
            kind = next(kinds, "between holidays" if is_between else None)
            if kind:
                self.quiet[day] = kind


def _days(start: date, end: date) -> Iterable[date]:
    return (start + place * ONE_DAY for place in range((end - start).days))
