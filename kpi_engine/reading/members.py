"""The members of dimensions: all of them, those with some keys, and those that count in a period.

A dimension's members are the rows of its own table, if a model has one. Otherwise they are the values of its
columns, each read once on the table that it lies in. What was read is kept for a minute by each engine for
itself: rows that are added meanwhile are seen after that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date
from typing import Any, Self

from sqlalchemy import Select, func, select

from kpi_engine.database.warehouse import Row
from kpi_engine.domain.errors import DataError, WarehouseError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Path
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter, Key, Member
from kpi_engine.domain.statements import note_kept, sent_for
from kpi_engine.reading.kept import Elapsed, Kept
from kpi_engine.reading.member_counts import MemberCounts
from kpi_engine.reading.member_labels import NAMES, SmallLabels, label_of, member_of, shared
from kpi_engine.reading.member_tables import OwnTable, ValueColumn, own_table, value_columns
from kpi_engine.reading.sources import Sources
from kpi_engine.sql.exact_text import exactly, same_bytes
from kpi_engine.sql.expressions import filter_conditions
from kpi_engine.sql.joins import Relation

log = logging.getLogger(__name__)

MEMBER_LIMIT = 20_000
"""The most members of a dimension that are listed; if there are more, names are looked up in the database."""
_KEPT_SECONDS = 60.0
_FEW = 1_000
"""Up to so many members are read all together; of more, only those that are asked for."""
_KEYS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member with the days between which it counts as one (None: always)."""

    member: Member
    active_from: date | None = None
    active_until: date | None = None
    user: str | None = None
    email: str | None = None

    def is_active(self, window: Window) -> bool:
        """Whether the member counts as one on some day of the window."""
        if window.end is not None and self.active_from is not None and self.active_from >= window.end:
            return False
        return not (
            window.start is not None and self.active_until is not None and self.active_until <= window.start
        )


class MemberList(tuple[MemberRow, ...]):  # noqa: SLOT001 - a tuple can't have slots of its own
    """Members by label. If not `is_complete`, there are more than MEMBER_LIMIT, and these are any of them."""

    is_complete: bool

    def __new__(cls, rows: Iterable[MemberRow], *, is_complete: bool = True) -> Self:
        """Return the rows sorted by label, then by key."""
        made = super().__new__(cls, sorted(rows, key=lambda row: (row.member.label, str(row.member.key))))
        made.is_complete = is_complete
        return made


class Members:
    """The members of a catalogue's dimensions; safe to share between threads."""

    def __init__(self, sources: Sources, elapsed: Elapsed) -> None:
        self._sources = sources
        self.counts = MemberCounts(sources, elapsed, MEMBER_LIMIT)
        self._lists: Kept[tuple[object, ...], MemberList] = Kept(_KEPT_SECONDS, elapsed)
        self._unread: Kept[str, bool] = Kept(_KEPT_SECONDS, elapsed)
        self._small = SmallLabels(sources, elapsed, _KEPT_SECONDS, MEMBER_LIMIT)

    def all(self, dimension: str, metric: Metric | None = None) -> MemberList:
        """Return a dimension's members: its own table's, else every value that its models hold.

        At most MEMBER_LIMIT, and whether that is all. With `metric`, values are looked for in that metric's
        models only. Raises DataError and WarehouseError.
        """
        table = own_table(self._sources.models, dimension)
        return self._values(dimension, metric) if table is None else self._listed(table, dimension, ())

    def labels(self, dimension: str, keys: Collection[Key]) -> Mapping[Key, MemberRow]:
        """Return the members with some keys, labelled as in `all`.

        A key that the dimension's own table lacks is left out. All members are read if they are few, or if
        over a thousand keys are wanted of a dimension that can be listed; else one statement for each
        thousand keys. Raises DataError and WarehouseError.
        """
        wanted = dict.fromkeys(key for key in keys if key is not None)
        table = own_table(self._sources.models, dimension)
        if table is None or not wanted:
            return {key: MemberRow(member_of(key)) for key in wanted}
        known = self._whole(table, dimension, len(wanted))
        if known is not None:
            return {row.member.key: row for row in known if row.member.key in wanted}
        each = [*wanted]
        chunks = (each[at : at + _KEYS_AT_ONCE] for at in range(0, len(each), _KEYS_AT_ONCE))
        rows = (row for chunk in chunks for row in self._with_keys(table, dimension, chunk))
        return {row.member.key: row for row in rows if row.member.key in wanted}

    def labels_together(self, wanted: Mapping[str, Collection[Key]]) -> Mapping[str, Mapping[Key, str]]:
        """Return the labels of some members of several dimensions, as `labels` gives them.

        The dimensions of one database that have few members are read in one statement, and kept for a
        minute; each other one as in `labels`. Sizes that aren't known yet are counted first, in one
        statement, if they are several. Raises DataError and WarehouseError.
        """
        unlisted = {
            dimension: table
            for dimension, keys in wanted.items()
            if keys and (table := own_table(self._sources.models, dimension))
            if self._lists.get((dimension, ())) is None
        }
        unsized = [dimension for dimension in unlisted if self.counts.known(dimension) is None]
        if len(unsized) > 1:
            self.counts.sizes(unsized)
        small = {name: table for name, table in unlisted.items() if self._is_small(name)}
        read = self._small.of(small)
        found: dict[str, Mapping[Key, str]] = {}
        for dimension, keys in wanted.items():
            known = read.get(dimension)
            if known is None:
                known = {key: row.member.label for key, row in self.labels(dimension, keys).items()}
            found[dimension] = {key: known[key] for key in keys if key in known}
        return found

    def active(
        self, dimension: str, every: Sequence[MemberRow], filters: Sequence[Filter], window: Window
    ) -> tuple[MemberRow, ...]:
        """Return which of `every` member to show in a window.

        They are narrowed by the filters that the dimension itself or its own table can tell.
        """
        table = own_table(self._sources.models, dimension)
        told = _told_by(table, dimension, filters) if table else ()
        rows = tuple(self._listed(table, dimension, told)) if table and told else tuple(every)
        for entry in filters:
            if entry.dimension == dimension:
                named = {member.key for member in entry.members}
                rows = tuple(row for row in rows if (row.member.key in named) != entry.exclude)
        return tuple(row for row in rows if row.is_active(window))

    def stored_keys(self, dimension: str) -> Callable[[Key], Key]:
        """Return a function from a key as text, as the bot's own tables have it, to the stored key."""
        known = self.all(dimension)
        keys: Mapping[Key, Key] = {str(row.member.key): row.member.key for row in known}
        are_numbers = not known.is_complete and all(isinstance(key, int) for key in keys.values())

        def stored(key: Key) -> Key:
            if key not in keys and are_numbers and isinstance(key, str) and key.isdecimal():
                return int(key)
            return keys.get(key, key)

        return stored

    def belonging(self, dimension: str, to: str) -> Mapping[Key, Key]:
        """Return the key of `to` that each member of `dimension` has in its own table (a rep's team)."""
        table = own_table(self._sources.models, dimension)
        if table is None or to not in table.model.dimensions:
            return {}
        model, path = table.model, table.model.dimensions[to].path
        relation = Relation(self._sources.models, model, [(model.key,), path], {})
        key, other = relation.column((model.key,)), relation.column(path)
        statement: Select[Any] = select(key, other).select_from(relation.source).limit(MEMBER_LIMIT)
        with sent_for(f"the {to} of each member", [dimension]):
            rows = self._sources.warehouse(model).read(statement)
        return {row[0]: row[1] for row in rows if row[1] is not None}

    def _is_small(self, dimension: str) -> bool:
        """Whether it is known that there are few members."""
        count = self.counts.known(dimension)
        return count is not None and count <= _FEW

    def _whole(self, table: OwnTable, dimension: str, wanted: int) -> MemberList | None:
        """Return all members if they are known already, or better read whole; None if they can't be."""
        known, count = self._lists.get((dimension, ())), self.counts.known(dimension)
        is_listable = count is None or count <= MEMBER_LIMIT
        if known is not None:
            note_kept(NAMES, [dimension])
        elif self._is_small(dimension) or (is_listable and wanted > _KEYS_AT_ONCE):
            known = self._listed(table, dimension, ())
        return known if known is not None and known.is_complete else None

    def _values(self, dimension: str, metric: Metric | None) -> MemberList:
        """Return the different keys that the models of a metric, or all models, hold of a dimension."""
        among = (
            frozenset(ref.model for ref in metric.spec.measures())
            if metric
            else frozenset(self._sources.models)
        )
        if (kept := self._lists.get((dimension, among))) is not None:
            note_kept(NAMES, [dimension])
            return kept
        keys: dict[Key, None] = {}
        is_complete = True
        for column in value_columns(self._sources.models, dimension, among):
            with sent_for(NAMES, [dimension]):
                rows = self._different(column)
            is_complete = is_complete and len(rows) <= MEMBER_LIMIT
            known = {str(key) for key in keys} if column.model.is_own else set()
            keys |= {row[0]: None for row in rows if str(row[0]) not in known}
        is_complete = is_complete and len(keys) <= MEMBER_LIMIT
        rows_of = (MemberRow(member_of(key)) for key in [*keys][:MEMBER_LIMIT])
        made = MemberList(rows_of, is_complete=is_complete)
        self._lists.put((dimension, among), made)
        return made

    def _different(self, column: ValueColumn) -> Sequence[Row]:
        """Return the different values of a column; none of the bot's own tables while those can't be read.

        Their names are nearly always in the customer's tables as well, and no question waits for them.
        """
        model = column.model
        if model.is_own and self._unread.get(model.database) is not None:
            return ()
        try:
            return self._sources.warehouse(model).read(column.distinct(MEMBER_LIMIT + 1))
        except (DataError, WarehouseError) as wrong:
            if not model.is_own:
                raise
            log.warning("the names in the bot's own tables can't be read: %s", wrong)
            self._unread.put(model.database, True)
            return ()

    def _listed(self, table: OwnTable, dimension: str, filters: Sequence[Filter]) -> MemberList:
        """Return the rows of a dimension's own table that pass some filters."""
        place = (dimension, tuple(filters))
        if (kept := self._lists.get(place)) is not None:
            note_kept(NAMES, [dimension])
            return kept
        paths = [(table.model.key,), (table.table.label,), *((name,) for name in table.further)]
        narrowing: list[Path] = [table.model.dimensions[entry.dimension].path for entry in filters]
        relation = Relation(self._sources.models, table.model, [*paths, *narrowing], {})
        columns = [relation.column(path) for path in paths]
        conditions = filter_conditions(relation, table.model, filters)
        statement: Select[Any] = select(*columns).select_from(relation.source).where(*conditions)
        with sent_for(NAMES, [dimension]):
            rows = self._sources.warehouse(table.model).read(statement.limit(MEMBER_LIMIT + 1))
        names = shared(row[1] for row in rows)
        members = (self._member_row(table, row, names) for row in rows[:MEMBER_LIMIT] if row[0] is not None)
        made = MemberList(members, is_complete=len(rows) <= MEMBER_LIMIT)
        self._lists.put(place, made)
        return made

    def _with_keys(self, table: OwnTable, dimension: str, keys: Sequence[Key]) -> Iterable[MemberRow]:
        """Read the members with some keys, and which of their labels other members have as well."""
        paths = [(table.model.key,), (table.table.label,), *((name,) for name in table.further)]
        relation = Relation(self._sources.models, table.model, paths, {})
        key, label, *further = (relation.column(path) for path in paths)
        source, other_key, other_label = table.source(self._sources.models)
        shown = select(other_label).select_from(source).where(other_key.in_(keys))
        source, _, other_label = table.source(self._sources.models)
        repeated = (
            select(other_label.label("label"))
            .select_from(source)
            .where(other_label.in_(shown))
            .group_by(exactly(other_label))
            .having(func.count() > 1)
            .subquery("shared_labels")
        )
        statement: Select[Any] = (
            select(key, label, *further, repeated.c.label)
            .select_from(relation.source.outerjoin(repeated, same_bytes(repeated.c.label, label)))
            .where(key.in_(keys))
        )
        with sent_for(NAMES, [dimension]):
            rows = self._sources.warehouse(table.model).read(statement)
        labels = {str(row[-1]) for row in rows if row[-1] is not None}
        return (self._member_row(table, row[:-1], labels) for row in rows)

    def _member_row(self, table: OwnTable, row: Row, names: Collection[str]) -> MemberRow:
        """Return a member of a row; `names` are those that several members share."""
        key, label, *rest = row
        values = dict(zip(table.further, rest, strict=True))
        named = table.table
        days = [self._day(table, column, values) for column in (named.active_from, named.active_until)]
        known = [values.get(column) if column else None for column in (named.user, named.email)]
        user, email = (str(value) if value else None for value in known)
        return MemberRow(Member(key, label_of(key, label, names)), days[0], days[1], user, email)

    def _day(self, table: OwnTable, column: str | None, values: Mapping[str, object]) -> date | None:
        if column is None or values.get(column) is None:
            return None
        try:
            moment = self._sources.time_column(table.model, (column,)).read(values[column])
        except (ValueError, DataError):  # a day that can't be read is not known
            return None
        if moment is None or moment.year in (MINYEAR, MAXYEAR):  # since ever, or for ever
            return None
        return moment.date()


def _told_by(table: OwnTable, dimension: str, filters: Sequence[Filter]) -> tuple[Filter, ...]:
    """Return the filters on other dimensions that the rows of a table have."""
    return tuple(
        entry
        for entry in filters
        if entry.dimension in table.model.dimensions and entry.dimension != dimension
    )
