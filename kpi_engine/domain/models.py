"""Models: the mapping of the customer's tables for use in metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from kpi_engine.domain.titles import Place, Title

Aggregate = Literal["count", "count_distinct", "sum", "avg", "min", "max", "median"]

ColumnType = Literal["text", "number", "money", "date", "timestamp", "epoch_seconds", "epoch_milliseconds"]

ModelGrain = Literal["day", "month", "quarter", "year"]

When = Literal["existing", "upsell", "cross_sell"]

COMBINABLE: frozenset[Aggregate] = frozenset({"count", "sum", "min", "max"})
"""Aggregates whose total can be computed from the totals of the parts."""

WORKSPACE = "workspace"
"""The parameter that the warehouse of the bot's own tables binds to its workspace."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something a figure can be split or filtered by; declared once for all models."""

    name: str
    title: Title
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a model: a physical column (`name`) or an expression (`sql`) over the model's own table.

    `currency` is the currency of all its amounts and overrides the currency of the rows.
    """

    name: str
    physical: str | None
    sql: str | None
    type: ColumnType | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """A many-to-one step to another model: pairs of (own column, that model's column).

    With `required`, a row whose partner is missing or not counted (the partner's `where`) is
    left out as well. `complete`: each counted row of that model is the partner of at least one row here.
    """

    model: str
    on: tuple[tuple[str, str], ...]
    required: bool = False
    complete: bool = False


Location = tuple[str, ...]
"""The path to a key in a model's file: ("measures", "value", "of")."""

Path = tuple[str, ...]
"""A path of joins that ends in a column: ("order", "rep", "region_id")."""


@dataclass(frozen=True, slots=True)
class First:
    """Keep only the rows of the first event of each `per`, over all time. `event` identifies an event."""

    per: Path
    event: Path


@dataclass(frozen=True, slots=True)
class Mark:
    """The column and values with which the source marks lines as upsells or cross-sells."""

    column: Path
    upsell: tuple[str | int, ...] = ()
    cross_sell: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """How a customer's orders are identified and how a line is compared with earlier orders.

    An upsell is a line whose `level` (a tier or a price) is at least `min_uplift` above the highest
    of the customer's last order in its `category`; a cross-sell is a line of a category that none of
    the customer's earlier orders has. A mark takes precedence.
    """

    customer: Path
    order: Path
    category: Path | None = None
    level: Path | None = None
    min_uplift: float = 0.10
    mark: Mark | None = None

    def marks(self, when: When) -> tuple[str | int, ...]:
        """Return the values of the source's mark for this kind of sale."""
        if self.mark is None or when == "existing":
            return ()
        return self.mark.upsell if when == "upsell" else self.mark.cross_sell

    def has_rule(self, when: When) -> bool:
        """Whether lines can be classified by comparison with the customer's earlier orders."""
        needed = {"existing": self.order, "cross_sell": self.category, "upsell": self.level}
        return needed[when] is not None

    def named(self) -> dict[str, Path]:
        """Return every column by its key in the file."""
        paths = {
            "customer": self.customer,
            "order": self.order,
            "category": self.category,
            "level": self.level,
            "mark": self.mark.column if self.mark else None,
        }
        return {key: path for key, path in paths.items() if path}


@dataclass(frozen=True, slots=True)
class Once:
    """Count only the latest row, by the timestamp `latest`, of those with equal `per`."""

    per: tuple[Path, ...]
    latest: Path


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate over a model's rows.

    `where` is an SQL expression over the model's own table; `time` overrides the model's. With `since`
    the value is the number of calendar days of the business zone from that moment to `of`; rows with a
    negative value don't count. `until` is the last day (or moment) that a row covers, NULL if it is
    open-ended; such a measure is read for a day and counts the rows that cover it. `when` keeps the
    lines that the model's history classifies that way.
    """

    name: str
    agg: Aggregate
    of: Path | None = None
    where: str | None = None
    time: Path | None = None
    first: First | None = None
    since: Path | None = None
    until: Path | None = None
    when: When | None = None

    @property
    def has_numbers(self) -> bool:
        """Whether the values of `of` are numbers: not where they are counted, or are moments."""
        return self.of is not None and self.since is None and self.agg not in ("count", "count_distinct")


@dataclass(frozen=True, slots=True)
class DimensionColumn:
    """The location of a dimension's key in a model.

    `success_only` marks a dimension that only the successes of a cohort or a ratio have (the closing
    rep of a deal): a rate by it would be 100 % by construction and is refused.
    """

    path: Path
    success_only: bool = False


@dataclass(frozen=True, slots=True)
class MemberTable:
    """A model whose rows are the members of a dimension; the model's key is the member's key.

    `active_from` and `active_until` (exclusive, may be NULL) name date columns between which
    the member counts as one of the dimension's in a period. `user` names the column with the
    member's Slack user id, `email` that with the address by which Slack knows the member.
    """

    label: str
    active_from: str | None = None
    active_until: str | None = None
    user: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class TargetColumns:
    """The columns of a model of targets: the metric's name and the target's value."""

    metric: str
    value: str


@dataclass(frozen=True, slots=True)
class Model:
    """A business table mapped to the customer's database, or one of the bot's own tables.

    `acquired` is the time of the lead that the row's customer came from. `workspace` is the column with
    the Slack workspace in the bot's own tables; only rows of the warehouse's own workspace count.
    `lines` maps each key in the model's file to its line number.
    """

    name: str
    database: str
    table: str | None
    query: str | None
    key: str
    columns: Mapping[str, Column]
    place: Place
    schema: str | None = None
    time: Path | None = None
    zone: str | None = None
    grain: ModelGrain = "day"
    where: str | None = None
    currency: str = "EUR"
    joins: Mapping[str, Join] = field(default_factory=dict)
    dimensions: Mapping[str, DimensionColumn] = field(default_factory=dict)
    history: History | None = None
    once: Once | None = None
    measures: Mapping[str, Measure] = field(default_factory=dict)
    members: Mapping[str, MemberTable] = field(default_factory=dict)
    targets: TargetColumns | None = None
    fresh: Path | None = None
    acquired: Path | None = None
    workspace: str | None = None
    lines: Mapping[Location, int] = field(default_factory=dict)

    @property
    def is_own(self) -> bool:
        """Whether the rows are the bot's own: live, limited to one workspace, with keys stored as text."""
        return self.workspace is not None

    def path_of(self, dimension: str) -> Path | None:
        """Return the path to a dimension's key, or None if the model lacks the dimension."""
        column = self.dimensions.get(dimension)
        return column.path if column else None

    def at(self, *location: str) -> Place:
        """Return the place of a key in the file, or of its nearest parent that is present."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return Place(self.place.file, self.lines[location[:length]])
        return self.place


def named_paths(model: Model) -> Iterator[tuple[Location, Path]]:
    """Yield every column that a model names, with its place in the file."""
    optional: list[tuple[Location, Path | None]] = [
        (("time",), model.time),
        (("fresh",), model.fresh),
        (("acquired",), model.acquired),
    ]
    for name, measure in model.measures.items():
        optional += [(("measures", name, "of"), measure.of), (("measures", name, "time"), measure.time)]
        optional += [
            (("measures", name, "since"), measure.since),
            (("measures", name, "until"), measure.until),
        ]
        if measure.first:
            optional.append((("measures", name, "first", "per"), measure.first.per))
            optional.append((("measures", name, "first", "event"), measure.first.event))
    if model.once:
        optional += [(("once", "per"), path) for path in model.once.per]
        optional.append((("once", "latest"), model.once.latest))
    if model.history:
        optional += [(("history", key), path) for key, path in model.history.named().items()]
    yield from ((location, path) for location, path in optional if path)
    yield from ((("dimensions", name), entry.path) for name, entry in model.dimensions.items())
    for name, join in model.joins.items():
        yield from ((("joins", name), path) for own, other in join.on for path in ((own,), (name, other)))
    for name, table in model.members.items():
        columns = (table.label, table.active_from, table.active_until, table.user, table.email)
        yield from ((("members", name), (column,)) for column in columns if column)
    if model.targets:
        yield from ((("targets",), (column,)) for column in (model.targets.metric, model.targets.value))


def time_paths(model: Model) -> Mapping[Path, Location]:
    """Return every time column of a model, with the first place in its file that names it."""
    named: list[tuple[Path | None, Location]] = [
        (model.time, ("time",)),
        (model.fresh, ("fresh",)),
        (model.acquired, ("acquired",)),
        (model.once.latest if model.once else None, ("once", "latest")),
    ]
    named += [(measure.time, ("measures", name, "time")) for name, measure in model.measures.items()]
    for name, measure in model.measures.items():
        named.append((measure.until, ("measures", name, "until")))
        if measure.since:
            named += [(measure.since, ("measures", name, "since")), (measure.of, ("measures", name, "of"))]
    for name, table in model.members.items():
        named += [
            ((column,), ("members", name)) for column in (table.active_from, table.active_until) if column
        ]
    found: dict[Path, Location] = {}
    for path, location in named:
        if path:
            found.setdefault(path, location)
    return found
