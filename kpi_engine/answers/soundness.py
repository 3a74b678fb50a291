"""What a question may rest on: a figure that the rows make wrong is refused, a doubtful one says so.

Only the rows that the question counts matter (proofs.scope): a mistake in other rows, or behind a join that
it doesn't use, costs it nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from kpi_engine.answers.setting import Setting
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.answer import Answer, Note, Verdict
from kpi_engine.domain.errors import UnsoundError
from kpi_engine.domain.metrics import Kind, Metric
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter
from kpi_engine.domain.translatable import Said, said
from kpi_engine.language.words_of_line import short
from kpi_engine.proofs.prover import Known, Prover
from kpi_engine.proofs.scope import Breach, Counted, breach_of
from kpi_engine.proofs.subjects import Subject, Use, joins_on, uses_of
from kpi_engine.reading.wanted import FiguresOf, SpreadOf, Wanted

_DOUBTFUL = frozenset({"key"})
"""What may be wrong rather than is: rows that share a key may still be different ones."""
_SHOWN = 3


def sound(
    setting: Setting, entries: Sequence[Windows], now: datetime, beside: Collection[str] = ()
) -> list[Windows]:
    """Return questions with what the rows say against their figures; `beside` are further splits to read.

    Raises UnsoundError for a figure that would be wrong, and DataError and WarehouseError.
    """
    if setting.prover is None:
        return list(entries)
    needed = [_uses(setting, entry, _splits(entry, beside)) for entry in entries]
    known = setting.prover.known({found for uses in needed for use in uses for found in use.subjects}, now)
    if not known.broken and not known.unproved:
        return list(entries)
    return [_judged(setting, setting.prover, entry, known, beside, now) for entry in entries]


def require_sound(
    setting: Setting, metric: Metric, filters: tuple[Filter, ...], window: Window, by: str, now: datetime
) -> tuple[Note, ...]:
    """Return the notes on a list of pairs of `by`. Raises UnsoundError where it would be wrong."""
    if setting.prover is None:
        return ()
    uses = uses_of(setting.catalogue, metric.spec, (by, *(entry.dimension for entry in filters)))
    known = setting.prover.known({found for use in uses for found in use.subjects}, now)
    counted = Counted(filters, window)
    found = list(_breaches(setting.prover, uses, known.broken, counted, now))
    _refuse(metric, found, setting, ())
    return (*_notes(found), *_unproved(uses, known.unproved))


def with_doubts(answer: Answer, asked: Windows) -> Answer:
    """Return an answer with what the rows say against it, alone where they make other periods wrong."""
    if not asked.doubts:
        return answer
    answer = replace(answer, notes=(*asked.doubts, *answer.notes))
    if not asked.is_alone:
        return answer
    target = replace(answer.target, landing=None) if answer.target else None
    groups = tuple(replace(group, comparisons=()) for group in answer.groups)
    series = tuple(replace(point, usual=None) for point in answer.series)
    return replace(
        answer,
        comparisons=(),
        anomaly=None,
        target=target,
        groups=groups,
        series=series,
        findings=(),
        verdict=Verdict.NOT_JUDGED,
        basis=None,
    )


def _judged(
    setting: Setting,
    prover: Prover,
    entry: Windows,
    known: Known,
    beside: Collection[str],
    now: datetime,
) -> Windows:
    """Return a question with its doubts, and without the splits that would be wrong. Raises UnsoundError."""
    question, broken = entry.question, known.broken
    own = _own_splits(entry)
    uses = _uses(setting, entry, own)
    points = tuple(window for _, window in entry.points)
    found = list(_breaches(prover, uses, broken, Counted(question.filters, question.window, points), now))
    _refuse(question.metric, found, setting, own)
    doubts = [*_notes(found), *_unproved(uses, known.unproved)]
    wide = Counted(question.filters, _hull(entry.main.windows))
    is_alone = False
    if wide.window != question.window and len(entry.main.windows) > 1:
        others = [
            breach
            for breach in _breaches(prover, uses, broken, wide, now)
            if breach.subject.aspect not in {"offsets", *_DOUBTFUL}
            and breach.subject not in {told.subject for told in found}
        ]
        if others:
            is_alone = True
            doubts.append(Note("unsound_compared"))
    wrong = {
        name
        for name in (*_splits(entry, beside),)
        if name not in own and _is_wrong_by(setting, prover, entry, name, broken, wide, now)
    }
    metric = question.metric
    if wrong:
        metric = replace(metric, dimensions=tuple(name for name in metric.dimensions if name not in wrong))
    return replace(entry, question=replace(question, metric=metric), doubts=tuple(doubts), is_alone=is_alone)


def _is_wrong_by(
    setting: Setting,
    prover: Prover,
    entry: Windows,
    dimension: str,
    broken: Collection[Subject],
    counted: Counted,
    now: datetime,
) -> bool:
    """Whether the figures by a further split would be wrong."""
    joins = {subject for subject in broken if subject.aspect == "join"}
    uses = _uses(setting, entry, (*_own_splits(entry), dimension)) if joins else ()
    return any(True for _ in _breaches(prover, uses, joins, counted, now))


def _breaches(
    prover: Prover, uses: Sequence[Use], broken: Collection[Subject], counted: Counted, now: datetime
) -> Iterator[Breach]:
    """Yield how the rows that are counted contradict what is known to be contradicted somewhere."""
    proof = prover.proof(now)
    for use in uses:
        for subject in use.subjects:
            if subject in broken and (found := breach_of(prover, use, subject, counted, proof)):
                yield found


def _uses(setting: Setting, entry: Windows, dimensions: Collection[str]) -> tuple[Use, ...]:
    specs: dict[Kind, None] = {entry.question.metric.spec: None}
    specs |= dict.fromkeys(other.question.metric.spec for other in entry.others.values())
    return tuple(use for spec in specs for use in uses_of(setting.catalogue, spec, dimensions))


def _own_splits(entry: Windows) -> tuple[str, ...]:
    """Return the dimensions that a question itself names, and those of its filters."""
    question = entry.question
    named = (*question.query.by, *(found.dimension for found in question.filters))
    return tuple(dict.fromkeys(named))


def _splits(entry: Windows, beside: Collection[str]) -> tuple[str, ...]:
    """Return every dimension that is read for a question: its own, those of findings, and further ones."""
    wanted = (name for want in entry.wanted for name in _split_of(want))
    possible = entry.question.metric.dimensions
    return tuple(
        dict.fromkeys((*_own_splits(entry), *(name for name in (*wanted, *beside) if name in possible)))
    )


def _split_of(want: Wanted) -> tuple[str, ...]:
    if isinstance(want, FiguresOf):
        return want.by
    return (want.dimension,) if isinstance(want, SpreadOf) else ()


def _hull(windows: Sequence[Window]) -> Window:
    """Return the window from the first day to the last of several."""
    starts = [window.start for window in windows]
    ends = [window.end for window in windows]
    return Window(
        None if None in starts else min(day for day in starts if day),
        None if None in ends else max(day for day in ends if day),
    )


# words


def _unproved(uses: Sequence[Use], unproved: Collection[Subject]) -> Iterator[Note]:
    models = {use.measure.model for use in uses for subject in use.subjects if subject in unproved}
    if models:
        yield Note("unproved", {"model": ", ".join(sorted(models))})


def _notes(found: Sequence[Breach]) -> Iterator[Note]:
    """Yield what a reader must know of figures that are doubtful."""
    told = {}
    for breach in found:
        if breach.subject.aspect == "key":
            model = breach.subject.model
            told["repeated_key", model] = Note("repeated_key", {"model": model, "key": breach.subject.name})
        elif breach.subject.aspect == "classes":
            values = ", ".join(breach.examples[:_SHOWN])
            told["beside_classes", values] = Note("beside_classes", {"values": values})
        elif breach.subject.aspect == "currency":
            (code,) = breach.examples
            told["other_currency", code] = Note("other_currency", {"currency": code})
    yield from told.values()


def _refuse(metric: Metric, found: Sequence[Breach], setting: Setting, splits: Sequence[str]) -> None:
    """Raise UnsoundError for the first breach that makes a figure wrong."""
    for breach in found:
        aspect = breach.subject.aspect
        is_shown_otherwise = aspect == "currency" and len(breach.examples) == 1
        if aspect in _DOUBTFUL or is_shown_otherwise or (aspect == "classes" and breach.examples):
            continue
        raise UnsoundError(
            _why(metric, breach, setting),
            hint=_instead(metric, breach, setting, splits),
        )


def _why(metric: Metric, breach: Breach, setting: Setting) -> Said:
    aspect, title = breach.subject.aspect, metric.title
    examples = tuple(short(text) for text in breach.examples[:_SHOWN])
    if aspect == "join":
        join = setting.catalogue.models[breach.subject.model].joins[breach.subject.name]
        return said(
            "{metric} would be too high: one row of {model} leads to several rows of {other}, so it would"
            " be counted more than once.",
            metric=title,
            model=breach.subject.model,
            other=join.model,
        )
    if aspect == "currency" and examples:
        return said(
            "{metric} can't be added up: its amounts are in several currencies ({currencies}).",
            metric=title,
            currencies=examples,
        )
    if aspect == "numbers" and examples:
        return said(
            "{metric} can't be added up: some of its amounts aren't plain numbers, such as “{example}”.",
            metric=title,
            example=examples[0],
        )
    plain = {
        "currency": said("{metric} can't be added up: its amounts are in several currencies.", metric=title),
        "numbers": said(
            "{metric} can't be added up: some of its amounts aren't plain numbers.", metric=title
        ),
        "classes": said(
            "{metric} would be wrong: some answers count as promoters and as detractors.", metric=title
        ),
        "offsets": said(
            "{metric} would be wrong for these days: some moments are written with the UTC offset of"
            " another zone, and would count on the wrong day.",
            metric=title,
        ),
    }
    return plain[aspect]


def _instead(metric: Metric, breach: Breach, setting: Setting, splits: Sequence[str]) -> Said:
    by = [name for name in splits if _leads_over(setting, metric, name, breach.subject)]
    if breach.subject.aspect == "join" and by:
        return said(
            "Ask for it without {dimension}. Whoever connected the database can see with kpi-bot check how to"
            " mend it.",
            dimension=setting.catalogue.titled(by[0]).lower(),
        )
    if breach.subject.aspect == "currency":
        return said(
            "Ask for a part that is in one currency. Whoever connected the database can see with kpi-bot"
            " check how to mend it."
        )
    return said("Whoever connected the database can see with kpi-bot check how to mend it.")


def _leads_over(setting: Setting, metric: Metric, dimension: str, join: Subject) -> bool:
    """Whether a split takes a join."""
    models = setting.catalogue.models
    return any(
        join in joins_on(models, models[ref.model], path)
        for ref in metric.spec.measures()
        if (path := models[ref.model].path_of(dimension))
    )
