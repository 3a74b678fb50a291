"""All rows of the demo company up to a day, as plain values.

Each lead and each customer has a stream of chance of its own, so that the whole of its future is fixed
when it appears; what lies after the last day is left out. Ids are given in the order of the events, so
that they don't change when the last day moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.playground.company import baskets, books, cast, contracts, story
from bot.playground.company.baskets import money
from bot.playground.company.draws import Draw
from bot.playground.company.leads import Arrival, Deal, Fate, Leads
from bot.playground.company.names import Names
from bot.playground.company.purchases import Life, Purchases, Start
from bot.playground.company.story import DEFAULT_SEED
from bot.playground.company.tables import (
    Campaign,
    Company,
    Customer,
    Lead,
    NpsAnswer,
    Opportunity,
    Order,
    OrderLine,
    Rep,
    ServiceCost,
)
from bot.playground.company.trading import is_working_day, local_day, office_time, order_weight, utc

Progress = Callable[[str, float], None]
"""Called with the stage and the share that is done, from 0 to 1."""

_DIRECT_A_DAY = 0.28
"""Customers who come without a lead, on a working day."""
_OLD_CUSTOMERS, _OLD_DAYS = 420, 240
"""Customers taken over from before the epoch, and the days within which they are all seen again."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A lead with its id, as generated."""

    id: int
    arrival: Arrival
    fate: Fate


def _silent(_stage: str, _done: float) -> None:
    return


def rows(end: date, seed: int = DEFAULT_SEED, progress: Progress | None = None) -> Company:
    """Return the company as it was known at the end of `end`, from `story.EPOCH` on."""
    tell = progress or _silent
    campaigns = cast.campaigns(end)
    tell("leads", 0.0)
    known = list(_leads(seed, campaigns, end))
    tell("customers", 0.3)
    starts = sorted(_starts(seed, known, end), key=lambda start: (start.placed_at, start.key))
    purchases = Purchases(seed, end, campaigns)
    lives = [purchases.life(start) for start in starts]
    tell("orders", 0.55)
    customer_of = {
        start.lead_id: number for number, start in enumerate(starts, 1) if start.lead_id is not None
    }
    orders, lines = _orders(lives)
    return Company(
        regions=cast.REGIONS,
        teams=cast.TEAMS,
        reps=tuple(_as_known(seller.rep, end) for seller in cast.SELLERS.values()),
        sources=tuple(channel.source for channel in cast.CHANNELS.values()),
        techniques=cast.TECHNIQUES,
        campaigns=campaigns,
        categories=cast.CATEGORIES,
        products=tuple(cast.PRODUCTS.values()),
        leads=tuple(_lead(lead, customer_of.get(lead.id), end) for lead in known),
        customers=_customers(seed, starts),
        opportunities=_opportunities(known, customer_of, end),
        orders=orders,
        order_lines=lines,
        marketing_costs=tuple(books.marketing_costs(seed, end)),
        sales_costs=tuple(books.sales_costs(seed, end)),
        service_costs=_service_costs(lives),
        service_contracts=contracts.service_contracts(seed, starts, end),
        nps_answers=_nps_answers(lives),
        quotas=tuple(books.quotas(end)),
    )


def _as_known(rep: Rep, end: date) -> Rep:
    return rep._replace(left_on=rep.left_on if rep.left_on is not None and rep.left_on <= end else None)


def _days(end: date) -> Iterator[date]:
    for offset in range((end - story.EPOCH).days + 1):
        yield story.EPOCH + timedelta(days=offset)


def _leads(seed: int, campaigns: tuple[Campaign, ...], end: date) -> Iterator[_Known]:
    leads, number = Leads(seed, campaigns), 0
    for day in _days(end):
        for arrival, fate in leads.of(day):
            number += 1
            yield _Known(number, arrival, fate)


def _starts(seed: int, known: list[_Known], end: date) -> Iterator[Start]:
    """Yield everyone who has become a customer by `end`."""
    for lead in known:
        arrival, at = lead.arrival, lead.fate.first_order_at
        if at is not None and arrival.rep_id is not None and at.date() <= end:
            rep_id = cast.acting_rep(arrival.rep_id, at.date())
            yield Start(
                arrival.key, at, lead.fate.first_lines, arrival.segment, arrival.region_id, rep_id, lead.id
            )
    for day in _days(end):
        if is_working_day(day) and not story.orders_missing(day):
            for number in range(Draw(seed, "direct", day).poisson(_expected_direct(day))):
                yield _direct(seed, day, number)


def _expected_direct(day: date) -> float:
    age = (day - story.EPOCH).days
    old = 2.0 * _OLD_CUSTOMERS / _OLD_DAYS * (1.0 - age / _OLD_DAYS) * 1.4 if age < _OLD_DAYS else 0.0
    return (old + _DIRECT_A_DAY) * order_weight(day)


def _direct(seed: int, day: date, number: int) -> Start:
    key = f"direct:{day}:{number}"
    draw = Draw(seed, "start", key)
    region_id = draw.of(cast.REGION_WEIGHTS)
    seller = draw.pick(cast.active_sellers(day, region_id))
    segment = draw.of(cast.SEGMENT_WEIGHTS)
    placed_at = datetime.combine(day, office_time(draw))
    lines = baskets.basket(draw, baskets.LATER, day)
    return Start(key, placed_at, lines, segment, region_id, seller.rep.id, None)


def _customers(seed: int, starts: list[Start]) -> tuple[Customer, ...]:
    names = Names(seed)
    return tuple(
        Customer(
            number,
            names.next(start.key, start.segment),
            start.segment,
            start.region_id,
            start.rep_id,
            start.lead_id,
            start.placed_at.date(),
        )
        for number, start in enumerate(starts, 1)
    )


def _by(moment: datetime | None, end: date) -> datetime | None:
    """Return the moment where it has come by the end of `end`."""
    return moment if moment is not None and local_day(moment) <= end else None


def _lead(lead: _Known, customer_id: int | None, end: date) -> Lead:
    arrival, fate = lead.arrival, lead.fate
    qualified_at = _by(fate.qualified_at, end)
    converted_at = utc(fate.first_order_at) if customer_id is not None and fate.first_order_at else None
    if arrival.refused is not None:
        status = arrival.refused
    elif converted_at is not None:
        status = "won"
    elif _by(fate.lost_at, end) is not None:
        status = "lost"
    else:
        status = "new" if qualified_at is None else "qualified"
    return Lead(
        lead.id,
        arrival.created_at,
        qualified_at,
        converted_at,
        status,
        arrival.source_id,
        arrival.campaign_id,
        arrival.technique_id,
        arrival.rep_id,
        arrival.region_id,
        arrival.segment,
        customer_id,
    )


def _opportunities(known: list[_Known], customer_of: dict[int, int], end: date) -> tuple[Opportunity, ...]:
    opened = sorted(
        (
            (deal.created_at, lead.id, place, deal, lead.arrival.rep_id)
            for lead in known
            for place, deal in enumerate(lead.fate.deals)
            if lead.arrival.rep_id is not None and local_day(deal.created_at) <= end
        ),
        key=lambda row: row[:3],
    )
    return tuple(
        _opportunity(
            number, lead_id, deal, cast.acting_rep(rep_id, local_day(deal.created_at)), customer_of, end
        )
        for number, (_, lead_id, _place, deal, rep_id) in enumerate(opened, 1)
    )


def _opportunity(
    number: int, lead_id: int, deal: Deal, rep_id: int, customer_of: dict[int, int], end: date
) -> Opportunity:
    closed_at = _by(deal.closed_at, end)
    stage = "open" if closed_at is None else "won" if deal.won else "lost"
    customer_id = customer_of.get(lead_id)
    return Opportunity(
        number,
        lead_id,
        customer_id,
        deal.created_at,
        closed_at,
        stage,
        money(deal.amount),
        rep_id,
        deal.product_id,
    )


def _orders(lives: list[Life]) -> tuple[tuple[Order, ...], tuple[OrderLine, ...]]:
    placed = sorted(
        (
            (purchase.placed_at, customer_id, place, purchase)
            for customer_id, life in enumerate(lives, 1)
            for place, purchase in enumerate(life.purchases)
        ),
        key=lambda row: row[:3],
    )
    orders: list[Order] = []
    lines: list[OrderLine] = []
    for order_id, (placed_at, customer_id, _, purchase) in enumerate(placed, 1):
        orders.append(
            Order(order_id, customer_id, purchase.rep_id, placed_at, purchase.status, purchase.campaign_id)
        )
        for line in purchase.lines:
            price, amount, cost = money(line.unit_price), money(line.amount), money(line.cost)
            lines.append(
                OrderLine(
                    len(lines) + 1, order_id, line.product_id, line.quantity, price, amount, cost, line.mark
                )
            )
    return tuple(orders), tuple(lines)


def _service_costs(lives: list[Life]) -> tuple[ServiceCost, ...]:
    booked = sorted(
        (visit.booked_on, customer_id, place, visit.cost)
        for customer_id, life in enumerate(lives, 1)
        for place, visit in enumerate(life.visits)
    )
    return tuple(
        ServiceCost(number, customer_id, day, money(cost))
        for number, (day, customer_id, _, cost) in enumerate(booked, 1)
    )


def _nps_answers(lives: list[Life]) -> tuple[NpsAnswer, ...]:
    sent = sorted(
        (
            (survey.sent_at, customer_id, life.start, survey)
            for customer_id, life in enumerate(lives, 1)
            for survey in life.surveys
        ),
        key=lambda row: row[:2],
    )
    return tuple(
        NpsAnswer(
            number,
            customer_id,
            survey.rep_id,
            start.segment,
            start.region_id,
            survey.wave,
            survey.sent_at,
            survey.answered_at,
            survey.score,
            survey.reason,
        )
        for number, (_, customer_id, start, survey) in enumerate(sent, 1)
    )
