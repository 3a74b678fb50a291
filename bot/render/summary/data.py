"""What a summary says about its data: days that haven't arrived."""

from __future__ import annotations

from collections.abc import Iterator

from bot.render.document import Bold, Line
from bot.render.sentences import Sentences
from bot.render.words.missing import what_is_missing
from kpi_engine.domain.summary import Summary


def data_lines(summary: Summary, sentences: Sentences) -> Iterator[Line]:
    """Yield a line for each kind of rows that is missing in the periods that the summary is about."""
    year = summary.period.start.year if summary.period.start else None
    missing = dict.fromkeys(what_is_missing(entry, sentences, year) for entry in summary.missing)
    for what in missing:
        said = sentences.say("{what}; what rests on that isn't judged").format(what=what)
        yield (Bold(f"⚠ {sentences.say('Data:')}"), f" {said}")
