"""The customers of one person to call: those who wait longer than usual, the most valuable first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from kpi_engine.answers.question import Question
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.periods import Grain, Period, Window, add_months, start_of
from kpi_engine.domain.query import Key, Member
from kpi_engine.domain.summary import Call
from kpi_engine.reading.member_figures import read_chosen
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import ChosenOf, FiguresOf, WaitsOf
from kpi_engine.summaries.looking import PERSON

CUSTOMER = "customer"
_NAMED = 3
_LOOKED_AT = 300
"""The customers that are looked at, the most valuable first: who buys less isn't among three to call."""
_SILENT_DAYS = 60
"""After how many days a customer is called where too few waits between orders are known."""
_YEAR_DAYS = 365
_MONTHS = 13
"""The calendar months that 365 days reach into."""


@dataclass(frozen=True, slots=True)
class Customers:
    """What is read about the customers of one person, and after how many days without an order they count."""

    question: Question
    figures: FiguresOf
    year: Window
    recent: Window
    months: tuple[Period, ...]
    silent_days: int


def waits_of_calls(setting: Setting, asked: Sequence[Windows], until: date) -> WaitsOf | None:
    """Return the waits between the orders of the asker's own customers, where the company knows lost ones.

    They are read with the filters of the questions: what others' customers do is nobody's to see.
    """
    question = _question(asked)
    lapsing = (
        metric.spec.lapse
        for metric in setting.catalogue.metrics.values()
        if metric.spec.lapse is not None and PERSON in metric.dimensions
    )
    lapse = next(lapsing, None)
    if question is None or lapse is None:
        return None
    return WaitsOf(lapse.active, question.filters, lapse.within.before(until), until)


def customers_of(
    setting: Setting, asked: Sequence[Windows], readings: Readings, until: date, now: datetime
) -> Customers | None:
    """Return what to read: the most valuable customers of the last year, chosen in the database.

    None where nothing is sold by customer. Raises DataError and WarehouseError.
    """
    question = _question(asked)
    if question is None:
        return None
    want = waits_of_calls(setting, asked, until)
    waits = readings.waits.get(want) if want else None
    silent = waits.p80 if waits and waits.is_enough else _SILENT_DAYS
    year = Window(until - timedelta(days=_YEAR_DAYS), until)
    recent = Window(max(until - timedelta(days=silent), until - timedelta(days=_YEAR_DAYS)), until)
    spec, filters = question.metric.spec, question.filters
    chosen = read_chosen(
        setting.reader,
        ChosenOf(spec, filters, year, CUSTOMER, _LOOKED_AT, most_first=True),
        now,
    )
    if chosen is None:
        return None
    this = start_of(Grain.MONTH, until - timedelta(days=1))
    starts = [add_months(this, -number) for number in range(_MONTHS)]
    months = tuple(Period(start, add_months(start, 1), Grain.MONTH) for start in starts)
    windows = tuple(dict.fromkeys((year, recent, *(_days_of(month, year) for month in months))))
    only = tuple(key for key in chosen.keys if key is not None)
    figures = FiguresOf(spec, filters, (year,), (CUSTOMER,), windows, only)
    return Customers(question, figures, year, recent, months, silent)


def calls_of(customers: Customers, readings: Readings) -> tuple[Call, ...]:
    """Return the customers to call, the most valuable first; they are named by their keys."""
    reading, question = readings.figures[customers.figures], customers.question

    def bought(window: Window, key: Key) -> float:
        return reading.group(window, (key,)).value or 0.0

    found = []
    for key in customers.figures.only or ():
        value = bought(customers.year, key)
        ordered = (month for month in customers.months if bought(_days_of(month, customers.year), key) > 0)
        last = next(ordered, None)
        if last is not None and value > 0 and bought(customers.recent, key) <= 0:
            found.append(Call(Member(key, str(key)), last, value, question.metric.name, question.money))
    found.sort(key=lambda entry: (-entry.value, str(entry.customer.key)))
    return tuple(found[:_NAMED])


def named(calls: Sequence[Call], labels: Mapping[Key, str]) -> tuple[Call, ...]:
    """Return the same with the customers' names."""
    keys = [entry.customer.key for entry in calls]
    return tuple(
        replace(entry, customer=Member(key, labels.get(key, str(key))))
        for key, entry in zip(keys, calls, strict=True)
    )


def _question(asked: Sequence[Windows]) -> Question | None:
    """Return the first question about an amount that adds up over customers."""
    for entry in asked:
        question = entry.question
        is_total = not (question.query.by or question.query.per or question.query.sizes)
        metric = question.metric
        if is_total and metric.unit == "money" and metric.spec.is_additive and CUSTOMER in metric.dimensions:
            return question
    return None


def _days_of(month: Period, year: Window) -> Window:
    """Return the days of a month that are within a year."""
    start, end = month.bounds()
    first, last = year.start or start, year.end or end
    return Window(max(start, first), min(end, last))
