"""A small company, and copies of it in which only the rows of some reps, and of the company, are others.

The days on which a table has rows, and what customers, products and teams are called, are the same in all
copies: people are told how far the data is loaded to the day, and those names aren't secret. In `STRANGERS`,
the copy for people who may see nothing, the days and some names differ as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from bot.playground.company.tables import SCHEMA

NOW = datetime(2026, 11, 24, 9, 0)
_FIRST, _LAST = date(2025, 5, 1), date(2026, 11, 23)
_HALF_LOADED = date(2026, 11, 12)
"""Of this day, only some leads have arrived."""

NORTH, SOUTH, WEST = 1, 2, 3
REPS = {
    1: ("Anna Peeters", NORTH),
    2: ("Jan Claes", NORTH),
    3: ("Zoë Maes", NORTH),
    4: ("Bert Wouters", NORTH),
    5: ("Carla Jacobs", NORTH),
    6: ("Karim Haddad", SOUTH),
    7: ("Lotte Smets", SOUTH),
    8: ("Quinten Aerts", WEST),
}
_OTHER_NAMES = {8: "Quinten Zegers"}
"""Who is called otherwise in copies in which their name isn't seen; nobody types it in full."""
_PER_REP = 4
"""Customers of each rep."""

Table = list[tuple[object, ...]]


@dataclass(frozen=True)
class Copy:
    """Which rows are others: those of `hidden` reps, and what belongs to nobody.

    With `other_days`, newer rows and another first day too. `key` names the copy.
    """

    key: str
    hidden: frozenset[int] = frozenset()
    other_days: bool = False


ORIGINAL = Copy("original")
FOR_ANNA = Copy("for_anna", frozenset(REPS) - {1})
FOR_NORTH = Copy("for_north", frozenset({6, 7, 8}))
FOR_NORTH_AND_KARIM = Copy("for_north_and_karim", frozenset({7, 8}))
STRANGERS = Copy("strangers", frozenset(REPS), other_days=True)


def write(path: Path, copy: Copy) -> str:
    """Write a copy to an SQLite file and return its address."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
        for name, rows in _Made(copy).tables().items():
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"insert into {name} values ({marks})", rows)
        connection.commit()
    return f"sqlite:///{path}"


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


class _Made:
    """The rows of a copy. What is the same in all copies is drawn first, each row from its own seed."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy

    def tables(self) -> dict[str, Table]:
        customers = [(rep, rep * 10 + place) for rep in REPS for place in range(_PER_REP)]
        leads = self._leads(customers)
        orders, lines = self._orders(customers)
        return {
            "regions": [(1, "Coast"), (2, "Inland")],
            "teams": [(NORTH, "North", 1), (SOUTH, "South", 2), (WEST, "West" if not self._is_other(8) else "Outer West", 2)],
            "reps": [self._rep(key) for key in REPS],
            "sources": [(1, "Website"), (2, "Fairs"), (3, "Referral")],
            "techniques": [(1, "Call"), (2, "Visit")],
            "campaigns": [(1, "Spring", 1, "2026-03-01", "2026-06-01")],
            "categories": [(1, "Boards"), (2, "Frames")],
            "products": [(n, f"Product {n}", n % 2 + 1, n, 100 * n, 40 * n) for n in range(1, 5)],
            "leads": leads,
            "customers": [
                (key, f"Customer {key}", ("small", "large")[key % 2], key % 2 + 1, rep, key, "2025-01-01")
                for rep, key in customers
            ],
            "opportunities": self._opportunities(customers),
            "orders": orders,
            "order_lines": lines,
            "marketing_costs": self._marketing_costs(),
            "sales_costs": [
                (rep * 100 + month, f"2026-{month:02}-01", rep, self._vary(rep, 900, month))
                for rep in REPS
                for month in range(1, 12)
            ],
            "service_costs": self._service_costs(customers),
            "service_contracts": self._contracts(customers),
            "nps_answers": self._nps(customers),
            "quotas": self._quotas(),
        }  # fmt: skip

    def _is_other(self, rep: int | None) -> bool:
        """Whether a row of a rep, or of the company (None), is another one in this copy."""
        return bool(self._copy.hidden) if rep is None else rep in self._copy.hidden

    def _random(self, rep: int | None, *what: object) -> Random:
        return Random(f"{self._is_other(rep)} {rep} {what}")

    def _vary(self, rep: int | None, base: int, *what: object) -> int:
        return base + self._random(rep, "amount", *what).randrange(base)

    def _at(self, day: date, rep: int | None, *what: object) -> str:
        random = self._random(rep, "at", day, *what)
        return f"{day} {random.randrange(8, 16):02}:{random.randrange(60):02}:{random.randrange(60):02}"

    def _rep(self, key: int) -> tuple[object, ...]:
        name, team = REPS[key]
        if self._is_other(key):
            name = _OTHER_NAMES.get(key, name)
        return (key, name, f"r{key}@example.com", f"U0REP{key}", team, team % 2 + 1, "2020-01-01", None)

    def _leads(self, customers: Collection[tuple[int, int]]) -> Table:
        """Return the leads that became customers, a few of each rep, and many of Lotte for each day."""
        found: Table = []
        for rep, key in customers:
            random = self._random(rep, "lead", key)
            created = date(2025, 1 + random.randrange(4), 1 + random.randrange(28))
            found.append(self._lead(key, created, rep, random, customer=key))
        edges = ((901, date(2025, 1, 1), "2025-01-02"), (902, _LAST, "2026-11-23"))
        for key, day, qualified in edges:  # the first and the last day are those of all copies
            at = self._at(day, 7, key)
            found.append((key, at, f"{qualified} 17:00:00", None, "new", 1, None, 1, 7, 1, "small", None))
        number = 1000
        for day in _days(date(2026, 8, 3), _LAST):
            usual = 24
            if day == _HALF_LOADED:
                usual = 2 if self._is_other(7) else 1  # a part of them, in each copy
            for place in range(usual):
                number += 1
                found.append(self._lead(number, day, 7, self._random(7, "lead", day, place)))
        for rep in REPS:
            for day in _days(_FIRST, _LAST):
                if Random(f"lead of {rep} {day}").random() < 0.05 and day != _HALF_LOADED:
                    number += 1
                    found.append(self._lead(number, day, rep, self._random(rep, "lead", day)))
        return found

    def _lead(
        self, key: int, day: date, rep: int, random: Random, customer: int | None = None
    ) -> tuple[object, ...]:
        at = self._at(day, rep, key)
        later = [str(day + timedelta(days=random.randrange(1, 60))) for _ in range(2)]
        qualified = f"{later[0]} 10:00:00" if random.random() < 0.5 and later[0] < "2026-11-23" else None
        won = random.random() < 0.3 and later[1] < "2026-11-23"
        converted = f"{later[1]} 12:00:00" if won or customer else None
        is_counted = customer is not None or rep == 7  # so that days have as many rows in each copy
        status = random.choice(("new", "qualified", "lost", "won" if is_counted else "spam"))
        source = random.randrange(1, 4)
        campaign, technique = random.choice((None, 1)), random.choice((None, 1, 2))
        return (
            key, at, qualified, converted, status, source, campaign, technique, rep, rep % 2 + 1,
            random.choice(("small", "large")), customer,
        )  # fmt: skip

    def _opportunities(self, customers: Collection[tuple[int, int]]) -> Table:
        found: Table = [
            (900_001, 70, 70, "2025-05-01 09:00:00", "2025-05-01 10:00:00", "lost", 100, 7, 1),
            (900_002, 70, 70, f"{_LAST} 09:00:00", self._at(_LAST, 7, "deal"), "lost", 100, 7, 1),
        ]
        for rep, key in customers:
            for place, day in enumerate(_days(_FIRST, date(2026, 11, 16))):
                if Random(f"deal {key} {day}").random() > 0.012:
                    continue
                random = self._random(rep, "deal", key, day)
                stage = random.choice(("won", "won", "lost", "open"))
                closed = min(day + timedelta(days=random.randrange(1, 40)), _LAST)
                found.append(
                    (
                        key * 1000 + place, key, key, self._at(day, rep, key),
                        None if stage == "open" else f"{closed} 11:00:00",
                        stage, random.randrange(100, 900), rep, random.randrange(1, 5),
                    )
                )  # fmt: skip
        return found

    def _orders(self, customers: Collection[tuple[int, int]]) -> tuple[Table, Table]:
        orders: Table = []
        lines: Table = []

        def sell(key: int, customer: int, rep: int, at: str, *, is_fixed: bool = False) -> None:
            random = self._random(rep, "order", key)
            status = random.choice(("paid", "shipped", "shipped", "cancelled", "credit"))
            status = "paid" if is_fixed else status
            orders.append((key, customer, rep, at, status, random.choice((None, 1))))
            for product in random.sample(range(1, 5), random.randrange(1, 4)):
                quantity = random.randrange(1, 5)
                amount = quantity * product * random.randrange(80, 120) * (-1 if status == "credit" else 1)
                mark = random.choice((None, None, "upsell", "cross-sell"))
                cost = amount * random.randrange(40, 70) // 100
                lines.append((len(lines) + 1, key, product, quantity, 100 * product, amount, cost, mark))

        number = 0
        for rep, customer in customers:
            for day in _days(_FIRST, date(2026, 11, 20)):
                number += 1
                # few enough that no day of a table is judged by how many rows others of its kind have
                if self._random(rep, "sells", customer, day).random() < (0.04 if rep == 1 else 0.012):
                    sell(number, customer, rep, self._at(day, rep, customer))
        for rep, key, seen in ((7, 900_001, _FIRST), (7, 900_002, _LAST), (1, 900_003, date(2026, 11, 19))):
            sell(key, rep * 10, rep, self._at(seen, rep, "last"), is_fixed=True)
        if self._copy.other_days:
            sell(900_004, 70, 7, f"{NOW.date()} 07:30:00", is_fixed=True)
            sell(900_005, 70, 7, "2025-03-03 07:30:00", is_fixed=True)
        return orders, lines

    def _marketing_costs(self) -> Table:
        months = [(2025, month) for month in range(1, 13)] + [(2026, month) for month in range(1, 11)]
        return [
            (
                place * 10 + source,
                f"{year}-{month:02}-01",
                source,
                1,
                self._vary(None, 500, year, month, source),
            )
            for place, (year, month) in enumerate(months)
            for source in (1, 2, 3)
        ]

    def _service_costs(self, customers: Collection[tuple[int, int]]) -> Table:
        return [
            (key * 100 + month, key, f"2026-{month:02}-10", self._vary(rep, 20, key, month))
            for rep, key in customers
            for month in range(1, 12)
        ]

    def _contracts(self, customers: Collection[tuple[int, int]]) -> Table:
        found: Table = []
        for rep, key in customers:
            random = self._random(rep, "contract", key)
            ends = random.choice((None, f"2026-{random.randrange(2, 12):02}-15"))
            found.append((key, key, "2025-06-01", ends))
        return found

    def _nps(self, customers: Collection[tuple[int, int]]) -> Table:
        found: Table = [
            (1, 70, 7, "small", 1, "w", "2026-06-01 08:00:00", "2026-06-01 09:00:00", 9, None),
            (
                2,
                70,
                7,
                "small",
                1,
                "w",
                "2026-11-22 08:00:00",
                self._at(date(2026, 11, 22), 7, "nps"),
                9,
                None,
            ),
        ]
        for rep, key in customers:
            for month in range(6, 12):
                random = self._random(rep, "nps", key, month)
                sent = date(2026, month, 1 + key % 20)
                score = random.choice((None, 3, 7, 8, 9, 10))
                found.append(
                    (
                        key * 100 + month, key, rep, "small", key % 2 + 1, f"w{month}", f"{sent} 08:00:00",
                        None if score is None else f"{sent + timedelta(days=1)} 09:00:00", score, None,
                    )
                )  # fmt: skip
        return found

    def _quotas(self) -> Table:
        found: Table = []
        for month in range(9, 13):
            for metric, value in (("sales", 3000), ("leads", 3), ("conversion", 1)):
                goals: list[tuple[int | None, int | None]] = [(rep, None) for rep in REPS]
                goals += [(None, team) for team in (NORTH, SOUTH)] + [(None, None)]
                for rep, team in goals:
                    base = value
                    if metric != "conversion":
                        owner = rep or ({NORTH: 1, SOUTH: 7}[team] if team else None)
                        # the team's own target is seen by its reps
                        base = value if team == NORTH else self._vary(owner, value, metric, month, rep, team)
                    shown = base / 4 if metric == "conversion" else base
                    found.append((len(found) + 1, metric, f"2026-{month:02}-01", rep, team, None, shown))
        return found
