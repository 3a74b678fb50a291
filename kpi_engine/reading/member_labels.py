"""The labels of members, and those of several small dimensions read in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from kpi_engine.domain.errors import DataError
from kpi_engine.domain.query import Key, Member
from kpi_engine.domain.statements import note_kept, sent_for
from kpi_engine.domain.visible_text import visible
from kpi_engine.reading.kept import Elapsed, Kept
from kpi_engine.reading.member_tables import OwnTable, names_together
from kpi_engine.reading.sources import Sources

NAMES = "names"
"""What the statements for members are for."""


class SmallLabels:
    """The labels of dimensions with few members, kept for a minute; safe to share between threads."""

    def __init__(self, sources: Sources, elapsed: Elapsed, seconds: float, limit: int) -> None:
        """Read nothing yet. A dimension that has more than `limit` members after all is left out."""
        self._sources = sources
        self._limit = limit
        self._kept: Kept[str, Mapping[Key, str]] = Kept(seconds, elapsed)

    def of(self, tables: Mapping[str, OwnTable]) -> Mapping[str, Mapping[Key, str]]:
        """Return the label of each member by its key, for each dimension of which a table is given.

        Those that aren't known yet are read in one statement per database. A single one isn't read, nor are
        any if the database refuses the statement: they are missing then. Raises WarehouseError.
        """
        kept = {name: labels for name in tables if (labels := self._kept.get(name)) is not None}
        note_kept(NAMES, kept)
        together: dict[str, dict[str, OwnTable]] = {}
        for name, table in tables.items():
            if name not in kept:
                together.setdefault(table.model.database, {})[name] = table
        for unknown in together.values():
            if len(unknown) > 1:
                kept |= self._read(unknown)
        return kept

    def _read(self, tables: Mapping[str, OwnTable]) -> Mapping[str, Mapping[Key, str]]:
        statement = names_together(self._sources.models, tuple(tables.values()), self._limit + 1)
        warehouse = self._sources.warehouse(next(iter(tables.values())).model)
        try:
            with sent_for(NAMES, tables):
                rows = warehouse.read(statement)
        except DataError:
            return {}
        members: dict[str, list[tuple[Key, object]]] = {name: [] for name in tables}
        places = {number: (name, 1 + 2 * number) for number, name in enumerate(tables)}
        for row in rows:
            name, place = places[row[0]]
            members[name].append((row[place], row[place + 1]))
        found = {name: labelled(own) for name, own in members.items() if len(own) <= self._limit}
        for name, labels in found.items():
            self._kept.put(name, labels)
        return found


def labelled(members: Collection[tuple[Key, object]]) -> Mapping[Key, str]:
    """Return the label of each key, given all members of a dimension with their names as stored."""
    names = shared(name for _, name in members)
    return {key: label_of(key, name, names) for key, name in members if key is not None}


def shared(names: Iterable[object]) -> Collection[str]:
    """Return the names that several members have."""
    return {name for name, times in Counter(map(str, names)).items() if times > 1}


def member_of(key: Key) -> Member:
    """Return the member of a dimension without names, whose key is its name."""
    return Member(key, visible(str(key)))


def label_of(key: Key, name: object, shared_names: Collection[str]) -> str:
    """Return the label of a member; a name that several members share has the key behind it."""
    label = str(key if name is None else name)
    return visible(f"{label} ({key})" if label in shared_names else label)
