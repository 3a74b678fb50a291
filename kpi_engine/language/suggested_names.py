"""Suggests filters for names: without their key, mistyped, or after "not"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from kpi_engine.domain.query import Member
from kpi_engine.language.canonical import canonical_value
from kpi_engine.language.folding import fold
from kpi_engine.language.lexicon import QUESTIONS, SUGGESTIONS
from kpi_engine.language.line import Reading, mentioned, spans
from kpi_engine.language.unknown_word import UnknownWord, is_known, negation_end
from kpi_engine.language.vocabulary import FILLERS, MINE, longest
from kpi_engine.language.words_of_line import Word

_MOST_MEMBERS = 5
"""The most members to offer for the start of a name; if there are more, none are offered."""
_MOST_NEAR = 3
"""The most members to offer for a mistyped name."""
_SHORTEST_NAME = 3
"""The fewest letters of a name without its key; fewer match too many names."""
_ALIKE, _ALIKE_WHERE_SHORT = 80, 85
"""The least similarity, of 100, of a mistyped name; "goed" must not match "gold"."""
_SHORT_NAME = 4
_BEFORE_NAME = FILLERS | SUGGESTIONS.after_negation | QUESTIONS.negations


def left_out(unknown: UnknownWord) -> Iterable[str]:
    """Yield lines with a minus before what follows "not": a filter, a name, or `none`."""
    line, texts, names = unknown.line, unknown.texts, unknown.reading.vocabulary
    at = negation_end(unknown) or unknown.at
    while at < len(texts) and texts[at] in _BEFORE_NAME:
        at += 1
    if at >= len(texts):
        return
    word, before = line.words[at], line.before(unknown.at)
    if ":" in texts[at]:
        yield before + "-" + unknown.text[word.start :].removeprefix("-")
        return
    length = longest(names.dimensions, texts, at)
    if not length:
        yield from _without_member(unknown, before, word, tuple(unknown.reading.members))
        return
    dimension, after = names.dimensions[texts[at : at + length]], at + length
    if after < len(texts):
        yield from _without_member(unknown, before, line.words[after], (dimension,))
    yield f"{before}{dimension}:none{line.behind(after - 1)}"


def with_member_behind(unknown: UnknownWord, dimension: str, after: int) -> Iterable[str]:
    """Yield lines in which the words after a dimension's name, from `after` on, are one of its members."""
    line, reading = unknown.line, unknown.reading
    following = line.words[after]
    for typed in spans(unknown.text, following.start, following.end):
        found = reading.named(typed.strip('"'), (dimension,))
        if 0 < len(found) <= _MOST_MEMBERS and not is_known(reading, typed):
            for _, member in found:
                yield unknown.put(f"{dimension}:{canonical_value(member)}", following.start + len(typed))
            return
    name = line.token(after)
    near = [] if is_known(reading, name) else reading.near(dimension, name, _ALIKE)
    for member, _ in near[:_MOST_NEAR]:
        yield unknown.put(f"{dimension}:{canonical_value(member)}", following.end)


def as_filter(unknown: UnknownWord) -> Iterable[str]:
    """Yield lines in which the name that starts at the word has its key."""
    token, asker = unknown.token, unknown.reading.asker
    if fold(token) in MINE and asker.rep:
        yield unknown.put("rep:me")
        return
    is_mention, person = mentioned(token, asker)
    if is_mention:
        if person:
            yield unknown.put(f"rep:{canonical_value(person)}")
        return
    yield from _with_word_beside(unknown)
    for typed in spans(unknown.text, unknown.word.start, unknown.word.end):
        name = typed.lstrip("-").strip('"').lstrip("@").removesuffix("'s")
        if len(name) < _SHORTEST_NAME:
            continue
        minus = "-" if typed.startswith("-") else ""
        found = _members(unknown.reading, name)
        if found:
            found.sort(
                key=lambda entry: fold(entry[1].label) != fold(name)
            )  # "noord" before "Bakkerij Noord"
            end = unknown.word.start + len(typed)
            yield from (_with_filter(unknown, f"{minus}{_filter(*entry)}", end) for entry in found)
            return


def near_members(unknown: UnknownWord) -> Iterable[tuple[float, str]]:
    """Yield lines with a name that is similar to the word, and the similarity of 100."""
    name = unknown.token.lstrip("-@").strip('"').removesuffix("'s")
    if len(name) < _SHORTEST_NAME or ":" in name:
        return
    minus = "-" if unknown.token.startswith("-") else ""
    alike = _ALIKE if len(name) > _SHORT_NAME else _ALIKE_WHERE_SHORT
    for dimension in unknown.reading.members:
        for member, score in unknown.reading.near(dimension, name, alike)[:_MOST_NEAR]:
            named = f"{minus}{_filter(dimension, member)}"
            yield score, _with_filter(unknown, named, unknown.word.end, _begins(unknown, member))


def _without_member(
    unknown: UnknownWord, before: str, word: Word, dimensions: Sequence[str]
) -> Iterable[str]:
    for typed in spans(unknown.text, word.start, word.end):
        name, end = typed.strip('"').lstrip("@-").removesuffix("'s"), word.start + len(typed)
        if len(name) < _SHORTEST_NAME:
            continue
        found = [
            (dimension, member)
            for dimension in dimensions
            for member in _few(unknown.reading, dimension, name)
            or _spelled_nearly(unknown.reading, dimension, typed)
        ]
        for entry in found[:_MOST_MEMBERS]:
            yield f"{before}-{_filter(*entry)}{unknown.text[end:]}"
        if found:
            return


def _spelled_nearly(reading: Reading, dimension: str, typed: str) -> list[Member]:
    if " " in typed or is_known(reading, typed):
        return []
    return [member for member, _ in reading.near(dimension, typed, _ALIKE)[:_MOST_NEAR]]


def _begins(unknown: UnknownWord, member: Member) -> int:
    """Return the position where a name starts whose last word is mistyped, as in "anna de vris"."""
    own, at = tuple(fold(member.label).split()), unknown.at
    for count in range(min(len(own) - 1, at), 0, -1):
        if unknown.texts[at - count : at] == own[:count]:
            return at - count
    return at


def _with_filter(unknown: UnknownWord, named: str, end: int, begins: int | None = None) -> str:
    """Return the line with a filter in place of the words from `begins`; drops a "by" before it."""
    at, text = unknown.at if begins is None else begins, unknown.text
    start = unknown.line.words[at].start
    line = text[:start] + named + text[end:]
    if dash := re.search(r"(?:^| )- $", text[:start]):  # left out, or only a dash
        return f"{line[: dash.start()]} -{line[start:]}".lstrip()
    if not at or unknown.texts[at - 1] not in QUESTIONS.by:
        return line
    before = unknown.line.words[at - 1]
    return line[: before.start] + line[before.end + 1 :]


def _with_word_beside(unknown: UnknownWord) -> Iterable[str]:
    """Yield lines with a name that includes a word with another meaning: the month in "jan peeters"."""
    words, at, text = unknown.line.words, unknown.at, unknown.text
    if at + 1 < len(words) and words[at + 1].end > unknown.word.end:
        following = words[at + 1]
        turned = f"{unknown.line.token(at + 1)} {unknown.token}"
        for entry in _members(unknown.reading, turned):
            yield unknown.put(_filter(*entry), following.end)
    if not at or ":" in unknown.texts[at - 1] or unknown.texts[at - 1] == ",":
        return
    start = words[at - 1].start
    for entry in _members(unknown.reading, text[start : unknown.word.end]):
        yield text[:start] + _filter(*entry) + text[unknown.word.end :]


def _members(reading: Reading, name: str) -> list[tuple[str, Member]]:
    """Return the members whose name starts with `name`, each with its dimension, if they are few."""
    found = reading.named(name, reading.members)
    times = Counter(dimension for dimension, _ in found)
    return [entry for entry in found if times[entry[0]] <= _MOST_MEMBERS]


def _few(reading: Reading, dimension: str, name: str) -> list[Member]:
    found = reading.named(name, (dimension,))
    return [member for _, member in found] if len(found) <= _MOST_MEMBERS else []


def _filter(dimension: str, member: Member) -> str:
    return f"{dimension}:{canonical_value(member)}"
