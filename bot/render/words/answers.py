"""An answer in words: its headline, and everything it says beside its groups and periods."""

from __future__ import annotations

from bot.render import finding_words
from bot.render.sentences import Sentences, is_few
from bot.render.words.comparisons import full_comparison
from bot.render.words.notes import judgement_line, unusual_points
from bot.render.words.targets import full_target
from kpi_engine import FEW_ANSWERS
from kpi_engine.domain.answer import Answer

_ROUGH_ANSWERS = 30
"""A score of fewer is marked as rough."""


def subject(answer: Answer, sentences: Sentences) -> str:
    """Return what is answered: "Conversion, Anna Peeters, July 2026"."""
    named = (
        sentences.metric(answer.metric),
        sentences.filters(answer.filters),
        sentences.period(answer.period, answer.window),
    )
    return ", ".join(part for part in named if part)


def headline(answer: Answer, sentences: Sentences) -> str:
    """Return the answer in one line: metric, filters, period, value and what it is made of."""
    value, figure = finding_words.told(answer, sentences)
    made_of = sentences.made_of(figure, answer)
    return f"{subject(answer, sentences)}: {value}" + (f" ({made_of})" if made_of else "")


def lines(answer: Answer, sentences: Sentences) -> list[str]:
    """Return everything an answer says beside its headline, groups and series: one line each."""
    found = [finding_words.words(entry, answer, sentences) for entry in answer.findings if entry.is_made_of]
    judged = judgement_line(answer, sentences)
    if judged:
        found.append(judged)
    found += [
        full_comparison(entry, answer, sentences, is_worded=entry is answer.judged_comparison)
        for entry in answer.comparisons
    ]
    if answer.target:
        found.append(full_target(answer.target, answer, sentences))
    found += unusual_points(answer, sentences)
    others = [entry for entry in answer.findings if not entry.is_made_of]
    found += [finding_words.words(entry, answer, sentences) for entry in others]
    answers = answer.figure.denominator or 0
    if answer.unit == "score" and FEW_ANSWERS <= answers < _ROUGH_ANSWERS:
        rough = sentences.say("Rough estimate: {n} answers say little about all customers.")
        found.append(rough.format(n=sentences.formats.number(answers)))
    if any(is_few(group.figure, answer.unit) for group in answer.groups):
        few = sentences.say("Under {needed} answers there is no score.")
        found.append(few.format(needed=sentences.formats.number(FEW_ANSWERS)))
    return found
