"""Members looked up in the database by what people type, where there are too many to hold.

What is typed is only ever a bound parameter. A lookup is bounded in rows and in time, and its outcome is kept
for a minute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, and_, func, literal, or_, select

from kpi_engine.database.time_limit import at_most
from kpi_engine.domain.errors import DataError, QueryError, WarehouseError
from kpi_engine.domain.models import Model
from kpi_engine.domain.query import Key, Member
from kpi_engine.domain.statements import sent_for
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import said
from kpi_engine.language.large_roster import MOST_FOUND
from kpi_engine.language.member_names import Roster
from kpi_engine.language.words_of_line import short
from kpi_engine.reading.kept import Elapsed, Kept
from kpi_engine.reading.member_tables import own_table, value_columns
from kpi_engine.reading.members import MemberRow, Members
from kpi_engine.reading.sources import Sources
from kpi_engine.sql.exact_text import exactly

_SECONDS = 2.0
"""After so long a lookup is given up: someone waits for it."""
_KEPT_SECONDS, _MOST_KEPT = 60.0, 2_000
_MOST_CONTAINING = 200
"""Names that have a text somewhere; those with a word that begins so are chosen from them."""
_KEY_BEHIND = re.compile(r".*\((?P<key>[^()]+)\)", re.DOTALL)
"""A label that several members share has the key behind it."""
_HAS_NEXT = re.compile(r"[a-yA-Y0-8]")
"""A character that is followed by the next one of its alphabet in every collation."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Rows in which members are looked up; `sample` are a key and a label of one of them."""

    model: Model
    source: FromClause
    key: ColumnElement[Any]
    label: ColumnElement[Any]
    is_own_table: bool
    sample: tuple[object, object] = (None, None)

    def keys(self, texts: Iterable[str]) -> list[Key]:
        """Return texts as keys of the type that the rows have; what can't be one is left out."""
        if isinstance(self.sample[0], str):
            return [*texts]
        return [int(text) for text in texts if text.isdecimal()] if isinstance(self.sample[0], int) else []

    def beginning(self, typed: str) -> Select[Any] | None:
        """Return the statement for the names that begin as typed, None if no name can."""
        shown = _KEY_BEHIND.fullmatch(typed)
        keys = self.keys([typed, *([shown["key"]] if shown else [])])
        conditions: list[ColumnElement[bool]] = [self.key.in_(keys)] if keys else []
        if self._has_names:
            conditions += [_begins(self.label, text) for text in _written(typed)]
        return self._rows(or_(*conditions), MOST_FOUND + 1) if conditions else None

    def containing(self, typed: str) -> Select[Any] | None:
        """Return the statement for the names that have a text anywhere, whatever its case."""
        if not self._has_names:
            return None
        return self._rows(_like(func.lower(self.label), "%", typed.lower(), "%"), _MOST_CONTAINING)

    def with_keys(self, keys: Sequence[Key]) -> Select[Any]:
        """Return the statement for the rows with some keys."""
        return self._rows(self.key.in_(keys), len(keys))

    @property
    def _has_names(self) -> bool:
        return isinstance(self.sample[1], str)

    def _rows(self, condition: ColumnElement[bool], most: int) -> Select[Any]:
        statement: Select[Any] = select(self.key, self.label).select_from(self.source).where(condition)
        if not self.is_own_table:
            statement = select(self.key).select_from(self.source).where(condition).group_by(exactly(self.key))
        order = (func.length(self.label), self.label) if self._has_names else (self.key,)
        return statement.order_by(*order).limit(most)


class MemberSearch:
    """Looks up members of a catalogue's dimensions; safe to share between threads."""

    def __init__(self, sources: Sources, members: Members, elapsed: Elapsed) -> None:
        self._sources = sources
        self._members = members
        self._found: Kept[tuple[str, str, str], tuple[MemberRow, ...] | WarehouseError | DataError] = Kept(
            _KEPT_SECONDS, elapsed, _MOST_KEPT
        )
        self._places: dict[str, Sequence[_Place]] = {}

    def find(self, dimension: str, typed: str) -> list[MemberRow]:
        """Return the members whose name begins as typed or whose key it is, the shortest names first.

        One more than MOST_FOUND stands for any number of others. Raises WarehouseTimeoutError if it takes
        more than two seconds, and the other errors of reading.
        """
        return self._kept(dimension, "begins", typed, lambda: self._beginning(dimension, typed))

    def containing(self, dimension: str, typed: str) -> list[MemberRow]:
        """Return members of whose name a word begins as typed. Raises the errors of `find`."""
        return self._kept(dimension, "contains", typed, lambda: self._containing(dimension, typed))

    def with_keys(self, dimension: str, keys: Collection[str]) -> list[MemberRow]:
        """Return the members with some keys, written as text. Raises the errors of `find`."""
        with at_most(_SECONDS):
            found: list[MemberRow] = []
            for place in self._places_of(dimension):
                if wanted := place.keys(keys):
                    found += self._labelled(dimension, place, self._read(place, place.with_keys(wanted)))
            return found

    def _kept(
        self, dimension: str, how: str, typed: str, look: Callable[[], list[MemberRow]]
    ) -> list[MemberRow]:
        """Return what a lookup finds, or raise what it raised less than a minute ago."""
        place = (dimension, how, typed)
        found = self._found.get(place)
        if found is None:
            try:
                with at_most(_SECONDS):
                    found = tuple(look())
            except (WarehouseError, DataError) as wrong:
                found = wrong
            self._found.put(place, found)
        if isinstance(found, Exception):
            raise found
        return list(found)

    def _beginning(self, dimension: str, typed: str) -> list[MemberRow]:
        found: list[MemberRow] = []
        for place in self._places_of(dimension):
            if (statement := place.beginning(typed)) is not None:
                found += self._labelled(dimension, place, self._read(place, statement))
        return found[: MOST_FOUND + 1]

    def _containing(self, dimension: str, typed: str) -> list[MemberRow]:
        found: list[MemberRow] = []
        for place in self._places_of(dimension):
            if (statement := place.containing(typed)) is not None:
                meant = Roster(self._read(place, statement)).matches(typed)
                found += self._labelled(dimension, place, meant[: MOST_FOUND + 1])
        return found[: MOST_FOUND + 1]

    def _read(self, place: _Place, statement: Select[Any]) -> list[Member]:
        """Return the members of some rows, each with its name as stored."""
        with sent_for("names looked up", [place.model.name]):
            rows = self._sources.warehouse(place.model).read(statement)
        return [Member(row[0], str(row[-1])) for row in rows if row[0] is not None]

    def _labelled(self, dimension: str, place: _Place, found: Sequence[Member]) -> list[MemberRow]:
        """Return members with the labels that they have in answers, in the same order."""
        if not place.is_own_table:
            return [MemberRow(member) for member in found]
        labelled = self._members.labels(dimension, [member.key for member in found]) if found else {}
        return [labelled[member.key] for member in found if member.key in labelled]

    def _places_of(self, dimension: str) -> Sequence[_Place]:
        """Return where members are looked up: only in the customer's databases."""
        known = self._places.get(dimension)
        if known is None:
            every = [self._sampled(place) for place in self._unsampled(dimension)]
            known = [place for place in every if place.sample[0] is not None]
            if known:
                self._places[dimension] = known
        return known

    def _unsampled(self, dimension: str) -> Iterable[_Place]:
        models: Mapping[str, Model] = self._sources.models
        table = own_table(models, dimension)
        if table is not None:
            yield _Place(table.model, *table.source(models), is_own_table=True)
            return
        for column in value_columns(models, dimension, models):
            if not column.model.is_own:
                source, key = column.source()
                yield _Place(column.model, source, key, key, is_own_table=False)

    def _sampled(self, place: _Place) -> _Place:
        """Return a place with a key and a label of one of its rows."""
        key, label = place.key, place.label
        one = select(key, label).select_from(place.source)
        one = one.where(key.is_not(None), label.is_not(None)).limit(1)
        with sent_for("how names are stored", [place.model.name]):
            rows = self._sources.warehouse(place.model).read(one)
        return replace(place, sample=(rows[0][0], rows[0][1])) if rows else place


@dataclass(frozen=True, slots=True)
class MemberLookup:
    """The lookup of one dimension's members for a roster (see LargeRoster)."""

    search: MemberSearch
    dimension: str
    title: Title

    def beginning(self, typed: str) -> Sequence[Member]:
        """Return the members whose name begins as typed, or whose key it is. Raises QueryError."""
        return self._members(lambda: self.search.find(self.dimension, typed), typed)

    def containing(self, typed: str) -> Sequence[Member]:
        """Return members of whose name a word begins as typed. Raises QueryError."""
        return self._members(lambda: self.search.containing(self.dimension, typed), typed)

    def with_keys(self, keys: Collection[str]) -> Sequence[Member]:
        """Return the members with some keys, written as text. Raises QueryError."""
        return self._members(lambda: self.search.with_keys(self.dimension, keys), ", ".join(keys))

    def _members(self, look: Callable[[], list[MemberRow]], typed: str) -> Sequence[Member]:
        try:
            return [row.member for row in look()]
        except (WarehouseError, DataError) as wrong:
            raise QueryError(
                said(
                    "I can't check right now whether there is a {dimension} “{typed}”.",
                    dimension=self.title.lower(),
                    typed=short(typed),
                ),
                hint="Try again in a minute.",
            ) from wrong


def _written(typed: str) -> list[str]:
    """Return the ways in which a name is probably written: most databases compare text with its case."""
    return [*dict.fromkeys((typed, typed.lower(), typed.capitalize(), typed.title(), typed.upper()))]


def _begins(label: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that a label begins with a text, as a range that an index on the label serves.

    The range ends where the last letter is the next one. If there is none, it ends later, and the text is
    compared as well.
    """
    cut = text
    while cut and not _HAS_NEXT.fullmatch(cut[-1]):
        cut = cut[:-1]
    conditions = [label >= literal(text, String())]
    if cut:
        conditions.append(label < literal(cut[:-1] + chr(ord(cut[-1]) + 1), String()))
    if cut != text:
        conditions.append(_like(label, "", text, "%"))
    return and_(*conditions)


def _like(label: ColumnElement[Any], before: str, text: str, behind: str) -> ColumnElement[bool]:
    """Return the condition that a label has a text; the pattern is escaped only where it must be."""
    escaped = re.sub(r"([%_/])", r"/\1", text)
    pattern = literal(f"{before}{escaped}{behind}", String())
    return label.like(pattern, escape="/") if escaped != text else label.like(pattern)
