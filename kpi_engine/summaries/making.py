"""A summary put together: its questions and everything beside them are read once, judged, and selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from kpi_engine.answers.setting import Setting
from kpi_engine.answers.together import Together, answered
from kpi_engine.answers.why import ITEM
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.answer import Answer, MissingDays, PartialDay
from kpi_engine.domain.periods import Period, Window, working_days
from kpi_engine.domain.query import Key
from kpi_engine.domain.summary import Call, Looked, Section, Summary, SummaryRequest
from kpi_engine.reading import readings
from kpi_engine.reading.wanted import Wanted
from kpi_engine.summaries.calls import CUSTOMER, calls_of, customers_of, named, waits_of_calls
from kpi_engine.summaries.candidates import Found, Readers, candidates
from kpi_engine.summaries.judging import judged_members, judged_totals, normal_of, records_of
from kpi_engine.summaries.looking import PERSON, labels_of, looks
from kpi_engine.summaries.mixing import mixed
from kpi_engine.summaries.people import People, is_far_below, keys_of, people_of, progress_of
from kpi_engine.summaries.selecting import selected
from kpi_engine.summaries.shortfall_reasons import reasons_of, splits_of
from kpi_engine.summaries.sold import sold_of, sold_wanted

_HALF_LOADED = 0.25
"""From this part of a period's working days on, missing days cast doubt on everything of the period."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a summary is made of, wherever it is posted: everything but the choice of what is told.

    `summary` is complete but for its candidates.
    """

    summary: Summary
    answers: tuple[Answer, ...]
    found: Found
    is_half_loaded: bool


def summary(setting: Setting, request: SummaryRequest, gathered: Gathered, now: datetime) -> Summary:
    """Return a summary in which what was told before in the same place is told less."""
    readers = Readers(request.told, setting.today(now), request.is_private)
    told = selected(
        candidates(gathered.found, gathered.answers, readers),
        request.spec.exceptions,
        is_half_loaded=gathered.is_half_loaded,
    )
    return replace(gathered.summary, candidates=told)


def gathered(setting: Setting, request: SummaryRequest, now: datetime) -> Gathered:
    """Read and judge what a summary is made of; what was `told` before changes nothing of it.

    Raises as answers.together.answered does.
    """
    spec = request.spec
    asked = [
        (replace(scoped.query, metrics=(name,)), scoped.scope)
        for questions in request.questions
        for scoped in questions
        for name in scoped.query.metrics
    ]
    splits = (*spec.look_at, PERSON, CUSTOMER, ITEM)
    made = answered(setting, asked, now, lambda questions: _beside(setting, request, questions, now), splits)
    found = _found(setting, request, made, now)
    missing = missing_of(made.answers)
    until = [answer.data_until for answer in made.answers if answer.data_until]
    whole = Summary(
        spec,
        request.period,
        _sections(request, made.answers),
        min(until, default=None),
        tuple(request.left_out),
        looked=_looked(found),
        people=found.people,
        missing=missing,
        normal=normal_of(_judged(request, made.asked), made.readings),
        records=records_of(_judged(request, made.asked), made.readings),
        sold=sold_of(setting, made.asked, made.readings),
        finished=found.finished,
        calls=found.calls,
        silent_days=found.silent_days,
    )
    is_half_loaded = _is_half_loaded(setting, request.period, missing)
    return Gathered(whole, made.answers, found, is_half_loaded)


def _beside(
    setting: Setting, request: SummaryRequest, asked: Sequence[Windows], now: datetime
) -> list[Wanted]:
    """Return what is read beside the questions of a summary."""
    waits = waits_of_calls(setting, asked, _until(setting, request, now)) if _is_of_one(request) else None
    return [
        *(look.figures for look in looks(setting, _judged(request, asked), request.spec.look_at)),
        *(want for people in _people(setting, request, asked) if people for want in people.wanted),
        *sold_wanted(setting, asked),
        *([waits] if waits else []),
    ]


def _is_of_one(request: SummaryRequest) -> bool:
    return request.spec.audience == "rep"


def _until(setting: Setting, request: SummaryRequest, now: datetime) -> date:
    """Return the first day that a summary doesn't know of: its period's end."""
    today = setting.today(now)
    return min(request.period.end or today, today)


def _people(
    setting: Setting, request: SummaryRequest, asked: Sequence[Windows]
) -> tuple[People | None, People | None]:
    """Return what is read about people's targets: of the month, and in private of the last complete one."""
    finished = people_of(setting, asked, is_finished=True) if request.is_private else None
    return people_of(setting, asked), finished


def _found(setting: Setting, request: SummaryRequest, made: Together, now: datetime) -> Found:
    """Judge what was read, and read the names of what is shown and why people are short."""
    judged = _judged(request, made.asked)
    looked = looks(setting, judged, request.spec.look_at)
    found = Found(
        totals=tuple(judged_totals(judged, made.readings)),
        members=tuple(judged_members(looked, made.readings)),
        mixes=tuple(mixed(looked, made.readings)),
    )
    people, finished = _people(setting, request, made.asked)
    persons = [(PERSON, key) for part in (people, finished) if part for key in keys_of(part, made.readings)]
    unnamed = progress_of(finished, made.readings, {}) if finished else ()
    short = [entry for entry in reversed(unnamed) if is_far_below(entry)]
    splits = splits_of(setting, finished, short, made.readings) if finished else ()
    customers = (
        customers_of(setting, made.asked, made.readings, _until(setting, request, now), now)
        if _is_of_one(request)
        else None
    )
    wanted: list[Wanted] = [
        *labels_of([*found.named, *persons]),
        *(want for split in splits for want in split.wanted),
        *([customers.figures] if customers else []),
    ]
    more = readings.read(setting.reader, setting.targets, wanted, now) if wanted else readings.Readings()
    labels: Mapping[str, Mapping[Key, str]] = {want.dimension: names for want, names in more.labels.items()}
    names = labels.get(PERSON, {})
    return replace(
        found,
        labels=labels,
        people=progress_of(people, made.readings, names) if people else (),
        finished=progress_of(finished, made.readings, names) if finished else (),
        reasons=reasons_of(splits, more),
        calls=_named_calls(setting, calls_of(customers, more), now) if customers else (),
        silent_days=customers.silent_days if customers else 0,
    )


def _named_calls(setting: Setting, calls: tuple[Call, ...], now: datetime) -> tuple[Call, ...]:
    """Return the customers to call with their names."""
    wanted = labels_of([(CUSTOMER, entry.customer.key) for entry in calls])
    read = readings.read(setting.reader, setting.targets, wanted, now).labels if wanted else {}
    return named(calls, next(iter(read.values()), {}))


def _judged(request: SummaryRequest, asked: Sequence[Windows]) -> list[Windows]:
    """Return the questions whose figures are judged: totals of a period as long as the summary's."""
    return [
        entry
        for entry in asked
        if entry.question.period.grain is request.period.grain
        and not entry.is_alone
        and not (entry.question.query.by or entry.question.query.per)
    ]


def _sections(request: SummaryRequest, answers: Sequence[Answer]) -> tuple[Section, ...]:
    left = iter(answers)
    return tuple(
        Section(section, tuple(next(left) for scoped in questions for _ in scoped.query.metrics))
        for section, questions in zip(request.spec.sections, request.questions, strict=True)
    )


def _looked(found: Found) -> Looked:
    members: dict[str, set[Key]] = {}
    for entry in found.members:
        members.setdefault(entry.dimension or "", set()).add(entry.key)
    return Looked(len(found.totals), {dimension: len(keys) for dimension, keys in members.items()})


def _is_half_loaded(setting: Setting, period: Period, missing: Sequence[MissingDays]) -> bool:
    """Whether a quarter of a period's working days, or more, haven't arrived in some model."""
    window = Window(period.start, period.end)
    most = max((sum(window.holds(day) for day in entry.days) for entry in missing), default=0)
    if not most or period.start is None or period.end is None:
        return False
    calendar = setting.is_working_day
    days = working_days(window, calendar) if calendar else (period.end - period.start).days
    return most >= _HALF_LOADED * days


def missing_of(answers: Sequence[Answer]) -> tuple[MissingDays, ...]:
    """Return the days of the answers' own periods that are missing, of each model, in order."""
    days: dict[str, set[date]] = {}
    partial: dict[tuple[str, date], PartialDay] = {}
    for answer in answers:
        if answer.by or answer.series:
            continue  # a chart marks its own points, and a board is about the period of a score
        for entry in answer.missing:
            within = {day for day in entry.days if answer.window.holds(day)}
            if within:
                days.setdefault(entry.model, set()).update(within)
            partial |= {(entry.model, part.day): part for part in entry.partial}
    return tuple(
        MissingDays(
            model,
            tuple(sorted(found)),
            tuple(partial[model, day] for day in sorted(found) if (model, day) in partial),
        )
        for model, found in days.items()
    )
