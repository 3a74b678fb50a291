"""A name without its key, read where it can only be that: `sales anna` is `sales rep:anna`.

Never a guess: whole words of one name, that nothing else could mean. What falls short of that is
offered as a choice (see mending).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kpi_engine.domain.query import Member
from kpi_engine.language.folding import fold, squash
from kpi_engine.language.suggestions import Reading, mentioned, spans
from kpi_engine.language.vocabulary import AND, FILLERS, longest
from kpi_engine.language.words_of_line import Word

_LETTERS = 3
"""Letters that a name without its key has at least."""

Found = tuple[str, Member, int]
"""A dimension, its member and the place after the name."""


def bare_name(text: str, words: Sequence[Word], at: int, reading: Reading) -> Found | None:
    """Return the member that the words at a place of a line name, where they can mean nothing else.

    The name of its dimension may stand before it, as in `region noord`.
    """
    texts = [word.text for word in words]
    length = longest(reading.vocabulary.dimensions, texts, at)
    if length:
        dimension = reading.vocabulary.dimensions[tuple(texts[at : at + length])]
        after = at + length
        return _named(text, words, after, reading, (dimension,)) if after < len(words) else None
    token = text[words[at].start : words[at].end]
    is_mention, person = mentioned(token, reading.asker)
    if is_mention:
        return ("rep", person, at + 1) if person and "rep" in reading.members else None
    return _named(text, words, at, reading, tuple(reading.members))


def _named(
    text: str, words: Sequence[Word], at: int, reading: Reading, dimensions: Sequence[str]
) -> Found | None:
    word = words[at]
    is_inside = bool(at) and words[at - 1].start == word.start
    if (
        is_inside
        or _means_something(word.text, reading)
        or re.search(r"(?:^|\s)[-–—]\s?$", text[: word.start])
    ):
        return None
    if text.startswith(("-", "–", "—"), word.start):
        return None
    for span in spans(text, word.start, word.end):
        typed = span.partition(",")[0]
        name = typed.strip('"').lstrip("@").removesuffix("'s")
        is_cut_off = not squash(name.rpartition(" ")[2])  # "bart &" before another name
        if sum(letter.isalpha() for letter in name) < _LETTERS or ":" in name or is_cut_off:
            continue
        found = [
            (dimension, member)
            for dimension in dimensions
            for member in reading.roster(dimension).matches(name)
        ]
        if found:
            after = next(
                (place for place, entry in enumerate(words) if entry.start >= word.start + len(typed)),
                len(words),
            )
            is_sure = len(found) == 1 and _is_alone(name, found[0][1], words, (at, after), reading)
            return (*found[0], after) if is_sure else None
    return None


def _is_alone(
    name: str, member: Member, words: Sequence[Word], place: tuple[int, int], reading: Reading
) -> bool:
    """Whether the words are whole ones of the name, mean nothing else, and nothing beside them is of it."""
    at, after = place
    own = [squash(part) for part in fold(member.label).split()]
    typed = [squash(part) for part in fold(name).split()]
    is_whole = squash(name) == squash(member.label) or any(
        own[start : start + len(typed)] == typed for start in range(len(own))
    )
    beside = [words[near].text for near in (at - 1, after) if 0 <= near < len(words)]
    return (
        is_whole
        and not any(_means_something(word.text, reading) for word in words[at + 1 : after])
        and not any(squash(near) in own for near in beside if near not in FILLERS | AND)
    )


def _means_something(word: str, reading: Reading) -> bool:
    """Whether a word is one of the grammar, of a metric, of a dimension or of a verb."""
    if word in FILLERS | AND:
        return False
    verbs = {part for verb in reading.verbs for part in verb.split(" ")}
    return word in reading.vocabulary.words | verbs or re.fullmatch(r"[\W\d_]+", word) is not None
