"""One figure among others: its name, its value and how it compares, in a few short lines."""

from __future__ import annotations

from bot.render.document import Change, Fact, Facts, Score
from bot.render.finding_words import told
from bot.render.sentences import Sentences
from bot.render.words import answers, comparisons, targets
from kpi_engine.domain.answer import Answer


def facts(answer: Answer, sentences: Sentences) -> Facts:
    """Return everything an answer says beside its headline, groups and periods."""
    return Facts(tuple(map(_fact, answers.lines(answer, sentences))))


def _fact(line: str) -> Fact:
    """Return a line as a fact: "what: how much", or a sentence."""
    name, _, value = line.partition(": ")
    return Fact(name, value)


def score(
    answer: Answer,
    sentences: Sentences,
    *,
    period: bool = False,
    brief: bool = False,
    is_whole: bool = False,
) -> Score:
    """Return a metric's score.

    With `period` it names its own period, with `brief` its usual range has few digits, with `is_whole` it has
    everything that is said of it.
    """
    target = answer.target
    is_own = target is not None and target.period == answer.period
    value, figure = told(answer, sentences)
    judged = answer.judged_comparison
    said = targets.full_target(target, answer, sentences) if target else ""
    return Score(
        metric=sentences.metric(answer.metric),
        filters=sentences.filters(answer.filters),
        period=sentences.period(answer.period, answer.window) if period else "",
        value=value,
        made_of=sentences.made_of(figure, answer),
        brief_made_of=sentences.made_of(figure, answer, brief=True),
        is_likely=figure.interval is not None,
        verdict=_verdict(answer, sentences, brief=brief),
        changes=tuple(
            Change(
                comparisons.short_baseline(entry, sentences),
                comparisons.change(entry, answer, sentences, is_worded=entry is judged),
                comparisons.brief_change(entry, answer, sentences, is_worded=entry is judged),
            )
            for entry in answer.comparisons
        ),
        target=said,
        brief_target=targets.brief_target(target, answer, sentences) if target and is_own else said,
        facts=facts(answer, sentences).facts if is_whole else (),
    )


def _verdict(answer: Answer, sentences: Sentences, *, brief: bool) -> str:
    """Return how a figure lies in its own usual range; empty where that wasn't judged."""
    return comparisons.verdict_words(answer, sentences, brief=brief) if answer.basis == "range" else ""
