"""Back-test the landing of running months beside the plain run rate: `python -m benchmarks.landing`.

Each company has forty months of days; the last 34 are forecast after 5, 10 and 15 working days, from the days
before alone. The plain run rate is what is there so far, divided by the working days that are over, times all
of the month's.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from statistics import fmean
from zoneinfo import ZoneInfo

from bot.playground.company import demo_database
from bot.playground.company.story import EPOCH
from kpi_engine import Engine, SqlWarehouse, load
from kpi_engine.analysis.pace import PastMonth, RunningMonth, forecast
from kpi_engine.domain.periods import (
    ONE_DAY,
    Grain,
    Window,
    add_months,
    like_for_like,
    period_of,
    working_days,
)
from kpi_engine.domain.workdays import working_days_of

MONTHS, JUDGED = 40, 34
AFTER = (5, 10, 15)
"""Working days after which a month is forecast."""
_HISTORY = 36
_START = date(2022, 8, 1)
_DEMO_END = date(2026, 10, 31)
DEMO = ("sales", "orders", "new_customers", "leads", "opportunities")
"""The metrics of the playground's company."""

_SEASON = (0.9, 0.9, 1.0, 1.0, 1.05, 1.0, 0.65, 0.6, 1.05, 1.15, 1.2, 1.6)
_IS_WORKING_DAY = working_days_of("BE")

Days = Mapping[date, float]
"""What each day brings."""


@dataclass(frozen=True, slots=True)
class Company:
    """A made-up company: its orders a working day, how their values differ, and what moves its months.

    `spread` is that of the logarithm of an order's value (0: orders are counted), `drift` that of a month's
    level, `growth` a month's, `rush` how much more each of the last five working days brings.
    """

    name: str
    orders: float
    spread: float
    drift: float
    growth: float = 0.0
    season: Sequence[float] = (1.0,) * 12
    rush: float = 1.0

    @property
    def is_count(self) -> bool:
        """Whether orders are counted and not their values."""
        return self.spread == 0

    def days(self, seed: int) -> Days:
        """Return what each day brings; equal seeds draw equally."""
        draw = random.Random(f"{self.name}:{seed}")
        found: dict[date, float] = {}
        for index in range(MONTHS):
            month = add_months(_START, index)
            level = (1 + self.growth) ** index * self.season[month.month - 1] * _around(draw, self.drift)
            for day in _days_of(month):
                more = self.rush if _is_among_last(day) else 1.0
                weight = more if _IS_WORKING_DAY(day) else 0.05
                count = _poisson(draw, self.orders * level * weight)
                found[day] = (
                    float(count)
                    if self.is_count
                    else math.fsum(1000 * _around(draw, self.spread) for _ in range(count))
                )
        return found


COMPANIES = (
    Company("steady", 12, 0.65, 0.05),
    Company("seasonal", 8, 0.75, 0.08, season=_SEASON),
    Company("growing, few large orders", 1.2, 0.95, 0.10, growth=0.015),
    Company("rush at the month's end", 6, 0.7, 0.06, rush=1.8),
    Company("few customers a month, counted", 1.5, 0, 0.08, season=_SEASON),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """How the months of a company were forecast: errors as parts of their ends, hits of the 80 % band."""

    errors: tuple[float, ...]
    plain: tuple[float, ...]
    hits: tuple[bool, ...]

    @property
    def row(self) -> tuple[float, float, float]:
        """The mean error, that of the plain run rate, and the share of ends within the band, in percent."""
        return 100 * fmean(self.errors), 100 * fmean(self.plain), 100 * fmean(self.hits)


def judged(every: Sequence[Days], after: int, *, is_count: bool) -> Judged:
    """Return how the last 34 months of some series of days are forecast after so many working days."""
    errors, plain, hits = [], [], []
    for days in every:
        cut = list(_cut_months(days, after))
        for place in range(len(cut) - JUDGED, len(cut)):
            month, end = cut[place], cut[place].first + cut[place].rest
            now = RunningMonth(month.month, month.first, month.days, month.days_left)
            found = forecast(now, cut[max(0, place - _HISTORY) : place], is_count=is_count)
            if found is None or end <= 0:
                continue
            errors.append(abs(found.expected - end) / end)
            plain.append(abs(month.first / month.days * (month.days + month.days_left) - end) / end)
            hits.append(found.low <= end <= found.high)
    return Judged(tuple(errors), tuple(plain), tuple(hits))


def _cut_months(days: Days, after: int) -> Iterator[PastMonth]:
    first, last = min(days), max(days)
    month = first.replace(day=1)
    while month <= last:
        period = period_of(Grain.MONTH, month)
        start, end = period.bounds()
        running = Window(start, _after(start, after), complete=False)
        cut = like_for_like(period, running, _IS_WORKING_DAY)
        rest = Window(cut.end, end)
        yield PastMonth(
            month.month,
            _sum(days, cut),
            working_days(cut, _IS_WORKING_DAY),
            _sum(days, rest),
            working_days(rest, _IS_WORKING_DAY),
        )
        month = end


def _after(start: date, count: int) -> date:
    """Return the day after so many working days."""
    day = start
    while count:
        count -= _IS_WORKING_DAY(day)
        day += ONE_DAY
    return day


def _sum(days: Days, window: Window) -> float:
    if window.start is None or window.end is None:
        raise ValueError("a window of days has both ends")
    count = (window.end - window.start).days
    return math.fsum(days.get(window.start + offset * ONE_DAY, 0.0) for offset in range(count))


def _days_of(month: date) -> Iterator[date]:
    day, following = month, add_months(month, 1)
    while day < following:
        yield day
        day += ONE_DAY


def _is_among_last(day: date) -> bool:
    """Whether a day is one of the last five working days of its month."""
    rest = Window(day, add_months(day.replace(day=1), 1))
    return working_days(rest, _IS_WORKING_DAY) <= 5  # noqa: PLR2004 - five


def _around(draw: random.Random, spread: float) -> float:
    """Return a lognormal draw whose mean is one."""
    return draw.lognormvariate(-spread * spread / 2, spread)


def _poisson(draw: random.Random, mean: float) -> int:
    floor, product, count = math.exp(-mean), draw.random(), 0
    while product > floor:
        product *= draw.random()
        count += 1
    return count


def demo(metrics: Sequence[str]) -> Iterator[tuple[str, Days, bool]]:
    """Yield the days of the playground's company as the engine reads them: name, days, whether counted."""
    url = f"sqlite:///{demo_database(_DEMO_END)}"
    zone, config = ZoneInfo("Europe/Brussels"), Path(__file__).parents[1] / "config"
    engine = Engine(
        load(config, config), {"sales": SqlWarehouse(url)}, zone=zone, is_working_day=_IS_WORKING_DAY
    )
    now = datetime.combine(_DEMO_END + ONE_DAY, time(9), zone)
    for metric in metrics:
        (answer,) = engine.ask(f"{metric} per day {EPOCH}..{_DEMO_END}", now)
        days = {
            point.window.start: point.figure.value or 0.0 for point in answer.series if point.window.start
        }
        yield f"demo company: {metric}", days, answer.unit == "count"
    engine.close()


def main() -> None:
    """Print how each company is forecast."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.landing", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many of each made-up company")
    options = parser.parse_args()
    print(f"{'':<32}" + "".join(f"{f'after {after} days':>26}" for after in AFTER))
    print(f"{'':<32}" + f"{'error':>10}{'plain':>8}{'in band':>8}" * len(AFTER))
    for company in COMPANIES:
        every = [company.days(seed) for seed in range(options.seeds)]
        _print(company.name, every, is_count=company.is_count)
    for name, days, is_count in demo(DEMO):
        _print(name, [days], is_count=is_count)


def _print(name: str, every: Sequence[Days], *, is_count: bool) -> None:
    cells = []
    for after in AFTER:
        error, plain, hits = judged(every, after, is_count=is_count).row
        cells.append(f"{error:>9.1f}%{plain:>7.1f}%{hits:>7.0f}%")
    print(f"{name:<32}" + "".join(f"{cell:>26}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
