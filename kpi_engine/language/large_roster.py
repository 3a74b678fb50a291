"""The members of a dimension that has too many to hold: names are looked up as they are typed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol, Self

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Member
from kpi_engine.language.member_names import Roster

MOST_FOUND = 20
"""A lookup that finds more members than this returns one more, whichever it is."""
_SHORTEST = 2
"""The fewest letters by which mistyped names are looked for."""


class Lookup(Protocol):
    """Finds members of one dimension. Each method raises QueryError if that isn't possible now."""

    def beginning(self, typed: str) -> Sequence[Member]:
        """Return the members whose name begins as typed or whose key it is, the shortest names first."""
        ...

    def containing(self, typed: str) -> Sequence[Member]:
        """Return members with the text somewhere in their name. This may take long."""
        ...

    def with_keys(self, keys: Collection[str]) -> Sequence[Member]:
        """Return the members with some keys, written as text."""
        ...


class LargeRoster(Roster):
    """Some of the members of a dimension, and the lookup of any other.

    A name means a member only if the lookup finds it, never because it is among those that are held: others
    may have the same name.
    """

    lookup: Lookup

    def __new__(cls, members: Iterable[Member], lookup: Lookup) -> Self:
        """Return the members that are held, with the lookup of all."""
        made = super().__new__(cls, members)
        made.lookup = lookup
        return made

    def indexed(self) -> Self:
        """Return the roster: the members that are held are indexed when suggestions are looked for."""
        return self

    def matches(self, typed: str) -> list[Member]:
        """Return the members that a typed name means, as in a roster that holds all.

        Names are looked for by their beginning, and by a later word only if none begins so. More than
        MOST_FOUND members stand for any number. Raises QueryError if nothing can be looked up now.
        """
        return self.quick_matches(typed) or _meant(self.lookup.containing(typed), typed)

    def quick_matches(self, typed: str) -> list[Member]:
        """Return the members whose name begins as typed, or whose key it is; raises as `matches`."""
        return _meant(self._beginning(typed), typed)

    def beginning(self, typed: str, limit: int) -> list[Member]:
        """Return up to `limit` members whose name begins as typed; of those held, also by a later word."""
        held = super().beginning(typed, limit)
        return list(dict.fromkeys((*_found(self.lookup.beginning, typed), *held)))[:limit]

    def nearest(self, typed: str, limit: int) -> list[Member]:
        """Return up to `limit` members with a similar spelling, those that begin alike first."""
        begun: list[Member] = []
        for length in (len(typed) * 2 // 3, len(typed) // 3):
            if length >= _SHORTEST and not begun:
                begun = _found(self.lookup.beginning, typed[:length].strip())
        near = Roster(begun).nearest(typed, limit)
        return list(dict.fromkeys((*near, *super().nearest(typed, limit))))[:limit]

    def others(self, keys: Collection[str]) -> list[Member]:
        """Return the members with some keys, written as text, that are not held. Raises QueryError."""
        held = {str(member.key) for member in self}
        missing = [key for key in keys if key not in held]
        return list(self.lookup.with_keys(missing)) if missing else []

    def _beginning(self, typed: str) -> Sequence[Member]:
        """Look up the first word, and more words only while too many names begin with those.

        The words after a name that continues ("customer:acme bakery last month") then cost no lookup each.
        """
        found: Sequence[Member] = ()
        words = typed.split(" ")
        for count in range(1, len(words) + 1):
            found = self.lookup.beginning(" ".join(words[:count]))
            if len(found) <= MOST_FOUND:
                break
        return found


def _meant(found: Sequence[Member], typed: str) -> list[Member]:
    return Roster(found).matches(typed) or [member for member in found if str(member.key) == typed]


def _found(look: Callable[[str], Sequence[Member]], typed: str) -> list[Member]:
    """Return what a lookup finds for an offer, nothing if it isn't possible now."""
    try:
        return list(look(typed)) if typed.strip() else []
    except QueryError:
        return []
