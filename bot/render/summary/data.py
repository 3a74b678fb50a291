"""What a summary says about its data: days that haven't arrived."""

from __future__ import annotations

from collections.abc import Iterator

from bot.render.document import Bold, Line
from bot.render.sentences import Sentences
from kpi_engine.domain.summary import Summary


def data_lines(summary: Summary, sentences: Sentences) -> Iterator[Line]:
    """Yield a line for each model of which days are missing in what the summary shows."""
    for entry in summary.missing:
        said = sentences.say("no {rows} for {days}; what rests on those days isn't judged").format(
            rows=entry.model, days=", ".join(map(sentences.formats.day, entry.days))
        )
        yield (Bold(f"⚠ {sentences.say('Data:')}"), f" {said}")
