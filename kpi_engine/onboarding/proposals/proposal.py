"""What is proposed for a database: model files as values, with reasons and doubts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Option:
    """One way to settle a doubt."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something the database doesn't tell: which file and key it concerns, and what was assumed.

    With `options` a person may choose another than `chosen`; without, it is to be looked at only.
    `takes_many`: any set of the options can be right.
    """

    name: str
    model: str
    key: str
    text: str
    options: tuple[Option, ...] = ()
    chosen: tuple[str, ...] = ()
    takes_many: bool = False


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """A column under the model's own name for it: another `column`, or an `sql` expression."""

    column: str | None = None
    sql: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class JoinProposal:
    """A many-to-one step to another model."""

    model: str
    on: tuple[tuple[str, str], ...]
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class MeasureProposal:
    """An aggregate; `first` is (per, event), `since` the moment from which days to `of` are counted.

    `when` is a word of the model's history, `until` the last day of a contract.
    """

    agg: str
    of: str | None = None
    since: str | None = None
    where: str | None = None
    time: str | None = None
    first: tuple[str, str] | None = None
    when: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class MarkProposal:
    """The column with the source's own marks, and their values."""

    column: str
    upsell: tuple[str, ...] = ()
    cross_sell: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryProposal:
    """What tells a customer's orders apart, and by what lines are compared with the earlier ones."""

    customer: str
    order: str
    category: str | None = None
    level: str | None = None
    min_uplift: float | None = None
    mark: MarkProposal | None = None


@dataclass(frozen=True, slots=True)
class MembersProposal:
    """The dimension whose members the model's rows are."""

    dimension: str
    label: str
    active_from: str | None = None
    active_until: str | None = None
    user: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class ModelProposal:
    """One model file. `reasons` explain the choice of the table; `notes` stand above the key they name."""

    name: str
    key: str
    reasons: tuple[str, ...]
    table: str | None = None
    schema: str | None = None
    query: str | None = None
    time: str | None = None
    grain: str = "day"
    where: str | None = None
    currency: str | None = None
    columns: Mapping[str, ColumnProposal] = field(default_factory=dict)
    joins: Mapping[str, JoinProposal] = field(default_factory=dict)
    dimensions: Mapping[str, str] = field(default_factory=dict)
    history: HistoryProposal | None = None
    measures: Mapping[str, MeasureProposal] = field(default_factory=dict)
    members: MembersProposal | None = None
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything proposed for a database. `skipped` says what wasn't mapped and why.

    `newest` is the last day of the main model's data, as an ISO date, where it can be told.
    """

    models: tuple[ModelProposal, ...]
    doubts: tuple[Doubt, ...]
    skipped: tuple[str, ...] = ()
    newest: str | None = None
