"""Customers over time: orders, credits, service costs and survey answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.playground.company import baskets, cast, story
from bot.playground.company.baskets import Line
from bot.playground.company.draws import Draw, Weighted
from bot.playground.company.tables import Campaign
from bot.playground.company.trading import OrderClock, next_working_day, office_time, utc

_ORDERS_AGAIN = 0.76
_GAP = {"Industry": 62.0, "Retail": 52.0, "Public": 70.0, "Hospitality": 44.0, "Care": 58.0}
"""Mean working days of ordering between two orders."""
_LONG_PAUSE = (0.05, 280.0)
"""Chance of a pause, and its working days of ordering: who was lost and came back."""
_CANCELLED, _CREDITED, _MARKED = 0.03, 0.03, 0.12
_NEVER_SHIPPED = 0.03
_ASKED, _ANSWERS = 0.8, 0.35
_DAYS_TO_SURVEY = 12
_CAMPAIGN_ORDERS = {"Year-end deals": 0.35, "Spring taste days": 0.12}
_CAMPAIGN_DISCOUNT = 0.04
_SCORES = {
    "happy": Weighted({10: 0.3, 9: 0.27, 8: 0.2, 7: 0.1, 6: 0.05, 5: 0.04, 3: 0.02, 1: 0.02}),
    "mixed": Weighted({10: 0.14, 9: 0.18, 8: 0.2, 7: 0.16, 6: 0.12, 5: 0.09, 4: 0.05, 2: 0.04, 0: 0.02}),
}
_REASONS = {
    "promoter": (
        "Great coffee & a rep who calls back",
        "Installed in a day",
        "Snel geholpen, dank u!",
        "Service impeccable",
    ),
    "passive": ("Fine, but pricey", "Levering mag sneller", "Bon produit, facture peu claire"),
    "detractor": (
        "Machine down for a week",
        "Had to phone 3x <no answer>",
        "Facture fausse, encore",
        "Te duur",
    ),
}
_PROMOTER, _PASSIVE = 9, 7
_REASON_GIVEN = 0.45


@dataclass(frozen=True, slots=True)
class Start:
    """How a customer begins: the first order, and to whom it belongs.

    `key` names the customer's stream of chance; `lead_id` is None for one who came without a lead.
    """

    key: str
    placed_at: datetime
    lines: tuple[Line, ...]
    segment: str
    region_id: int
    rep_id: int
    lead_id: int | None


@dataclass(frozen=True, slots=True)
class Purchase:
    placed_at: datetime
    rep_id: int
    status: str
    campaign_id: int | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A service visit and its cost in cents."""

    booked_on: date
    cost: int


@dataclass(frozen=True, slots=True)
class Survey:
    sent_at: datetime
    rep_id: int
    wave: str
    answered_at: datetime | None
    score: int | None
    reason: str | None


@dataclass(slots=True)
class Life:
    """Everything of a customer that happened by the last day."""

    start: Start
    purchases: list[Purchase] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    surveys: list[Survey] = field(default_factory=list)


class Purchases:
    """Generates each customer's purchases up to the last day, from a random stream of its own."""

    def __init__(self, seed: int, end: date, campaigns: tuple[Campaign, ...]) -> None:
        self._seed = seed
        self._end = end
        self._clock = OrderClock(end)
        self._campaigns = [campaign for campaign in campaigns if campaign.name[:-5] in _CAMPAIGN_ORDERS]

    def life(self, start: Start) -> Life:
        draw = Draw(self._seed, "customer", start.key)
        life = Life(start)
        day = start.placed_at.date()
        self._serve(draw, life, self._purchase(draw, start.placed_at, start.rep_id, start.lines, None))
        owned: dict[int, int] = {}
        _marked(draw, start.lines, owned)
        while draw.chance(_ORDERS_AGAIN):
            gap = draw.exponential(_GAP[start.segment])
            if draw.chance(_LONG_PAUSE[0]):
                gap += _LONG_PAUSE[1]
            following = self._clock.after(day, gap)
            if following is None:
                break
            day = following
            rep_id = cast.acting_rep(start.rep_id, day)
            campaign = self._campaign(draw, day)
            discount = 0.0 if campaign is None else _CAMPAIGN_DISCOUNT
            lines = _marked(draw, baskets.basket(draw, baskets.LATER, day, discount), owned)
            placed_at = datetime.combine(day, office_time(draw))
            kept = draw.unit()
            if story.in_dip(cast.SELLERS[rep_id].rep.name, day) and kept >= story.DIP_ORDERS:
                continue
            self._serve(draw, life, self._purchase(draw, placed_at, rep_id, lines, campaign))
        return life

    def _campaign(self, draw: Draw, day: date) -> int | None:
        unit = draw.unit()
        for campaign in self._campaigns:
            if (
                campaign.started_on <= day <= campaign.ended_on
                and unit < _CAMPAIGN_ORDERS[campaign.name[:-5]]
            ):
                return campaign.id
        return None

    def _purchase(
        self, draw: Draw, placed_at: datetime, rep_id: int, lines: tuple[Line, ...], campaign_id: int | None
    ) -> Purchase:
        shipped_on = placed_at.date() + timedelta(days=draw.whole(1, 4))
        shipped = not draw.chance(_NEVER_SHIPPED) and shipped_on <= self._end
        return Purchase(placed_at, rep_id, "shipped" if shipped else "paid", campaign_id, lines)

    def _serve(self, draw: Draw, life: Life, purchase: Purchase) -> None:
        """Add the purchase and what follows from it: cancellation, credit, visits, a survey."""
        day, fate = purchase.placed_at.date(), draw.unit()
        first = purchase.placed_at == life.start.placed_at
        if fate < _CANCELLED and not first:
            purchase = replace(purchase, status="cancelled")
        missing = story.orders_missing(day)
        if not missing:
            life.purchases.append(purchase)
        credit = self._credit(draw, purchase, fate)
        if credit is not None and not missing:
            life.purchases.append(credit)
        visit = self._visit(draw, life.start.segment, purchase)
        survey = self._survey(draw, life, purchase)
        if missing or purchase.status == "cancelled":
            return
        if visit.booked_on <= self._end:
            life.visits.append(visit)
        if survey is not None:
            life.surveys.append(survey)

    def _credit(self, draw: Draw, purchase: Purchase, fate: float) -> Purchase | None:
        if not _CANCELLED <= fate < _CANCELLED + _CREDITED:
            return None
        day = next_working_day(purchase.placed_at.date() + timedelta(days=draw.whole(6, 40)))
        lines = (baskets.credited(draw, purchase.lines),)
        placed_at = datetime.combine(day, office_time(draw))
        if day > self._end or story.orders_missing(day):
            return None
        rep_id = cast.acting_rep(purchase.rep_id, day)
        return Purchase(placed_at, rep_id, "credit", purchase.campaign_id, lines)

    def _visit(self, draw: Draw, segment: str, purchase: Purchase) -> Visit:
        margin = sum(line.amount - line.cost for line in purchase.lines)
        booked_on = next_working_day(purchase.placed_at.date() + timedelta(days=draw.whole(4, 30)))
        return Visit(
            booked_on, max(1_500, round(margin * story.SERVICE_OF_MARGIN[segment] * draw.between(0.7, 1.3)))
        )

    def _survey(self, draw: Draw, life: Life, purchase: Purchase) -> Survey | None:
        day = purchase.placed_at.date() + timedelta(days=_DAYS_TO_SURVEY)
        if not draw.chance(_ASKED):
            return None
        answers = draw.chance(_ANSWERS)
        hours = min(draw.exponential(40.0), 13 * 24.0)
        happy = draw.chance(0.5 if life.start.segment == story.LOSS_SEGMENT else 0.75)
        score = draw.of(_SCORES["happy" if happy else "mixed"])
        why = draw.pick(
            _REASONS["promoter" if score >= _PROMOTER else "passive" if score >= _PASSIVE else "detractor"]
        )
        reason = why if draw.chance(_REASON_GIVEN) else None
        wave = f"{day.year}-Q{(day.month + 2) // 3}"
        if day > self._end or any(survey.wave == wave for survey in life.surveys):
            return None
        sent_at = datetime.combine(day, datetime.min.time().replace(hour=9))
        answered_at = (sent_at + timedelta(hours=hours)).replace(microsecond=0)
        if not answers or answered_at.date() > self._end:
            return Survey(utc(sent_at), purchase.rep_id, wave, None, None, None)
        return Survey(utc(sent_at), purchase.rep_id, wave, utc(answered_at), score, reason)


def _marked(draw: Draw, lines: tuple[Line, ...], owned: dict[int, int]) -> tuple[Line, ...]:
    """Return the lines with the seller's own marks, where they set one, and add them to what is owned.

    `owned` holds the tier bought last by category; the marks are true to it.
    """
    known = dict(owned)
    marked = []
    for line in lines:
        product = cast.PRODUCTS[line.product_id]
        last = known.get(product.category_id)
        earned = "cross-sell" if last is None else "upsell" if product.tier > last else None
        written = draw.chance(_MARKED) and bool(known)
        marked.append(replace(line, mark=earned) if written and earned else line)
        owned[product.category_id] = product.tier
    return tuple(marked)
