"""What the reader of a figure must know, as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from bot.render.sentences import Sentences
from bot.render.words.comparisons import shown_range, verdict_words
from bot.render.words.fiscal import fiscal_year
from bot.render.words.missing import (
    compared_incomplete,
    incomplete,
    not_loaded,
    of_compared,
    of_period,
    unreadable,
    year_of,
)
from bot.render.words.quotas import target_implied, target_share
from kpi_engine.domain.answer import DOUBTS, Answer, Note, NoteCode, Verdict
from kpi_engine.domain.query import Sized

_UNUSUAL_SAID = 3
"""Unusual periods of a series that are told; a chart marks all of them."""


def note_sentence(note: Note, answer: Answer, sentences: Sentences) -> str:
    """Return what the reader must know, as a sentence."""
    own = _OWN_WORDS.get(note.code)
    if own is not None:
        return own(note, answer, sentences)
    values = _readable(note.values, sentences)
    if note.code == "maturing":
        values["is_all"] = float(str(note.values["share"])) >= 1
    if note.code == "few":
        values["needed"] = sentences.formats.number(_rounded(int(str(note.values["needed"]))))
    if note.code == "sized":
        values |= {name: sentences.formats.number(float(str(value))) for name, value in note.values.items()}
        values["by"] = ", ".join(sentences.dimension(name) for name in answer.by)
        values["sizes"] = sentences.say(" and ").join(_size(size, sentences) for size in answer.query.sizes)
    return sentences.filled("note.j2", code=note.code, values=values)


def _of_lacking(note: Note, answer: Answer, sentences: Sentences) -> str:
    """Return which rows an answer lacks."""
    match note.code:
        case "missing_days":
            return incomplete(of_period(answer, str(note.values["model"])), sentences, year_of(answer.window))
        case "missing_compared":
            found = of_compared(answer, str(note.values["model"]))
            return compared_incomplete(found, sentences, year_of(answer.window))
        case "not_loaded":
            return not_loaded(note, answer, sentences)
    return unreadable(note, sentences)


def _of_board(note: Note, _: Answer, sentences: Sentences) -> str:
    """Return how a board is ranked, and where its order may be chance.

    Boards are asked for often, so these sentences need no template.
    """
    say = sentences.say
    values = {name: sentences.formats.number(float(str(value))) for name, value in note.values.items()}
    texts = {
        "by_bound": say(
            "Ranked by the cautious end of each likely range, so that no one is first or last only because of"
            " few cases."
        ),
        "by_shrunken": say(
            "Rates of few cases rank nearer to the average, so that no one is first or last only because of"
            " few cases."
        ),
        "too_short_to_rank": say("A week is too short to rank people: this is a list, not a ranking."),
    }
    is_whole = note.code == "one_band" and note.values["of"] == note.values["total"]
    texts["one_band"] = (
        say("No clear differences among all {total}: the order may be chance.")
        if is_whole
        else say("The first {of} of {total} don't clearly differ: the order among them may be chance.")
    )
    return texts[note.code].format(**values)


def doubts_said(answers: Sequence[Answer], sentences: Sentences) -> list[str]:
    """Return what the rows say against the figures of some answers, each sentence once."""
    return list(
        dict.fromkeys(
            note_sentence(note, answer, sentences)
            for answer in answers
            for note in answer.notes
            if note.code in DOUBTS
        )
    )


def _of_rows(note: Note, answer: Answer, sentences: Sentences) -> str:
    """Return what the rows say against a figure."""
    say = sentences.say
    texts = {
        "unsound_compared": say(
            "It isn't compared with other periods: there the same rows would count twice, or amounts of"
            " several kinds would be added up. kpi-bot check says how to mend it."
        ),
        "other_currency": say(
            "The amounts are in {currency}, not in {shown}: kpi-bot check says how to mend it."
        ),
        "repeated_key": say(
            "Several rows of {model} have the same {key}, so some may be counted twice: kpi-bot check says"
            " which."
        ),
        "beside_classes": say(
            "Some answers are no whole number from 0 to 10 ({values}), and are in no class but the passives:"
            " kpi-bot check says how to count them."
        ),
        "unproved": say(
            "It isn't proved yet that the rows of {model} count once and that their amounts add up: that"
            " takes longer than a question may. kpi-bot check does it."
        ),
    }
    return texts[note.code].format(**note.values, shown=answer.currency or "")


def judgement_line(answer: Answer, sentences: Sentences) -> str:
    """Return how a figure lies in its own usual range, and on how much history that rests, as a sentence.

    Where there is a history that can't tell, why; empty where a comparison carries the verdict, or nothing.
    """
    anomaly, say = answer.anomaly, sentences.say
    if anomaly is None or answer.basis == "comparison" or answer.verdict is Verdict.NOT_COMPARABLE:
        return ""
    if answer.basis is None:
        reasons = {
            "too short": say("No usual range yet: the history is too short."),
            "too few": say("No usual range: too few cases."),
            "constant": say("No usual range: the figure never changed."),
        }
        return reasons.get(anomaly.reason or "", "")
    words = verdict_words(answer, sentences)
    history = say("{count} weeks") if anomaly.grain == "week" else say("{count} months")
    return say("{verdict} (based on {history}).").format(
        verdict=words[:1].upper() + words[1:], history=history.format(count=anomaly.history)
    )


def usual_bounds(low: float, high: float, answer: Answer, sentences: Sentences) -> tuple[str, str]:
    """Return a usual range in words; of a count, the least and the most whole number in it."""
    low, high = shown_range(low, high, answer.unit)
    formats = sentences.formats
    return formats.value(low, answer.unit, answer.currency), formats.value(high, answer.unit, answer.currency)


def unusual_points(answer: Answer, sentences: Sentences) -> list[str]:
    """Return a sentence for each of the newest unusual periods of a series, and how many others there are."""
    found = [(point, point.usual) for point in answer.series if point.usual and point.usual.is_unusual]
    said = []
    for point, usual in found[-_UNUSUAL_SAID:][::-1]:
        is_above = (point.figure.value or 0.0) > usual.high
        words = (
            sentences.say("Unusual: {period}, {value}, above the usual {low} to {high}.")
            if is_above
            else sentences.say("Unusual: {period}, {value}, below the usual {low} to {high}.")
        )
        low, high = usual_bounds(usual.low, usual.high, answer, sentences)
        period = sentences.period(point.period, point.window)
        said.append(
            words.format(period=period, value=sentences.value(point.figure, answer), low=low, high=high)
        )
    rest = len(found) - len(said)
    if rest > 0:
        said.append(sentences.say("Unusual as well: {count} earlier.").format(count=rest))
    return said


def _rounded(count: int) -> int:
    """Return a count that is told with "about" in two digits."""
    return int(round(count, 2 - len(str(count))))


def _size(size: Sized, sentences: Sentences) -> str:
    """Return a size in words: "profit below €0"."""
    metric, say = sentences.catalogue.metrics[size.metric], sentences.say
    currency = sentences.catalogue.models[metric.spec.measures()[0].model].currency
    low, high = (sentences.formats.value(bound, metric.unit, currency) for bound in (size.low, size.high))
    if size.low is not None and size.high is not None:
        words = say("exactly {low}") if size.low == size.high else say("from {low} to {high}")
    elif size.low is not None:
        words = say("at least {low}") if size.includes_low else say("over {low}")
    else:
        words = say("at most {high}") if size.includes_high else say("below {high}")
    return f"{sentences.metric(size.metric).lower()} {words.format(low=low, high=high)}"


def _readable(values: Mapping[str, object], sentences: Sentences) -> dict[str, object]:
    readable: dict[str, object] = {}
    for name, value in values.items():
        if name == "month" and isinstance(value, date):
            readable[name] = sentences.formats.month(value)
        elif isinstance(value, date):
            readable[name] = sentences.formats.day(value)
        elif name == "share" and isinstance(value, float):
            readable[name] = sentences.formats.share(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            readable[name] = sentences.formats.number(value)
        else:
            readable[name] = value
    return readable


_LACKING: tuple[NoteCode, ...] = (
    *("missing_days", "missing_compared", "not_loaded", "unreadable_dates", "unreadable_amounts"),
)
_BOARD: tuple[NoteCode, ...] = ("by_bound", "by_shrunken", "one_band", "too_short_to_rank")
_ROWS: tuple[NoteCode, ...] = (
    "unsound_compared",
    "other_currency",
    "repeated_key",
    "beside_classes",
    "unproved",
)
_OWN_WORDS: Mapping[NoteCode, Callable[[Note, Answer, Sentences], str]] = {
    **dict.fromkeys(_LACKING, _of_lacking),
    **dict.fromkeys(_BOARD, _of_board),
    **dict.fromkeys(_ROWS, _of_rows),
    "fiscal_year": fiscal_year,
    "target_share": target_share,
    "target_implied": target_implied,
}
"""What says a note, where no sentence of the template does."""
