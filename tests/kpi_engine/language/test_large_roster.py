"""Names of a dimension that has too many members to hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest

from kpi_engine.definitions.loader import load
from kpi_engine.domain.errors import QueryError, UnknownNameError
from kpi_engine.domain.query import Member, Query
from kpi_engine.language.large_roster import MOST_FOUND, LargeRoster
from kpi_engine.language.member_names import Roster
from kpi_engine.language.parser import NOBODY, parse, understood
from tests.shop import SHIPPED

CATALOGUE = load(SHIPPED, SHIPPED)
TODAY = date(2026, 11, 23)
MEMBERS = [
    *(Member(key, f"Bakkerij {key:03}") for key in range(40)),
    Member(100, "Acme Tools"),
    Member(101, "Acme Trading"),
    Member(102, "Bakkerij Zon"),
    Member(103, "Jan Maart"),
    Member(104, "Anna Trading"),
]


@dataclass
class Known:
    """A lookup among some members, which keeps what it was asked."""

    asked: list[str] = field(default_factory=list)
    is_down: bool = False

    def beginning(self, typed: str) -> Sequence[Member]:
        self._ask(typed)
        found = [member for member in MEMBERS if member.label.lower().startswith(typed.lower())]
        found += [member for member in MEMBERS if str(member.key) == typed]
        return sorted(found, key=lambda member: len(member.label))[: MOST_FOUND + 1]

    def containing(self, typed: str) -> Sequence[Member]:
        self._ask(f"*{typed}")
        return [member for member in MEMBERS if typed.lower() in member.label.lower()][: MOST_FOUND + 1]

    def with_keys(self, keys: Collection[str]) -> Sequence[Member]:
        self._ask(",".join(keys))
        return [member for member in MEMBERS if str(member.key) in keys]

    def _ask(self, typed: str) -> None:
        if self.is_down:
            raise QueryError("I can't check right now.")
        self.asked.append(typed)


def read(line: str, lookup: Known) -> Query:
    """Read a line with a few reps and many customers, of which one is held."""
    members = {
        "rep": Roster([Member(1, "Anna De Vries"), Member(2, "Bart")]),
        "customer": LargeRoster(MEMBERS[:1], lookup),
    }
    return parse(line, CATALOGUE, members, NOBODY, TODAY)


def named(query: Query) -> list[tuple[str, object]]:
    """Return the dimension and key of each member that a question names."""
    return [(entry.dimension, member.key) for entry in query.filters for member in entry.members]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("sales customer:acme tools last month", 100),
        ('sales customer:"Acme Trading"', 101),
        ("sales customer:zon", 102),
        ("sales acme tools", 100),
        ("sales acme trading by rep last month", 101),
        ("sales customer:104", 104),
        ("sales jan maart", None),  # a month: only with its key
        ("sales customer:jan maart", 103),
    ],
)
def test_a_name_is_looked_up(line: str, key: int | None) -> None:
    """With its key and, where no word has another meaning, without."""
    lookup = Known()
    if key is None:
        with pytest.raises(QueryError):
            read(line, lookup)
        return
    assert named(read(line, lookup)) == [("customer", key)]


@pytest.mark.parametrize(
    "line", ["sales", "sales last month by customer", "sales anna", "sales rep:bart vs last year"]
)
def test_nothing_is_looked_up_where_all_is_known(line: str) -> None:
    """A name of a dimension that is held comes first, whatever else has it."""
    lookup = Known()
    assert all(dimension == "rep" for dimension, _ in named(read(line, lookup)))
    assert lookup.asked == []


def test_the_words_after_a_name_cost_no_lookup() -> None:
    """The first word tells; more are asked for while too many names begin so."""
    lookup = Known()
    read("sales customer:acme tools last month vs last year", lookup)
    assert set(lookup.asked) == {"acme"}
    lookup = Known()
    read("sales customer:bakkerij zon last month", lookup)
    assert set(lookup.asked) == {"bakkerij", "bakkerij zon"}


def test_what_is_held_alone_means_nothing() -> None:
    """Another member may have the same name: only the lookup knows."""
    assert LargeRoster([Member(7, "Nobody Else")], Known()).matches("Nobody Else") == []


def test_a_mistyped_name_offers_those_that_begin_alike() -> None:
    with pytest.raises(UnknownNameError) as near:
        read('sales customer:"acme tols" last month', Known())
    assert near.value.suggestions[0] == 'sales customer:"Acme Tools" last month'


def test_a_lookup_that_fails_is_no_unknown_name() -> None:
    """Neither with its key nor without; a form that is begun takes what it can."""
    for line in ("sales customer:acme", "sales acme"):
        with pytest.raises(QueryError, match="can't check right now"):
            read(line, Known(is_down=True))
    members = {"customer": LargeRoster(MEMBERS[:1], Known(is_down=True))}
    assert understood("sales customer:acme", CATALOGUE, members, NOBODY, TODAY).metrics == ("sales",)
    assert members["customer"].beginning("bakk", 5) == [MEMBERS[0]]
    assert members["customer"].nearest("bakkerij 00", 5) == [MEMBERS[0]]


def test_names_to_choose_from_are_looked_up_as_well() -> None:
    """Those that begin as typed, whether they are held or not, and the ones that were chosen."""
    roster = LargeRoster(MEMBERS[:1], Known())
    assert roster.beginning("acme", 5) == [MEMBERS[40], MEMBERS[41]]
    assert roster.others(["0", "100", "999"]) == [MEMBERS[40]]
    assert Roster(MEMBERS[:2]).others(["0", "100"]) == []
