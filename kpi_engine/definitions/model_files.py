"""The shape of model, dimension and summary files; `docs/models.md` explains every key."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from kpi_engine.domain.models import Aggregate, ColumnType, ModelGrain, When
from kpi_engine.domain.posts import Audience, IfUnclear
from kpi_engine.kinds.schema import File, Name, TitleFile


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as unknown:
        raise ValueError(f'"{value}" is not a time zone; use one such as UTC or Europe/Brussels') from unknown
    return value


ZoneName = Annotated[str, BeforeValidator(_zone)]

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

DottedPath = Annotated[
    str, Field(pattern=r"^\w+(\.\w+)*$", description="a column, or a path over joins: join.column")
]


class ColumnFile(File):
    """A column under the name that this model uses for it."""

    column: str | None = Field(default=None, description="the column's name in the database")
    sql: str | None = Field(default=None, description="an SQL expression over the model's own table")
    type: ColumnType | None = Field(
        default=None,
        description="needed only if the stored values don't show it (an empty table, epoch numbers)",
    )
    currency: CurrencyCode | None = Field(
        default=None, description="the currency of all amounts, whatever the currency of their row"
    )

    @model_validator(mode="after")
    def _one_of(self) -> ColumnFile:
        if (self.column is None) == (self.sql is None):
            raise ValueError("use either column: or sql:")
        return self


class JoinFile(File):
    """A many-to-one step to another model."""

    model: Name
    on: dict[str, str] = Field(min_length=1, description="this model's column: the other model's column")
    required: bool = Field(
        default=False, description="leave out rows whose partner is missing or doesn't count"
    )
    complete: bool = Field(
        default=False,
        description="true if each row of the other model that counts has at least one row here (each order"
        " has lines): what is counted of the other model is then read on its table alone",
    )


class DimensionColumnFile(File):
    """Where the model keeps a dimension's key, with more to say about it."""

    path: DottedPath
    success_only: bool = Field(
        default=False,
        description="only successes have it (such as the closing rep), so rates can't be split by it",
    )


class FirstFile(File):
    """Only the rows of the first event of each `per`, of all time."""

    per: DottedPath
    event: DottedPath


class MarkFile(File):
    """Where the source marks lines itself."""

    column: DottedPath
    upsell: tuple[str | int, ...] = Field(default=(), description="values that mark an upsell")
    cross_sell: tuple[str | int, ...] = Field(default=(), description="values that mark a cross-sell")

    @model_validator(mode="after")
    def _some_value(self) -> MarkFile:
        if not self.upsell and not self.cross_sell:
            raise ValueError("add the values that mark a line, such as upsell: [upsell]")
        return self


class HistoryFile(File):
    """What a customer's earlier orders say about each line."""

    customer: DottedPath
    order: DottedPath = Field(description="identifies each of the customer's orders")
    category: DottedPath | None = Field(
        default=None,
        description="the product's category; one that the customer never bought before is a cross-sell",
    )
    level: DottedPath | None = Field(
        default=None,
        description="the product's level: a tier (a number), its list price, or the price per unit",
    )
    min_uplift: float = Field(
        default=0.10,
        ge=0,
        description="how far above the last level counts as an upsell: 0.10 is 10 %; 0 for a tier",
    )
    mark: MarkFile | None = Field(default=None, description="if a line has a mark, the mark decides")

    @model_validator(mode="after")
    def _compared_with_what(self) -> HistoryFile:
        if self.level is not None and self.category is None:
            raise ValueError(
                "level: needs category:, within which it is compared with the customer's last order"
            )
        if self.level is None and "min_uplift" in self.model_fields_set:
            raise ValueError("min_uplift: needs level:, which it applies to")
        return self


class OnceFile(File):
    """Several rows stand for the same thing, and only the latest counts."""

    per: tuple[DottedPath, ...] = Field(
        min_length=1, description="the columns that rows share, such as person and wave"
    )
    latest: DottedPath = Field(description="the moment that decides which row is the latest")


class MeasureFile(File):
    """An aggregate over the model's rows."""

    agg: Aggregate
    of: DottedPath | None = None
    where: str | None = Field(default=None, description="an SQL condition over the model's own table")
    time: DottedPath | None = None
    first: FirstFile | None = None
    since: DottedPath | None = Field(
        default=None, description="the value is the number of days from this moment to the one in of:"
    )
    until: DottedPath | None = Field(
        default=None,
        description="the last day of what a row stands for (such as a contract); NULL means no end",
    )
    when: When | None = Field(default=None, description="count only lines that history: classifies as this")

    @model_validator(mode="after")
    def _of_what(self) -> MeasureFile:
        if self.of is None and self.agg != "count":
            raise ValueError(f"agg: {self.agg} needs a column in of:")
        if self.since is not None and self.of is None:
            raise ValueError("since: needs of:, the moment up to which days are counted")
        if self.when is not None and self.first is not None:
            raise ValueError("use either when: or first:, not both; a first order has no history")
        return self


class MemberTableFile(File):
    """This model's rows are the members of a dimension."""

    label: Name | str
    active_from: str | None = None
    active_until: str | None = None
    user: str | None = Field(default=None, description="the column with the member's Slack user id")
    email: str | None = Field(
        default=None, description="the column with the member's e-mail address in Slack"
    )


class TargetColumnsFile(File):
    """This model's rows are targets."""

    metric: str
    value: str


class ModelFile(File):
    """A business table mapped to the customer's database."""

    name: Name
    database: Name = "sales"
    table: str | None = None
    schema_name: str | None = Field(default=None, alias="schema")
    query: str | None = Field(default=None, description="a plain SELECT instead of a table")
    key: str
    time: DottedPath | None = None
    zone: ZoneName | None = Field(
        default=None, description="time zone of timestamps without one; default: the business zone"
    )
    grain: ModelGrain = Field(
        default="day",
        description="month if each row stands for a whole month; quarter or year for targets of those",
    )
    where: str | None = Field(default=None, description="an SQL condition: the rows that count")
    currency: CurrencyCode = "EUR"
    columns: dict[Name, str | ColumnFile] = Field(default={})
    joins: dict[Name, JoinFile] = Field(default={})
    dimensions: dict[Name, DottedPath | DimensionColumnFile] = Field(default={})
    history: HistoryFile | None = None
    once: OnceFile | None = None
    measures: dict[Name, MeasureFile] = Field(default={})
    members: dict[Name, MemberTableFile] = Field(default={})
    targets: TargetColumnsFile | None = None
    fresh: DottedPath | None = Field(
        default=None, description="the column that shows how far the data is loaded"
    )
    acquired: DottedPath | None = Field(
        default=None, description="the moment of the lead that the row's customer came from"
    )
    workspace: str | None = Field(
        default=None, description="only for the bot's own tables: the column with the Slack workspace"
    )
    format: Literal[1] = 1

    @model_validator(mode="after")
    def _one_source(self) -> ModelFile:
        if (self.table is None) == (self.query is None):
            raise ValueError("use either table: or query:")
        if self.query is not None and not self.query.lstrip().lower().startswith(("select", "with")):
            raise ValueError("query: must be one SELECT")
        if self.query is not None and ";" in self.query:
            raise ValueError("query: must be one SELECT, without a semicolon")
        return self

    @model_validator(mode="after")
    def _grain_of_targets(self) -> ModelFile:
        if self.grain in ("quarter", "year") and self.targets is None:
            raise ValueError(f"grain: {self.grain} is for models with targets:; use day or month")
        return self

    @model_validator(mode="after")
    def _one_currency(self) -> ModelFile:
        for name, entry in self.columns.items():
            stated = entry.currency if isinstance(entry, ColumnFile) else None
            if stated not in (None, self.currency):
                raise ValueError(
                    f"columns.{name} is in {stated}, but answers show the model's currency: {self.currency};"
                    " use the same in both"
                )
        return self


class DimensionFile(File):
    """What a dimension is called."""

    title: TitleFile
    aliases: tuple[str, ...] = ()


class DimensionsFile(File):
    """All dimensions, by name."""

    dimensions: dict[Name, DimensionFile]
    format: Literal[1] = 1


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ScheduleFile(File):
    """When a summary is due, in the business time zone."""

    every: Weekday | Literal["day", "workday", "month", "quarter", "year"]
    working_day: int | None = Field(
        default=None, ge=1, le=20, description="with every: month, quarter or year"
    )
    at: time

    @model_validator(mode="after")
    def _working_day_of_what(self) -> ScheduleFile:
        if (self.every in ("month", "quarter", "year")) != (self.working_day is not None):
            raise ValueError(
                f"every: {self.every} needs working_day: (2 = the second)"
                if self.working_day is None
                else f"every: {self.every} can't have working_day:"
            )
        return self


class SectionFile(File):
    """One part of a summary."""

    name: Name
    title: TitleFile
    period: str
    style: Literal["scores", "leaderboard", "chart"] = "scores"
    questions: tuple[str, ...] = Field(min_length=1)


SlackUser = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,}$", description="a Slack user id (U0123ABCD)")]
KeyText = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class ContactFile(File):
    """A person who may be asked for a score."""

    user: SlackUser
    customer: KeyText | None = None
    rep: KeyText | None = None
    segment: KeyText | None = None
    region: KeyText | None = None


class SurveyFile(File):
    """People to ask together how likely they are to recommend."""

    name: Name
    title: TitleFile
    company: str | None = Field(
        default=None,
        description="the company they are asked to recommend; default: the Slack workspace's name",
    )
    contacts: tuple[ContactFile, ...] = Field(min_length=1)
    format: Literal[1] = 1

    @model_validator(mode="after")
    def _each_once(self) -> SurveyFile:
        users = [contact.user for contact in self.contacts]
        twice = sorted({user for user in users if users.count(user) > 1})
        if twice:
            raise ValueError(f"{twice[0]} is listed twice; keep one")
        return self


class SummaryFile(File):
    """What a summary shows, when it is due and where it is posted."""

    name: Name
    title: TitleFile
    schedule: ScheduleFile
    channels: tuple[Annotated[str, Field(pattern=r"^[CGD][A-Z0-9]{2,}$")], ...] = Field(
        default=(), description="Slack channel ids (C0123ABCD), not names"
    )
    sections: tuple[SectionFile, ...] = Field(min_length=1)
    grace_hours: float = Field(gt=0)
    if_unclear: IfUnclear = Field(
        default="ask",
        description="what happens to a post that Slack may or may not have taken, where its history can't be"
        " read: ask (it isn't posted again, and somebody is told) or repeat",
    )
    language: Literal["en", "nl"] = "en"
    look_at: tuple[Name, ...] = Field(
        default=(), description="dimensions whose members are looked at, such as region and source"
    )
    exceptions: int = Field(default=3, ge=0, le=5, description="how many exceptions the post tells at most")
    audience: Audience = Field(default="channel", description="who it is written for: channel, rep or lead")
    shortfalls: bool | None = Field(
        default=None,
        description="whether people far below target are told so in private, with their lead, when it is"
        " posted; monthly summaries do so by default",
    )
    wait_hours: float | None = Field(
        default=None,
        ge=0,
        description="how many hours it waits for rows that haven't arrived, 0 for not at all; default:"
        " KPI_WAIT_HOURS",
    )
    look_again_minutes: float | None = Field(
        default=None,
        ge=1,
        le=120,
        description="after how many minutes it is looked again whether they have; default:"
        " KPI_LOOK_AGAIN_MINUTES",
    )
    format: Literal[1] = 1

    @model_validator(mode="after")
    def _waits_within_grace(self) -> SummaryFile:
        if self.wait_hours is not None and self.wait_hours >= self.grace_hours:
            raise ValueError("wait_hours: must be less than grace_hours:, after which nothing is posted")
        return self
