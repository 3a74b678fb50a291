"""Find keys and links of tables: declared ones, else those that names suggest and values prove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import EPOCHS, MOMENTS, ColumnProfile, Inspection, Stored
from kpi_engine.onboarding.proposals.words import (
    DIMENSION_WORDS,
    ID_WORDS,
    MEMBER_OF,
    TABLE_WORDS,
    Role,
    likeness,
    role_scores,
    stems,
    subject,
)

_ENOUGH = 0.8
_CLOSE = 0.6
_GENERIC = frozenset({("id",), ("code",), ("name",), ("nr",), ("number",), ("naam",), ("key",), ("title",)})
_LABEL_WORDS = frozenset({"name", "naam", "code", "title", "label", "email"})
_NO_KEY = MOMENTS | {Stored.BINARY, Stored.FLAG, Stored.EMPTY}
_PAIRS_TRIED = 15


@dataclass(frozen=True, slots=True)
class Link:
    """Many rows of `table` point to one of `target`. `missing` are values that the target lacks."""

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    is_declared: bool
    missing: tuple[object, ...] = ()


class Links:
    """The keys and links of all tables of a database."""

    def __init__(self, inspection: Inspection, tables: tuple[TablePicture, ...]) -> None:
        self._inspection = inspection
        self._tables = {table.name: table for table in tables}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._links = {table.name: tuple(self._links_of(table)) for table in tables}

    def of(self, table: TablePicture) -> tuple[Link, ...]:
        """Return the links that start at a table."""
        return self._links[table.name]

    def to(self, table: TablePicture) -> tuple[Link, ...]:
        """Return the links that lead to a table."""
        return tuple(link for links in self._links.values() for link in links if link.target == table.name)

    def target(self, link: Link) -> TablePicture:
        """Return the table that a link leads to."""
        return self._tables[link.target]

    def key(self, table: TablePicture) -> tuple[str, ...]:
        """Return the columns that tell rows apart, declared or proved; empty where none do."""
        if table.name not in self._keys:
            self._keys[table.name] = table.key or self._proved_key(table)
        return self._keys[table.name]

    def _proved_key(self, table: TablePicture) -> tuple[str, ...]:
        profiles = [p for p in self._inspection.profiles(table).values() if p.stored not in _NO_KEY]
        candidates = [p for p in profiles if p.nulls == 0]
        distinct = [p for p in candidates if len(p.values) == p.rows]
        named = sorted(
            distinct, key=lambda profile: (not _is_id(profile, table), profile.stored is Stored.TEXT)
        )
        for profile in named:
            if self._inspection.is_unique(table, (profile.column.name,)):
                return (profile.column.name,)
        parts = [p.column.name for p in candidates if stems(p.column.name)[-1] in ID_WORDS or _ends_as_id(p)]
        for pair in list(combinations(parts, 2))[:_PAIRS_TRIED]:
            if self._inspection.is_unique(table, pair):
                return pair
        return ()

    # links

    def _links_of(self, table: TablePicture) -> Iterator[Link]:
        taken: set[str] = set()
        for link in table.links:
            if link.target in self._tables and link.target != table.name:
                taken |= set(link.columns)
                yield Link(table.name, link.columns, link.target, link.target_columns, is_declared=True)
        own_key = self.key(table)
        for name, profile in self._inspection.profiles(table).items():
            if name in taken or own_key == (name,) or profile.stored in _NO_KEY:
                continue
            found = self._guessed(table, profile)
            if found:
                yield found
        yield from self._composite(table, taken)

    def _guessed(self, table: TablePicture, profile: ColumnProfile) -> Link | None:
        best: Link | None = None
        for target in self._tables.values():
            if target.name == table.name:
                continue
            for column in self._targets(target):
                if not _may_point(profile.column.name, target, column) or not self._same_kind(
                    profile, target, column
                ):
                    continue
                found = self._proved(table, profile, target, column)
                if found and (best is None or len(found.missing) < len(best.missing)):
                    best = found
        return best

    def _targets(self, target: TablePicture) -> Iterator[str]:
        key = self.key(target)
        if len(key) == 1:
            yield key[0]
        for name, profile in self._inspection.profiles(target).items():
            is_label = stems(name)[-1] in _LABEL_WORDS or any(
                stems(name)[-1].endswith(w) for w in ("naam", "code")
            )
            if (
                (name,) != key
                and is_label
                and profile.stored is Stored.TEXT
                and self._inspection.is_unique(target, (name,))
            ):
                yield name

    def _same_kind(self, profile: ColumnProfile, target: TablePicture, column: str) -> bool:
        other = self._inspection.profiles(target).get(column)
        return other is not None and (profile.stored is Stored.TEXT) == (other.stored is Stored.TEXT)

    def _proved(
        self, table: TablePicture, profile: ColumnProfile, target: TablePicture, column: str
    ) -> Link | None:
        missing = self._inspection.missing(table, profile.column.name, target, column)
        tried = min(len(profile.values), 200)
        if missing is None:
            return None
        known = spellings(self._inspection.profiles(target)[column].values) if missing else {}
        strange = [value for value in missing if spelling(value) not in known]
        if tried and 1 - len(strange) / tried < _ENOUGH:
            return None
        return Link(table.name, (profile.column.name,), target.name, (column,), False, missing)

    def _composite(self, table: TablePicture, taken: set[str]) -> Iterator[Link]:
        """Tables whose key of several columns stands here under the same names."""
        names = {column.name.casefold(): column.name for column in table.columns}
        for target in self._tables.values():
            key = self.key(target)
            if (
                target.name == table.name
                or len(key) <= 1
                or not all(part.casefold() in names for part in key)
            ):
                continue
            own = tuple(names[part.casefold()] for part in key)
            if not set(own) <= taken and set(own) != set(self.key(table)):
                yield Link(table.name, own, target.name, key, is_declared=False)


def spelling(value: object) -> str:
    """Return a value without what people misspell: case, spaces, hyphens."""
    return "".join(part for part in str(value).casefold() if part.isalnum())


def spellings(values: Iterable[object]) -> dict[str, object]:
    """Return values by their spelling."""
    return {spelling(value): value for value in values}


def role_by_name(table: TablePicture) -> Role | None:
    """Return the role that a table's name matches best."""
    scores = role_scores(table.name)
    return max(scores, key=lambda role: scores[role]) if scores else None


def _may_point(name: str, target: TablePicture, column: str) -> bool:
    """Whether a column's name says that it points at a table's column."""
    if name.casefold() == column.casefold() and stems(name) not in _GENERIC:
        return True
    words = subject(name)
    if likeness(words, " ".join(stems(target.name))) >= _CLOSE:
        return True
    role = role_by_name(target)
    phrases = () if role is None else (*TABLE_WORDS[role], *DIMENSION_WORDS.get(MEMBER_OF.get(role, ""), ()))
    return any(likeness(words, phrase) >= _CLOSE for phrase in phrases)


def _is_id(profile: ColumnProfile, table: TablePicture) -> bool:
    words = stems(profile.column.name)
    return (
        words[-1] in ID_WORDS and (len(words) == 1 or bool(set(words) & set(stems(table.name))))
    ) or _ends_as_id(profile)


def _ends_as_id(profile: ColumnProfile) -> bool:
    return profile.stored not in EPOCHS and stems(profile.column.name)[-1].endswith(
        ("nummer", "code", "id", "nr")
    )
