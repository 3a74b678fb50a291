"""A summary, as plain values: its answers, and what in them is worth telling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from kpi_engine.domain.answer import Anomaly, Answer, MissingDays
from kpi_engine.domain.explanation import VolumePriceMix
from kpi_engine.domain.figure import Figure as Figure  # noqa: PLC0414 - re-exported: part of the answer
from kpi_engine.domain.periods import Period
from kpi_engine.domain.posts import SummarySection, SummarySpec
from kpi_engine.domain.query import Member, ScopedQuery

SubjectKey = tuple[str, str | None, str | None, str]
"""A metric, a dimension, a member's key as text, and a direction."""

CandidateKind = Literal["unusual", "mix", "idle_cost", "shortfall"]
"""What a candidate tells: a figure outside its usual range, a rate moved by its mix, a cost that brought
nothing, or a person far below target for two months.
"""

Refusal = Literal["small", "unclear", "private", "repeated", "same", "beyond", "missing"]
"""Why a candidate isn't told in a post: its effect is small, chance explains it, it is about a named person
and readers are others, it was told before, another candidate tells the same, the post holds no more, or too
many days of its period haven't arrived to trust anything of them.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a summary: its section in the file and its answers."""

    spec: SummarySection
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a candidate is about: a metric, of everything or of one member of a dimension."""

    metric: str
    dimension: str | None = None
    member: Member | None = None
    direction: Literal["up", "down"] = "up"

    @property
    def key(self) -> SubjectKey:
        """What makes it the same subject in another post: names and the member's key as text."""
        member = None if self.member is None else str(self.member.key)
        return self.metric, self.dimension, member, self.direction


@dataclass(frozen=True, slots=True)
class Told:
    """How often in a row a subject was told in the same place before, when last, and how large it was."""

    times: int
    last: date
    size: float


@dataclass(frozen=True, slots=True)
class Driver:
    """A member that makes a part of an effect; `effect` is in the metric's unit (a share: 0 to 1)."""

    dimension: str
    member: Member
    effect: float


@dataclass(frozen=True, slots=True)
class SoldLess:
    """What a person's sales of two months, beside those of the two months `against`, are made of.

    `before` is the value of those earlier months.
    """

    sold: VolumePriceMix
    before: float
    against: Period


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that a post may tell, with the numbers that decide whether it does.

    `answer` is about the metric's total, `figure` and `anomaly` are the subject's own. `effect` is the part
    of the company's figure that the subject makes, in the metric's unit.

    `materiality`: the effect in twentieths of what is normal for the company (of costs: in hundredths of the
    sales of a month). `evidence`: 1 minus the share of false alarms among what is as clear as this, 1 for an
    exact fact. `actionability`: 1 for a member, 0.6 for a total, 0 for a named person's shortfall where
    others read it. `novelty`: 1 for what is new, halved for each post in a row that told the same.
    `refusal` is None for what is told. `months` counts how many months in a row a cost brought nothing, and
    `total` is its cost in all of them. `rate` is what would have changed with the same mix. Of a shortfall,
    `before` is the share of the target that was reached in the month before, and `reason` what made it,
    None where that isn't known or not read.
    """

    kind: CandidateKind
    subject: Subject
    answer: Answer
    figure: Figure
    effect: float
    materiality: float
    evidence: float
    actionability: float
    novelty: float
    anomaly: Anomaly | None = None
    drivers: tuple[Driver, ...] = ()
    months: int = 0
    total: float = 0.0
    rate: tuple[float, float, float] | None = None
    before: float | None = None
    reason: SoldLess | None = None
    refusal: Refusal | None = None

    @property
    def rank(self) -> float:
        """The product of the four numbers, by which candidates are ordered."""
        return self.materiality * self.evidence * self.actionability * self.novelty


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at: how many totals, and how many members of each dimension."""

    totals: int = 0
    members: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a person came with the target of `metric`: shares of it, in a month and in the one before.

    `is_best`: none of the eleven months before had a higher result, as far as they were read.
    """

    person: Member
    attainment: float
    before: float | None
    result: float
    target: float
    metric: str
    period: Period
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A customer to call: one who hasn't ordered for longer than usual, and may soon be lost.

    `last` is the month of the last order, `value` what they bought in the last twelve months.
    """

    customer: Member
    last: Period
    value: float
    metric: str
    currency: str | None


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """A summary to make.

    `questions` has one entry for each section of `spec`; `left_out` holds the lines of `spec` that the
    database can't answer. `told` is what was told in the same place before. With `is_private` only the
    person whom it is about, or their lead, reads it.
    """

    spec: SummarySpec
    questions: Sequence[Sequence[ScopedQuery]]
    period: Period
    left_out: Sequence[str] = ()
    told: Mapping[SubjectKey, Told] = field(default_factory=dict)
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """A weekly or monthly summary with its answers, in the order of its file.

    `left_out` holds the lines of its file that this database can't answer, `refused` why its rows would make
    some of them wrong, each reason once with its lines, `withheld` those that its
    readers may not see. `candidates` are ordered by rank; those without a refusal are told. `people` holds
    the progress of each person with a target in the last month that the summary is about, the furthest
    first. `missing` are the days that haven't arrived. `normal` is the median of the last eight periods by
    metric, of those without missing days; `records` are the metrics that were never higher. `sold` is what
    the change of the first metric from the period before is made of, where pieces are known.

    In private, `finished` holds the progress of people in the last complete month, and `calls` the customers
    of the one reader to call: those who haven't ordered for `silent_days` days.
    """

    spec: SummarySpec
    period: Period
    sections: tuple[Section, ...]
    data_until: datetime | date | None
    left_out: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    refused: tuple[tuple[str, tuple[str, ...]], ...] = ()
    candidates: tuple[Candidate, ...] = ()
    looked: Looked = Looked()
    people: tuple[Progress, ...] = ()
    missing: tuple[MissingDays, ...] = ()
    normal: Mapping[str, float] = field(default_factory=dict)
    records: frozenset[str] = frozenset()
    sold: VolumePriceMix | None = None
    finished: tuple[Progress, ...] = ()
    calls: tuple[Call, ...] = ()
    silent_days: int = 0

    @property
    def told(self) -> tuple[Candidate, ...]:
        """The candidates that are told, in order."""
        return tuple(entry for entry in self.candidates if entry.refusal is None)

    @property
    def shortfalls(self) -> tuple[Candidate, ...]:
        """The people far below target, in order; in a channel none."""
        return tuple(
            entry for entry in self.candidates if entry.kind == "shortfall" and entry.refusal is None
        )

    @property
    def scores(self) -> tuple[Answer, ...]:
        """The answers of sections of scores, in order."""
        return tuple(
            answer
            for section in self.sections
            if section.spec.style == "scores"
            for answer in section.answers
        )
