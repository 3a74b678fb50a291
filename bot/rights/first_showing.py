"""Which months of a team's total somebody may see, each as it was when it was first shown.

A month that nobody was shown yet is read by rep, judged by the rule of `disclosure`, and kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from bot.rights.disclosure import Contributions, Shown, is_alike, is_hidden, may_show
from bot.rights.scoping import scoped
from bot.rights.viewer import REP, TEAM, Viewer
from kpi_engine import Engine
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.definition_digest import definition_digest
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Grain, period_of
from kpi_engine.domain.query import Baseline, Compare, Filter, Key, Member, Query
from kpi_engine.domain.team_totals import ERASED, KeptMonths, KeptTotal, KeptTotals, Observer

_Cell = tuple[str, date]
"""A metric and a month."""


@dataclass(frozen=True, slots=True)
class TeamQuestion:
    """Whose total of which metric is asked for, and by whom."""

    engine: Engine
    metric: Metric
    team: Member
    viewer: Viewer
    kept: KeptTotals
    now: datetime


def refused() -> ForbiddenError:
    """Return the refusal of a total, the same for every reason: the reason would say something as well."""
    return ForbiddenError(
        "I can't show this total of your team: it could tell what one of your colleagues did.",
        hint="Ask for your own figures, or for another month.",
    )


def shown_months(
    asked: TeamQuestion, required: Collection[date], optional: Collection[date]
) -> Mapping[date, KeptTotal]:
    """Return the totals of the required months, and of the optional ones that may be shown, by first day.

    Raises ForbiddenError if one of the required months may not be shown; then nothing is kept.
    """
    wanted = [*sorted(required), *sorted(set(optional) - set(required))]
    known = _Known(asked, asked.kept.read(asked.team.key, [asked.metric.name], wanted))
    shown, unjudged = {}, []
    for month in wanted:
        total = known.own.get(month)
        if total is not None and len(known.seen(month, total.contributors)) <= 1:
            if known.is_shown(total):
                shown[month] = total
            elif month in required:
                raise refused()
        else:
            unjudged.append(month)
    if unjudged:
        found = _judged(known, unjudged)
        if not set(required) <= shown.keys() | found.keys():
            raise refused()
        shown |= _kept(known, found)
        if not set(required) <= shown.keys():  # another process kept something else meanwhile
            raise refused()
    return shown


class _Known:
    """What is kept of a team, and how a question is read from the databases."""

    def __init__(self, asked: TeamQuestion, kept: KeptMonths) -> None:
        """Take what is kept; read nothing yet."""
        self.asked = asked
        self.kept = kept
        self.definition = definition_digest(asked.metric, asked.engine.catalogue)
        of_metric = [total for total in kept.totals if total.metric == asked.metric.name]
        self.own = {total.month: total for total in of_metric if total.definition == self.definition}
        self.former = [total for total in of_metric if total.definition != self.definition]
        self._people = {str(rep.key) for rep in asked.viewer.people}

    @cached_property
    def team_now(self) -> tuple[Key, ...]:
        """The members of the team as the reps table has them now."""
        belonging = self.asked.engine.belonging(REP, TEAM)
        return tuple(rep for rep, team in belonging.items() if team == self.asked.team.key)

    def members(self, month: date) -> tuple[Key, ...]:
        """Return who was in the team when a total of the month was first shown, else who is now."""
        found = self.kept.members.get(month)
        return self.team_now if found is None else found

    def seen(self, month: date, contributors: Iterable[str]) -> frozenset[str]:
        """Return the members of a month whose own figures the asker sees."""
        frozen = map(str, self.kept.members.get(month, ()))
        return frozenset(self._people.intersection((*contributors, *frozen)))

    def is_shown(self, total: KeptTotal) -> bool:
        """Return whether a kept total may be shown to an asker who sees one of its members, or none."""
        seen = self.seen(total.month, total.contributors)
        if not seen and ERASED in total.contributors:
            return False  # the asker may be the one who was erased
        return next(iter(seen), None) in total.shown_to

    def beside(self, month: date) -> list[KeptTotal]:
        """Return the kept totals of a month whose rows may overlap with the metric's."""
        metrics, own = self.asked.engine.catalogue.metrics, self.asked.metric
        return [
            total
            for total in self.kept.totals
            if total.month == month
            and total.metric != own.name
            and total.metric in metrics
            and _overlap(own, metrics[total.metric])
        ]

    def near(self, month: date, others: Iterable[date]) -> list[date]:
        """Return the months next before and after a month of which the metric's total is shown."""
        months = {*self.own, *others} - {month}
        before, after = [day for day in months if day < month], [day for day in months if day > month]
        return [*([max(before)] if before else []), *([min(after)] if after else [])]

    def read(self, cells: Collection[_Cell]) -> Mapping[_Cell, Answer]:
        """Return each metric's answer of a month by rep, all read together."""
        metrics = self.asked.engine.catalogue.metrics
        questions = []
        for name, month in cells:
            whose = self._whose(metrics[name], month)
            compare = Baseline.TARGET if name == self.asked.metric.name else Baseline.NONE
            query = Query(
                (name,), period_of(Grain.MONTH, month), (whose,), compare=(Compare(compare),), by=(REP,)
            )
            questions.append(scoped(query, query.filters))
        found = self.asked.engine.answer_all(questions, self.asked.now)
        return {cell: answer for cell, (answer,) in zip(cells, found, strict=True)}

    def _whose(self, metric: Metric, month: date) -> Filter:
        """Return the filter of a team in a month: its members, or the team that the rows have themselves."""
        if not is_told_by_reps(metric, self.asked.engine.catalogue):
            return Filter(TEAM, (self.asked.team,))
        members = (Member(key, str(key)) for key in self.members(month) if key != ERASED)
        return Filter(REP, tuple(members))


def _judged(known: _Known, months: Sequence[date]) -> Mapping[date, KeptTotal]:
    """Return the totals of months that the asker may be shown, read now unless they are kept."""
    name = known.asked.metric.name
    readable = [
        month for month in months if known.members(month) and ERASED not in map(str, known.members(month))
    ]
    near = {other for month in readable for other in known.near(month, ()) if known.members(other)}
    cells = dict.fromkeys((name, month) for month in (*readable, *near))
    cells |= dict.fromkeys((total.metric, month) for month in readable for total in known.beside(month))
    if not readable:
        return {}
    answers = known.read(tuple(cells))
    found: dict[date, KeptTotal] = {}
    for month in readable:
        total = _total(known, month, answers, found)
        if total is not None:
            found[month] = total
    return found


def _total(
    known: _Known, month: date, answers: Mapping[_Cell, Answer], shown: Collection[date]
) -> KeptTotal | None:
    """Return the total of a month if the asker may be shown it, else None."""
    metric, metrics = known.asked.metric, known.asked.engine.catalogue.metrics
    answer, beside = answers[metric.name, month], known.beside(month)
    near = [
        answers[metric.name, other] for other in known.near(month, shown) if (metric.name, other) in answers
    ]
    rule = Shown(
        near=[contributions(entry, metric) for entry in near],
        beside=[contributions(answers[total.metric, month], metrics[total.metric]) for total in beside],
        is_level=metric.spec.compares_ends,
    )
    of_reps = contributions(answer, metric)
    seen = known.seen(month, (*of_reps, *map(str, known.members(month))))
    are_as_kept = all(_is_same(answers[total.metric, month].figure, total.figure) for total in beside)
    if answer.missing or not are_as_kept or not may_show(of_reps, seen, rule):
        return None
    own = known.own.get(month)
    if own is not None:
        return own if _is_same(answer.figure, own.figure) else None
    former = [total for total in known.former if total.month == month]
    if former and not any(_is_same(answer.figure, total.figure) for total in former):
        return None
    observers: list[Observer] = [None, *dict.fromkeys((*of_reps, *map(str, known.members(month))))]
    shown_to = tuple(
        observer for observer in observers if may_show(of_reps, () if observer is None else (observer,), rule)
    )
    figure = answer.figure
    return KeptTotal(
        metric.name,
        known.definition,
        known.asked.team.key,
        month,
        Figure(figure.value, figure.numerator, figure.denominator),
        _target(answer, near, shown_to),
        tuple(of_reps),
        shown_to,
    )


def _kept(known: _Known, found: Mapping[date, KeptTotal]) -> Mapping[date, KeptTotal]:
    """Keep the totals that weren't kept yet, and return each as it is kept."""
    asked = known.asked
    new = [total for month, total in found.items() if month not in known.own]
    if not new:
        return found
    frozen = {
        total.month: known.team_now
        for total in new
        if total.month not in known.kept.members and is_told_by_reps(asked.metric, asked.engine.catalogue)
    }
    asked.kept.keep(asked.team.key, new, frozen, asked.now)
    now_kept = _Known(asked, asked.kept.read(asked.team.key, [asked.metric.name], tuple(found)))
    return {
        month: now_kept.own[month]
        for month, total in found.items()
        if month in now_kept.own and (now_kept.own[month] == total or now_kept.is_shown(now_kept.own[month]))
    }


def contributions(answer: Answer, metric: Metric) -> Contributions:
    """Return what each rep contributes to each number of a team's figure, by the text of their key."""
    return {
        str(group.keys[0]): _numbers(group.figure, metric)
        for group in answer.groups
        if group.keys[0] is not None
    }


def is_told_by_reps(metric: Metric, catalogue: Catalogue) -> bool:
    """Return whether a row's team is that of its rep, so that it moves with the rep.

    Else the rows have a team of their own, which stays.
    """
    return any(
        _is_of_rep(name, path, catalogue)
        for name in {ref.model for ref in metric.spec.measures()}
        if (path := catalogue.models[name].path_of(TEAM))
    )


def _is_of_rep(name: str, path: tuple[str, ...], catalogue: Catalogue) -> bool:
    model = catalogue.models[name]
    for step in path[:-1]:
        model = catalogue.models[model.joins[step].model]
        if REP in model.members:
            return True
    return False


def _numbers(figure: Figure, metric: Metric) -> tuple[float, ...]:
    """Return the numbers of a rep's figure that add up to the team's, or stand for them.

    Of a rate these are its cases, successes and failures: each follows from the other two. Of a mean they
    are the sum of its rows and their number.
    """
    above, below = figure.numerator or 0.0, figure.denominator or 0.0
    if figure.denominator is not None or figure.numerator is not None:
        return (above, below, below - above) if metric.spec.is_share else (above, below)
    value = figure.value or 0.0
    if metric.spec.judged_as == "mean" and figure.rows is not None:
        return value * figure.rows, figure.rows
    return (value,)


def _target(answer: Answer, near: Sequence[Answer], shown_to: Sequence[Observer]) -> float | None:
    """Return the sum of the members' targets if it hides each of them from everybody whom it is shown to.

    Targets are often the same in the next month, which tells nothing; what differs must hide each as well.
    """
    aims = _aims(answer)
    known = [_aims(entry) for entry in near]
    for observer in shown_to:
        others = {rep: aim for rep, aim in aims.items() if rep != observer}
        moved = [[aim - before.get(rep, 0.0) for rep, aim in others.items()] for before in known if before]
        if not is_hidden(others.values()) or not all(is_hidden(each) for each in moved if any(each)):
            return None
    return sum(aims.values()) if aims else None


def _aims(answer: Answer) -> Mapping[str, float]:
    return {str(group.keys[0]): group.target.value for group in answer.groups if group.target}


def _overlap(one: Metric, other: Metric) -> bool:
    """Return whether two metrics may count the same rows, so that their difference says something."""
    models = [{ref.model for ref in metric.spec.measures()} for metric in (one, other)]
    return bool(models[0] & models[1]) or one.unit == other.unit == "money"


def _is_same(one: Figure, other: Figure) -> bool:
    return all(
        is_alike(getattr(one, name), getattr(other, name)) for name in ("value", "numerator", "denominator")
    )
