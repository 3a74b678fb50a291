"""Figures that earlier posts showed and that have changed since: each change is told once, with its cause."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.render.sentences import Sentences
from bot.render.words.corrections import arrived_later, corrected_line, is_changed, rows_changed
from bot.render.words.missing import arrived_sentences
from bot.rights import Viewer, scope
from bot.store.deliveries import Delivery
from bot.store.errors import StoreError
from bot.store.missing_days import Arrived, Hole, ModelDay
from bot.store.posted import Correction, PostedFigure, Told
from bot.workspace.late_rows import arrived_since
from bot.workspace.services import Services
from kpi_engine import NOBODY, canonical, parse
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.definition_digest import definition_digest
from kpi_engine.domain.errors import DataError, QueryError
from kpi_engine.domain.periods import Grain, Period
from kpi_engine.domain.query import Baseline, Compare, ScopedQuery
from kpi_engine.domain.summary import Summary

log = logging.getLogger(__name__)

_ALONE = (Compare(Baseline.NONE),)


@dataclass(frozen=True, slots=True)
class Restated:
    """What a post says of earlier ones: the figures that have changed, and the rows that have arrived."""

    corrections: tuple[str, ...] = ()
    arrived: tuple[str, ...] = ()


def restated(
    services: Services,
    delivery: Delivery,
    viewer: Viewer,
    shown: Sequence[Answer],
    answers: Sequence[Answer],
    sentences: Sentences,
    now: datetime,
) -> Restated:
    """Return what a post says of earlier ones to the same place, and keep the figures that it shows.

    `shown` are the answers whose figures are kept, among all `answers` of the post. Raises StoreError and
    WarehouseError.
    """
    place = delivery.what.target
    if services.posted is None:
        arrived = arrived_since(services.holes, answers, place, now)
        return Restated(arrived=arrived_sentences(arrived, sentences))
    before = services.posted.told_before(delivery)
    found = _now(services, before, viewer, now)
    again = [answer for _, answer in found]
    arrived = arrived_since(services.holes, [*answers, *again], place, now)
    holes = _holes(services, now)
    made = [
        (answer.period, correction, days)
        for told, answer in found
        if (judged := _correction(told, answer, holes, services.catalogue, sentences, now))
        for correction, days in [judged]
    ]
    services.posted.note(
        delivery.id, figures_of(shown, services.catalogue, services.engine.today(now)), [e[1] for e in made]
    )
    explained = {(model, day) for _, _, days in made for model, every in days.items() for day in every}
    untold = [entry for entry in arrived if not _is_explained(entry, explained)]
    return Restated(_lines(made, sentences), arrived_sentences(untold, sentences))


def restated_by_summary(
    services: Services,
    delivery: Delivery,
    viewer: Viewer,
    summary: Summary,
    sentences: Sentences,
    now: datetime,
) -> Restated:
    """Return what the post of a summary says of earlier ones; the scores of its own period are kept."""
    answers = [answer for section in summary.sections for answer in section.answers]
    shown = [answer for answer in summary.scores if answer.period == summary.period]
    return restated(services, delivery, viewer, shown, answers, sentences, now)


def figures_of(answers: Iterable[Answer], catalogue: Catalogue, today: date) -> Iterator[PostedFigure]:
    """Yield the figures of answers that can be asked for again, each once.

    A cohort that still matures changes by itself, and so does what is asked of today.
    """
    seen = set()
    for answer in answers:
        question, value = _question(answer, catalogue, today), answer.figure.value
        if question is None or value is None or question in seen:
            continue
        seen.add(question)
        yield PostedFigure(
            question,
            answer.metric,
            value,
            answer.unit,
            answer.currency,
            answer.figure.rows,
            definition_digest(catalogue.metrics[answer.metric], catalogue),
        )


def _question(answer: Answer, catalogue: Catalogue, today: date) -> str | None:
    """Return the question for an answer's total in absolute words; None if it would have another answer."""
    window, is_own = answer.window, not (answer.query.sizes or answer.pair_of)
    if window.start is None or window.end is None or window.is_empty or window.end > today or not is_own:
        return None
    if any(note.code == "maturing" for note in answer.notes):
        return None
    period = answer.period
    if not window.complete:
        if not catalogue.metrics[answer.metric].spec.is_additive:
            return None
        period = Period(window.start, window.end, Grain.DAY)
    plain = replace(
        answer.query, period=period, sizes=(), by=(), per=None, top=None, compare=_ALONE, flags=frozenset()
    )
    return canonical(plain)


def _now(
    services: Services, before: Sequence[Told], viewer: Viewer, now: datetime
) -> list[tuple[Told, Answer]]:
    """Return what was told before with today's answer; without what can't be asked any more."""
    asked = [(told, found) for told in before if (found := _scoped(services, told, viewer, now))]
    if not asked:
        return []
    try:
        answers: list[Answer | None] = list(services.engine.figures([found for _, found in asked], now))
    except (QueryError, DataError):
        answers = [_alone(services, found, now) for _, found in asked]
    return [(told, answer) for (told, _), answer in zip(asked, answers, strict=True) if answer is not None]


def _alone(services: Services, asked: ScopedQuery, now: datetime) -> Answer | None:
    try:
        return services.engine.figures([asked], now)[0]
    except (QueryError, DataError) as wrong:
        log.info("a posted figure can't be read again (%s)", type(wrong).__name__)
        return None


def _scoped(services: Services, told: Told, viewer: Viewer, now: datetime) -> ScopedQuery | None:
    """Return the question of a figure; None if its readers see another one now, or it isn't understood."""
    question, catalogue = told.figure.question, services.catalogue
    try:
        query = parse(question, catalogue, services.members(now), NOBODY, services.engine.today(now))
        found = scope(query, viewer, catalogue)
    except QueryError:
        return None
    return found if canonical(found.query) == question else None


def _holes(services: Services, now: datetime) -> Mapping[ModelDay, Hole]:
    try:
        return services.holes.holes(now) if services.holes else {}
    except StoreError:
        return {}


def _correction(
    told: Told,
    answer: Answer,
    holes: Mapping[ModelDay, Hole],
    catalogue: Catalogue,
    sentences: Sentences,
    now: datetime,
) -> tuple[Correction, Mapping[str, Sequence[date]]] | None:
    """Return how a figure has changed, and the days whose rows arrived; None if it is the same."""
    before, value = told.figure, answer.figure.value
    if value is None or answer.unit != before.unit or answer.currency != before.currency:
        return None
    if not is_changed(before.value, value, before.unit):
        return None
    definition = definition_digest(catalogue.metrics[answer.metric], catalogue)
    days = _arrived(told, answer, holes)
    if definition != before.definition:
        cause, days = sentences.say("its definition has changed"), {}
    elif days:
        cause = arrived_later(days, sentences, now.astimezone(sentences.formats.zone).year)
    else:
        cause = rows_changed(before, answer.figure.rows, sentences)
    figure = replace(before, value=value, rows=answer.figure.rows, definition=definition)
    return Correction(figure, told.first, before.value, cause), days


def _arrived(told: Told, answer: Answer, holes: Mapping[ModelDay, Hole]) -> dict[str, list[date]]:
    """Return the days of a figure that were missing when it was told and have arrived since, by model."""
    found: dict[str, list[date]] = {}
    for (model, day), hole in sorted(holes.items()):
        is_its = model in answer.looked_at and answer.window.holds(day)
        if is_its and hole.seen_at <= told.at and hole.arrived_at is not None and hole.arrived_at > told.at:
            found.setdefault(model, []).append(day)
    return found


def _is_explained(entry: Arrived, explained: set[ModelDay]) -> bool:
    return all((entry.model, day) in explained for day in entry.days)


def _lines(
    made: Sequence[tuple[Period, Correction, Mapping[str, Sequence[date]]]], sentences: Sentences
) -> tuple[str, ...]:
    """Return a line for the figures of each period that have changed for the same cause."""
    groups: dict[tuple[Period, str], list[Correction]] = {}
    for period, correction, _ in made:
        groups.setdefault((period, correction.cause), []).append(correction)
    return tuple(
        corrected_line(sentences.period(period), found, sentences) for (period, _), found in groups.items()
    )
