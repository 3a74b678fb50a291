"""What the office books: costs of marketing and sales, and the quotas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from bot.playground.company import cast, story
from bot.playground.company.baskets import money
from bot.playground.company.draws import Draw
from bot.playground.company.leads import region_rate
from bot.playground.company.tables import MarketingCost, Quota, SalesCost
from bot.playground.company.trading import expected_leads, growth, month_end, months, next_month

_FAIR_SEASON_COST = 1.8
"""What the fairs cost in the fair season, as a multiple."""
_UNALLOCATED = 1_400
_MONTHLY_SALES_COST = (4_300, 5_900)
_IDS_A_MONTH = 1_000
"""Room in an id for the rows of a month, so that a row's id depends on its month alone."""
_MONTHS_A_YEAR = 12

_COUNTED = 0.96 * 0.985
"""Share of the leads that are neither refused nor without an owner."""
_DEALS_A_LEAD = 0.46
_DIRECT_CUSTOMERS = 1.07
_SALES_A_CUSTOMER = 400_000
"""Cents of sales in a month for each customer won in a usual month."""
_QUOTA_CONVERSION, _QUOTA_WIN_RATE, _QUOTA_COST_PER_LEAD = Decimal("0.21"), Decimal("0.45"), Decimal("58.00")
_SALES_SEASON = {
    1: 0.92,
    2: 0.92,
    3: 1.0,
    4: 0.97,
    5: 0.97,
    6: 1.0,
    7: 0.75,
    8: 0.7,
    9: 1.0,
    10: 1.05,
    11: 1.0,
    12: 1.5,
}
_RAMP_MONTHS = 12
"""Until a new rep is expected to sell like the others."""


def _number(month: date) -> int:
    return (month.year - story.EPOCH.year) * _MONTHS_A_YEAR + month.month


def marketing_costs(seed: int, end: date) -> Iterator[MarketingCost]:
    """Yield the costs booked by `end`: of the running month only those whose booking day has come."""
    for month in months(story.EPOCH, end):
        base = _number(month) * _IDS_A_MONTH
        draw = Draw(seed, "marketing", month)
        last = month_end(month)
        if last <= end:
            yield MarketingCost(base, month, None, None, money(_noisy(draw, _UNALLOCATED * growth(month))))
        for source_id, channel in cast.CHANNELS.items():
            idle = channel.source.name == story.IDLE_SOURCE
            busy = channel.source.name == story.FAIR_SOURCE and story.in_fair_season(month)
            cost = (
                channel.monthly_cost * (1.0 if idle else growth(month)) * (_FAIR_SEASON_COST if busy else 1.0)
            )
            cents = (
                channel.monthly_cost * 100
                if idle
                else _noisy(Draw(seed, "marketing", month, source_id), cost)
            )
            booked_on = min(month + timedelta(days=channel.booking_day - 1), last)
            if booked_on > end or (idle and month < story.IDLE_SINCE):
                continue
            for region_id, part in _by_region(cents):
                yield MarketingCost(
                    base + source_id * 10 + region_id, month, source_id, region_id, money(part)
                )


def _noisy(draw: Draw, euros: float) -> int:
    """Return cents within eight percent of the amount."""
    return round(euros * draw.between(0.92, 1.08) * 100)


def _by_region(cents: int) -> Iterator[tuple[int, int]]:
    """Split an amount over the regions, to the cent."""
    left = cents
    for region in cast.REGIONS[:-1]:
        part = round(cents * cast.REGION_SHARE[region.name])
        left -= part
        yield region.id, part
    yield cast.REGIONS[-1].id, left


def sales_costs(seed: int, end: date) -> Iterator[SalesCost]:
    """Yield what each rep cost in the months that are over."""
    for month in months(story.EPOCH, end):
        if month_end(month) > end:
            return
        for seller in cast.active_sellers(month):
            draw = Draw(seed, "sales cost", month, seller.rep.id)
            cost = draw.between(*_MONTHLY_SALES_COST) * growth(month)
            yield SalesCost(
                _number(month) * _IDS_A_MONTH + seller.rep.id, month, seller.rep.id, money(round(cost * 100))
            )


def quotas(end: date) -> Iterator[Quota]:
    """Yield the quotas to the end of the quarter after that of `end`; each depends on its month alone."""
    quarter = date(end.year, (end.month - 1) // 3 * 3 + 1, 1)
    last = quarter
    for _ in range(5):
        last = next_month(last)
    for month in months(story.EPOCH, last):
        yield from _month_quotas(month)


def _month_quotas(month: date) -> Iterator[Quota]:
    base = _number(month) * _IDS_A_MONTH
    company = (
        ("conversion", _QUOTA_CONVERSION),
        ("win_rate", _QUOTA_WIN_RATE),
        ("cost_per_lead", _QUOTA_COST_PER_LEAD),
    )
    for number, (metric, value) in enumerate(company):
        yield Quota(base + number, metric, month, None, None, None, value)
    totals: dict[str, int] = defaultdict(int)
    for rep_id, (local, at_fair) in _leads_of_reps(month).items():
        leads = local + at_fair
        customers = _usual_customers(month.year)[rep_id] * _DIRECT_CUSTOMERS
        sales = customers * _SALES_A_CUSTOMER * _SALES_SEASON[month.month] * _ramp(rep_id, month)
        values = (
            ("leads", Decimal(round(leads))),
            ("opportunities", Decimal(round(leads * _DEALS_A_LEAD))),
            ("new_customers", Decimal(max(1, round(customers)))),
            ("sales", Decimal(round(sales / 50_000) * 500)),
        )
        for number, (metric, value) in enumerate(values, 1):
            totals[metric] += int(value)
            yield Quota(base + number * 100 + rep_id, metric, month, rep_id, None, None, value)
    for number, (metric, total) in enumerate(totals.items(), 5):
        weights = (
            _lead_shares(month) if metric in ("leads", "opportunities") else _customer_shares(month.year)
        )
        for region_id, part in _by_weight(total, weights, 500 if metric == "sales" else 1):
            yield Quota(base + number * 100 + region_id, metric, month, None, None, region_id, Decimal(part))


def _leads_of_reps(month: date) -> dict[int, tuple[float, float]]:
    """Return the leads each rep may expect in the month: those of the own region, and those of the fairs."""
    total = _leads_in(month)
    at_fair = story.FAIR_SHARE if story.in_fair_season(month) else 0.0
    everyone = cast.active_sellers(month)
    found = {}
    for seller in everyone:
        region = cast.REGIONS[seller.rep.region_id - 1]
        local = cast.REGION_SHARE[region.name] / len(cast.active_sellers(month, region.id))
        found[seller.rep.id] = total * (1.0 - at_fair) * local, total * at_fair / len(everyone)
    return found


def _lead_shares(month: date) -> dict[int, float]:
    """Return the share of the month's leads that each region may expect."""
    at_fair = story.FAIR_SHARE if story.in_fair_season(month) else 0.0
    return {
        region.id: cast.REGION_SHARE[region.name] * (1.0 - at_fair) + cast.FAIR_SHARES[region.id] * at_fair
        for region in cast.REGIONS
    }


@lru_cache(maxsize=32)
def _customer_shares(year: int) -> dict[int, float]:
    """Return the share of the year's new customers that each region may expect."""
    won: dict[int, float] = defaultdict(float)
    for month in months(date(year, 1, 1), date(year, 12, 1)):
        for region_id, share in _lead_shares(month).items():
            won[region_id] += share * region_rate(region_id, month)
    total = sum(won.values())
    return {region_id: part / total for region_id, part in won.items()}


def _by_weight(total: int, weights: Mapping[int, float], step: int) -> Iterator[tuple[int, int]]:
    """Split a total over regions in whole steps; the parts add up to it."""
    left = total
    *first, last = weights
    for region_id in first:
        part = round(total * weights[region_id] / step) * step
        left -= part
        yield region_id, part
    yield last, left


@lru_cache(maxsize=512)
def _leads_in(month: date) -> float:
    """Return the leads that count and have an owner, as expected in the month."""
    days = (month_end(month) - month).days + 1
    return _COUNTED * sum(expected_leads(month + timedelta(days=offset)) for offset in range(days))


@lru_cache(maxsize=32)
def _usual_customers(year: int) -> dict[int, float]:
    """Return the customers each rep may expect to win in a usual month of the year."""
    found: dict[int, float] = defaultdict(float)
    for month in months(date(year, 1, 1), date(year, 12, 1)):
        for rep_id, (local, at_fair) in _leads_of_reps(month).items():
            seller = cast.SELLERS[rep_id]
            won = local * region_rate(seller.rep.region_id, month) + at_fair * _fair_rate(month)
            found[rep_id] += won * seller.skill
    worked = {rep_id: _months_worked(rep_id, year) for rep_id in found}
    return {rep_id: won / worked[rep_id] for rep_id, won in found.items()}


def _fair_rate(month: date) -> float:
    """Return the share of the fair season's leads from its fairs that become customers."""
    shares = cast.FAIR_SHARES.items()
    return sum(share * region_rate(region_id, month) for region_id, share in shares)


def _months_worked(rep_id: int, year: int) -> int:
    return sum(cast.SELLERS[rep_id].active_on(month) for month in months(date(year, 1, 1), date(year, 12, 1)))


def _ramp(rep_id: int, month: date) -> float:
    hired = cast.SELLERS[rep_id].rep.hired_on
    age = (month.year - hired.year) * _MONTHS_A_YEAR + month.month - hired.month
    return 1.0 if age >= _RAMP_MONTHS else 0.5 + 0.5 * age / _RAMP_MONTHS
