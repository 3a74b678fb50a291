"""What is in an order: products that go together, prices of the year, discounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from bot.playground.company import cast, story
from bot.playground.company.draws import Draw, Weighted

_PRICE_RISE, _COST_RISE = 1.03, 1.025
"""Factors of each January."""
_FIVE_CENTS = 5


def _ids(weights: dict[str, float]) -> Weighted[int]:
    return Weighted({cast.PRODUCT_ID[name]: weight for name, weight in weights.items()})


_MACHINES = _ids({"Model S": 0.3, "Model M": 0.33, "Model X": 0.27, "Model XL": 0.1})
_GRINDERS = _ids({"Grinder One": 0.6, "Grinder Pro": 0.4})
_COFFEES = _ids({"Café Crème": 0.4, "Espresso Bio": 0.3, "Décaf Doux": 0.12, "Single Origin": 0.18})
_CARES = _ids({"Descaler": 0.45, "Filter & Clean set": 0.55})
_PLANS = _ids({"Plan Basic": 0.5, "Plan Plus": 0.33, "Plan Gold": 0.17})
_LEADING, _PAIRED = (cast.PRODUCT_ID[name] for name in story.PAIR)


@dataclass(frozen=True, slots=True)
class Habit:
    """How likely each kind of product is in an order, and the least and the most packs of coffee."""

    machine: float
    grinder: float
    coffee: float
    care: float
    plan: float
    packs: tuple[int, int]


FIRST = Habit(machine=0.8, grinder=0.18, coffee=0.85, care=0.3, plan=0.35, packs=(8, 30))
LATER = Habit(machine=0.17, grinder=0.07, coffee=0.85, care=0.35, plan=0.12, packs=(8, 30))


@dataclass(frozen=True, slots=True)
class Line:
    """A product in an order; money in cents, net of VAT and after discount."""

    product_id: int
    quantity: int
    unit_price: int
    amount: int
    cost: int
    mark: str | None = None


def money(cents: int) -> Decimal:
    """Return cents as EUR with two places."""
    return Decimal(cents).scaleb(-2)


@lru_cache(maxsize=1024)
def _price_and_cost(product_id: int, year: int) -> tuple[int, int]:
    """Return a year's price (a multiple of five) and cost of one piece, in cents."""
    product, years = cast.PRODUCTS[product_id], year - story.EPOCH.year
    price = float(product.list_price * 100) * _PRICE_RISE**years
    return round(price / _FIVE_CENTS) * _FIVE_CENTS, round(float(product.unit_cost * 100) * _COST_RISE**years)


def line(product_id: int, quantity: int, discount: float, day: date) -> Line:
    """Return a line at the year's price and cost, `discount` being a share of the price."""
    price, cost = _price_and_cost(product_id, day.year)
    return Line(product_id, quantity, price, round(quantity * price * (1.0 - discount)), quantity * cost)


def basket(draw: Draw, habit: Habit, day: date, extra_discount: float = 0.0) -> tuple[Line, ...]:
    """Return the lines of an order placed on `day`, each product at most once, the main one first."""
    quantities: dict[int, int] = {}
    if draw.chance(habit.machine):
        quantities[draw.of(_MACHINES)] = 2 if draw.chance(0.08) else 1
    if draw.chance(story.PAIR_SHARE if _LEADING in quantities else story.PAIR_ELSEWHERE):
        quantities[_PAIRED] = quantities.get(_LEADING, 1)
    if draw.chance(habit.grinder):
        quantities[draw.of(_GRINDERS)] = 1
    size = story.SIZE_SEASON.get(day.month, 1.0)
    if draw.chance(habit.coffee):
        for _ in range(draw.whole(1, 2)):
            quantities[draw.of(_COFFEES)] = round(size * draw.whole(*habit.packs))
    if draw.chance(habit.care) or not quantities:
        quantities[draw.of(_CARES)] = draw.whole(1, 6)
    if draw.chance(habit.plan):
        quantities[draw.of(_PLANS)] = 1
    discount = extra_discount + (draw.whole(1, 10) / 100 if draw.chance(0.4) else 0.0)
    return tuple(line(product_id, quantity, discount, day) for product_id, quantity in quantities.items())


def credited(draw: Draw, lines: tuple[Line, ...]) -> Line:
    """Return the negative line that takes one line of an order back, wholly or in part."""
    taken = draw.pick(lines)
    part = draw.whole(1, taken.quantity)
    return Line(
        taken.product_id,
        -part,
        taken.unit_price,
        -round(taken.amount * part / taken.quantity),
        -(taken.cost // taken.quantity) * part,
    )
