"""How a database keeps moments, and the bounds of a period in that form.

A bound is compared with the bare column, so that an index on it works and nothing is converted
row by row.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Date, DateTime, String
from sqlalchemy.types import TypeEngine

from kpi_engine.domain.errors import DataError
from kpi_engine.domain.models import ColumnType
from kpi_engine.domain.translatable import said

_DATE_LENGTH, _MONTH_LENGTH = 10, 7
_SECONDS_FROM = 100_000_000
"""Seconds since 1970 reached this in March 1973; a smaller number counts days, or is one such as 20261031."""
_MILLISECONDS_FROM = 100_000_000_000
"""Seconds since 1970 reach this in the year 5138, milliseconds did in 1973."""
_MICROSECONDS_FROM = 1_000 * _MILLISECONDS_FROM


class TimeForm(StrEnum):
    """The form in which a column keeps dates or moments."""

    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMP_WITH_ZONE = "timestamp with zone"
    TEXT_MONTH = "2026-10"
    TEXT_DATE = "2026-10-01"
    TEXT_SPACE = "2026-10-01 00:00:00"
    TEXT_T = "2026-10-01T00:00:00"
    EPOCH_SECONDS = "seconds since 1970"
    EPOCH_MILLISECONDS = "milliseconds since 1970"
    EPOCH_MICROSECONDS = "microseconds since 1970"


_DECLARED = {
    "date": TimeForm.DATE,
    "timestamp": TimeForm.TIMESTAMP,
    "epoch_seconds": TimeForm.EPOCH_SECONDS,
    "epoch_milliseconds": TimeForm.EPOCH_MILLISECONDS,
}
_WITHOUT_TIME = frozenset({TimeForm.DATE, TimeForm.TEXT_DATE, TimeForm.TEXT_MONTH})
EPOCHS: Mapping[TimeForm, int] = {
    TimeForm.EPOCH_SECONDS: 1,
    TimeForm.EPOCH_MILLISECONDS: 1_000,
    TimeForm.EPOCH_MICROSECONDS: 1_000_000,
}
"""The forms that count from 1970, with what a second has of them."""
TEXTS = frozenset({TimeForm.TEXT_MONTH, TimeForm.TEXT_DATE, TimeForm.TEXT_SPACE, TimeForm.TEXT_T})
_ALWAYS_UTC = frozenset({TimeForm.TIMESTAMP_WITH_ZONE, *EPOCHS})


def form_of(sample: object, declared: ColumnType | None) -> TimeForm:
    """Tell the form from one stored value as the driver returns it; None (an empty table) asks the type.

    Raises DataError where the value is no date or moment.
    """
    if declared in ("epoch_seconds", "epoch_milliseconds"):
        return _DECLARED[declared]
    match sample:
        case None:
            return _DECLARED.get(declared or "timestamp", TimeForm.TIMESTAMP)
        case datetime():
            return TimeForm.TIMESTAMP if sample.tzinfo is None else TimeForm.TIMESTAMP_WITH_ZONE
        case date():
            return TimeForm.DATE
        case bool():
            raise _no_moment(sample)
        case int() | float():
            return _epoch_form(sample)
        case str():
            return _text_form(sample.strip())
    raise _no_moment(sample)


def form_among(samples: Sequence[object], declared: ColumnType | None) -> TimeForm:
    """Tell the form that most of some stored values have, of several as common the first's.

    An empty text is no value, and 0 tells nothing; a column of nothing else holds text, or seconds. Raises
    DataError where no value is a date or moment.
    """
    values = [value for value in samples if not (isinstance(value, str) and not value.strip())]
    if samples and not values and declared not in ("epoch_seconds", "epoch_milliseconds"):
        return TimeForm.TEXT_DATE
    found: Counter[TimeForm] = Counter()
    wrong: DataError | None = None
    for value in [value for value in values if value != 0] or values or (None,):
        try:
            found[form_of(value, declared)] += 1
        except DataError as error:
            wrong = wrong or error
    if wrong and not found:
        raise wrong
    return found.most_common(1)[0][0]


def _epoch_form(sample: float) -> TimeForm:
    size = abs(sample)
    if 0 < size < _SECONDS_FROM or not math.isfinite(size):
        raise _no_moment(sample)
    if size >= _MICROSECONDS_FROM:
        return TimeForm.EPOCH_MICROSECONDS
    return TimeForm.EPOCH_MILLISECONDS if size >= _MILLISECONDS_FROM else TimeForm.EPOCH_SECONDS


def _text_form(sample: str) -> TimeForm:
    try:
        date.fromisoformat(sample[:_DATE_LENGTH] if len(sample) > _MONTH_LENGTH else f"{sample}-01")
    except ValueError as wrong:
        raise _no_moment(sample) from wrong
    if len(sample) == _MONTH_LENGTH:
        return TimeForm.TEXT_MONTH
    if len(sample) == _DATE_LENGTH:
        return TimeForm.TEXT_DATE
    return TimeForm.TEXT_T if sample[_DATE_LENGTH] == "T" else TimeForm.TEXT_SPACE


def _no_moment(sample: object) -> DataError:
    return DataError(
        said("A time column contains “{value}”, which isn't a date.", value=str(sample)[:20]),
        hint="Use sql: to turn it into text such as 2026-10-01 or 2026-10-01 08:30:00.",
    )


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """How one time column is stored: its form, its own zone and the business zone.

    `is_checked`: between two bounds there may be values that are no dates, as in text.
    """

    form: TimeForm
    zone: ZoneInfo
    business: ZoneInfo
    is_checked: bool = False

    @property
    def own_zone(self) -> ZoneInfo:
        """The zone that the stored values are in."""
        return ZoneInfo("UTC") if self.form in _ALWAYS_UTC else self.zone

    @property
    def is_zoned(self) -> bool:
        """Whether the stored values say themselves which moment they are."""
        return self.form in _ALWAYS_UTC

    @property
    def takes_zone(self) -> bool:
        """Whether the stored values are moments that need a zone to be told."""
        return not self.is_zoned and self.form not in _WITHOUT_TIME

    @property
    def needs_shift(self) -> bool:
        """Whether a stored value's date may differ from the business date."""
        return self.form not in _WITHOUT_TIME and self.own_zone.key != self.business.key

    def midnight(self, day: date) -> object:
        """Return the start of a business day in the stored form."""
        if self.form in _WITHOUT_TIME:
            return self._day(day)
        return self._moment(datetime.combine(day, time(), self.business))

    def before(self, moment: datetime) -> object:
        """Return the bound below which rows have happened by `moment` (zone-aware).

        A form without time of day counts its day as happened.
        """
        if self.form in _WITHOUT_TIME:
            return self._day(moment.astimezone(self.business).date() + timedelta(days=1))
        return self._moment(moment)

    def _day(self, day: date) -> object:
        if self.form is TimeForm.DATE:
            return day
        return day.isoformat()[:_MONTH_LENGTH] if self.form is TimeForm.TEXT_MONTH else day.isoformat()

    def _moment(self, moment: datetime) -> object:
        local = moment.astimezone(self.own_zone)
        match self.form:
            case TimeForm.TIMESTAMP_WITH_ZONE:
                return local
            case TimeForm.EPOCH_SECONDS | TimeForm.EPOCH_MILLISECONDS | TimeForm.EPOCH_MICROSECONDS:
                return int(moment.timestamp() * EPOCHS[self.form])
        naive = local.replace(tzinfo=None)
        if self.form is TimeForm.TIMESTAMP:
            return naive
        # the shortest text of a moment sorts before every longer one of the same moment
        if naive.time() == time():
            return naive.date().isoformat()
        finest = "microseconds" if naive.microsecond else "seconds" if naive.second else "minutes"
        return naive.isoformat(sep="T" if self.form is TimeForm.TEXT_T else " ", timespec=finest)

    def sql_type(self) -> TypeEngine[Any]:
        """Return the type with which bounds are bound."""
        match self.form:
            case TimeForm.DATE:
                return Date()
            case TimeForm.TIMESTAMP:
                return DateTime()
            case TimeForm.TIMESTAMP_WITH_ZONE:
                return DateTime(timezone=True)
            case TimeForm.EPOCH_SECONDS | TimeForm.EPOCH_MILLISECONDS | TimeForm.EPOCH_MICROSECONDS:
                return BigInteger()
            case _:
                return String()

    def read(self, stored: object) -> datetime | None:
        """Turn a stored value into a moment of the business zone; a date becomes its last second.

        An empty text is none. Raises ValueError where the value is no moment, or one that Python can't hold.
        """
        text = str(stored).strip() if stored is not None else ""
        if not text:
            return None
        try:
            return self._read(text)
        except (OverflowError, OSError) as wrong:  # 31 December 9999, in a zone where it is a day later
            raise ValueError(text) from wrong

    def read_known(self, stored: object) -> datetime | None:
        """Turn a stored value into a moment as `read` does; None where it can't be read."""
        try:
            return self.read(stored)
        except ValueError:
            return None

    def _read(self, text: str) -> datetime:
        if self.form in EPOCHS:
            return datetime.fromtimestamp(float(text) / EPOCHS[self.form], UTC).astimezone(self.business)
        if self.form is TimeForm.TEXT_MONTH:
            text += "-01"
        moment = datetime.fromisoformat(text)
        if self.form in _WITHOUT_TIME:
            return datetime.combine(moment.date(), time(23, 59, 59), self.business)
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.own_zone)).astimezone(self.business)

    def offsets(self, start: date, end: date) -> tuple[tuple[object, int], ...]:
        """Return how many minutes the business zone is ahead of the stored one between two days.

        Each entry is (bound in the stored form, minutes valid below that bound); the last bound
        lies after `end`. From the zones' own transitions (the tz database).
        """
        begin = datetime.combine(start - timedelta(days=2), time(), UTC)
        stop = datetime.combine(end + timedelta(days=2), time(), UTC)
        changes = [
            change
            for year in range(begin.year, stop.year + 1)
            for change in _changes(self.own_zone, self.business, year)
            if begin <= change.day < stop
        ]
        pieces = ((self._moment(change.at), change.ahead) for change in changes)
        return (*pieces, (self._moment(stop), _ahead(self.own_zone, self.business, stop)))


@dataclass(frozen=True, slots=True)
class _Change:
    """When one zone begins to be another number of minutes ahead of another zone: `ahead` up to `at`.

    `day` is the midnight (UTC) before it.
    """

    day: datetime
    at: datetime
    ahead: int


@lru_cache(maxsize=1024)
def _changes(own: ZoneInfo, business: ZoneInfo, year: int) -> tuple[_Change, ...]:
    """Return the changes of a year, found by looking at each of its days."""
    found = []
    day, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    ahead = _ahead(own, business, day)
    while day < end:
        following = day + timedelta(days=1)
        then = _ahead(own, business, following)
        if then != ahead:
            found.append(_Change(day, _change_between(own, business, day, following), ahead))
            ahead = then
        day = following
    return tuple(found)


def _ahead(own: ZoneInfo, business: ZoneInfo, moment: datetime) -> int:
    there = moment.astimezone(business).utcoffset() or timedelta()
    here = moment.astimezone(own).utcoffset() or timedelta()
    return round((there - here) / timedelta(minutes=1))


def _change_between(own: ZoneInfo, business: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = _ahead(own, business, low)
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        middle = middle.replace(second=0, microsecond=0)
        if middle == low:
            break
        if _ahead(own, business, middle) == before:
            low = middle
        else:
            high = middle
    return high
