"""What a summary says about its data: days that haven't arrived, and rows that make figures wrong."""

from __future__ import annotations

from collections.abc import Iterator

from bot.render.document import Bold, Line
from bot.render.sentences import Sentences
from bot.render.summary import selection
from bot.render.words.missing import what_is_missing
from bot.render.words.notes import note_sentence
from kpi_engine.domain.answer import DOUBTS
from kpi_engine.domain.summary import Summary


def data_lines(summary: Summary, sentences: Sentences) -> Iterator[Line]:
    """Yield a line for each kind of rows that is missing in the periods that the summary is about."""
    year = summary.period.start.year if summary.period.start else None
    missing = dict.fromkeys(what_is_missing(entry, sentences, year) for entry in summary.missing)
    for what in missing:
        said = sentences.say("{what}; what rests on that isn't judged").format(what=what)
        yield (Bold(f"⚠ {sentences.say('Data:')}"), f" {said}")
    for month in dict.fromkeys(selection.unbooked(answer) for answer in summary.scores):
        if month is not None:
            text = sentences.say("the costs of {month} aren't booked yet; what rests on them isn't judged")
            told = text.format(month=sentences.formats.month(month))
            yield (Bold(f"⚠ {sentences.say('Data:')}"), f" {told}")
    for told in dict.fromkeys(_against(summary, sentences)):
        yield (Bold(f"⚠ {sentences.say('Data:')}"), f" {told}")


def _against(summary: Summary, sentences: Sentences) -> Iterator[str]:
    """Yield what the rows say against figures of a summary: those left out, and those that are doubtful."""
    for reason, lines in summary.refused:
        left_out = sentences.say("{lines} left out. {reason}")
        yield left_out.format(lines=", ".join(lines), reason=sentences.said(reason))
    for section in summary.sections:
        for answer in section.answers:
            for note in answer.notes:
                if note.code in DOUBTS:
                    metric = sentences.metric(answer.metric)
                    yield f"{metric}: {note_sentence(note, answer, sentences)}"
