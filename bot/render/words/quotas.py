"""Where a target is a part of one that is set for a quarter or a year, as a sentence."""

from __future__ import annotations

from bot.render.sentences import Sentences
from kpi_engine.domain.answer import Answer, Note, TargetResult


def target_share(_: Note, answer: Answer, sentences: Sentences) -> str:
    """Return for which quarter or year the targets of an answer are set, and which part of it is meant."""
    say, formats = sentences.say, sentences.formats
    results = (answer.target, *(group.target for group in answer.groups))
    target = next(result for result in results if result and result.share)
    share, part = target.share, sentences.period(target.period)
    whole = sentences.say(" and ").join(sentences.period(period) for period in share.periods) if share else ""
    if share is None or share.of is None:
        text = say("The target is set for {whole}: a rate of {part} is held against the same.")
        if target.share and len(target.share.periods) > 1:
            text = say("The targets are set for {whole}; {part} has its part of each by working days.")
        return text.format(whole=whole, part=part)
    text = (
        say("The target is set for {whole} ({value}); {part} has its part by working days, {days} of {of}.")
        if target is answer.target
        else say("The targets are set for {whole}; {part} has its part by working days, {days} of {of}.")
    )
    if _is_by_calendar_days(target):
        text = (
            say("The target is set for {whole} ({value}); {part} has its part by days, {days} of {of}.")
            if target is answer.target
            else say("The targets are set for {whole}; {part} has its part by days, {days} of {of}.")
        )
    value = formats.value(share.value, answer.unit, answer.currency)
    return text.format(whole=whole, value=value, part=part, days=share.days, of=share.of)


def _is_by_calendar_days(target: TargetResult) -> bool:
    share = target.share
    if share is None:
        return False
    start, end = share.periods[0].bounds()
    return share.of == (end - start).days


def target_implied(note: Note, _: Answer, sentences: Sentences) -> str:
    """Return that targets seem to be set by quarter or year, and how that is confirmed."""
    if note.values["grain"] == "year":
        return sentences.say(
            "There seems to be one target a year, so a part of a year has none. If that is right, write"
            " grain: year in the model of the targets."
        )
    return sentences.say(
        "There seems to be one target a quarter, so a part of a quarter has none. If that is right, write"
        " grain: quarter in the model of the targets."
    )
