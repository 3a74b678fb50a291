"""How far each person came with their target of a month, beside the months before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kpi_engine.analysis.targets import NO_TARGETS
from kpi_engine.answers.reach import reached
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.target_progress import Aim, progress
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.periods import Grain, Period, Window, add_months, previous, window_of
from kpi_engine.domain.query import Key, Member
from kpi_engine.domain.summary import Progress
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf, TargetsOf, Wanted
from kpi_engine.summaries.looking import MOST_MEMBERS, PERSON

FAR_BELOW = 0.6
"""A person below this share of the target for two months is told so, in private."""
_WELL = 0.8
"""Months in which a person came to this share of the target say what they usually sell."""
_MONTHS = 12
_TEAM = "team"
"""What a person belongs to: where a question is about a team, a person's target is still their own."""


@dataclass(frozen=True, slots=True)
class People:
    """What is read about the targets of people: for one metric, of a month and of the month before.

    `earlier` are the months before that one, the newest first, where they are read.
    """

    aim: Aim
    figures: FiguresOf
    targets: TargetsOf
    before: Window
    earlier: tuple[Period, ...] = ()

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Everything to read."""
        return (self.figures, self.targets)


def people_of(setting: Setting, asked: Sequence[Windows], *, is_finished: bool = False) -> People | None:
    """Return what to read for the first metric of a summary whose targets add up over people.

    The month is the last one that the summary asks about: the running one in a week's summary. With
    `is_finished` it is the last complete month, and the year before it is read as well.
    """
    totals = [entry for entry in asked if _has_people(setting, entry)]
    first = totals[0].question.metric.name if totals else None
    monthly = [
        entry
        for entry in totals
        if entry.question.metric.name == first
        and entry.aim.months
        and not (is_finished and not (entry.aim.window.complete and entry.aim.is_for_groups))
    ]
    if not monthly or setting.reader.sizes((PERSON,))[PERSON] > MOST_MEMBERS:
        return None
    aim = max((entry.aim for entry in monthly), key=lambda aim: aim.months.bounds() if aim.months else ())
    if aim.months is None or not aim.is_wanted:
        return None
    question = aim.question
    start, end = aim.months.bounds()
    before = window_of(previous(aim.months), question.today)
    earlier = tuple(_months_before(start, _MONTHS)) if is_finished else ()
    windows = (aim.window, before, *(window_of(month, question.today) for month in earlier))
    figures = FiguresOf(question.metric.spec, question.filters, (aim.window,), (PERSON,), windows)
    first_month = earlier[-1].bounds()[0] if earlier else add_months(start, -1)
    return People(aim, figures, TargetsOf(question.metric.name, first_month, end), before, earlier)


def progress_of(people: People, readings: Readings, labels: Mapping[Key, str]) -> tuple[Progress, ...]:
    """Return the progress of each person with a target of their own, the furthest first."""
    reading = readings.figures[people.figures]
    targets = readings.targets.get(people.targets, NO_TARGETS)
    months, earlier = people.aim.months, _earlier(people)
    this = _of_a_person(people.aim, months, people.aim.window)
    found = []
    for (key,) in reading.keys(people.figures.group_windows):
        if key is None or months is None:
            continue
        own = {PERSON: key}
        now = progress(this, targets, reading.group(people.aim.window, (key,)), own)
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
                months,
                is_best=_is_best(people, readings, key, now.result),
            )
        )
    return tuple(sorted(found, key=lambda entry: (-entry.attainment, entry.person.label)))


def is_far_below(entry: Progress) -> bool:
    """Whether a person was far below target for two months in a row."""
    return entry.attainment < FAR_BELOW and entry.before is not None and entry.before < FAR_BELOW


def usual_months(people: People, readings: Readings, key: Key) -> Period | None:
    """Return the last two months in a row, before the last two, in which a person nearly had the target."""
    reading = readings.figures[people.figures]
    targets = readings.targets.get(people.targets, NO_TARGETS)
    question = people.aim.question

    def went_well(month: Period) -> bool:
        window = window_of(month, question.today)
        aim = _of_a_person(people.aim, month, window)
        found = progress(aim, targets, reading.group(window, (key,)), {PERSON: key})
        return found is not None and found.attainment is not None and found.attainment >= _WELL

    good = [went_well(month) for month in people.earlier]
    for place in range(len(good) - 1):
        if good[place] and good[place + 1]:
            later, first = people.earlier[place], people.earlier[place + 1]
            return Period(first.start, later.end, Grain.MONTH)
    return None


def keys_of(people: People, readings: Readings) -> tuple[Key, ...]:
    """Return the people who have results, whose names are to be read."""
    return tuple(key for (key,) in readings.figures[people.figures].keys(people.figures.group_windows))


def _is_best(people: People, readings: Readings, key: Key, result: float) -> bool:
    """Whether a result is higher than in each of the eleven months before."""
    reading, today = readings.figures[people.figures], people.aim.question.today
    windows = [people.before, *(window_of(month, today) for month in people.earlier)][: _MONTHS - 1]
    others = [reading.group(window, (key,)).value or 0.0 for window in windows]
    return len(others) == _MONTHS - 1 and all(others) and result > max(others)


def _months_before(start: date, count: int) -> Iterator[Period]:
    """Yield months before the one that begins before `start`, the newest first."""
    for number in range(2, count + 2):
        yield Period(add_months(start, -number), add_months(start, 1 - number), Grain.MONTH)


def _earlier(people: People) -> Aim:
    """Return the same aim for the month before."""
    aim = people.aim
    months = previous(aim.months) if aim.months else None
    return _of_a_person(aim, months, people.before)


def _of_a_person(aim: Aim, months: Period | None, window: Window) -> Aim:
    """Return the aim of one person of those asked about, in some months."""
    members = {name: keys for name, keys in aim.members.items() if name != _TEAM}
    return Aim(aim.question, months, window, members, aim.is_wanted)


def _has_people(setting: Setting, entry: Windows) -> bool:
    question = entry.question
    is_total = not (question.query.by or question.query.per or question.query.sizes)
    adds_up = question.metric.spec.is_additive and question.metric.better == "up"
    return is_total and adds_up and PERSON in reached(setting.catalogue, question.metric)
