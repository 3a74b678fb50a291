"""Numbers, money, shares, dates and periods as people of a language write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, get_day_names
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent
from babel.units import format_unit

from bot.render.texts import translations
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.periods import (
    ONE_DAY,
    FiscalGrain,
    Grain,
    Period,
    Window,
    period_of,
    shift,
    start_of,
    whole_months,
)

LOCALES: dict[str, str] = {"en": "en_GB", "nl": "nl_BE"}
NO_VALUE = "–"
UNUSUAL = "◆"
"""Marks an unusual period in a table or in a chart of characters."""
_WHOLE_MONEY_FROM = 1000
"""Amounts from here on are shown without cents."""
_WITHOUT_TENTHS_FROM = 100_000
"""Brief amounts from here on are shown in whole thousands."""
_MILLION = 1_000_000
_WITHOUT_TENTHS = 0.0995
"""Brief shares from here on are shown in whole percents."""


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats of one language; `zone` is the business time zone, in which moments are shown."""

    language: str
    zone: ZoneInfo

    @property
    def locale(self) -> Locale:
        """The locale that the language stands for."""
        return Locale.parse(LOCALES[self.language])

    def value(self, value: float | None, unit: Unit, currency: str | None) -> str:  # noqa: PLR0911 - one a unit
        """Return a value in its unit; a dash for no data."""
        if value is None:
            return NO_VALUE
        match unit:
            case "money":
                return self.money(value, currency or "EUR")
            case "share":
                return self.share(value)
            case "score":
                return self.number(value, 0 if float(value).is_integer() else 1, signed=True)
            case "ratio":
                return self.number(value, 2)
            case "days":
                return self.days(value)
            case "count":
                return self.number(value, 0 if float(value).is_integer() else 1)

    def money(self, value: float, currency: str, *, is_whole: bool = False) -> str:
        """Return an amount, with cents only where they matter: never beside whole ones (`is_whole`)."""
        pattern = self.locale.currency_formats["standard"].pattern
        if is_whole or abs(value) >= _WHOLE_MONEY_FROM or float(value).is_integer():
            pattern = pattern.replace(".00", "")
        return _shown(
            format_currency(value, currency, pattern, locale=self.locale, currency_digits=False), value
        )

    def brief_money(self, value: float, currency: str) -> str:
        """Return an amount in at most four digits, for a line of text: "€103k", "€10.9k", "€950"."""
        size = abs(value)
        digits = 1 if _WHOLE_MONEY_FROM <= size < _WITHOUT_TENTHS_FROM or size >= _MILLION else 0
        if size < _WHOLE_MONEY_FROM:
            return self.money(round(value), currency)
        text = format_compact_currency(size, currency, locale=self.locale, fraction_digits=digits)
        return _sign(round(value, 2), signed=False) + text.replace("K", "k").replace(".0k", "k").replace(
            ",0k", "k"
        )

    def brief(self, value: float | None, unit: Unit, currency: str | None) -> str:
        """Return a value in its unit with few digits; a dash for no data."""
        if value is None:
            return NO_VALUE
        if unit == "money":
            return self.brief_money(value, currency or "EUR")
        if unit == "share":
            return self.brief_share(value)
        return self.value(round(value) if unit in ("count", "score") else value, unit, currency)

    def brief_share(self, value: float) -> str:
        """Return a share of 0..1 in whole percents, in tenths below ten percent."""
        decimals = 0 if abs(value) >= _WITHOUT_TENTHS else 1
        return self.number(100 * value, decimals) + "%"

    def days_of(self, period: Period) -> str:
        """Return the days of a period without their year: "16–22 Nov"."""
        if period.start is None or period.end is None:
            return ""
        return _tight(format_interval(period.start, period.end - ONE_DAY, "MMMd", locale=self.locale))

    def changes(self, values: Sequence[float], currency: str) -> list[str]:
        """Return changes of an amount that stand in one line: beside a large one none has cents."""
        is_whole = any(abs(value) >= _WHOLE_MONEY_FROM for value in values)
        return [
            _sign(value, signed=True) + self.money(abs(value), currency, is_whole=is_whole)
            for value in values
        ]

    def share(self, value: float) -> str:
        """Return a share of 0..1 in percent with one decimal."""
        pattern = self.locale.percent_formats[None].pattern.replace("##0", "##0.0")
        return _sign(value, signed=False) + format_percent(abs(value), pattern, locale=self.locale)

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """Return a number with thousands separators."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = format_decimal(abs(value), pattern, locale=self.locale)
        return _sign(round(value, decimals), signed=signed) + text

    def percent_change(self, value: float) -> str:
        """Return a relative change: "+6%", one decimal below ten percent."""
        decimals = "" if abs(value) >= 0.0995 else ".0"  # noqa: PLR2004 - shown as ten percent
        pattern = self.locale.percent_formats[None].pattern.replace("##0", "##0" + decimals)
        shown = round(value, 2 if not decimals else 3)
        return _sign(shown, signed=True) + format_percent(abs(value), pattern, locale=self.locale)

    def absolute_change(self, value: float, unit: Unit, currency: str | None) -> str:
        """Return a change in the metric's own unit with its sign; of a share in percentage points."""
        if unit == "share":
            return self.number(value * 100, 1, signed=True)
        if unit == "score":
            return self.number(value, 1, signed=True)
        return _sign(round(value, 2), signed=True) + self.value(abs(value), unit, currency)

    def days(self, value: float) -> str:
        """Return a number of days: "13.5 days"."""
        shown = self.number(value, 0 if float(value).is_integer() else 1)
        say = translations(self.language).gettext  # CLDR's Dutch days are missing in Babel
        return f"{shown} {say('day') if abs(value) == 1 else say('days')}"

    def day(self, day: date) -> str:
        """Return a date: "23 Nov 2026"."""
        return format_date(day, "d MMM y", locale=self.locale)

    def weekday_date(self, day: date, *, year: int | None = None, is_short: bool = False) -> str:
        """Return a date with its weekday: "Mon 23 Nov 2026", of `year` "Mon 23 Nov", in short "Mon 23"."""
        of_year = "EEE d MMM" if day.year == year else "EEE d MMM y"
        return format_date(day, "EEE d" if is_short else of_year, locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Return a moment in the business zone: "Mon 23 Nov 2026 08:30"."""
        return format_datetime(moment, "EEE d MMM y HH:mm", tzinfo=self.zone, locale=self.locale)

    def reached(self, until: datetime | date) -> str:
        """Return how far something reaches: a moment as `moment`, a day as `weekday_date`."""
        return self.moment(until) if isinstance(until, datetime) else self.weekday_date(until)

    def weekday_day(self, moment: datetime | date) -> str:
        """Return a day, or that of a moment in the business zone, with its weekday: "Sun 22 Nov"."""
        if not isinstance(moment, datetime):
            return format_date(moment, "EEE d MMM", locale=self.locale)
        return format_datetime(moment, "EEE d MMM", tzinfo=self.zone, locale=self.locale)

    def weekday(self, number: int) -> str:
        """Return the name of a weekday (0 = Monday) as it stands inside a sentence."""
        return str(get_day_names("wide", locale=self.locale)[number])

    def ordinal(self, number: int) -> str:
        """Return a number as one of a row: 2nd, 2e."""
        return ordinal(number) if self.language == "en" else f"{number}e"

    def month(self, day: date) -> str:
        """Return the month of a date: "November 2026"."""
        return format_date(day, "LLLL y", locale=self.locale)

    def month_name(self, day: date) -> str:
        """Return the name of a date's month as it stands inside a sentence: "January", "januari"."""
        return format_date(day, "LLLL", locale=self.locale)

    def span(self, start: date, end: date) -> str:
        """Return the days from `start` to before `end`, the last one named: "1–23 Nov 2026"."""
        last = end - ONE_DAY
        if last == start:
            return self.day(start)
        return _tight(format_interval(start, last, "yMMMd", locale=self.locale))

    def axis_label(self, period: Period) -> str:
        """Return the shortest name of a period for an axis, at most 20 characters: "Dec 25", "W36 26"."""
        if period.start is None:
            return ""
        match period.grain:
            case Grain.MONTH:
                return format_date(period.start, "LLL yy", locale=self.locale)
            case Grain.WEEK:
                return f"{self.short_name(period)[:-4]}{period.start.isocalendar().year % 100:02}"
            case _:
                return self.short_name(period)

    def short_name(self, period: Period) -> str:
        """Return a short name of a period that can't be read as a date: "Dec 2025", "W36 2026"."""
        start = period.start
        if start is None:
            return ""
        match period.grain:
            case FiscalGrain():
                return fiscal_name(period.grain, start)
            case Grain.YEAR:
                return str(start.year)
            case Grain.QUARTER:
                return f"Q{(start.month + 2) // 3} {start.year}"
            case Grain.WEEK:
                year, week, _ = start.isocalendar()
                return f"W{week:02} {year}"
            case Grain.MONTH | Grain.DAY:
                form = "LLL y" if period.grain is Grain.MONTH else "d MMM"
                return format_date(start, form, locale=self.locale)

    def period_name(self, period: Period) -> str | None:
        """Return the name of whole calendar units ("July 2026", "Jan–Mar 2026"), None for any other span."""
        if period.start is None:
            return None
        if isinstance(period.grain, FiscalGrain) and (named := fiscal_names(period)):
            return f"{named}, {self.months(period)}"
        for grain in (Grain.YEAR, Grain.QUARTER, Grain.MONTH, Grain.WEEK, Grain.DAY):
            if period_of(grain, period.start) == Period(period.start, period.end, grain):
                return self._unit_name(grain, period.start, period.end or period.start)
        return self._months_name(period.start, period.end)

    def months(self, period: Period) -> str:
        """Return the months of a period of whole months: "Apr 2025–Mar 2026"."""
        start, end = period.bounds()
        return self._months_name(start, end) or self.span(start, end)

    def _months_name(self, start: date, end: date | None) -> str | None:
        if end is None or not whole_months(start, end):
            return None
        return _tight(format_interval(start, end - ONE_DAY, "yMMM", locale=self.locale))

    def _unit_name(self, grain: Grain, start: date, end: date) -> str:
        match grain:
            case Grain.YEAR:
                return str(start.year)
            case Grain.QUARTER:
                return f"Q{(start.month + 2) // 3} {start.year}"
            case Grain.MONTH:
                return self.month(start)
            case Grain.WEEK:
                return f"{self.week_word} {start.isocalendar().week} ({self.span(start, end)})"
            case Grain.DAY:
                return self.day(start)

    @property
    def week_word(self) -> str:
        """The word before a week's number."""
        return format_unit(1, "duration-week", locale=self.locale).removeprefix("1").strip()

    def window(self, window: Window) -> str:
        """Return the days that were read: "1–23 Nov 2026"."""
        if window.start is None or window.end is None or window.is_empty:
            return NO_VALUE
        return self.span(window.start, window.end)


def fiscal_name(grain: FiscalGrain, start: date) -> str:
    """Return the name of the fiscal quarter or year that starts on a day: "Q2 FY2026"."""
    quarter = f"Q{grain.year.months_before(start) // 3 + 1} " if grain.unit is Grain.QUARTER else ""
    return f"{quarter}FY{grain.year.number_of(start)}"


def fiscal_names(period: Period) -> str | None:
    """Return the names of a period's first and last fiscal unit; None where it isn't made of whole ones."""
    grain, (start, end) = period.grain, period.bounds()
    if not isinstance(grain, FiscalGrain) or start_of(grain, start) != start or start_of(grain, end) != end:
        return None
    last = shift(grain, end, -1)
    names = dict.fromkeys((fiscal_name(grain, start), fiscal_name(grain, last)))
    return "–".join(names)


def ordinal(number: int) -> str:
    """Return an English ordinal number: 2nd."""
    is_teen = 10 < number % 100 < 14  # noqa: PLR2004 - 11th, 12th, 13th
    ending = "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _sign(value: float, *, signed: bool) -> str:
    return "−" if value < 0 else ("+" if signed and value > 0 else "")


def _shown(text: str, value: float) -> str:
    """Return an amount with a real minus sign in front."""
    return "−" + text.replace("-", "").strip() if value < 0 else text


def _tight(interval: str) -> str:
    """Return an interval of short parts without the thin spaces around its dash."""
    return interval.replace("\u2009–\u2009", "–")
