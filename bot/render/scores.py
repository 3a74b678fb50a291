"""One figure among others: its name, its value and how it compares, in a few short lines."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render.escape import marked_down
from bot.render.sentences import Sentences
from kpi_engine.domain.answer import Answer


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


def score_line(answer: Answer, sentences: Sentences, *, period: bool = False) -> str:
    """Return the same in one line of plain text."""
    headline = sentences.headline(answer) if period else sentences.short_headline(answer)
    parts = [
        f"{sentences.short_baseline(entry)} {sentences.change(entry, answer)}" for entry in answer.comparisons
    ]
    if answer.target:
        parts.append(sentences.target(answer.target, answer))
    return "; ".join([headline, *parts])


def brief_score_line(answer: Answer, baselines: Sequence[str], sentences: Sentences) -> str:
    """Return the same in fewer words: `baselines` are said already, in the order of the comparisons."""
    made_of = sentences.made_of(answer.figure, answer, brief=True) if answer.figure.interval else ""
    name = ", ".join(
        part for part in (sentences.metric(answer.metric), sentences.filters(answer.filters)) if part
    )
    value = sentences.value(answer.figure, answer)
    parts = [f"{name}: {value}" + (f" ({made_of})" if made_of else "")]
    said = tuple(sentences.short_baseline(entry) for entry in answer.comparisons) == tuple(baselines)
    parts += [
        ("" if said else f"{sentences.short_baseline(entry)} ") + sentences.brief_change(entry, answer)
        for entry in answer.comparisons
    ]
    if answer.target:
        parts.append(
            sentences.brief_target(answer.target, answer)
            if answer.target.period == answer.period
            else sentences.target(answer.target, answer)
        )
    flagged = sentences.anomaly(answer.anomaly, answer)
    return "; ".join([*parts, *([flagged] if flagged else [])])
