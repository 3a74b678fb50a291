"""A roster finds by its indexes what a look at every name would find."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.domain.query import Member
from kpi_engine.language.folding import fold, squash
from kpi_engine.language.member_names import Roster, roster_of

LETTERS = st.text("aAbéEß '-.2İ", min_size=0, max_size=8)


def _by_looking(typed: str, members: Sequence[Member]) -> list[Member]:
    exact = [member for member in members if member.label == typed]
    if exact or not squash(typed):
        return exact
    equal = [
        member
        for member in members
        if fold(member.label) == fold(typed) or squash(member.label) == squash(typed)
    ]
    return equal or [member for member in members if _begins(typed, fold(member.label))]


def _begins(typed: str, name: str) -> bool:
    starts = {0, *(word.start() for word in re.finditer(r"[\w']+", name))}
    return any(
        name[start:].startswith(fold(typed)) or squash(name[start:]).startswith(squash(typed))
        for start in starts
    )


@given(LETTERS, st.lists(LETTERS, max_size=12))
def test_an_index_finds_what_looking_finds(typed: str, labels: list[str]) -> None:
    """Exact names, equal ones and beginnings, in the members' own order, doubles included."""
    members = [Member(key, label) for key, label in enumerate(labels)]
    assert Roster(members).matches(typed) == _by_looking(typed, members)


def test_names_are_folded_at_the_first_one_that_isnt_exact() -> None:
    """A line that names nobody, or somebody exactly, doesn't wait for the indexes of all names."""
    roster = Roster([Member(key, f"Vergeten Rederij {key}") for key in range(3)])
    assert vars(roster) == {}
    assert [member.key for member in roster.matches("Vergeten Rederij 1")] == [1]
    assert set(vars(roster)) == {"_exact"}
    assert [member.key for member in roster.matches("vergeten rederij 2")] == [2]
    assert "_beginnings" not in vars(roster)
    assert len(roster.matches("rederij")) == 3
    assert "_spellings" not in vars(roster)


@given(st.text("aAzZ09 _-.'\t\x1cßéÉıİ²", max_size=8))
def test_plain_letters_are_folded_as_all_are(text: str) -> None:
    """The short way for ASCII gives what the long one does."""
    long = unicodedata.normalize("NFKD", text.casefold().translate(str.maketrans({"ß": "ss", "ı": "i"})))
    folded = "".join(letter for letter in long if not unicodedata.combining(letter)).strip()
    assert fold(text) == folded
    assert squash(text) == re.sub(r"[\W_]+", "", folded)


@given(st.lists(LETTERS, max_size=8))
def test_a_roster_is_its_members(labels: list[str]) -> None:
    """It equals the plain members in their order, and is made once only."""
    members = tuple(Member(key, label) for key, label in enumerate(labels))
    roster = Roster(members).indexed()
    assert roster == members
    assert roster_of(roster) is roster
    assert roster_of(members) == members


def test_one_of_twenty_thousand_is_found_by_any_of_its_words() -> None:
    """By a word, by its last words, without spaces, and mistyped."""
    crowd = [Member(key, f"Kantoor {key}") for key in range(20_000)]
    wanted = Member("wanted", "Bakkerij Van den Broeck")
    roster = Roster([*crowd[:9_000], wanted, *crowd[9_000:]])
    for typed in ("bakkerij", "broeck", "van den b", "vandenbroeck", "BAKKERIJVAN"):
        assert roster.matches(typed) == [wanted]
    assert roster.nearest("bakerij", 3) == [wanted]
    assert len(roster.matches("kantoor")) == 20_000


@given(st.lists(LETTERS, max_size=12), LETTERS, st.integers(0, 5))
def test_a_search_finds_every_name_that_begins_as_typed(labels: list[str], typed: str, limit: int) -> None:
    """As a look at every name would, from any of its words on; whole names first; never more than asked."""
    members = [Member(key, label) for key, label in enumerate(labels)]
    wanted = [member for member in members if squash(typed) and _begins(typed, fold(member.label))]
    found = Roster(members).beginning(typed, len(members))
    assert sorted(found, key=str) == sorted(wanted, key=str)
    whole = [squash(member.label).startswith(squash(typed)) for member in found]
    assert whole == sorted(whole, reverse=True)
    assert Roster(members).beginning(typed, limit) == found[:limit]


def test_a_search_among_very_many_keeps_their_order() -> None:
    """Nobody looks at three thousand names: the first ones of the list are as good as any."""
    roster = Roster([Member(key, f"Zonen Bakkerij {key}") for key in range(2500)] + [Member(-1, "Bakkerij")])
    assert [member.key for member in roster.beginning("bakkerij", 3)] == [0, 1, 2]
