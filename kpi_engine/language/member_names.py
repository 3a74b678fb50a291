"""The members of a dimension, indexed for lookups of typed names."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

from rapidfuzz import fuzz, process

from kpi_engine.domain.query import Member
from kpi_engine.language.folding import fold, squash

_LAST = "\U0010ffff"
"""Sorts after every other character."""
_NEAR = 60
"""The least similarity, of 100, of a mistyped name."""
_LOOKED_AT = 12
_ORDERED = 2000
"""The most names that a search sorts; with more, people type on anyway."""


class Roster(tuple[Member, ...]):  # noqa: SLOT001 - the indexes are kept in it
    """Members in their own order, with indexes that are built once and used for many lines."""

    def indexed(self) -> Roster:
        """Build the indexes now instead of at the first lookup, and return the roster."""
        _ = self._exact, self._equal, self._tight, self._beginnings, self._tight_beginnings, self._spellings
        return self

    def matches(self, typed: str) -> list[Member]:
        """Return the members that a typed name means: the exact one, else equal but for case, accents
        and spaces, else those of which the name, from one of its words on, begins with it.
        """
        if typed in self._exact:
            return self._at(self._exact[typed])
        wanted, tight = fold(typed), squash(typed)
        if not tight:
            return []
        equal = {*self._equal.get(wanted, ()), *self._tight.get(tight, ())}
        return self._at(equal or {*_begin(self._beginnings, wanted), *_begin(self._tight_beginnings, tight)})

    def quick_matches(self, typed: str) -> list[Member]:
        """Return `matches`, if that can be told without a long search."""
        return self.matches(typed)

    def others(self, keys: Collection[str]) -> list[Member]:  # noqa: ARG002 - as a roster that doesn't hold all
        """Return the members with some keys, written as text, that are not held: here all are."""
        return []

    def beginning(self, typed: str, limit: int) -> list[Member]:
        """Return up to `limit` members of which the name, from one of its words on, begins as typed;
        those whose whole name does come first, unless they are too many to look at each.
        """
        wanted, tight = fold(typed), squash(typed)
        if not tight:
            return []
        places = sorted({*_begin(self._beginnings, wanted), *_begin(self._tight_beginnings, tight)})
        if len(places) <= _ORDERED:
            places.sort(key=lambda place: not squash(self[place].label).startswith(tight))
        return [self[place] for place in places[:limit]]

    def nearest(self, typed: str, limit: int) -> list[Member]:
        """Return up to `limit` members whose name, or one word of it, has a similar spelling."""
        return [member for member, _ in self.near(typed, _NEAR)[:limit]]

    def near(self, typed: str, at_least: float) -> list[tuple[Member, float]]:
        """Return the members with a similar spelling, each with its similarity of 100, best first."""
        near = process.extract(
            fold(typed), self._spellings.keys(), scorer=fuzz.ratio, limit=_LOOKED_AT, score_cutoff=at_least
        )
        found: dict[int, float] = {}
        for spelling, score, _ in near:
            for place in self._spellings[spelling]:
                found.setdefault(place, score)
        return [(self[place], score) for place, score in found.items()]

    def _at(self, places: Iterable[int]) -> list[Member]:
        return [self[place] for place in sorted(places)]

    @cached_property
    def _exact(self) -> dict[str, list[int]]:
        return _places((member.label, place) for place, member in enumerate(self))

    @cached_property
    def _equal(self) -> dict[str, list[int]]:
        return _places((fold(member.label), place) for place, member in enumerate(self))

    @cached_property
    def _tight(self) -> dict[str, list[int]]:
        return _places((squash(member.label), place) for place, member in enumerate(self))

    @cached_property
    def _beginnings(self) -> list[tuple[str, int]]:
        return sorted((name, place) for place, member in enumerate(self) for name in _from_each_word(member))

    @cached_property
    def _tight_beginnings(self) -> list[tuple[str, int]]:
        return sorted(
            (squash(name), place) for place, member in enumerate(self) for name in _from_each_word(member)
        )

    @cached_property
    def _spellings(self) -> dict[str, list[int]]:
        return _places(
            (spelling, place)
            for place, member in enumerate(self)
            for spelling in dict.fromkeys((fold(member.label), *fold(member.label).split()))
        )


def roster_of(members: Sequence[Member]) -> Roster:
    """Return members as a roster; one that is a roster already keeps its indexes."""
    return members if isinstance(members, Roster) else Roster(members)


def _from_each_word(member: Member) -> Iterable[str]:
    """Return "nele van damme", "van damme" and "damme"."""
    name = fold(member.label)
    return (name[start:] for start in {0, *(word.start() for word in re.finditer(r"[\w']+", name))})


def _places(entries: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for name, place in entries:
        found[name].append(place)
    return dict(found)


def _begin(names: Sequence[tuple[str, int]], wanted: str) -> Iterable[int]:
    first = bisect_left(names, (wanted, -1))
    last = bisect_right(names, (wanted + _LAST, len(names)))
    return (place for _, place in names[first:last])
