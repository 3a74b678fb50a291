"""The companies, the days that they have data of, and the stories that can be planted in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

FIRST_DAY = date(2021, 1, 4)
"""The first day with data. In its first year the list of customers fills, then churn is steady."""
LAST_DAY = date(2026, 1, 31)
ASKED_YEAR = 2025
"""The year of whose Mondays and months the summaries are made."""

REGIONS = ("Coast", "Hills", "Plain", "Harbour")
REGION_SHARES = (0.35, 0.28, 0.22, 0.15)
SOURCES = ("Web form", "Referrals", "Mailing", "Trade shows", "Resellers")
SOURCE_SHARES = (0.34, 0.24, 0.18, 0.14, 0.1)
SEGMENTS = ("Offices", "Shops", "Schools", "Clinics")
SEGMENT_SHARES = (0.4, 0.28, 0.18, 0.14)
TECHNIQUES = ("Visit", "Call", "Webinar")
TECHNIQUE_SHARES = (0.45, 0.35, 0.2)


@dataclass(frozen=True, slots=True)
class Profile:
    """A company: its size, and how noisy it is.

    `dispersion` is the variance of a day's orders or leads over their mean (1 is Poisson), `spread` the
    standard deviation of the logarithm of an order's size. `season` holds what a month's orders are
    multiplied by, the same in each year.
    """

    name: str
    seed: int
    orders_a_week: float
    reps: int
    dispersion: float
    spread: float
    season: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))

    def factor(self, month: int) -> float:
        """Return what the orders of a month of the year (1 to 12) are multiplied by."""
        return self.season.get(month, 1.0)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("small", 1_101, orders_a_week=20, reps=6, dispersion=1.2, spread=1.0),
        Profile(
            "middle",
            1_202,
            orders_a_week=100,
            reps=15,
            dispersion=1.5,
            spread=0.8,
            season=MappingProxyType({7: 0.75, 8: 0.75, 12: 1.5}),
        ),
        Profile("large", 1_303, orders_a_week=600, reps=40, dispersion=2.0, spread=0.9),
    )
}
"""By name; the middle one has a season."""


class Story(StrEnum):
    """What happens to a company in which otherwise nothing does."""

    REGION_FALLS = "region falls"
    SOURCE_STOPS = "source stops"
    HALF_LOADED_WEEK = "half-loaded week"
    ALL_GROW = "all grow"


STORY_STARTS = date(2025, 9, 1)
"""A Monday and the first day of a month."""
FALL_ENDS = date(2025, 10, 1)
"""The first day on which the region is as usual again."""
FALLEN_REGION, FALL = 1, 0.4
"""The place of the region in `REGIONS`, and the share of its orders that isn't placed."""
STOPPED_SOURCE = 1
"""The place in `SOURCES` of the source that brings no leads any more. It still costs as much."""
GROWTH = 1.2
"""What all rates are multiplied by where all grow."""
LOST_FROM, LOST_UNTIL = STORY_STARTS + timedelta(days=3), STORY_STARTS + timedelta(days=7)
"""The days (from Thursday, up to Monday) whose orders arrive late, and when."""
ARRIVES_LATE = LOST_UNTIL + timedelta(days=9)
"""The day on which the orders of the half-loaded week are in the database."""
