"""Leads and what becomes of them: qualified, an opportunity, won, lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from bot.playground.company import baskets, cast, story
from bot.playground.company.baskets import Line
from bot.playground.company.draws import Draw
from bot.playground.company.tables import Campaign
from bot.playground.company.trading import (
    ZONE,
    any_time,
    expected_leads,
    local_day,
    month_end,
    month_start,
    next_working_day,
    office_time,
    utc,
)

_SPAM, _DUPLICATE, _UNOWNED, _NO_TECHNIQUE = 0.028, 0.014, 0.015, 0.1
_IN_CAMPAIGN = 0.55
_LATE = 0.06
"""Share of the customers who take longer than 90 days."""
_QUALIFIES, _OPENS = 0.52, 0.6
"""Of the leads that don't become customers: the share that qualifies, and of those the share with a deal."""
_SECOND_DEAL = 0.06
_QUOTED = (0.9, 1.2)
"""A deal's amount as a part of what the customer then orders."""


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity; `closed_at` may lie after the last day."""

    created_at: datetime
    closed_at: datetime
    won: bool
    amount: int
    product_id: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A lead as it comes in; moments in UTC."""

    key: str
    created_at: datetime
    source_id: int
    region_id: int
    rep_id: int | None
    technique_id: int | None
    campaign_id: int | None
    segment: str
    refused: str | None
    """'spam' or 'duplicate'."""


@dataclass(frozen=True, slots=True)
class Fate:
    """The outcome of a lead, including what lies after the last day."""

    qualified_at: datetime | None = None
    lost_at: datetime | None = None
    deals: tuple[Deal, ...] = ()
    first_order_at: datetime | None = None
    """Local, without zone; None where the lead doesn't become a customer."""
    first_lines: tuple[Line, ...] = ()


@dataclass(slots=True)
class Turns:
    """Decides which leads become customers, so that the shares are what the story says.

    Systematic sampling with unequal chances: a lead of chance p is chosen with chance p, while the number
    chosen among any run of a region's leads from the fairs, or from elsewhere, is within one of the sum of
    their chances. It depends on the leads before, so on the past alone.
    """

    _due: dict[tuple[int, bool, str], float] = field(default_factory=dict)

    def won(self, arrival: Arrival, chance: float) -> str | None:
        """Return "soon", "late" or None for the next lead."""
        from_fair = arrival.source_id == cast.SOURCE_ID[story.FAIR_SOURCE]
        soon = self._next((arrival.region_id, from_fair, "soon"), chance * (1.0 - _LATE))
        late = self._next((arrival.region_id, from_fair, "late"), chance * _LATE)
        return "soon" if soon else "late" if late else None

    def _next(self, key: tuple[int, bool, str], chance: float) -> bool:
        due = self._due.get(key, 0.5) + chance
        self._due[key] = due - 1.0 if due >= 1.0 else due
        return due >= 1.0


class Leads:
    """The leads of each day, in the order of their arrival."""

    def __init__(self, seed: int, campaigns: tuple[Campaign, ...]) -> None:
        self._seed = seed
        self._campaigns = campaigns
        self._turns = Turns()

    def of(self, day: date) -> Iterator[tuple[Arrival, Fate]]:
        """Yield the day's leads; the days must be asked for one after the other, from the first."""
        sellers = _Desk(day)
        count = Draw(self._seed, "leads", day).poisson(expected_leads(day))
        arrivals = [self._arrival(sellers, day, number) for number in range(count + len(_fixed_moments(day)))]
        for arrival in sorted(arrivals, key=lambda arrival: arrival.created_at):
            yield arrival, self._fate(arrival, day)

    def _arrival(self, desk: _Desk, day: date, number: int) -> Arrival:
        draw = Draw(self._seed, "lead", day, number)
        created_at = utc(datetime.combine(day, any_time(draw)))
        fixed = _fixed_moments(day)
        if number < len(fixed):
            created_at = fixed[number]
        at_fair = draw.chance(story.FAIR_SHARE) and story.in_fair_season(day)
        source_id = draw.of(cast.CHANNEL_WEIGHTS)
        region_id = draw.of(cast.REGION_WEIGHTS)
        if at_fair:
            source_id, region_id = cast.SOURCE_ID[story.FAIR_SOURCE], draw.of(cast.FAIR_WEIGHTS)
        rep_id = draw.pick(desk.everyone if at_fair else desk.of_region[region_id])
        refused = draw.unit()
        return Arrival(
            key=f"{day}:{number}",
            created_at=created_at,
            source_id=source_id,
            region_id=region_id,
            rep_id=None if draw.chance(_UNOWNED) else rep_id,
            technique_id=None if draw.chance(_NO_TECHNIQUE) else draw.of(cast.TECHNIQUE_WEIGHTS),
            campaign_id=self._campaign(draw, day, source_id),
            segment=draw.of(cast.SEGMENT_WEIGHTS),
            refused="spam" if refused < _SPAM else "duplicate" if refused < _SPAM + _DUPLICATE else None,
        )

    def _campaign(self, draw: Draw, day: date, source_id: int) -> int | None:
        unit = draw.unit()
        for campaign in self._campaigns:
            if campaign.source_id == source_id and campaign.started_on <= day <= campaign.ended_on:
                return campaign.id if unit < _IN_CAMPAIGN else None
        return None

    def _fate(self, arrival: Arrival, day: date) -> Fate:
        draw = Draw(self._seed, "fate", arrival.key)
        if arrival.refused is not None:
            return Fate()
        if arrival.rep_id is None:
            return Fate(lost_at=_office(draw, day + timedelta(days=draw.whole(20, 60))))
        turn = self._turns.won(arrival, chance(arrival, day))
        if turn is not None:
            return _won(draw, arrival, day, late=turn == "late")
        return _not_won(draw, day)


class _Desk:
    """The reps who take the leads of a day."""

    def __init__(self, day: date) -> None:
        self.everyone = [seller.rep.id for seller in cast.active_sellers(day)]
        self.of_region = {
            region.id: [seller.rep.id for seller in cast.active_sellers(day, region.id)]
            for region in cast.REGIONS
        }


@lru_cache(maxsize=2)
def _fixed_moments(day: date) -> list[datetime]:
    """Return the moments that tell a right time zone from a wrong one.

    A few minutes around midnight at the ends of months, and the hours at which the clocks change.
    """
    found = []
    if day == month_end(month_start(day)):
        found.append(utc(datetime.combine(day, time(23, 41, 7))))
    if day == month_start(day):
        found.append(utc(datetime.combine(day, time(0, 17, 23))))
    midnight, noon = (datetime.combine(day, moment, tzinfo=ZONE) for moment in (time(0), time(12)))
    if midnight.utcoffset() != noon.utcoffset():
        found += [datetime.combine(day, moment, tzinfo=UTC) for moment in (time(0, 30), time(1, 30))]
    return found


def region_rate(region_id: int, day: date) -> float:
    """Return the planned share of a region's leads of a day that become customers."""
    rates = story.CONVERSION_IN_FAIR_SEASON if story.in_fair_season(day) else story.CONVERSION
    return rates[cast.REGIONS[region_id - 1].name]


def chance(arrival: Arrival, day: date) -> float:
    """Return the chance that an owned lead becomes a customer."""
    rate = region_rate(arrival.region_id, day) * cast.CHANNELS[arrival.source_id].quality
    if arrival.technique_id is not None and arrival.source_id != cast.SOURCE_ID[story.FAIR_SOURCE]:
        rate *= cast.TECHNIQUE_QUALITY[arrival.technique_id]
    if arrival.rep_id is not None:
        seller = cast.SELLERS[arrival.rep_id]
        rate *= seller.skill * (story.DIP_CONVERSION if story.in_dip(seller.rep.name, day) else 1.0)
    return min(rate, 0.95)


def _office(draw: Draw, day: date) -> datetime:
    """Return a moment in office hours of the first working day from `day` on, in UTC."""
    return utc(datetime.combine(next_working_day(day), office_time(draw)))


def _first_order_day(draw: Draw, day: date, *, late: bool) -> date:
    days = 95 + draw.whole(0, 90) if late else min(3 + int(draw.lognormal(21.0, 0.65)), 68)
    spread = draw.whole(4, 12)
    won_on = next_working_day(day + timedelta(days=days))
    if story.orders_missing(won_on):
        won_on = next_working_day(won_on + timedelta(days=spread))
    return won_on


def _won(draw: Draw, arrival: Arrival, day: date, *, late: bool) -> Fate:
    won_on = _first_order_day(draw, day, late=late)
    first_order_at = datetime.combine(won_on, office_time(draw))
    won_at = utc(first_order_at)
    span = won_at - arrival.created_at
    qualified_at = arrival.created_at + _seconds(span * draw.between(0.03, 0.3))
    opened_at = qualified_at + _seconds((won_at - qualified_at) * draw.between(0.1, 0.6))
    lines = baskets.basket(draw, baskets.FIRST, won_on)
    amount = _quoted(draw, lines)
    deals = [Deal(opened_at, won_at, won=True, amount=amount, product_id=lines[0].product_id)]
    if draw.chance(_SECOND_DEAL):
        other = baskets.basket(draw, baskets.FIRST, won_on)
        closed_at = opened_at + _seconds((won_at - opened_at) * 0.8)
        deals.append(
            Deal(opened_at, closed_at, won=False, amount=_quoted(draw, other), product_id=other[0].product_id)
        )
    return Fate(qualified_at, None, tuple(deals), first_order_at, lines)


def _not_won(draw: Draw, day: date) -> Fate:
    if not draw.chance(_QUALIFIES):
        return Fate(lost_at=_office(draw, day + timedelta(days=draw.whole(15, 60))))
    qualified_on = day + timedelta(days=1 + min(int(draw.lognormal(5.0, 1.1)), 75))
    qualified_at = _office(draw, qualified_on)
    if not draw.chance(_OPENS):
        return Fate(qualified_at, _office(draw, local_day(qualified_at) + timedelta(days=draw.whole(20, 90))))
    opened_at = _office(draw, local_day(qualified_at) + timedelta(days=draw.whole(1, 15)))
    lost_at = _office(draw, local_day(opened_at) + timedelta(days=draw.whole(10, 70)))
    lines = baskets.basket(draw, baskets.FIRST, day)
    deal = Deal(opened_at, lost_at, won=False, amount=_quoted(draw, lines), product_id=lines[0].product_id)
    return Fate(qualified_at, lost_at, (deal,))


def _quoted(draw: Draw, lines: tuple[Line, ...]) -> int:
    """Return an amount in cents, as a seller writes it: whole tens of EUR."""
    return round(sum(line.amount for line in lines) * draw.between(*_QUOTED) / 1_000) * 1_000


def _seconds(span: timedelta) -> timedelta:
    return timedelta(seconds=int(span.total_seconds()))
