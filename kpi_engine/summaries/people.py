"""How far each person came with their target of a month, beside the month before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi_engine.analysis.targets import NO_TARGETS
from kpi_engine.answers.reach import reached
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.target_progress import Aim, progress
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.periods import Window, add_months, previous, window_of
from kpi_engine.domain.query import Key, Member
from kpi_engine.domain.summary import Progress
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf, TargetsOf, Wanted
from kpi_engine.summaries.looking import MOST_MEMBERS, PERSON

FAR_BELOW = 0.6
"""A person below this share of the target for two months is told so, in private."""


@dataclass(frozen=True, slots=True)
class People:
    """What is read about the targets of people: for one metric, of a month and of the month before."""

    aim: Aim
    figures: FiguresOf
    targets: TargetsOf
    before: Window

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Everything to read."""
        return (self.figures, self.targets)


def people_of(setting: Setting, asked: Sequence[Windows]) -> People | None:
    """Return what to read for the first metric of a summary whose targets add up over people.

    The month is the last one that the summary asks about: the running one in a week's summary.
    """
    totals = [entry for entry in asked if _has_people(setting, entry)]
    first = totals[0].question.metric.name if totals else None
    monthly = [entry for entry in totals if entry.question.metric.name == first and entry.aim.months]
    if not monthly or setting.reader.sizes((PERSON,))[PERSON] > MOST_MEMBERS:
        return None
    aim = max((entry.aim for entry in monthly), key=lambda aim: aim.months.bounds() if aim.months else ())
    if aim.months is None or not aim.is_wanted:
        return None
    question = aim.question
    start, end = aim.months.bounds()
    before = window_of(previous(aim.months), question.today)
    figures = FiguresOf(
        question.metric.spec, question.filters, (aim.window,), (PERSON,), (aim.window, before)
    )
    return People(aim, figures, TargetsOf(question.metric.name, add_months(start, -1), end), before)


def progress_of(people: People, readings: Readings, labels: Mapping[Key, str]) -> tuple[Progress, ...]:
    """Return the progress of each person with a target of their own, the furthest first."""
    reading = readings.figures[people.figures]
    targets = readings.targets.get(people.targets, NO_TARGETS)
    months, earlier = people.aim.months, _earlier(people)
    found = []
    for (key,) in reading.keys(people.figures.group_windows):
        if key is None or months is None:
            continue
        own = {PERSON: key}
        now = progress(people.aim, targets, reading.group(people.aim.window, (key,)), own)
        if now is None or now.attainment is None or now.result is None or now.summed:
            continue
        before = progress(earlier, targets, reading.group(people.before, (key,)), own)
        found.append(
            Progress(
                Member(key, labels.get(key, str(key))),
                now.attainment,
                before.attainment if before else None,
                now.result,
                now.value,
                people.aim.question.metric.name,
            )
        )
    return tuple(sorted(found, key=lambda entry: (-entry.attainment, entry.person.label)))


def keys_of(people: People, readings: Readings) -> tuple[Key, ...]:
    """Return the people who have results, whose names are to be read."""
    return tuple(key for (key,) in readings.figures[people.figures].keys(people.figures.group_windows))


def _earlier(people: People) -> Aim:
    """Return the same aim for the month before."""
    aim = people.aim
    months = previous(aim.months) if aim.months else None
    return Aim(aim.question, months, people.before, aim.members, aim.is_wanted)


def _has_people(setting: Setting, entry: Windows) -> bool:
    question = entry.question
    is_total = not (question.query.by or question.query.per or question.query.sizes)
    adds_up = question.metric.spec.is_additive and question.metric.better == "up"
    return is_total and adds_up and PERSON in reached(setting.catalogue, question.metric)
