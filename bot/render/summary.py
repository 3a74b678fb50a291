"""A summary as a message: the judgement first, then the scores, what stands out, and who leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import slack_limits as limits
from bot.render import blocks, figures
from bot.render.blocks import Ask, json_size
from bot.render.escape import escaped, marked_down
from bot.render.fitting import BLOCKS_ROOM, TEXT_ROOM, largest
from bot.render.message import Block, Message
from bot.render.scores import brief_score_line, score, score_line
from bot.render.sentences import Sentences, listed
from kpi_engine.answers.unexplained import splits
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.periods import Period
from kpi_engine.domain.query import Baseline
from kpi_engine.domain.summary import Section, Summary
from kpi_engine.language.parser import canonical

_EXCEPTIONS = 3
_BLOCKS = 24
"""Blocks of a summary, so that a mark at its end still fits."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A summary as text and blocks, and the same blocks without the newer types."""

    text: str
    newer: tuple[Block, ...]
    plain: tuple[Block, ...]

    @property
    def fits(self) -> bool:
        return len(self.text) <= TEXT_ROOM and all(
            len(shown) <= _BLOCKS and json_size(shown) <= BLOCKS_ROOM for shown in (self.newer, self.plain)
        )


def summary_message(
    summary: Summary, sentences: Sentences, remarks: Sequence[str] = (), *, is_own: bool = False
) -> Message:
    """Return a summary as one message; `remarks` are sentences about its delivery.

    Text and blocks hold the same figures: what doesn't fit is left out of both, and they say so. With
    `is_own` somebody asked or subscribed for it, and it doesn't come as its file says.
    """
    foot = [] if is_own else [_foot(summary, sentences)]
    made = _most(without_repeats(summary), sentences, foot, remarks)
    text = limits.shorten(made.text, limits.MESSAGE_TEXT)
    return Message(text, made.newer, plain=Message(text, made.plain))


def _most(summary: Summary, sentences: Sentences, foot: Sequence[str], remarks: Sequence[str]) -> _Made:
    """Return all of a summary, else in fewer words, else with shorter lists, else without its last lines."""

    def made(rows: int, lines: int, *, brief: bool = True) -> _Made:
        kept, missing = _cut(summary, rows, lines, sentences)
        return _made(kept, sentences, foot, [*missing, *remarks], brief=brief)

    rows = max((len(listed(answer)) for answer in _answers(summary)), default=0)
    lines = len(_answers(summary))
    in_full = made(rows, lines, brief=False)
    if in_full.fits:
        return in_full
    fitting = largest(rows, lambda count: made(count, lines).fits)
    if fitting:
        return made(fitting, lines)
    return made(1, largest(lines, lambda count: made(1, count).fits) or 1)


def _answers(summary: Summary) -> list[Answer]:
    return [answer for section in summary.sections for answer in section.answers]


def _cut(summary: Summary, rows: int, lines: int, sentences: Sentences) -> tuple[Summary, list[str]]:
    """Return a summary with at most `rows` groups in a list and its first `lines` answers, and its lacks."""
    sections: list[Section] = []
    left: list[str] = []
    room, is_shorter = lines, False
    for section in (section for section in summary.sections if section.answers):
        kept = section.answers[: max(0, room)]
        if not kept:
            left.append(section.spec.title.in_language(sentences.language))
            continue
        left += [sentences.metric(answer.metric) for answer in section.answers[len(kept) :]]
        room -= len(kept)
        is_shorter = is_shorter or any(len(listed(answer)) > rows for answer in kept)
        shown = tuple(replace(answer, groups=listed(answer)[:rows]) for answer in kept)
        sections.append(replace(section, answers=shown))
    missing = []
    if is_shorter:
        shortened = sentences.say("The lists show only their first {count}, as many as fit.")
        missing.append(shortened.format(count=sentences.formats.number(rows)))
    if left:
        names = ", ".join(dict.fromkeys(left))
        lacks = sentences.say("Left out because it doesn't fit: {names}. Ask for these one by one.")
        missing.append(lacks.format(names=names))
    return replace(summary, sections=tuple(sections)), missing


def _made(
    summary: Summary, sentences: Sentences, foot: Sequence[str], remarks: Sequence[str], *, brief: bool
) -> _Made:
    newer, plain = _body(summary, sentences)
    buttons = blocks.asks(_asks(summary, sentences), name="next")
    small = [*remarks, *notes(summary, sentences), *foot]
    tail = (*([buttons] if buttons else []), *blocks.contexts([*map(marked_down, small)]))
    text = "\n".join([summary_text(summary, sentences, brief=brief), *foot, *remarks])
    return _Made(escaped(text), (*newer, *tail), (*plain, *tail))


def summary_text(summary: Summary, sentences: Sentences, *, brief: bool = False) -> str:
    """Return everything a summary says but how it comes; `brief` says the same in fewer words."""
    return sentences.filled(
        "summary.txt.j2",
        title=title(summary, sentences),
        data_until=sentences.data_until(summary.data_until),
        verdict=verdict(summary, sentences),
        sections=[_told(section, sentences, brief=brief) for section in summary.sections],
        notes=notes(summary, sentences),
    )


def _told(section: Section, sentences: Sentences, *, brief: bool) -> dict[str, object]:
    name = section_title(section, sentences)
    if not (brief and section.spec.style == "scores"):
        lines = [line for answer in section.answers for line in _text_lines(answer, section, sentences)]
        return {"title": name, "lines": lines}
    common = _common_baselines(section, sentences)
    heading = f"{name} ({', '.join(common)})" if common else name
    return {
        "title": heading,
        "lines": [brief_score_line(answer, common, sentences) for answer in section.answers],
    }


def _common_baselines(section: Section, sentences: Sentences) -> tuple[str, ...]:
    """Return what every score of a section is compared with; said once, it needn't stand in each line."""
    found = {
        tuple(sentences.short_baseline(entry) for entry in answer.comparisons)
        for answer in section.answers
        if answer.comparisons
    }
    return found.pop() if len(found) == 1 else ()


def title(summary: Summary, sentences: Sentences) -> str:
    """Return the title: what it is and which period it is about."""
    name = summary.spec.title.in_language(sentences.language)
    return f"{name}: {sentences.period(summary.period)}"


def section_title(section: Section, sentences: Sentences) -> str:
    """Return the title of a section with the period that all its answers are about."""
    name = section.spec.title.in_language(sentences.language)
    periods = {_days(answer, sentences) for answer in section.answers}
    return f"{name}: {periods.pop()}" if len(periods) == 1 else name


def _days(answer: Answer, sentences: Sentences) -> str:
    is_running = not answer.window.complete and not answer.window.is_empty
    return sentences.formats.window(answer.window) if is_running else sentences.period(answer.period)


def without_repeats(summary: Summary) -> Summary:
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
    flagged = exceptions(summary)
    lead = _judgement(first, sentences)
    if not flagged:
        return lead + " " + sentences.say("Nothing unusual.")
    names = ", ".join(dict.fromkeys(sentences.metric(answer.metric) for answer in flagged[:_EXCEPTIONS]))
    return lead + " " + sentences.say("To look at: {names}.").format(names=names)


def exceptions(summary: Summary) -> list[Answer]:
    """Return the answers that lie outside their own usual range, in the order of the summary."""
    return [
        answer
        for section in summary.sections
        if section.spec.style == "scores"
        for answer in section.answers
        if answer.anomaly is not None and answer.anomaly.is_anomaly
    ]


def notes(summary: Summary, sentences: Sentences) -> list[str]:
    """Return what the reader must know, each thing once and with the metrics that it holds for."""
    about: dict[str, list[str]] = {}
    for section in summary.sections:
        for answer in section.answers:
            for note in answer.notes:
                about.setdefault(sentences.note(note, answer), []).append(sentences.metric(answer.metric))
    said = [f"{', '.join(dict.fromkeys(names))}: {line}" for line, names in about.items()]
    if summary.left_out:
        names = ", ".join(summary.left_out)
        said.append(
            sentences.say("Left out because this database doesn't lead there: {names}.").format(names=names)
        )
    if summary.withheld:
        names = ", ".join(summary.withheld)
        said.append(
            sentences.say("Left out because it can't be narrowed to what may be seen here: {names}.").format(
                names=names
            )
        )
    return said


def _judgement(answer: Answer, sentences: Sentences) -> str:
    """Return how the main metric did against the same time last year, else against the period before."""
    subject = f"{sentences.metric(answer.metric)} {sentences.value(answer.figure, answer)}"
    compared = [entry for entry in answer.comparisons if entry.change is not None]
    if not compared:
        return f"{subject}."
    against = next((entry for entry in compared if entry.to is Baseline.LAST_YEAR), compared[0])
    others = [entry for entry in compared if entry is not against]
    said = [f"{sentences.change(against, answer)} {sentences.short_baseline(against)}"]
    said += [f"{sentences.change(entry, answer)} {sentences.short_baseline(entry)}" for entry in others[:1]]
    return f"{subject}: {', '.join(said)}."


def _body(summary: Summary, sentences: Sentences) -> tuple[list[Block], list[Block]]:
    """Return the blocks between title and foot, and the same without the newer types."""
    newer: list[Block] = [
        blocks.header(title(summary, sentences)),
        blocks.context(marked_down(sentences.data_until(summary.data_until))),
        blocks.section(f"*{marked_down(verdict(summary, sentences))}*"),
    ]
    newer += [
        blocks.section(
            f"*{marked_down(_short_subject(answer, sentences))}* {marked_down(_unusual(answer, sentences))}"
        )
        for answer in exceptions(summary)[:_EXCEPTIONS]
    ]
    plain = list(newer)
    for section in summary.sections:
        shown = _section_blocks(section, sentences)
        newer += [entry[0] for entry in shown]
        plain += [entry[1] for entry in shown]
    return newer, plain


def _section_blocks(section: Section, sentences: Sentences) -> list[tuple[Block, Block]]:
    name = section_title(section, sentences)
    if section.spec.style == "scores":
        heading = blocks.section(f"*{marked_down(name)}*")
        scores = blocks.sections([score(answer, sentences) for answer in section.answers])
        return [(block, block) for block in ([heading, *scores] if scores else [])]
    found = []
    for answer in section.answers:
        figure = (
            figures.series_chart(answer, sentences, name)
            if section.spec.style == "chart" and answer.query.per
            else figures.group_table(answer, sentences, name)
        )
        if figure:
            found.append((figure.block, figure.plain))
    return found


def _unusual(answer: Answer, sentences: Sentences) -> str:
    flagged = sentences.anomaly(answer.anomaly, answer)
    return f"{sentences.value(answer.figure, answer)}. {flagged}"


def _short_subject(answer: Answer, sentences: Sentences) -> str:
    return f"{sentences.metric(answer.metric)}, {sentences.period(answer.period, answer.window)}:"


def _asks(summary: Summary, sentences: Sentences) -> list[Ask]:
    """Return a button for each exception, without any for the main metric: why it changed."""
    scores = [section.answers for section in summary.sections if section.spec.style == "scores"]
    asked = exceptions(summary)[:_EXCEPTIONS] or [answers[0] for answers in scores if answers][:1]
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


def _text_lines(answer: Answer, section: Section, sentences: Sentences) -> list[str]:
    if section.spec.style == "scores":
        flagged = sentences.anomaly(answer.anomaly, answer)
        return ["; ".join([score_line(answer, sentences), *([flagged] if flagged else [])])]
    if answer.groups:
        return [f"{place}. {line}" for place, line in enumerate(figures.group_lines(answer, sentences), 1)]
    return [
        "; ".join(
            f"{sentences.formats.short_name(point.period)} {sentences.short_value(point.figure, answer)}"
            for point in answer.series
        )
    ]


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
    stop = sentences.say("set up in {file}: take the channel out there to stop it.").format(
        file=f"summaries/{summary.spec.name}.yaml"
    )
    return f"{when}; {stop}"
