"""In which order an answer lists its groups, and their places: nobody leads or trails for little data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kpi_engine.analysis.evidence import Noise
from kpi_engine.analysis.places import Estimate, places
from kpi_engine.analysis.score import FEW_ANSWERS
from kpi_engine.answers.estimates import attained, measured
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Group
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.query import Baseline, Query
from kpi_engine.reading.frames import GroupKey

BOARD = 500
"""Groups that are judged beside each other; more are a list, in which a rate ranks by its cautious end."""
_WEEK = 7


def is_best_first(query: Query, metric: Metric) -> bool:
    """Whether the best groups lead; of those below or above a size alone, the furthest from it do."""
    if query.top:
        return query.top.best
    own = [size for size in query.sizes if size.metric == metric.name]
    are_most_best = metric.better != "down"
    if own and all(size.low is None for size in own):
        return not are_most_best
    if own and all(size.high is None for size in own):
        return are_most_best
    return True


def is_by_target(question: Question) -> bool:
    """Whether groups are ranked by their share of the target: the question names it, and more is better."""
    named = {entry.baseline for entry in question.query.compare}
    return Baseline.TARGET in named and question.metric.better != "down"


def is_chosen_by_level(question: Question) -> bool:
    """Whether the groups are the best or worst of a period, and no comparison is asked for.

    Who was chosen for a high figure had luck more often than not, and so a lower one before: a change beside
    it tells of the choice (regression to the mean).
    """
    return question.query.top is not None and not question.query.compare


def is_too_short(question: Question) -> bool:
    """Whether the period is too short to rank the people that the question is split by."""
    if question.period.is_all_time or not question.catalogue.people & set(question.query.by):
        return False
    start, end = question.period.bounds()
    return (end - start).days <= _WEEK


def listed(
    question: Question, groups: Sequence[Group], noise: Noise | None, *, is_board: bool
) -> list[Group]:
    """Return the groups in order, the best first (or the worst, where the question asks for those).

    On a board a rate ranks by its value drawn to the others', the more so the fewer cases it is made of.
    Else it ranks by the bound of its interval that is less flattering to the member in a list of the best,
    by the more flattering one in a list of the worst. A score of so few answers that it is none comes after
    the others, no data last; ties go by label. The members of a board have places, if the noise of their
    figures is known (`noise`: that of the metric by its history).
    """
    query, metric = question.query, question.metric
    known = _estimates(question, groups, noise) if is_board else {}
    ordered = sorted(groups, key=_by(question, known, best=is_best_first(query, metric)))
    if not known or len(query.by) != 1 or query.per or is_too_short(question):
        return ordered
    best_first = sorted(groups, key=_by(question, known, best=True))
    ranked = [group.keys for group in best_first if group.keys in known and None not in group.keys]
    found = dict(zip(ranked, places([known[keys] for keys in ranked]), strict=True))
    size = Counter(found.values())
    return [
        replace(group, place=found[group.keys], is_tied=size[found[group.keys]] > 1)
        if group.keys in found
        else group
        for group in ordered
    ]


def differs_from_values(groups: Sequence[Group], question: Question, *, shown: int) -> bool:
    """Whether the first `shown` of ordered groups would be others, or in another order, by their values."""
    metric = question.metric
    values = [
        group.figure.value
        for group in groups
        if group.figure.value is not None and group.figure.interval and not _is_unscored(group, metric)
    ]
    most_first = _is_most_first(metric, best=is_best_first(question.query, metric))
    return values[:shown] != sorted(values, reverse=most_first)[:shown]


def _estimates(
    question: Question, groups: Sequence[Group], noise: Noise | None
) -> Mapping[GroupKey, Estimate]:
    scored = [group for group in groups if not _is_unscored(group, question.metric)]
    if is_by_target(question):
        return attained(question.metric, scored, noise)
    return measured(question.metric, scored, noise)


def _by(
    question: Question, known: Mapping[GroupKey, Estimate], *, best: bool
) -> Callable[[Group], tuple[int, float, float, str]]:
    """Return the key by which groups are ordered."""
    metric = question.metric
    sign = -1.0 if _is_most_first(metric, best=best) else 1.0

    def order(group: Group) -> tuple[int, float, float, str]:
        label = " ".join(part or "" for part in group.labels)
        value = group.figure.value
        if value is None:
            return 3, 0.0, 0.0, label
        if _is_unscored(group, metric):
            return 2, 0.0, 0.0, label
        if is_by_target(question):
            attained = group.target.attainment if group.target else None
            return (1, 0.0, sign * value, label) if attained is None else (0, sign * attained, 0.0, label)
        if group.figure.interval is None:
            return 0, sign * value, 0.0, label
        estimate = known.get(group.keys)
        rank = _bound(group, metric, best=best) if estimate is None else estimate.shrunken
        return 0, sign * rank, sign * value, label

    return order


def _is_most_first(metric: Metric, *, best: bool) -> bool:
    return (metric.better != "down") == best


def _is_unscored(group: Group, metric: Metric) -> bool:
    return metric.unit == "score" and (group.figure.denominator or 0) < FEW_ANSWERS


def _bound(group: Group, metric: Metric, *, best: bool) -> float:
    """Return the end of its interval by which a group ranks."""
    low, high = group.figure.interval or (0.0, 0.0)
    return low if (metric.better != "down") == best else high
