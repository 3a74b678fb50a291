"""The thread below a summary's post: every score, chart, board and note."""

from __future__ import annotations

from bot.render import figures
from bot.render.document import About, Breakdown, Part, SummaryNotes, Title
from bot.render.document import Section as ShownSection
from bot.render.message import Message
from bot.render.schedule_words import rhythm
from bot.render.scores import score
from bot.render.sentences import Sentences
from bot.render.summary.titles import title
from bot.render.words.notes import note_sentence
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.summary import Section, Summary


def details_message(summary: Summary, sentences: Sentences, *, is_whole: bool = False) -> Message:
    """Return everything that a summary's post leaves out.

    With `is_whole` it holds every group and every fact, for media that have room for them.
    """
    shown: list[Part] = [Title(title(summary, sentences), sentences.data_until(summary.data_until))]
    shown += [
        _section(section, sentences, is_whole=is_whole) for section in summary.sections if section.answers
    ]
    shown.append(SummaryNotes((), tuple(notes(summary, sentences)), (foot(summary, sentences),)))
    return Message(tuple(shown), sentences.language)


def notes(summary: Summary, sentences: Sentences) -> list[About]:
    """Return what the reader must know, each thing once and with the metrics that it holds for."""
    about: dict[str, list[str]] = {}
    for section in summary.sections:
        for answer in section.answers:
            for note in answer.notes:
                if section.spec.style == "chart" and note.code == "missing_compared":
                    continue  # a chart compares with nothing
                about.setdefault(note_sentence(note, answer, sentences), []).append(
                    sentences.metric(answer.metric)
                )
    said = [About(line, tuple(dict.fromkeys(names))) for line, names in about.items()]
    refused = {line for _, lines in summary.refused for line in lines}
    unanswered = [line for line in summary.left_out if line not in refused]
    if unanswered:
        lacking = sentences.say("Left out because this database can't answer it: {names}.")
        said.append(About(lacking.format(names=", ".join(unanswered))))
    for reason, lines in summary.refused:
        wrong = sentences.say("{lines} left out. {reason}")
        said.append(About(wrong.format(lines=", ".join(lines), reason=sentences.said(reason))))
    if summary.withheld:
        withheld = sentences.say("Left out because it can't be limited to what may be shown here: {names}.")
        said.append(About(withheld.format(names=", ".join(summary.withheld))))
    return said


def foot(summary: Summary, sentences: Sentences) -> str:
    """Return how often a summary comes."""
    schedule = summary.spec.schedule
    at = schedule.at.strftime("%H:%M")
    if schedule.every == "week":
        day = sentences.formats.weekday(schedule.weekday or 0)
        return sentences.say("Posted every {day} at {time}.").format(day=day, time=at)
    if schedule.every == "month":
        return sentences.say("Posted every month on working day {number} at {time}.").format(
            number=schedule.working_day or 1, time=at
        )
    return sentences.say("Posted {rhythm}.").format(rhythm=rhythm(schedule, sentences))


def _section(section: Section, sentences: Sentences, *, is_whole: bool) -> ShownSection:
    name = _section_title(section, sentences)
    is_scores = section.spec.style == "scores"
    return ShownSection(
        title=name,
        name=section.spec.title.in_language(sentences.language),
        metrics=tuple(sentences.metric(answer.metric) for answer in section.answers),
        scores=tuple(
            score(answer, sentences, brief=not is_whole, is_whole=is_whole)
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


def _section_title(section: Section, sentences: Sentences) -> str:
    """Return the title of a section with the period that all its answers are about."""
    name = section.spec.title.in_language(sentences.language)
    periods = {_days(answer, sentences) for answer in section.answers}
    return f"{name}: {periods.pop()}" if len(periods) == 1 else name


def _days(answer: Answer, sentences: Sentences) -> str:
    is_running = not answer.window.complete and not answer.window.is_empty
    return sentences.formats.window(answer.window) if is_running else sentences.period(answer.period)
