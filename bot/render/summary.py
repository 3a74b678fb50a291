"""A summary as a message: the judgement first, then the scores, what stands out, and who leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.render import figures
from bot.render.document import (
    About,
    Actions,
    Ask,
    Bold,
    Breakdown,
    Paragraph,
    Part,
    SummaryNotes,
    Title,
)
from bot.render.document import Section as ShownSection
from bot.render.message import Message
from bot.render.scores import score
from bot.render.sentences import Sentences
from bot.render.words import comparisons
from bot.render.words.notes import anomaly_flag, note_sentence
from kpi_engine import canonical, splits
from kpi_engine.domain.answer import Answer, Comparison
from kpi_engine.domain.periods import Period
from kpi_engine.domain.query import Baseline
from kpi_engine.domain.summary import Section, Summary

_EXCEPTIONS = 3


def summary_message(
    summary: Summary,
    sentences: Sentences,
    remarks: Sequence[str] = (),
    *,
    is_own: bool = False,
    is_whole: bool = False,
) -> Message:
    """Return a summary as one message; `remarks` are sentences about its delivery.

    With `is_own` somebody asked or subscribed for it, and it doesn't come as its file says. With `is_whole`
    it holds every group and every fact, for media that have room for them.
    """
    summary = _without_repeats(summary)
    coming = () if is_own else (_foot(summary, sentences),)
    shown: list[Part] = [
        Title(title(summary, sentences), sentences.data_until(summary.data_until)),
        Paragraph(((Bold(verdict(summary, sentences)),),)),
    ]
    shown += [_exception(answer, sentences) for answer in _exceptions(summary)[:_EXCEPTIONS]]
    shown += [
        _section(section, sentences, is_whole=is_whole) for section in summary.sections if section.answers
    ]
    shown.append(Actions("next", tuple(_asks(summary, sentences))))
    shown.append(SummaryNotes(tuple(remarks), tuple(notes(summary, sentences)), coming))
    return Message(tuple(shown), sentences.language)


def _section(section: Section, sentences: Sentences, *, is_whole: bool) -> ShownSection:
    name = _section_title(section, sentences)
    is_scores = section.spec.style == "scores"
    return ShownSection(
        title=name,
        name=section.spec.title.in_language(sentences.language),
        metrics=tuple(sentences.metric(answer.metric) for answer in section.answers),
        scores=tuple(
            score(answer, sentences, flagged=True, is_whole=is_whole)
            for answer in section.answers
            if is_scores
        ),
        breakdowns=tuple(
            _breakdown(answer, section, name, sentences, is_whole=is_whole)
            for answer in section.answers
            if not is_scores
        ),
    )


def _breakdown(
    answer: Answer, section: Section, title: str, sentences: Sentences, *, is_whole: bool
) -> Breakdown:
    is_chart = section.spec.style == "chart" and answer.query.per is not None
    return figures.breakdown(
        answer, sentences, title, is_chart=is_chart, is_detailed=is_whole, is_whole=is_whole
    )


def _exception(answer: Answer, sentences: Sentences) -> Paragraph:
    """Return what is unusual about a figure, which the line of its score says as well."""
    flagged = anomaly_flag(answer.anomaly, answer, sentences)
    subject = f"{sentences.metric(answer.metric)}, {sentences.period(answer.period, answer.window)}:"
    line = (Bold(subject), f" {sentences.value(answer.figure, answer)}. {flagged}")
    return Paragraph((line,), is_repeat=True)


def title(summary: Summary, sentences: Sentences) -> str:
    """Return the title: what it is and which period it is about."""
    name = summary.spec.title.in_language(sentences.language)
    return f"{name}: {sentences.period(summary.period)}"


def _section_title(section: Section, sentences: Sentences) -> str:
    """Return the title of a section with the period that all its answers are about."""
    name = section.spec.title.in_language(sentences.language)
    periods = {_days(answer, sentences) for answer in section.answers}
    return f"{name}: {periods.pop()}" if len(periods) == 1 else name


def _days(answer: Answer, sentences: Sentences) -> str:
    is_running = not answer.window.complete and not answer.window.is_empty
    return sentences.formats.window(answer.window) if is_running else sentences.period(answer.period)


def _without_repeats(summary: Summary) -> Summary:
    """Return the summary with each month's target shown once: with the month's own figure if there is one."""
    own = {
        (answer.metric, answer.target.period)
        for section in summary.sections
        for answer in section.answers
        if answer.target and answer.target.period == answer.period
    }

    def shown(answer: Answer) -> Answer:
        target = answer.target
        is_repeat = target and target.period != answer.period and (answer.metric, target.period) in own
        return replace(answer, target=None) if is_repeat else answer

    sections = tuple(
        replace(section, answers=tuple(map(shown, section.answers))) for section in summary.sections
    )
    return replace(summary, sections=sections)


def verdict(summary: Summary, sentences: Sentences) -> str:
    """Return one sentence of judgement, made by rules: how the first score did, and what to look at."""
    first = next((section.answers[0] for section in summary.sections if section.answers), None)
    if first is None:
        return sentences.say("Nothing to report.")
    flagged = _exceptions(summary)
    lead = _judgement(first, sentences)
    if not flagged:
        return lead + " " + sentences.say("Nothing unusual.")
    names = ", ".join(dict.fromkeys(sentences.metric(answer.metric) for answer in flagged[:_EXCEPTIONS]))
    return lead + " " + sentences.say("Worth a look: {names}.").format(names=names)


def _exceptions(summary: Summary) -> list[Answer]:
    """Return the answers that lie outside their own usual range, in the order of the summary."""
    return [
        answer
        for section in summary.sections
        if section.spec.style == "scores"
        for answer in section.answers
        if answer.anomaly is not None and answer.anomaly.is_anomaly
    ]


def notes(summary: Summary, sentences: Sentences) -> list[About]:
    """Return what the reader must know, each thing once and with the metrics that it holds for."""
    about: dict[str, list[str]] = {}
    for section in summary.sections:
        for answer in section.answers:
            for note in answer.notes:
                about.setdefault(note_sentence(note, answer, sentences), []).append(
                    sentences.metric(answer.metric)
                )
    said = [About(line, tuple(dict.fromkeys(names))) for line, names in about.items()]
    if summary.left_out:
        lacking = sentences.say("Left out because this database can't answer it: {names}.")
        said.append(About(lacking.format(names=", ".join(summary.left_out))))
    if summary.withheld:
        withheld = sentences.say("Left out because it can't be limited to what may be shown here: {names}.")
        said.append(About(withheld.format(names=", ".join(summary.withheld))))
    return said


def _judgement(answer: Answer, sentences: Sentences) -> str:
    """Return how the main metric did against the same time last year, else against the period before."""
    subject = f"{sentences.metric(answer.metric)} {sentences.value(answer.figure, answer)}"
    compared = [entry for entry in answer.comparisons if entry.change is not None]
    if not compared:
        return f"{subject}."
    against = next((entry for entry in compared if entry.to is Baseline.LAST_YEAR), compared[0])
    others = [entry for entry in compared if entry is not against]
    said = [_short_comparison(entry, answer, sentences) for entry in (against, *others[:1])]
    return f"{subject}: {', '.join(said)}."


def _short_comparison(comparison: Comparison, answer: Answer, sentences: Sentences) -> str:
    change = comparisons.change(comparison, answer, sentences)
    return f"{change} {comparisons.short_baseline(comparison, sentences)}"


def _asks(summary: Summary, sentences: Sentences) -> list[Ask]:
    """Return a button for each exception, without any for the main metric: why it changed."""
    scores = [section.answers for section in summary.sections if section.spec.style == "scores"]
    asked = _exceptions(summary)[:_EXCEPTIONS] or [answers[0] for answers in scores if answers][:1]
    return [found for answer in asked if (found := _ask(answer, sentences))]


def _ask(answer: Answer, sentences: Sentences) -> Ask | None:
    """Return the question why; of a change that isn't made of parts, by the metric's first dimension."""
    catalogue, title = sentences.catalogue, sentences.metric(answer.metric)
    metric = catalogue.metrics[answer.metric]
    question = replace(answer.query, sizes=(), by=(), per=None, top=None, flags=frozenset())
    is_changed = bool(answer.comparisons and answer.comparisons[0].change)
    if is_changed and splits(metric, catalogue.models):
        label = sentences.say("Why {metric}").format(metric=title)
        return Ask(label, f"why {canonical(question)}")
    if not metric.dimensions:
        return None
    label = sentences.say("{metric} by {dimension}").format(
        metric=title, dimension=sentences.dimension(metric.dimensions[0]).lower()
    )
    return Ask(label, canonical(replace(question, by=metric.dimensions[:1])))


def missed_remarks(periods: Sequence[Period], sentences: Sentences) -> list[str]:
    """Return what is said about the summaries that were missed before this one, by what they were about."""
    say = sentences.say("The summary of {period} was missed: the bot was down.")
    return [say.format(period=sentences.period(period)) for period in periods]


def _foot(summary: Summary, sentences: Sentences) -> str:
    """Return how often it comes, and how it is stopped."""
    schedule = summary.spec.schedule
    at = schedule.at.strftime("%H:%M")
    if schedule.every == "week":
        day = sentences.formats.weekday(schedule.weekday or 0)
        when = sentences.say("Posted every {day} at {time}").format(day=day, time=at)
    else:
        when = sentences.say("Posted every month on working day {number} at {time}").format(
            number=schedule.working_day or 1, time=at
        )
    stop = sentences.say("set up in {file}; remove the channel there to stop it.").format(
        file=f"summaries/{summary.spec.name}.yaml"
    )
    return f"{when}; {stop}"
