"""Who becomes a customer, and who orders again: arrays with one entry for each lead, customer or order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.quiet_company.calendar import (
    DAYS,
    leads_a_day,
    next_working,
    number,
    orders_a_day,
    within,
)
from benchmarks.quiet_company.chance import Bools, Floats, Ints, counts, days_later, picked, seconds
from benchmarks.quiet_company.profiles import (
    FALL,
    FALL_ENDS,
    FALLEN_REGION,
    GROWTH,
    REGION_SHARES,
    REGIONS,
    SEGMENT_SHARES,
    SEGMENTS,
    SOURCE_SHARES,
    STOPPED_SOURCE,
    STORY_STARTS,
    TECHNIQUE_SHARES,
    Profile,
    Story,
)

FROM_LEADS, DIRECT = 0.22, 0.03
"""The shares of the orders that are first orders: of leads, and of those who come by themselves."""
CONVERSION = (0.2, 0.28, 0.13, 0.18, 0.22)
"""The share of the leads of each source that become customers."""
CONVERTED = sum(share * rate for share, rate in zip(SOURCE_SHARES, CONVERSION, strict=True))
REFUSED = 0.03
"""The share of the leads that are spam or duplicates."""
_DEAL_LOST = 0.35
"""The share of the leads that don't become customers, but with whom a deal was opened."""
_QUALIFIES = 0.3
"""The share of the others that qualify without a deal."""
_LOYALTY = 0.8
"""Within how many years' new customers, on average, the one who orders again is found."""
_WEEKS_A_YEAR = 52.18
_A_DAY = 86_400


def leads_a_week(profile: Profile) -> float:
    """Return the mean number of leads, without those that are refused."""
    return profile.orders_a_week * FROM_LEADS / CONVERTED


def reps_of(profile: Profile, region: int) -> range:
    """Return the reps (from 0) of a region (from 0)."""
    return range(region, profile.reps, len(REGIONS))


@dataclass(frozen=True, slots=True)
class Leads:
    """Leads in the order of their days; all days and places count from 0.

    `opened` and `closed` are the days of the deal, -1 where there is none, `qualified` likewise. `customer`
    is the place among the customers, -1 for a lead that doesn't become one.
    """

    day: Ints
    second: Ints
    source: Ints
    rep: Ints
    segment: Ints
    technique: Ints
    refused: Bools
    qualified: Ints
    opened: Ints
    closed: Ints
    customer: Ints


@dataclass(frozen=True, slots=True)
class Customers:
    """Customers in the order of their first orders; `lead` is -1 for one who came without a lead."""

    day: Ints
    second: Ints
    rep: Ints
    segment: Ints
    lead: Ints


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders in the order of their moments, without credits."""

    day: Ints
    second: Ints
    customer: Ints
    is_first: Bools


@dataclass(frozen=True, slots=True)
class Market:
    """The leads, customers and orders of a company on all its days."""

    leads: Leads
    customers: Customers
    orders: Orders


def market(profile: Profile, chance: np.random.Generator, story: Story | None) -> Market:
    """Return all leads, customers and orders; what happens in a story differs from its start on."""
    leads, ordered = _leads(profile, chance, story)
    customers, place = _customers(profile, chance, leads, ordered, story)
    leads = replace(leads, customer=place)
    return Market(leads, customers, _orders(profile, chance, customers, story))


def _growth(story: Story | None) -> Floats:
    rate = GROWTH if story is Story.ALL_GROW else 1.0
    return np.where(np.arange(len(DAYS)) >= number(STORY_STARTS), rate, 1.0)


def _arrivals(chance: np.random.Generator, means: Floats, dispersion: float) -> Ints:
    """Return the day of each arrival, in order."""
    return np.repeat(np.arange(len(DAYS)), counts(chance, means, dispersion))


def _reps(profile: Profile, chance: np.random.Generator, size: int) -> Ints:
    """Return who looks after each: somebody of a region that is drawn by its share."""
    region = picked(chance, REGION_SHARES, size)
    members = np.array([len(reps_of(profile, place)) for place in range(len(REGIONS))])
    return region + len(REGIONS) * chance.integers(0, members[region])


def _leads(profile: Profile, chance: np.random.Generator, story: Story | None) -> tuple[Leads, Ints]:
    """Return the leads, and the days on which those who become customers first order (-1 for the others)."""
    means = leads_a_week(profile) / (1 - REFUSED) * leads_a_day() * _growth(story)
    day = _arrivals(chance, means, profile.dispersion)
    size = len(day)
    source = picked(chance, SOURCE_SHARES, size)
    refused = chance.random(size) < REFUSED
    fate = chance.random(size)
    won = ~refused & (fate < np.asarray(CONVERSION)[source])
    ordered = next_working(day + days_later(chance, 18.0, 0.6, 75, size))
    rep = _reps(profile, chance, size)
    if story is Story.REGION_FALLS:
        won &= ~_falls(chance, rep % len(REGIONS), ordered)
    lost = ~refused & ~won & (chance.random(size) < _DEAL_LOST)
    talked = ~refused & ~won & ~lost & (chance.random(size) < _QUALIFIES)
    opened = np.where(won, day + ((ordered - day) * chance.random(size) * 0.6).astype(np.int64), -1)
    opened = np.where(lost, next_working(day + days_later(chance, 8.0, 0.8, 60, size)), opened)
    closed = np.where(lost, next_working(opened + chance.integers(10, 60, size)), opened)
    closed = np.where(won, ordered, closed)
    contacted = np.where(talked, next_working(day + days_later(chance, 5.0, 0.8, 60, size)), opened)
    found = Leads(
        day=day,
        second=seconds(chance, size),
        source=source,
        rep=rep,
        segment=picked(chance, SEGMENT_SHARES, size),
        technique=picked(chance, TECHNIQUE_SHARES, size),
        refused=refused,
        qualified=contacted,
        opened=opened,
        closed=closed,
        customer=np.full(size, -1),
    )
    first = np.where(won & (ordered < len(DAYS)), ordered, -1)
    if story is not Story.SOURCE_STOPS:
        return found, first
    kept = ~((source == STOPPED_SOURCE) & (day >= number(STORY_STARTS)))
    columns = {name: getattr(found, name)[kept] for name in Leads.__slots__}
    return Leads(**columns), first[kept]


def _falls(chance: np.random.Generator, region: Ints, day: Ints) -> Bools:
    """Return which orders aren't placed because their region falls."""
    fallen = (region == FALLEN_REGION) & within(day, STORY_STARTS, FALL_ENDS)
    lost: Bools = fallen & (chance.random(len(day)) < FALL)
    return lost


def _customers(
    profile: Profile, chance: np.random.Generator, leads: Leads, ordered: Ints, story: Story | None
) -> tuple[Customers, Ints]:
    """Return the customers, and for each lead its place among them.

    Each rep has one customer of each segment on the first day, so that somebody can order again.
    """
    converted = np.flatnonzero(ordered >= 0)
    means = profile.orders_a_week * DIRECT * orders_a_day(profile) * _growth(story)
    direct = _arrivals(chance, means, profile.dispersion)
    direct_reps = _reps(profile, chance, len(direct))
    if story is Story.REGION_FALLS:
        kept = ~_falls(chance, direct_reps % len(REGIONS), direct)
        direct, direct_reps = direct[kept], direct_reps[kept]
    reps, segments = (grid.ravel() for grid in np.indices((profile.reps, len(SEGMENTS))))
    day = np.concatenate([np.zeros(len(reps), np.int64), ordered[converted], direct])
    second = np.concatenate([np.full(len(reps), 8 * 3600), seconds(chance, len(converted) + len(direct))])
    rep = np.concatenate([reps, leads.rep[converted], direct_reps])
    segment = np.concatenate(
        [segments, leads.segment[converted], picked(chance, SEGMENT_SHARES, len(direct))]
    )
    lead = np.concatenate([np.full(len(reps), -1), converted, np.full(len(direct), -1)])
    by_moment = np.lexsort((second, day))
    customers = Customers(*(column[by_moment] for column in (day, second, rep, segment, lead)))
    place = np.full(len(leads.day), -1)
    from_lead = np.flatnonzero(customers.lead >= 0)
    place[customers.lead[from_lead]] = from_lead
    return customers, place


def _orders(
    profile: Profile, chance: np.random.Generator, customers: Customers, story: Story | None
) -> Orders:
    """Return the first orders, and those of customers who order again.

    How often customers order again depends on the day, rep and segment alone; then one of them is drawn, the
    more likely the later they came. So the number of customers never moves the number of orders.
    """
    means = profile.orders_a_week * (1 - FROM_LEADS - DIRECT) * orders_a_day(profile) * _growth(story)
    day = _arrivals(chance, means, profile.dispersion)
    rep = _reps(profile, chance, len(day))
    segment = picked(chance, SEGMENT_SHARES, len(day))
    if story is Story.REGION_FALLS:
        kept = ~_falls(chance, rep % len(REGIONS), day)
        day, rep, segment = day[kept], rep[kept], segment[kept]
    second = seconds(chance, len(day))
    cell = rep * len(SEGMENTS) + segment
    of_customers = customers.rep * len(SEGMENTS) + customers.segment
    began = customers.day * _A_DAY + customers.second
    customer = np.empty(len(day), np.int64)
    years = len(DAYS) / 7 / _WEEKS_A_YEAR
    for number_of_cell in range(profile.reps * len(SEGMENTS)):
        own = np.flatnonzero(of_customers == number_of_cell)
        asked = np.flatnonzero(cell == number_of_cell)
        known = np.searchsorted(began[own], day[asked] * _A_DAY + second[asked])
        back = chance.exponential(_LOYALTY * len(own) / years, len(asked)).astype(np.int64)
        anyone = (chance.random(len(asked)) * known).astype(np.int64)
        customer[asked] = own[np.where(back < known, known - 1 - back, anyone)]
    days = np.concatenate([customers.day, day])
    moments = np.concatenate([customers.second, second])
    whose = np.concatenate([np.arange(len(customers.day)), customer])
    is_first = np.arange(len(days)) < len(customers.day)
    by_moment = np.lexsort((moments, days))
    return Orders(days[by_moment], moments[by_moment], whose[by_moment], is_first[by_moment])
