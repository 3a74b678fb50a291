"""A file of targets as messages: what each of its lines would do, or did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.render.document import Actions, Bold, Button, Listing, Paragraph, Part
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.target_list import UnlikelyTarget, target_value, unlikely_words
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.query import Filter

SET_LIKELY, SET_ALL, CANCEL = "targets:set", "targets:set_all", "targets:cancel"
"""The actions of the buttons below a preview."""
_SHOWN = 12
"""Lines of one sort that a preview names."""
_REPORTED = 40
"""Lines of one sort that a report names."""


class Outcome(StrEnum):
    """What a line of a file does."""

    SET = "set"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    CHECK = "please check"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReportedLine:
    """A line of a file: its row, the title of its column, and what it does.

    A refused one has its `reason`. The others say what is set to `value`, and what was there `before`;
    `doubt` is what the value of one that needs a check is far from.
    """

    row: int
    column: str
    outcome: Outcome
    metric: Metric | None = None
    filters: tuple[Filter, ...] = ()
    month: date | None = None
    value: float = 0.0
    before: float | None = None
    doubt: UnlikelyTarget | None = None
    reason: KpiError | None = None


@dataclass(frozen=True, slots=True)
class TargetReport:
    """The lines of a file, in its order; `is_done` once the targets are set."""

    name: str
    lines: tuple[ReportedLine, ...]
    is_done: bool = False

    def of(self, *outcomes: Outcome) -> tuple[ReportedLine, ...]:
        """Return the lines with some outcomes."""
        return tuple(line for line in self.lines if line.outcome in outcomes)


def line_words(line: ReportedLine, sentences: Sentences) -> str:
    """Return a line of the report: its row, what it is for and what became of it."""
    place = sentences.say("Row {row}").format(row=line.row)
    if line.reason is not None:
        told = (sentences.said(line.reason.message), sentences.said(line.reason.hint))
        return f"{place} ({line.column}): {' '.join(part for part in told if part)}"
    return f"{place}: {_what(line, sentences)}: {_became(line, sentences)}"


def _what(line: ReportedLine, sentences: Sentences) -> str:
    metric = sentences.metric(line.metric.name) if line.metric else ""
    month = sentences.formats.month(line.month) if line.month else ""
    return ", ".join(part for part in (metric, sentences.filters(line.filters), month) if part)


def _became(line: ReportedLine, sentences: Sentences) -> str:
    if line.metric is None:
        return ""
    value = target_value(line.value, line.metric, sentences)
    if line.outcome is Outcome.UNCHANGED:
        return sentences.say("{value}, unchanged").format(value=value)
    if line.before is not None:
        before = target_value(line.before, line.metric, sentences)
        value = sentences.say("{before} → {value}").format(before=before, value=value)
    compared = unlikely_words(line.doubt, line.metric, sentences) if line.doubt else ""
    return f"{value}. {compared}" if compared else value


def counts(report: TargetReport, sentences: Sentences) -> str:
    """Return how many lines have each outcome: "24 to set, 3 to change, 2 refused"."""
    say = sentences.say
    words = {
        Outcome.SET: say("{count} set") if report.is_done else say("{count} to set"),
        Outcome.CHANGED: say("{count} changed") if report.is_done else say("{count} to change"),
        Outcome.CHECK: say("{count} to check, not set") if report.is_done else say("{count} to check"),
        Outcome.UNCHANGED: say("{count} unchanged"),
        Outcome.REFUSED: say("{count} refused"),
    }
    found = [(text, len(report.of(outcome))) for outcome, text in words.items()]
    return ", ".join(text.format(count=sentences.formats.number(count)) for text, count in found if count)


def line_groups(report: TargetReport, sentences: Sentences) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield a title and the lines below it: first what needs somebody, last what stays as it was."""
    say = sentences.say
    titles: Sequence[tuple[str, tuple[Outcome, ...]]] = (
        (say("Refused"), (Outcome.REFUSED,)),
        (say("Not set: please check") if report.is_done else say("Please check"), (Outcome.CHECK,)),
        (say("Set") if report.is_done else say("To set"), (Outcome.SET, Outcome.CHANGED)),
        (say("Unchanged"), (Outcome.UNCHANGED,)),
    )
    for title, outcomes in titles:
        if found := report.of(*outcomes):
            yield title, tuple(line_words(line, sentences) for line in found)


def preview_message(report: TargetReport, token: str, sentences: Sentences) -> Message:
    """Return what a dropped file would do, with the buttons that set its targets, or don't."""
    say, number = sentences.say, sentences.formats.number
    likely, doubted = len(report.of(Outcome.SET, Outcome.CHANGED)), len(report.of(Outcome.CHECK))
    shown: list[Part] = [Paragraph(((Bold(f"{report.name}: {counts(report, sentences)}"),),))]
    shown += _listed(report, _SHOWN, sentences)
    one, many = say("Set {count} target"), say("Set {count} targets")
    buttons = []
    if likely:
        label = (one if likely == 1 else many).format(count=number(likely))
        buttons.append(Button(label, SET_LIKELY, token, "primary"))
    if doubted:
        every = say("Set all {count}") if likely else (one if doubted == 1 else many)
        buttons.append(Button(every.format(count=number(likely + doubted)), SET_ALL, token))
    if not buttons:
        return Message((*shown, Paragraph((say("There is nothing to set."),))), sentences.language)
    told = say("Nothing is set yet. The buttons are yours alone and work for an hour.")
    buttons.append(Button(say("Cancel"), CANCEL, token))
    return Message((*shown, Paragraph((told,)), Actions("targets", tuple(buttons))), sentences.language)


def report_message(report: TargetReport, sentences: Sentences) -> Message:
    """Return what became of each line of a file."""
    head = Paragraph(((Bold(f"{report.name}: {counts(report, sentences)}"),),))
    return Message((head, *_listed(report, _REPORTED, sentences)), sentences.language)


def cancelled_message(name: str, sentences: Sentences) -> Message:
    """Return that nothing of a file was set."""
    line = sentences.say("{name}: nothing was set.").format(name=name)
    return Message((Paragraph((line,)),), sentences.language)


def _listed(report: TargetReport, most: int, sentences: Sentences) -> Iterator[Part]:
    for title, lines in line_groups(report, sentences):
        yield Listing(lines, title, sentences.say("{count} more in the file."), most)
