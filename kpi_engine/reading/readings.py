"""Reading what is wanted: the values of a question's `Wanted`, and the statements that gave them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from kpi_engine.analysis.intervals import Waits
from kpi_engine.analysis.targets import TargetRow
from kpi_engine.domain.query import Filter
from kpi_engine.reading.freshness import Span
from kpi_engine.reading.members import MEMBER_LIMIT, MemberRow
from kpi_engine.reading.metric_readings import Reading, read_together
from kpi_engine.reading.order_gaps import Events
from kpi_engine.reading.reader import Reader
from kpi_engine.reading.target_table import Targets
from kpi_engine.reading.wanted import (
    ActiveMembersOf,
    FiguresOf,
    MembersOf,
    SilentOf,
    SpanOf,
    TargetsOf,
    WaitsOf,
    Wanted,
)

TargetRows = Sequence[tuple[date, TargetRow]]
Want = TypeVar("Want", bound=Wanted)


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read, by what was wanted; `sql` are the statements for figures, with their values."""

    figures: Mapping[FiguresOf, Reading] = field(default_factory=dict)
    spans: Mapping[SpanOf, Span] = field(default_factory=dict)
    members: Mapping[MembersOf, tuple[MemberRow, ...]] = field(default_factory=dict)
    active: Mapping[ActiveMembersOf, tuple[MemberRow, ...]] = field(default_factory=dict)
    targets: Mapping[TargetsOf, TargetRows] = field(default_factory=dict)
    waits: Mapping[WaitsOf, Waits | None] = field(default_factory=dict)
    silent: Mapping[SilentOf, int] = field(default_factory=dict)
    sql: tuple[str, ...] = ()

    def with_more(self, other: Readings) -> Readings:
        """Return these readings and others."""
        return Readings(
            {**self.figures, **other.figures},
            {**self.spans, **other.spans},
            {**self.members, **other.members},
            {**self.active, **other.active},
            {**self.targets, **other.targets},
            {**self.waits, **other.waits},
            {**self.silent, **other.silent},
            (*self.sql, *other.sql),
        )


def read(reader: Reader, targets: Targets, wanted: Collection[Wanted], now: datetime) -> Readings:
    """Read everything that is wanted, equal values once; nothing after `now` (zone-aware) counts.

    Raises DataError and WarehouseError where a database can't answer.
    """
    every = tuple(dict.fromkeys(wanted))
    figures, sql = _figures(reader, every, now)
    waits, silent, statements = _customers_events(reader, every)
    members = {want: _members(reader, want, figures) for want in _only(MembersOf, every)}
    return Readings(
        figures=figures,
        spans=_spans(reader, tuple(_only(SpanOf, every)), now),
        members=members,
        active={
            want: reader.active_members(
                want.members.dimension, members[want.members], want.filters, want.window
            )
            for want in _only(ActiveMembersOf, every)
        },
        targets={
            want: targets.rows(want.metric, want.start, want.end, now) for want in _only(TargetsOf, every)
        },
        waits=waits,
        silent=silent,
        sql=(*sql, *statements),
    )


def _members(reader: Reader, want: MembersOf, figures: Mapping[FiguresOf, Reading]) -> tuple[MemberRow, ...]:
    """Return the members of a dimension; if they can't all be listed, also those that have figures."""
    known = reader.members(want.dimension, want.metric)
    if known.is_complete:
        return known
    shown = {
        key[of.by.index(want.dimension)]
        for of, reading in figures.items()
        if want.dimension in of.by
        for key in reading.keys(of.group_windows)
    }
    found = reader.labels(want.dimension, shown) if len(shown) <= MEMBER_LIMIT else {}
    return (*known, *found.values())


def _spans(reader: Reader, wanted: Sequence[SpanOf], now: datetime) -> Mapping[SpanOf, Span]:
    found = reader.spans((reader.models[want.model] for want in wanted), now)
    return {want: found[want.model] for want in wanted}


def _only(kind: type[Want], wanted: Collection[Wanted]) -> Iterator[Want]:
    return (want for want in wanted if isinstance(want, kind))


def _figures(
    reader: Reader, wanted: Collection[Wanted], now: datetime
) -> tuple[Mapping[FiguresOf, Reading], Sequence[str]]:
    figures: dict[FiguresOf, Reading] = {}
    sql: list[str] = []
    for together in _shared(tuple(_only(FiguresOf, wanted))):
        found, statements = read_together(reader, together, now)
        figures |= found
        sql += statements
    return figures, sql


def _customers_events(
    reader: Reader, wanted: Collection[Wanted]
) -> tuple[Mapping[WaitsOf, Waits | None], Mapping[SilentOf, int], Sequence[str]]:
    waits: dict[WaitsOf, Waits | None] = {}
    silent: dict[SilentOf, int] = {}
    sql: list[str] = []
    for wait in _only(WaitsOf, wanted):
        waits[wait], statement = _events(reader, wait).waits()
        sql.append(statement)
    for want in _only(SilentOf, wanted):
        silent[want], statement = _events(reader, want.waits).silent(want.since, want.heard)
        sql.append(statement)
    return waits, silent, sql


def _shared(wanted: Sequence[FiguresOf]) -> Iterator[Sequence[FiguresOf]]:
    """Yield the figures that are read in shared statements: those under the same filters."""
    together: dict[tuple[Filter, ...], list[FiguresOf]] = {}
    for want in wanted:
        if not want.is_apart:
            together.setdefault(want.filters, []).append(want)
    yield from together.values()
    yield from ([want] for want in wanted if want.is_apart)


def _events(reader: Reader, want: WaitsOf) -> Events:
    return Events(reader, want.events, want.filters, want.until)
