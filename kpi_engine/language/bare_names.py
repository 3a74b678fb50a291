"""Reads a name without its key if it is unambiguous: `sales anna` is `sales rep:anna`.

Only whole words of one name that have no other meaning are read. Anything less sure is offered as a
choice (see suggestions).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kpi_engine.domain.query import Member
from kpi_engine.language.folding import fold, squash
from kpi_engine.language.line import Line, Reading, mentioned, spans
from kpi_engine.language.vocabulary import AND, FILLERS, longest

_LETTERS = 3
"""The fewest letters of a name without its key."""
_JOINTS = FILLERS | AND
_NO_LETTER = re.compile(r"[\W\d_]+")

Found = tuple[str, Member, int]
"""A dimension, its member and the position after the name."""


def bare_name(line: Line, at: int) -> Found | None:
    """Return the member that the words at a position name, None if they can mean anything else.

    The name of its dimension may come first, as in `region noord`.
    """
    reading = line.reading
    length = longest(line.names.dimensions, line.texts, at)
    if length:
        dimension = line.names.dimensions[line.texts[at : at + length]]
        after = at + length
        return _named(line, after, (dimension,)) if after < len(line.words) else None
    is_mention, person = mentioned(line.token(at), reading.asker)
    if is_mention:
        return ("rep", person, at + 1) if person and "rep" in reading.members else None
    return _named(line, at, tuple(reading.members))


def _named(line: Line, at: int, dimensions: Sequence[str]) -> Found | None:
    """Return the member whose name starts at a position, None if it is ambiguous."""
    word = line.words[at]
    if not _may_begin_name(line, at):
        return None
    for span in spans(line.text, word.start, word.end):
        typed = span.partition(",")[0]
        name = typed.strip('"').lstrip("@").removesuffix("'s")
        is_cut_off = not squash(name.rpartition(" ")[2])  # "bart &" before another name
        if sum(letter.isalpha() for letter in name) < _LETTERS or ":" in name or is_cut_off:
            continue
        found = line.reading.named(name, dimensions)
        if found:
            end = word.start + len(typed)
            after = next(
                (place for place, entry in enumerate(line.words) if entry.start >= end), len(line.words)
            )
            is_sure = len(found) == 1 and _is_alone(line, (at, after), name, found[0][1])
            return (*found[0], after) if is_sure else None
    return None


def _may_begin_name(line: Line, at: int) -> bool:
    """Whether a word starts its token, has no other meaning and no dash before it."""
    word = line.words[at]
    is_inside = bool(at) and line.words[at - 1].start == word.start
    return not (
        is_inside
        or _means_something(word.text, line.reading)
        or line.text.startswith(("-", "–", "—"), word.start)
        or re.search(r"(?:^|\s)[-–—]\s?$", line.before(at))
    )


def _is_alone(line: Line, place: tuple[int, int], name: str, member: Member) -> bool:
    """Whether whole words of the name are typed, without another meaning, and no neighbour is part of it."""
    (at, after), words = place, line.texts
    own = [squash(part) for part in fold(member.label).split()]
    typed = [squash(part) for part in fold(name).split()]
    is_whole = squash(name) == squash(member.label) or any(
        own[start : start + len(typed)] == typed for start in range(len(own))
    )
    beside = [words[near] for near in (at - 1, after) if 0 <= near < len(words)]
    return (
        is_whole
        and not any(_means_something(word, line.reading) for word in words[at + 1 : after])
        and not any(squash(near) in own for near in beside if near not in _JOINTS)
    )


def _means_something(word: str, reading: Reading) -> bool:
    """Whether a word has a meaning in the grammar, or is part of a metric, a dimension or a verb."""
    if word in _JOINTS:
        return False
    return (
        word in reading.vocabulary.words
        or any(word in verb.split(" ") for verb in reading.verbs)
        or _NO_LETTER.fullmatch(word) is not None
    )
