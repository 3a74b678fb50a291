"""What a person is recognised by in the store, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpi_engine import fold
from kpi_engine.domain.query import Key

_USER = re.compile(r"[UW][A-Z0-9]+")
_SHORTEST_PART = 3


def is_user(person: str) -> bool:
    """Whether a text is a Slack user id; other words could occur anywhere."""
    return _USER.fullmatch(person) is not None


@dataclass(frozen=True, slots=True)
class Traces:
    """A person (a Slack user id), and the names and e-mail addresses that others may write for them.

    `rep` is the key of the rep that they are, None if they are none or it isn't known. `parts` are words of
    their names that no other rep has, such as a first name: they count only where a name is asked for, as in
    rep:anna.
    """

    person: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    rep: Key = None

    def ids_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the id stands in a text."""
        pattern = rf"(?<![A-Za-z0-9]){self.person}(?![A-Za-z0-9])"
        yield from (found.span() for found in re.finditer(pattern, text))

    def names_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a name, an address or, where a name is asked for, a part of one stands in a text.

        Neither case nor accents matter. Places may overlap.
        """
        folded, places = _folded(text)
        whole = [re.escape(fold(name)) for name in (*self.names, *self.addresses) if fold(name)]
        patterns = [rf"(?<!\w){name}(?!\w)" for name in whole]
        patterns += [rf'(?<=[:,"]){re.escape(fold(part))}(?=$|[\s,"])' for part in self.parts]
        for pattern in patterns:
            for found in re.finditer(pattern, folded):
                yield places[found.start()], places[found.end() - 1] + 1

    def may_be_in(self, text: str) -> bool:
        """Whether a text has a part of a name that stands by itself, and may be somebody else's."""
        words = set(re.findall(r"\w+", fold(text)))
        return any(fold(part) in words for part in self.parts)


def parts_of(name: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a name that no other name has."""
    taken = {word for other in others for word in fold(other).split()}
    words = name.split()
    return tuple(word for word in words if len(word) >= _SHORTEST_PART and fold(word) not in taken)


def replaced(text: str, places: Iterator[tuple[int, int]], by: str) -> str:
    """Return a text with something else at some places, which may overlap."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    for start, end in reversed(found):
        text = f"{text[:start]}{by}{text[end:]}"
    return text


def _folded(text: str) -> tuple[str, list[int]]:
    """Return a text without case and accents, and for each of its letters where it comes from."""
    folded, places = [], []
    for place, letter in enumerate(text):
        plain = letter if letter.isspace() else fold(letter)
        folded.append(plain)
        places += [place] * len(plain)
    return "".join(folded), places
