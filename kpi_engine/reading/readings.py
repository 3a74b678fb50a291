"""Reading what is wanted: the values of a question's `Wanted`, and the statements that gave them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from kpi_engine.analysis.intervals import Waits
from kpi_engine.analysis.targets import TargetRow
from kpi_engine.domain.query import Filter
from kpi_engine.reading.metric_readings import Reading, read_together
from kpi_engine.reading.order_gaps import Events
from kpi_engine.reading.reader import MemberRow, Reader, Span
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
    every = list(dict.fromkeys(wanted))
    figures: dict[FiguresOf, Reading] = {}
    sql: list[str] = []
    for together in _shared([want for want in every if isinstance(want, FiguresOf)]):
        found, statements = read_together(reader, together, now)
        figures |= found
        sql += statements
    waits, silent = {}, {}
    for want in every:
        if isinstance(want, WaitsOf):
            waits[want], statement = _events(reader, want).waits()
            sql.append(statement)
        elif isinstance(want, SilentOf):
            silent[want], statement = _events(reader, want.waits).silent(want.since, want.heard)
            sql.append(statement)
    spans = {want: reader.span(reader.models[want.model], now) for want in every if isinstance(want, SpanOf)}
    members = {
        want: reader.members(want.dimension, want.metric) for want in every if isinstance(want, MembersOf)
    }
    return Readings(
        figures=figures,
        spans=spans,
        members=members,
        active={
            want: reader.active_members(
                want.members.dimension, members[want.members], want.filters, want.window
            )
            for want in every
            if isinstance(want, ActiveMembersOf)
        },
        targets={
            want: targets.rows(want.metric, want.start, want.end, now)
            for want in every
            if isinstance(want, TargetsOf)
        },
        waits=waits,
        silent=silent,
        sql=tuple(sql),
    )


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
