"""What a summary may tell: each judged total and member, mix and person as a candidate with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from kpi_engine.analysis.false_discovery import q_values
from kpi_engine.answers.findings.cost_without_yield import CostWithoutYield
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import previous, window_of
from kpi_engine.domain.query import Key, Member
from kpi_engine.domain.summary import Call, Candidate, Driver, Progress, SoldLess, Subject, SubjectKey, Told
from kpi_engine.summaries.judging import Judged
from kpi_engine.summaries.looking import PERSON
from kpi_engine.summaries.mixing import Mixed
from kpi_engine.summaries.people import is_far_below
from kpi_engine.summaries.selecting import novelty

_UNIT = 0.05
"""The part of what is normal for the company that has a materiality of 1."""
_SCORE_UNIT = 5.0
"""The points of a Net Promoter Score that have a materiality of 1."""
_COST_UNIT = 0.01
"""The part of a month's sales that a cost of materiality 1 is."""
_IDLE_MONTHS = 2
_TOTAL_WEIGHT = 3.0
"""How much more of the budget of false alarms a total gets than a member of average size."""
_SMALLEST_WEIGHT = 0.05
_TOTAL_ACTS, _MEMBER_ACTS = 0.6, 1.0
_DRIVING = 0.5
"""Members are named as drivers if they make at least this part of an effect together."""
_DRIVERS = 2


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was found in one summary; `labels` names members by dimension and key.

    `finished` is people's progress in the last complete month, if it was read beside that of `people`;
    `reasons` say why people are short, by key. `calls` are the customers to call, after `silent_days`.
    """

    totals: tuple[Judged, ...]
    members: tuple[Judged, ...]
    mixes: tuple[Mixed, ...]
    people: tuple[Progress, ...] = ()
    finished: tuple[Progress, ...] = ()
    reasons: Mapping[Key, SoldLess] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    silent_days: int = 0
    labels: Mapping[str, Mapping[Key, str]] = field(default_factory=dict)

    @property
    def named(self) -> Iterator[tuple[str, Key]]:
        """Yield each member whose name is shown, by dimension and key."""
        for entry in self.members:
            yield entry.dimension or "", entry.key
        for mix in self.mixes:
            yield mix.of.dimension, mix.key

    def member(self, dimension: str, key: Key) -> Member:
        """Return a member with its name."""
        return Member(key, self.labels.get(dimension, {}).get(key, str(key)))


@dataclass(frozen=True, slots=True)
class Readers:
    """Where a summary is read: what was told there before, on which day, and whether it is private."""

    told: Mapping[SubjectKey, Told]
    today: date
    is_private: bool


def candidates(found: Found, answers: Sequence[Answer], readers: Readers) -> tuple[Candidate, ...]:
    """Return everything that a post may tell, in no order.

    All tests of the post, of totals, members and mixes, share one budget of false alarms.
    """
    judged = (*found.totals, *found.members)
    p_values = [entry.anomaly.p_value for entry in judged] + [entry.shift.p_value for entry in found.mixes]
    q = iter(q_values(p_values, _weights(judged, found.mixes)))
    by_metric = {answer.metric: answer for answer in reversed(answers) if not answer.by and not answer.series}
    makers = _Makers(found, by_metric, readers)
    made = [
        *(makers.unusual(entry, next(q)) for entry in judged),
        *(makers.mix(entry, next(q)) for entry in found.mixes),
        *makers.idle_costs(answers),
        *makers.shortfalls(answers),
    ]
    return tuple(entry for entry in made if entry is not None)


def _weights(judged: Sequence[Judged], mixes: Sequence[Mixed]) -> list[float]:
    """Return how the budget is shared: totals get most, members by how much of the company they are."""
    shares = [entry.share for entry in judged if entry.dimension] or [1.0]
    mean = max(sum(shares) / len(shares), 1e-9)
    of_judged = [
        max(entry.share / mean, _SMALLEST_WEIGHT) if entry.dimension else _TOTAL_WEIGHT for entry in judged
    ]
    return [*of_judged, *(1.0 for _ in mixes)]


@dataclass(frozen=True, slots=True)
class _Makers:
    """Makes the candidates of each kind; `answers` are those about totals, by metric."""

    found: Found
    answers: Mapping[str, Answer]
    readers: Readers

    def unusual(self, entry: Judged, q: float) -> Candidate | None:
        """Return a total or member beside its usual range; None where the summary doesn't show the total."""
        answer = self.answers.get(entry.metric)
        if answer is None:
            return None
        subject = self._subject(entry.metric, entry.dimension, entry.key, entry.effect)
        is_shortfall = entry.dimension == PERSON and not _is_good(entry.effect, answer)
        acts = 0.0 if is_shortfall and not self.readers.is_private else _MEMBER_ACTS
        return Candidate(
            "unusual",
            subject,
            answer,
            entry.figure,
            entry.effect,
            materiality=_materiality(entry.effect, answer, self._normal(entry.metric)),
            evidence=1 - q,
            actionability=acts if entry.dimension else _TOTAL_ACTS,
            novelty=self._novelty(subject, entry.effect),
            anomaly=entry.anomaly,
            drivers=() if entry.dimension else self._drivers(entry, answer),
        )

    def mix(self, entry: Mixed, q: float) -> Candidate | None:
        """Return a rate moved by its mix; None where its members' own rates moved it more."""
        metric, shift = entry.of.of.question.metric.name, entry.shift
        answer = self.answers.get(metric)
        if answer is None or abs(shift.mix) < abs(shift.rate):
            return None
        subject = self._subject(metric, entry.of.dimension, entry.key, shift.mix)
        return Candidate(
            "mix",
            subject,
            answer,
            entry.figure,
            shift.mix,
            materiality=_materiality(shift.mix, answer, entry.before),
            evidence=1 - q,
            actionability=_MEMBER_ACTS,
            novelty=self._novelty(subject, shift.mix),
            rate=(shift.rate, shift.low, shift.high),
        )

    def idle_costs(self, answers: Sequence[Answer]) -> Iterator[Candidate]:
        """Yield each cost that brought nothing for two months or more, once."""
        sales = next((answer for answer in answers if answer.unit == "money" and not answer.by), None)
        seen: set[tuple[str | None, Key]] = set()
        for answer in answers:
            for finding in answer.findings:
                if not isinstance(finding, CostWithoutYield) or finding.months < _IDLE_MONTHS:
                    continue
                if finding.dimension is None or (finding.dimension, finding.key) in seen:
                    continue
                seen.add((finding.dimension, finding.key))
                member = Member(finding.key, finding.label or "")
                subject = Subject(answer.metric, finding.dimension, member, "down")
                unit = _COST_UNIT * abs(sales.figure.value or 0.0) if sales else 0.0
                yield Candidate(
                    "idle_cost",
                    subject,
                    answer,
                    Figure(finding.cost),
                    finding.cost,
                    materiality=finding.cost / unit if unit else 1.0,
                    evidence=1.0,
                    actionability=_MEMBER_ACTS,
                    novelty=self._novelty(subject, finding.cost),
                    months=finding.months,
                    total=finding.total,
                )

    def shortfalls(self, answers: Sequence[Answer]) -> Iterator[Candidate]:
        """Yield each person far below target for two whole months in a row, in private."""
        for entry in self.found.finished or self.found.people:
            answer = next(
                (one for one in answers if one.metric == entry.metric and one.period == entry.period), None
            )
            if answer is None or not is_far_below(entry) or not _is_whole(answer):
                continue
            subject = Subject(entry.metric, PERSON, entry.person, "down")
            effect = entry.result - entry.target
            yield Candidate(
                "shortfall",
                subject,
                answer,
                Figure(entry.result),
                effect,
                materiality=max(1.0, _materiality(effect, answer, self._normal(entry.metric))),
                evidence=1.0,
                actionability=_MEMBER_ACTS if self.readers.is_private else 0.0,
                novelty=self._novelty(subject, effect),
                before=entry.before,
                reason=self.found.reasons.get(entry.person.key),
            )

    def _subject(self, metric: str, dimension: str | None, key: Key, effect: float) -> Subject:
        member = self.found.member(dimension, key) if dimension else None
        return Subject(metric, dimension, member, "down" if effect < 0 else "up")

    def _novelty(self, subject: Subject, effect: float) -> float:
        return novelty(subject, effect, self.readers.told, self.readers.today)

    def _normal(self, metric: str) -> float | None:
        """Return what is normal for the company: what its total is expected to be, else the total itself."""
        total = next((entry for entry in self.found.totals if entry.metric == metric), None)
        return total.anomaly.expected if total else self.answers[metric].figure.value

    def _drivers(self, total: Judged, answer: Answer) -> tuple[Driver, ...]:
        """Return the members that make most of a total's effect, of the dimension where they stand out most.

        People aren't named for a shortfall.
        """
        best: tuple[float, tuple[Driver, ...]] = (0.0, ())
        dimensions = dict.fromkeys(
            entry.dimension for entry in self.found.members if entry.metric == total.metric
        )
        for dimension in dimensions:
            if dimension is None or (dimension == PERSON and not _is_good(total.effect, answer)):
                continue
            same = [
                entry
                for entry in self.found.members
                if entry.metric == total.metric
                and entry.dimension == dimension
                and entry.effect * total.effect > 0
            ]
            leading = sorted(same, key=lambda entry: abs(entry.effect), reverse=True)[:_DRIVERS]
            made = sum(entry.effect for entry in leading) / total.effect
            beyond = made - sum(entry.share for entry in leading)
            if made >= _DRIVING and beyond > best[0]:
                found = tuple(
                    Driver(dimension, self.found.member(dimension, entry.key), entry.effect)
                    for entry in leading
                )
                best = (beyond, found)
        return best[1]


def _is_whole(answer: Answer) -> bool:
    """Whether a month and the one before it are over, and no day of either is missing."""
    before = window_of(previous(answer.period), answer.window.end or date.max)
    missing = (day for entry in answer.missing for day in entry.days)
    return answer.window.complete and not any(
        window.holds(day) for day in missing for window in (answer.window, before)
    )


def _is_good(effect: float, answer: Answer) -> bool:
    return answer.direction == "neutral" or (effect > 0) == (answer.direction == "up")


def _materiality(effect: float, answer: Answer, normal: float | None) -> float:
    """Return an effect in units of what is normal for the company."""
    unit = _SCORE_UNIT if answer.unit == "score" else _UNIT * abs(normal or 0.0)
    return abs(effect) / unit if unit else 0.0
