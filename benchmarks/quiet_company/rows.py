"""The rows of a company's tables, each with the days from which it is known in that form.

The tables are those of the demo company. A lead that becomes a customer is known in several forms: new, then
qualified, then won.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

import numpy as np

from benchmarks.quiet_company import profiles
from benchmarks.quiet_company.calendar import DAYS, months, next_working, number, orders_a_day, within
from benchmarks.quiet_company.chance import Floats, Ints, picked
from benchmarks.quiet_company.market import DIRECT, FROM_LEADS, Market, leads_a_week, market, reps_of
from benchmarks.quiet_company.profiles import Profile, Story
from bot.playground.company.tables import Company

Value = str | int | float | None
Row = tuple[Value, ...]


class Form(NamedTuple):
    """A row as it is known from a day (from 0) on, until a later form of it."""

    since: int
    row: Row


Forms = dict[str, list[Form]]
"""By table, in the order of `since`."""

_PRODUCTS = (
    ("Desk", 1, 1, 240.0, 150.0),
    ("Desk Pro", 1, 2, 420.0, 255.0),
    ("Desk Max", 1, 3, 690.0, 415.0),
    ("Chair", 2, 1, 130.0, 80.0),
    ("Chair Pro", 2, 2, 260.0, 155.0),
    ("Lamp", 3, 1, 60.0, 33.0),
    ("Lamp Pro", 3, 2, 110.0, 60.0),
    ("Screen", 4, 1, 95.0, 52.0),
    ("Screen Pro", 4, 2, 180.0, 100.0),
)
"""Name, category, tier, price and cost."""
_CATEGORIES = ("Desks", "Chairs", "Lamps", "Screens")
_PRODUCT_SHARES = (0.16, 0.1, 0.04, 0.2, 0.1, 0.16, 0.06, 0.12, 0.06)
_LINES = (0.5, 0.3, 0.2)
"""The shares of the orders with one, two and three lines."""
_PIECES = 3.0
"""The median number of pieces of a line."""
_CANCELLED = _CREDITED = 0.02
_SERVICE = 0.3
"""What serving an order costs, as a part of its margin."""
_LEAST_SERVICE = 15.0
_ASKED, _ANSWERS = 0.35, 0.35
_SCORES = (0.02, 0.01, 0.02, 0.03, 0.03, 0.05, 0.07, 0.13, 0.2, 0.24, 0.2)
"""The shares of the answers 0 to 10."""
_CONTRACT, _RENEWS = 0.3, 0.8
_WEEKS_A_MONTH = 52.18 / 12
"""Of months whose days aren't all generated."""
_COST_A_LEAD, _COST_OF_A_REP = 55.0, 5_000.0
_TARGETS = (("conversion", 0.2), ("win_rate", 0.42), ("cost_per_lead", _COST_A_LEAD))

_DATES = tuple(str(day) for day in DAYS)
_CLOCK = tuple(str(timedelta(seconds=second)).zfill(8) for second in range(86_400))


def forms(profile: Profile, story: Story | None = None) -> Forms:
    """Return all rows of a company; the same for the same profile and story."""
    chance = np.random.Generator(np.random.PCG64(profile.seed))
    found = market(profile, chance, story)
    tables: Forms = {name: [] for name in Company._fields}
    tables |= _fixed(profile)
    tables["leads"] = list(_leads(found))
    tables["opportunities"] = list(_opportunities(found, chance))
    tables["customers"] = list(_customers(found))
    _add_orders(tables, found, profile, chance, story)
    tables["nps_answers"] = list(_surveys(found, chance))
    tables["service_contracts"] = list(_contracts(found, chance))
    mean_value = _mean_order_value(tables, len(found.orders.day))
    tables["quotas"] = list(_quotas(profile, mean_value))
    for entries in tables.values():
        entries.sort(key=lambda form: form.since)
    return tables


def _at(day: int, second: int) -> str | None:
    """Return a moment as it is stored, None where it is still to come on the last day."""
    return f"{_DATES[day]} {_CLOCK[second]}" if 0 <= day < len(DAYS) else None


def _names(names: Iterable[str]) -> list[Form]:
    return [Form(0, (place, name)) for place, name in enumerate(names, 1)]


def _fixed(profile: Profile) -> Forms:
    """Return the rows that are known from the first day on, or that are booked each month."""
    reps = [
        Form(
            0,
            (
                rep + 1,
                f"Seller {rep + 1:02}",
                f"seller{rep + 1}@example.com",
                f"U0QUIET{rep + 1:03}",
                rep % len(profiles.REGIONS) + 1,
                rep % len(profiles.REGIONS) + 1,
                "2015-01-01",
                None,
            ),
        )
        for rep in range(profile.reps)
    ]
    regions = range(1, len(profiles.REGIONS) + 1)
    teams = [Form(0, (place, f"Team {profiles.REGIONS[place - 1]}", place)) for place in regions]
    products = [Form(0, (place, *product)) for place, product in enumerate(_PRODUCTS, 1)]
    return {
        "regions": _names(profiles.REGIONS),
        "teams": teams,
        "reps": reps,
        "sources": _names(profiles.SOURCES),
        "techniques": _names(profiles.TECHNIQUES),
        "categories": _names(_CATEGORIES),
        "products": products,
        "marketing_costs": list(_marketing_costs(profile)),
        "sales_costs": list(_sales_costs(profile)),
    }


def _booked(month: date) -> int | None:
    """Return the day on which the costs of a month are booked: its first."""
    return max(0, number(month)) if month <= DAYS[-1] else None


def _marketing_costs(profile: Profile) -> Iterator[Form]:
    numbers = count(1)
    a_month = leads_a_week(profile) * _WEEKS_A_MONTH * _COST_A_LEAD
    for month in months():
        if (since := _booked(month)) is not None:
            for source, share in enumerate(profiles.SOURCE_SHARES, 1):
                for region, part in enumerate(profiles.REGION_SHARES, 1):
                    amount = round(a_month * share * part, 2)
                    yield Form(since, (next(numbers), str(month), source, region, amount))


def _sales_costs(profile: Profile) -> Iterator[Form]:
    numbers = count(1)
    for month in months():
        if (since := _booked(month)) is not None:
            for rep in range(1, profile.reps + 1):
                yield Form(since, (next(numbers), str(month), rep, _COST_OF_A_REP))


def _leads(found: Market) -> Iterator[Form]:
    leads, customers = found.leads, found.customers
    columns = [column.tolist() for column in (leads.day, leads.second, leads.source, leads.rep)]
    columns += [column.tolist() for column in (leads.segment, leads.technique, leads.refused)]
    columns += [column.tolist() for column in (leads.qualified, leads.closed, leads.customer)]
    for place, entry in enumerate(zip(*columns, strict=True)):
        day, second, source, rep, segment, technique, refused, qualified, closed, customer = entry
        owner = (
            source + 1, None, technique + 1, rep + 1, rep % len(profiles.REGIONS) + 1,
            profiles.SEGMENTS[segment],
        )  # fmt: skip
        created = (place + 1, _at(day, second))
        yield Form(day, (*created, None, None, "spam" if refused else "new", *owner, None))
        known = _at(qualified, max(second, 60 * 60 * 17)) if qualified >= 0 else None
        if known:
            yield Form(qualified, (*created, known, None, "qualified", *owner, None))
        if customer >= 0:
            won = _at(closed, int(customers.second[customer]))
            yield Form(closed, (*created, known, won, "won", *owner, customer + 1))
        elif 0 <= closed < len(DAYS):
            yield Form(closed, (*created, known, None, "lost", *owner, None))


def _customers(found: Market) -> Iterator[Form]:
    customers = found.customers
    columns = [
        column.tolist() for column in (customers.day, customers.rep, customers.segment, customers.lead)
    ]
    for place, (day, rep, segment, lead) in enumerate(zip(*columns, strict=True), 1):
        region = rep % len(profiles.REGIONS) + 1
        segment_name, from_lead = profiles.SEGMENTS[segment], lead + 1 if lead >= 0 else None
        row = (place, f"Customer {place:05}", segment_name, region, rep + 1, from_lead, _DATES[day])
        yield Form(day, row)


def _opportunities(found: Market, chance: np.random.Generator) -> Iterator[Form]:
    leads = found.leads
    opened = np.flatnonzero((leads.opened >= 0) & (leads.opened < len(DAYS)))
    opened = opened[np.argsort(leads.opened[opened], kind="stable")]
    amounts = np.round(chance.lognormal(np.log(900.0), 0.8, len(opened)), -1)
    products = picked(chance, _PRODUCT_SHARES, len(opened)) + 1
    columns = [column[opened].tolist() for column in (leads.opened, leads.closed, leads.rep, leads.customer)]
    evening = 17 * 3600
    everything = zip(opened.tolist(), *columns, amounts.tolist(), products.tolist(), strict=True)
    for place, (lead, day, closed, rep, customer, amount, product) in enumerate(everything, 1):
        created = _at(day, evening)
        yield Form(day, (place, lead + 1, None, created, None, "open", amount, rep + 1, product))
        if closed < len(DAYS):
            stage, whose = ("won", customer + 1) if customer >= 0 else ("lost", None)
            ended = _at(closed, evening + 1)
            yield Form(closed, (place, lead + 1, whose, created, ended, stage, amount, rep + 1, product))


def _add_orders(
    tables: Forms, found: Market, profile: Profile, chance: np.random.Generator, story: Story | None
) -> None:
    """Add orders, their lines, credits, and what serving them costs."""
    orders = found.orders
    size = len(orders.day)
    fate = chance.random(size)
    cancelled = ~orders.is_first & (fate < _CANCELLED)
    credited = ~cancelled & (fate >= 1 - _CREDITED)
    since = _loaded(orders.day, story)
    rep = found.customers.rep[orders.customer] + 1
    status = np.where(cancelled, "cancelled", "shipped")
    columns = [column.tolist() for column in (since, orders.customer + 1, rep, orders.day, orders.second)]
    for place, entry in enumerate(zip(*columns, status.tolist(), strict=True), 1):
        known, customer, seller, day, second, state = entry
        tables["orders"].append(Form(known, (place, customer, seller, _at(day, second), state, None)))
    numbers = count(1)
    margins = np.zeros(size)
    for order, (product, pieces, price, amount, cost) in _lines(profile, chance, size):
        row = (next(numbers), order + 1, product, pieces, price, amount, cost, None)
        tables["order_lines"].append(Form(columns[0][order], row))
        margins[order] += amount - cost
        if credited[order]:
            credited[order] = False
            day = int(next_working(orders.day[order : order + 1] + 6 + order % 30)[0])
            if day < len(DAYS):
                size += 1
                whose = (columns[1][order], columns[2][order])
                loaded = int(_loaded(np.array([day]), story)[0])
                tables["orders"].append(Form(loaded, (size, *whose, _at(day, 12 * 3600), "credit", None)))
                taken = (-round(amount / pieces, 2), -cost / pieces)
                back = (next(numbers), size, product, -1, price, *taken, None)
                tables["order_lines"].append(Form(loaded, back))
    served = np.flatnonzero(~cancelled)
    tables["service_costs"] = list(_service_costs(found, chance, served, margins))


def _loaded(days: Ints, story: Story | None) -> Ints:
    """Return the days on which orders of some days are in the database."""
    if story is not Story.HALF_LOADED_WEEK:
        return days
    late = within(days, profiles.LOST_FROM, profiles.LOST_UNTIL)
    return np.where(late, number(profiles.ARRIVES_LATE), days)


Line = tuple[int, int, float, float, float]
"""Product, pieces, price, amount and cost."""


def _lines(profile: Profile, chance: np.random.Generator, size: int) -> Iterator[tuple[int, Line]]:
    """Yield the lines of each order: its place, and a product at most once."""
    most = picked(chance, _LINES, size) + 1
    order = np.repeat(np.arange(size), most)
    scale = chance.lognormal(-(profile.spread**2) / 2, profile.spread, size)[order]
    wanted = np.round(scale * _PIECES * chance.lognormal(0.0, 0.3, len(order)))
    pieces = np.maximum(1, wanted).astype(np.int64)
    product = picked(chance, _PRODUCT_SHARES, len(order))
    discount = chance.integers(0, 11, len(order)) / 100
    prices, costs = (np.array([entry[column] for entry in _PRODUCTS]) for column in (3, 4))
    amount = np.round(pieces * prices[product] * (1 - discount), 2)
    columns = [order, product + 1, pieces, prices[product], amount, pieces * costs[product]]
    seen: set[tuple[int, int]] = set()
    for place, kind, number_of, price, value, cost in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        if (place, kind) not in seen:
            seen.add((place, kind))
            yield place, (kind, number_of, price, value, cost)


def _service_costs(
    found: Market, chance: np.random.Generator, served: Ints, margins: Floats
) -> Iterator[Form]:
    days = next_working(found.orders.day[served] + chance.integers(4, 30, len(served)))
    costs = margins[served] * _SERVICE * chance.uniform(0.7, 1.3, len(served))
    amounts = np.maximum(_LEAST_SERVICE, np.round(costs, 2))
    numbers = count(1)
    columns = (days, found.orders.customer[served] + 1, amounts)
    for day, customer, amount in zip(*(column.tolist() for column in columns), strict=True):
        if day < len(DAYS):
            yield Form(day, (next(numbers), customer, _DATES[day], amount))


def _surveys(found: Market, chance: np.random.Generator) -> Iterator[Form]:
    orders, customers = found.orders, found.customers
    asked = np.flatnonzero(chance.random(len(orders.day)) < _ASKED)
    answers = chance.random(len(asked)) < _ANSWERS
    hours = chance.exponential(40.0, len(asked))
    scores = picked(chance, _SCORES, len(asked))
    whose = orders.customer[asked]
    columns = (orders.day[asked] + 12, whose, customers.rep[whose], customers.segment[whose])
    numbers = count(1)
    everything = zip(*(c.tolist() for c in (*columns, answers, hours, scores)), strict=True)
    for day, customer, rep, segment, is_answered, wait, score in everything:
        if day >= len(DAYS):
            continue
        place, sent = next(numbers), _at(day, 7 * 3600)
        quarter = f"{DAYS[day].year}-Q{(DAYS[day].month + 2) // 3}"
        region = rep % len(profiles.REGIONS) + 1
        row = (place, customer + 1, rep + 1, profiles.SEGMENTS[segment], region, quarter, sent)
        yield Form(day, (*row, None, None, None))
        answered, second = divmod(int(7 * 3600 + wait * 3600), 86_400)
        if is_answered and day + answered < len(DAYS) and second < 21 * 3600:
            yield Form(day + answered, (*row, _at(day + answered, second), score, None))


def _contracts(found: Market, chance: np.random.Generator) -> Iterator[Form]:
    numbers = count(1)
    begins = found.customers.day + chance.integers(20, 200, len(found.customers.day))
    signs = np.flatnonzero(chance.random(len(begins)) < _CONTRACT)
    for customer, first in zip(signs.tolist(), begins[signs].tolist(), strict=True):
        begin = first
        while begin < len(DAYS):
            ends = DAYS[begin] + timedelta(days=364)
            yield Form(begin, (next(numbers), customer + 1, _DATES[begin], str(ends)))
            begin = begin + 365 if chance.random() < _RENEWS else len(DAYS)


def _mean_order_value(tables: Forms, orders: int) -> float:
    return sum(float(form.row[5] or 0) for form in tables["order_lines"]) / orders


def _quotas(profile: Profile, mean_value: float) -> Iterator[Form]:
    """Yield the targets of each month: what is expected, so that half of them are reached."""
    numbers = count(1)
    a_day = orders_a_day(profile)
    every_day = np.arange(len(DAYS))
    for month in months():
        following = (month + timedelta(days=31)).replace(day=1)
        is_whole = month >= DAYS[0] and following <= DAYS[-1]
        weeks = float(a_day[within(every_day, month, following)].sum()) if is_whole else _WEEKS_A_MONTH
        orders = profile.orders_a_week * weeks
        for metric, value in _TARGETS:
            yield Form(0, (next(numbers), metric, str(month), None, None, None, value))
        for region, part in enumerate(profiles.REGION_SHARES):
            for rep in reps_of(profile, region):
                own = part / len(reps_of(profile, region))
                values = (
                    ("sales", round(orders * mean_value * own, -2)),
                    ("new_customers", max(1, round(orders * (FROM_LEADS + DIRECT) * own))),
                    ("leads", max(1, round(leads_a_week(profile) * _WEEKS_A_MONTH * own))),
                )
                for metric, value in values:
                    yield Form(0, (next(numbers), metric, str(month), rep + 1, None, None, value))
