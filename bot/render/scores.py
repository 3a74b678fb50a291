"""One figure among others: its name, its value and how it compares, in a few short lines."""

from __future__ import annotations

from bot.render.escape import marked_down
from bot.render.sentences import Sentences
from kpi_engine.result import Answer


def score(answer: Answer, sentences: Sentences, *, period: bool = False) -> str:
    """Return a metric's score as the mrkdwn of a field; with `period` it names its own period."""
    when = f" · {sentences.period(answer.period, answer.window)}" if period else ""
    lines = [
        f"*{marked_down(sentences.metric(answer.metric))}*{marked_down(when)}",
        f"*{marked_down(sentences.value(answer.figure, answer))}*",
    ]
    if answer.figure.interval is not None:
        lines[1] += f"  {marked_down(sentences.made_of(answer.figure, answer))}"
    lines += [
        marked_down(f"{sentences.short_baseline(entry)}: {sentences.change(entry, answer)}")
        for entry in answer.comparisons
    ]
    if answer.target:
        lines.append(marked_down(sentences.target(answer.target, answer)))
    return "\n".join(lines)
