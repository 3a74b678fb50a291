"""Suggests whole lines for a line with an unknown word, best first."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kpi_engine.language.folding import fold
from kpi_engine.language.lexicon import PERIODS, QUESTIONS, offered_beside
from kpi_engine.language.lexicon import SUGGESTIONS as WORDS
from kpi_engine.language.line import spans
from kpi_engine.language.near_spelling import near_names, near_phrases
from kpi_engine.language.phrases import is_in
from kpi_engine.language.suggested_names import as_filter, left_out, near_members, with_member_behind
from kpi_engine.language.unknown_word import UnknownWord, is_negation
from kpi_engine.language.vocabulary import longest, parts
from kpi_engine.language.words_of_line import is_symbol

__all__ = [
    "CHOICES",
    "SUGGESTIONS",
    "as_baseline",
    "as_meant",
    "choices",
    "near_names",
    "others",
    "without",
]

CHOICES = 5
"""The most lines to choose from for a name without its key."""
SUGGESTIONS = 3
"""The most suggestions for a mistyped word."""
_NEAR_PHRASES = 8
_ALIKE, _PERIOD_ALIKE = 70, 75
"""The least similarity, of 100, of a mistyped unit or baseline, and of a mistyped period."""
_OWN_NAME = "kpi"
_LETTERS = {"d": "days", "w": "weeks", "m": "months", "q": "quarters", "y": "years"}
_RELATIVE = PERIODS.last | PERIODS.this
_NAMED_PERIODS = (*WORDS.relative_periods, *WORDS.month_names)


def choices(unknown: UnknownWord) -> list[str]:
    """Return lines in which the word is completed: a name with its key, a dimension with "by"."""
    if is_negation(unknown):
        return [*left_out(unknown)]
    return [*_as_part(unknown), *as_filter(unknown)]


def others(unknown: UnknownWord) -> list[str]:
    """Return lines with a similar period, metric, dimension, flag or verb."""
    return [*_as_counted(unknown), *_as_relative(unknown), *_as_period(unknown), *_as_name(unknown)]


def without(unknown: UnknownWord) -> str:
    """Return the line without the word."""
    return unknown.put("")


def as_baseline(unknown: UnknownWord) -> list[str]:
    """Return lines with a similar baseline."""
    rest, lines = unknown.rest(), []
    for count in (2, 1):
        typed = " ".join(rest[:count])
        known = (" ".join(phrase) for phrase in QUESTIONS.baselines)
        near = near_names(fold(typed), known, SUGGESTIONS, _ALIKE)
        lines += [unknown.put(phrase, unknown.word.start + len(typed)) for phrase in near]
    return lines


def as_meant(unknown: UnknownWord) -> Iterable[str]:
    """Yield lines with words of the grammar for an expression such as "every rep"."""
    at, texts, line = unknown.at, unknown.texts, unknown.line
    word = texts[at]
    yield from (unknown.put(meant) for meant in WORDS.meant.get(word, ()))
    length = longest(line.names.dimensions, texts, at + 1)
    if word in WORDS.everybody and length:
        dimension = line.names.dimensions[texts[at + 1 : at + 1 + length]]
        end = line.words[at + length].end
        typed = unknown.text[line.words[at + 1].start : end]
        yield from (
            unknown.put(f"by {dimension if ' ' in typed else typed}", end),
            unknown.put("", end),
        )
    if word in PERIODS.units and is_in(WORDS.before, texts, at + 1):
        yield unknown.put("previous", line.words[at + 1].end)
    if word in PERIODS.units and is_in(WORDS.on, texts, at + 1) and texts[at + 2 : at + 3] == (word,):
        end = line.words[at + 2].end
        yield from (unknown.put("vs previous", end), unknown.put(f"per {PERIODS.units[word]}", end))


# half of a part


def _as_part(unknown: UnknownWord) -> Iterable[str]:
    """Complete a dimension without "by" or a baseline without "vs", replace "=", or drop an emoji."""
    token, texts, at = unknown.token, unknown.texts, unknown.at
    word = texts[at]
    if is_symbol(token) or word == _OWN_NAME:
        yield unknown.put("")
    yield from as_meant(unknown)
    yield from _as_run_on(unknown)
    is_doubled = word in texts[at + 2 : at + 3]  # "month on month"
    if word in PERIODS.units and token.casefold() == word and not is_doubled:
        yield from (unknown.put(f"{before} {PERIODS.units[word]}") for before in ("this", "last", "per"))
    yield from _as_equation(unknown)
    length = longest(unknown.line.names.dimensions, texts, at)
    if length:
        yield from _as_dimension(unknown, length)
    if (word,) in QUESTIONS.baselines and (at == 0 or texts[at - 1] not in QUESTIONS.versus):
        yield from _as_relative(unknown)
        yield unknown.put(f"vs {token}")
    for before in WORDS.whence.get(word, ()):
        if at + 1 < len(texts):
            yield unknown.put(before, unknown.line.words[at + 1].start)


def _as_equation(unknown: UnknownWord) -> Iterable[str]:
    """Read "=", "!=" and ";" as the colon of a filter."""
    typed = unknown.token.replace("<>", "!=").replace("==", "=").replace(";", "=")
    key, equals, value = typed.partition("=")
    minus = "-" if key.endswith("!") else ""
    if equals and value and tuple(parts(key.strip("-!"))) in unknown.line.names.dimensions:
        yield unknown.put(f"{minus}{key.rstrip('!')}:{value}")


def _as_run_on(unknown: UnknownWord) -> Iterable[str]:
    """Split two parts in one word ("leads/sales", "sales/rep"), or drop a "by" before a filter."""
    token, names, line = unknown.token, unknown.line.names, unknown.line
    joined = re.split(r"[&+/;]", token.strip(";"))
    if len(joined) > 1 and all(tuple(parts(part)) in names.metrics for part in joined):
        yield unknown.put(",".join(joined))
    metric, _, by = token.partition("/")
    if by and tuple(parts(metric)) in names.metrics and tuple(parts(by)) in names.dimensions:
        yield unknown.put(f"{metric} by {by}")
    if fold(by) in PERIODS.units and tuple(parts(metric)) in names.metrics:
        yield unknown.put(f"{metric} per {by}")
    if ":" in token and unknown.at and unknown.texts[unknown.at - 1] in QUESTIONS.by:  # "by rep:anna"
        yield line.before(unknown.at - 1) + unknown.text[unknown.word.start :]


def _as_dimension(unknown: UnknownWord, length: int) -> Iterable[str]:
    """Read a dimension with one of its members after it as a filter, else put "by" before it."""
    at, line = unknown.at, unknown.line
    dimension, after = line.names.dimensions[unknown.texts[at : at + length]], at + length
    end = line.words[after - 1].end
    if after < len(line.words):
        yield from with_member_behind(unknown, dimension, after)
    yield unknown.put(f"by {unknown.text[unknown.word.start : end]}", end)


# periods


def _as_counted(unknown: UnknownWord) -> Iterable[str]:
    """Correct the unit of "last 3 monhts", and add "last" to "3 months"."""
    pieces, start = unknown.rest(), unknown.word.start
    for count in (2, 1):  # "last 30d", "l12m"
        typed = " ".join(pieces[:count])
        if short := re.fullmatch(r"(?:last ?|l)?(\d{1,3})([dwmqy])", fold(typed)):
            yield unknown.put(f"last {short.group(1)} {_LETTERS[short.group(2)]}", start + len(typed))
            return
    offset = 0 if pieces[0].isdecimal() else 1
    if len(pieces) < offset + 2 or not pieces[offset].isdecimal():
        return
    if offset and not near_names(fold(pieces[0]), WORDS.counting_back, 1, _ALIKE):
        return
    typed = " ".join(pieces[: offset + 2])
    for unit in near_names(fold(pieces[offset + 1]), WORDS.plural_units, 1, _ALIKE):
        yield unknown.put(f"{_last_beside(unit)} {pieces[offset]} {unit}", start + len(typed))


def _as_relative(unknown: UnknownWord) -> Iterable[str]:
    """Correct the unit after "vorige" or "this"."""
    if unknown.texts[unknown.at] not in _RELATIVE:
        return
    relative, *following = unknown.rest()
    if not following or fold(following[0]) in PERIODS.units:
        return
    for unit in near_names(fold(following[0]), WORDS.single_units, SUGGESTIONS, _ALIKE):
        yield unknown.put(f"{relative} {unit}", unknown.word.start + len(f"{relative} {following[0]}"))


def _as_period(unknown: UnknownWord) -> Iterable[str]:
    """Correct a period of up to four words."""
    rest = unknown.rest()
    for count in (4, 3, 2, 1):
        if count > len(rest):
            continue
        typed = " ".join(rest[:count])
        for phrase in near_names(fold(typed), _NAMED_PERIODS, SUGGESTIONS, _PERIOD_ALIKE):
            yield unknown.put(phrase, unknown.word.start + len(typed))


# names


def _as_name(unknown: UnknownWord) -> Iterable[str]:
    """Correct a metric, dimension, flag, member or, at the start of the line, verb.

    After a minus, only a member.
    """
    named = [] if unknown.token.startswith("-") else _near_names(unknown)
    lines = sorted([*named, *near_members(unknown)], key=lambda entry: -entry[0])
    return list(dict.fromkeys(line for _, line in lines))[:SUGGESTIONS]


def _near_names(unknown: UnknownWord) -> list[tuple[float, str]]:
    names, start = _names_here(unknown), unknown.word.start
    near = [
        (score, phrase, start + len(typed))
        for typed in spans(unknown.text, start, unknown.word.end)
        for score, phrase in near_phrases(" ".join(parts(typed)), names.keys(), _NEAR_PHRASES)
    ]
    near.sort(key=lambda entry: -entry[0])
    best: dict[str, tuple[float, str, int]] = {}
    for score, phrase, end in near:
        best.setdefault(names[phrase], (score, phrase, end))
    return [
        (score, unknown.put(_written(phrase, name), end))
        for name, (score, phrase, end) in list(best.items())[:SUGGESTIONS]
    ]


def _names_here(unknown: UnknownWord) -> dict[str, str]:
    """Return the phrases that are possible in the word's place, each with its name; after "by" no metric."""
    vocabulary = unknown.reading.vocabulary
    if unknown.at and unknown.texts[unknown.at - 1] in QUESTIONS.by:
        units = {unit: unit for unit in PERIODS.units}
        return {" ".join(phrase): name for phrase, name in vocabulary.dimensions.items()} | units
    verbs = unknown.reading.verbs if unknown.word.start == 0 else ()
    return {**vocabulary.near, **{verb: verb for verb in verbs}}


def _written(phrase: str, name: str) -> str:
    """Return a metric or dimension by its own name if the phrase is that name, else the phrase."""
    return name if phrase == name.replace("_", " ") else phrase


def _last_beside(unit: str) -> str:
    """Return the word for "last" in the language of a unit."""
    return offered_beside(unit, lambda language: language.suggestions.plural_units).last
