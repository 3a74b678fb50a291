"""Reading what is wanted: the values of a question's `Wanted`, and the statements that gave them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from kpi_engine.analysis.concentration import Spread
from kpi_engine.analysis.intervals import Waits
from kpi_engine.analysis.targets import TargetIndex
from kpi_engine.domain.errors import DataError, WarehouseTimeoutError
from kpi_engine.domain.query import Key
from kpi_engine.domain.statements import RunStatement
from kpi_engine.reading.day_counts import DayRows
from kpi_engine.reading.freshness import Span
from kpi_engine.reading.member_figures import read_spread
from kpi_engine.reading.members import MemberList, MemberRow
from kpi_engine.reading.metric_readings import Reading, read_together
from kpi_engine.reading.order_gaps import waits_of
from kpi_engine.reading.reader import Reader
from kpi_engine.reading.target_table import Targets
from kpi_engine.reading.unreadable import UnreadableRows
from kpi_engine.reading.wanted import (
    ActiveMembersOf,
    DaysOf,
    FiguresOf,
    LabelsOf,
    MembersOf,
    SpanOf,
    SpreadOf,
    TargetsOf,
    UnreadableOf,
    WaitsOf,
    Wanted,
)

Want = TypeVar("Want", bound=Wanted)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read, by what was wanted; `statements` are those for customers' events."""

    figures: Mapping[FiguresOf, Reading] = field(default_factory=dict)
    spans: Mapping[SpanOf, Span] = field(default_factory=dict)
    days: Mapping[DaysOf, DayRows | None] = field(default_factory=dict)
    members: Mapping[MembersOf, MemberList] = field(default_factory=dict)
    active: Mapping[ActiveMembersOf, tuple[MemberRow, ...]] = field(default_factory=dict)
    targets: Mapping[TargetsOf, TargetIndex] = field(default_factory=dict)
    waits: Mapping[WaitsOf, Waits | None] = field(default_factory=dict)
    spreads: Mapping[SpreadOf, Spread | None] = field(default_factory=dict)
    labels: Mapping[LabelsOf, Mapping[Key, str]] = field(default_factory=dict)
    statements: Mapping[Wanted, tuple[RunStatement, ...]] = field(default_factory=dict)
    unreadable: Mapping[UnreadableOf, UnreadableRows | None] = field(default_factory=dict)

    def statements_of(self, wanted: Collection[Wanted]) -> tuple[RunStatement, ...]:
        """Return the statements that gave the figures and customers' events of what is wanted, each once."""
        figures = (run for want in _only(FiguresOf, wanted) for run in self.figures[want].statements)
        others = (run for want in wanted for run in self.statements.get(want, ()))
        return tuple(dict.fromkeys((*figures, *others)))

    def with_more(self, other: Readings) -> Readings:
        """Return these readings and others."""
        return Readings(
            {**self.figures, **other.figures},
            {**self.spans, **other.spans},
            {**self.days, **other.days},
            {**self.members, **other.members},
            {**self.active, **other.active},
            {**self.targets, **other.targets},
            {**self.waits, **other.waits},
            {**self.spreads, **other.spreads},
            {**self.labels, **other.labels},
            {**self.statements, **other.statements},
            {**self.unreadable, **other.unreadable},
        )


def read(reader: Reader, targets: Targets, wanted: Collection[Wanted], now: datetime) -> Readings:
    """Read everything that is wanted, equal values once; nothing after `now` (zone-aware) counts.

    Raises DataError and WarehouseError where a database can't answer.
    """
    every = tuple(dict.fromkeys(wanted))
    spans = reader.spans_of(tuple(_only(SpanOf, every)), now)
    waits, statements = _customers_events(reader, every, spans, now)
    spreads = {want: read_spread(reader, want, now) for want in _only(SpreadOf, every)}
    members = {want: reader.members(want.dimension, want.metric) for want in _only(MembersOf, every)}
    figures = read_together(reader, tuple(_only(FiguresOf, every)), now)
    return Readings(
        figures=figures,
        spans=spans,
        days=reader.day_rows(tuple(_only(DaysOf, every)), now),
        members=members,
        active={want: _active(reader, want, members[want.members]) for want in _only(ActiveMembersOf, every)},
        targets=targets.read(tuple(_only(TargetsOf, every)), now),
        waits=waits,
        spreads={want: found for want, (found, _) in spreads.items()},
        labels=_labels(reader, tuple(_only(LabelsOf, every))),
        statements={**statements, **{want: runs for want, (_, runs) in spreads.items()}},
        unreadable=reader.unreadable(tuple(_only(UnreadableOf, every))),
    )


def _active(reader: Reader, want: ActiveMembersOf, members: MemberList) -> tuple[MemberRow, ...]:
    """Return the members that are shown without rows; of a dimension that can't be listed, none are."""
    if not members.is_complete:
        return ()
    return reader.active_members(want.members.dimension, members, want.filters, want.window)


def _labels(reader: Reader, wanted: Sequence[LabelsOf]) -> Mapping[LabelsOf, Mapping[Key, str]]:
    keys: dict[str, dict[Key, None]] = {}
    for want in wanted:
        keys.setdefault(want.dimension, {}).update(dict.fromkeys(want.keys))
    found = reader.labels_together(keys)
    return {
        want: {key: label for key in want.keys if (label := found[want.dimension].get(key)) is not None}
        for want in wanted
    }


def _only(kind: type[Want], wanted: Collection[Wanted]) -> Iterator[Want]:
    return (want for want in wanted if isinstance(want, kind))


def _customers_events(
    reader: Reader, wanted: Collection[Wanted], spans: Mapping[SpanOf, Span], now: datetime
) -> tuple[Mapping[WaitsOf, Waits | None], Mapping[Wanted, tuple[RunStatement, ...]]]:
    """Read the waits between customers' events; None, and logged, where they can't be had."""
    waits: dict[WaitsOf, Waits | None] = {}
    statements: dict[Wanted, tuple[RunStatement, ...]] = {}
    for want in _only(WaitsOf, wanted):
        model = want.events.model
        span = spans.get(SpanOf(model)) or reader.span(reader.models[model], now)
        try:
            waits[want], run = waits_of(reader, want, span, now)
            statements[want] = (run,)
        except (DataError, WarehouseTimeoutError) as wrong:
            log.warning("the waits between the events of %s can't be told: %s", want.events, wrong)
            waits[want] = None
    return waits, statements
