"""Find which table plays which role in the business: by name, by columns, by what points at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import ColumnProfile, Inspection
from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.choices import Doubts
from kpi_engine.onboarding.proposals.links import Links, role_by_name
from kpi_engine.onboarding.proposals.proposal import Option
from kpi_engine.onboarding.proposals.words import (
    DIMENSION_WORDS,
    MEMBER_OF,
    Role,
    role_scores,
    stems,
    word_rank,
)

_ENOUGH = 5.0
_CLOSE = 1.5
_MOST_SELLERS = 30
_TIMED = {
    Role.ORDERS: "ordered",
    Role.LEADS: "created",
    Role.OPPORTUNITIES: "created",
    Role.MARKETING_COSTS: "booked",
    Role.SALES_COSTS: "booked",
    Role.SERVICE_COSTS: "booked",
    Role.CONTRACTS: "begun",
    Role.ANSWERS: "answered",
}


@dataclass(frozen=True, slots=True)
class RoleTables:
    """Which table plays which role, and why."""

    tables: dict[Role, TablePicture]
    reasons: dict[Role, tuple[str, ...]]

    def role_of(self, table: TablePicture) -> Role | None:
        """Return the role of a table, if it has one."""
        return next((role for role, entry in self.tables.items() if entry.name == table.name), None)


def assign_roles(
    inspection: Inspection, links: Links, tables: tuple[TablePicture, ...], doubts: Doubts
) -> RoleTables:
    """Give each role to the table that fits it best, if any does."""
    judge = _Judge(inspection, links)
    left: dict[Role, list[tuple[float, TablePicture, tuple[str, ...]]]] = {}
    for role in Role:
        judged = [(*judge.score(table, role), table) for table in tables]
        left[role] = sorted(
            ((score, table, why) for score, why, table in judged if score >= _ENOUGH),
            key=lambda entry: (-entry[0], entry[1].name),
        )
    found = RoleTables({}, {})
    while any(left.values()):
        role = max((role for role in left if left[role]), key=lambda role: left[role][0][0])
        _, table, why = _chosen(role, left.pop(role), doubts)
        found.tables[role], found.reasons[role] = table, why
        left = {
            other: [entry for entry in entries if entry[1].name != table.name]
            for other, entries in left.items()
        }
    _settle_users(inspection, links, found, doubts)
    return found


def _settle_users(inspection: Inspection, links: Links, found: RoleTables, doubts: Doubts) -> None:
    """Settle who the users are: orders of a web shop point at users who buy, others at users who sell."""
    users, orders = found.tables.get(Role.REPS), found.tables.get(Role.ORDERS)
    if users is None or orders is None or Role.CUSTOMERS in found.tables or stems(users.name)[-1] != "user":
        return
    link = next((link for link in links.of(orders) if link.target == users.name), None)
    if link is None:
        return
    many = len(inspection.profiles(orders)[link.columns[0]].values) > _MOST_SELLERS
    roles = (Role.CUSTOMERS, Role.REPS) if many else (Role.REPS, Role.CUSTOMERS)
    labels = {Role.CUSTOMERS: "those who buy (customers)", Role.REPS: "those who sell (reps)"}
    column = f"{orders.name}.{link.columns[0]}"
    text = f"Who are the {users.name} that {column} refers to? {labels[roles[0]]} is assumed."
    chosen = Role(
        doubts.pick("users", ("sales", "dimensions"), text, [Option(role, labels[role]) for role in roles])
    )
    why = found.reasons.pop(Role.REPS)
    del found.tables[Role.REPS]
    found.tables[chosen], found.reasons[chosen] = users, why


def _chosen(
    role: Role, entries: list[tuple[float, TablePicture, tuple[str, ...]]], doubts: Doubts
) -> tuple[float, TablePicture, tuple[str, ...]]:
    close = [entry for entry in entries if entry[0] > entries[0][0] - _CLOSE]
    if len(close) == 1:
        return close[0]
    options = [Option(table.name, f"{table.name} ({'; '.join(why)})") for _, table, why in close]
    text = f"Several tables could be the {role.replace('_', ' ')}."
    name = doubts.pick(f"table.{role}", (role, "table"), text, options)
    return next(entry for entry in close if entry[1].name == name)


class _Judge:
    def __init__(self, inspection: Inspection, links: Links) -> None:
        self._inspection, self._links = inspection, links

    def score(self, table: TablePicture, role: Role) -> tuple[float, tuple[str, ...]]:
        """Return how well a table fits a role and what speaks for it; 0 where it can't be."""
        name = role_scores(table.name).get(role, 0.0)
        why = [f"it is called {table.name}"] if name else []
        profiles = list(self._inspection.profiles(table).values())
        if role in _TIMED:
            found = meanings.times(profiles, _TIMED[role])
            if not found or not name:
                return 0.0, ()
            name += 1
            why.append(f"it has the date {found[0].name}")
        extra, further = self._structure(table, role, profiles)
        if extra < 0:
            return 0.0, ()
        empty = 2.0 if self._inspection.rows(table) == 0 else 0.0
        return name + extra - empty, (*why, *further)

    def _structure(
        self, table: TablePicture, role: Role, profiles: list[ColumnProfile]
    ) -> tuple[float, tuple[str, ...]]:
        if role in _BY_COLUMNS:
            return _BY_COLUMNS[role](profiles)
        match role:
            case Role.LINES:
                return self._lines(table, profiles)
            case Role.ORDERS:
                return self._orders(table, profiles)
        return self._members(table, role)

    def _lines(self, table: TablePicture, profiles: list[ColumnProfile]) -> tuple[float, tuple[str, ...]]:
        priced = meanings.amounts(profiles, meanings.PRICE) and meanings.amounts(profiles, meanings.QUANTITY)
        if not priced and not meanings.amounts(profiles, meanings.TOTAL):
            return -1.0, ()
        orders = [
            link.target
            for link in self._links.of(table)
            if role_by_name(self._links.target(link)) is Role.ORDERS
        ]
        if not orders:
            return -1.0, ()
        return 3.0, (f"it refers to {orders[0]}", *(("it has a price and a quantity",) if priced else ()))

    def _orders(self, table: TablePicture, profiles: list[ColumnProfile]) -> tuple[float, tuple[str, ...]]:
        lines = [link.table for link in self._links.to(table) if Role.LINES in _roles(link.table)]
        priced = meanings.amounts(profiles, (*meanings.TOTAL, *meanings.PRICE))
        if not lines and not priced:
            return -1.0, ()
        customers = [
            column
            for link in self._links.of(table)
            for column in link.columns
            if role_by_name(self._links.target(link)) is Role.CUSTOMERS
        ]
        why = [f"{name} refers to it" for name in lines[:1]]
        why += [f"{name} refers to a customer" for name in customers[:1]]
        return 3.0 * bool(lines) + 2.0 * bool(customers), tuple(why)

    def _members(self, table: TablePicture, role: Role) -> tuple[float, tuple[str, ...]]:
        """Score a table by the columns of others that point at it and have the right name."""
        if not self._links.key(table):
            return -1.0, ()
        if role_by_name(table) in _TIMED or role_by_name(table) is Role.LINES:
            return -1.0, ()
        words = DIMENSION_WORDS[MEMBER_OF[role]]
        pointing = [
            f"{link.table}.{link.columns[0]}"
            for link in self._links.to(table)
            if len(link.columns) == 1
            and (rank := word_rank(link.columns[0], words)) is not None
            and rank % 1 < 0.3  # noqa: PLR2004
        ]
        return (5.0, (f"{pointing[0]} refers to it",)) if pointing else (0.0, ())


def _opportunities(profiles: list[ColumnProfile]) -> tuple[float, tuple[str, ...]]:
    for entry in meanings.named(profiles, meanings.STATUS):
        told = {meanings.meaning(value) for value in entry.profile.values}
        if "won" in told:
            return 3.0, (f"{entry.name} says which are won",)
    return 0.0, ()


def _answers(profiles: list[ColumnProfile]) -> tuple[float, tuple[str, ...]]:
    scores = [entry for entry in meanings.named(profiles, meanings.SCORE) if is_nps(entry.profile)]
    return (2.0, (f"{scores[0].name} is 0 to 10",)) if scores else (-1.0, ())


def _contracts(profiles: list[ColumnProfile]) -> tuple[float, tuple[str, ...]]:
    ends = meanings.ends(profiles)
    return (2.0, (f"{ends[0].name} says when it ends",)) if ends else (-1.0, ())


def _spent(profiles: list[ColumnProfile]) -> tuple[float, tuple[str, ...]]:
    return (1.0, ()) if meanings.amounts(profiles, meanings.SPEND) else (-1.0, ())


def _anything(profiles: list[ColumnProfile]) -> tuple[float, tuple[str, ...]]:  # noqa: ARG001 - the others' signature
    return 0.0, ()


_BY_COLUMNS: dict[Role, Callable[[list[ColumnProfile]], tuple[float, tuple[str, ...]]]] = {
    Role.LEADS: _anything,
    Role.OPPORTUNITIES: _opportunities,
    Role.MARKETING_COSTS: _spent,
    Role.SALES_COSTS: _spent,
    Role.SERVICE_COSTS: _spent,
    Role.CONTRACTS: _contracts,
    Role.ANSWERS: _answers,
}
"""Score a table for a role by its own columns."""


def is_nps(profile: ColumnProfile) -> bool:
    """Whether a column can hold answers from 0 to 10."""
    numbers = profile.numbers
    return bool(numbers) and min(numbers) >= 0 and max(numbers) <= 10 and all(n % 1 == 0 for n in numbers)  # noqa: PLR2004


def _roles(name: str) -> dict[Role, float]:
    return {role: score for role, score in role_scores(name).items() if score >= _ENOUGH}
