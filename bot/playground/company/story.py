"""What is planted in the demo company, by rules of the calendar that return every year.

docs/demo-company.md tells the same in words, with the numbers that come out.
"""

from __future__ import annotations

from datetime import date

from kpi_engine.domain.errors import QueryError

DEFAULT_SEED = 20_230_102

EPOCH = date(2023, 1, 2)
"""The company's first day; nothing is older."""
LAST_DAY = date(2040, 12, 31)
"""The last day a file may end with: a file grows by about 25,000 rows a year."""

# 1. December is the peak of the year, July and August are the dip.
ORDER_SEASON = {
    1: 0.95,
    2: 0.95,
    3: 1.0,
    4: 1.0,
    5: 1.0,
    6: 1.0,
    7: 0.6,
    8: 0.55,
    9: 1.05,
    10: 1.05,
    11: 1.1,
    12: 1.8,
}
"""How readily existing customers order, by month of the year; 1 is usual."""
SIZE_SEASON = {7: 0.92, 8: 0.9, 12: 1.2}
"""How much they then take, where it isn't the usual 1."""

# 2. Simpson: in the fair season every region converts better, and the whole worse.
_FAIR_SEASON = (7, 8, 9, 10)
FAIR_SHARE = 0.48
"""Share of the fair season's leads that its fairs bring."""
FAIRS_IN_WEAK_REGION = 0.9
"""Share of those that come from the weak region; the others are spread evenly."""
FAIR_SOURCE = "Fairs"
WEAK_REGION = "Oost"
CONVERSION = {"Noord": 0.245, "Zuid": 0.23, "Brussel": 0.265, WEAK_REGION: 0.075}
"""Share of a region's leads that become a customer, outside the fair season."""
CONVERSION_IN_FAIR_SEASON = {"Noord": 0.29, "Zuid": 0.28, "Brussel": 0.31, WEAK_REGION: 0.11}

# 3. A rep's dip.
DIP_REP = "François Lemaître"
_DIP_MONTHS = (9, 10)
DIP_CONVERSION = 0.4
"""His leads of these months convert at this part of what they would."""
DIP_ORDERS = 0.3
"""His customers place this part of their orders in these months."""

# 4. A source that costs and yields nothing.
IDLE_SOURCE = "Podcast"
IDLE_SINCE = date(2025, 1, 1)
IDLE_COST = 2_400
"""EUR a month."""

# 5. A pair of products that belongs together.
PAIR = ("Model X", "Milk Station")
PAIR_SHARE = 0.62
"""Share of the orders with the first product that hold the second one too."""
PAIR_ELSEWHERE = 0.025
"""Share of the other orders that hold the second product."""

# 6. A segment that loses money: what serving it costs, as a part of the goods' margin.
LOSS_SEGMENT = "Hospitality"
SERVICE_OF_MARGIN = {"Industry": 0.25, "Retail": 0.3, "Public": 0.2, LOSS_SEGMENT: 1.35, "Care": 0.35}

# 7. A week half loaded.
_HALF_LOADED_WEEK = 46
"""ISO week of every year whose orders from Thursday to Sunday never reached the database."""
_FIRST_MISSING_WEEKDAY = 3


def in_fair_season(day: date) -> bool:
    return day.month in _FAIR_SEASON


def in_dip(rep: str, day: date) -> bool:
    return rep == DIP_REP and day.month in _DIP_MONTHS


def orders_missing(day: date) -> bool:
    """Whether the orders of this day never reached the database."""
    return day.isocalendar().week == _HALF_LOADED_WEEK and day.weekday() >= _FIRST_MISSING_WEEKDAY


def check_day(end: date) -> None:
    """Raise QueryError where the company has no data up to `end`."""
    if not EPOCH <= end <= LAST_DAY:
        raise QueryError(
            f"The demo company has data from {EPOCH} to {LAST_DAY}, so it can't end on {end}.",
            hint="Choose another day, for example --as-of 2026-11-23.",
        )
