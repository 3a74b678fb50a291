"""Text in the form in which words are compared: without case, accents and typography."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "đ": "d", "’": "'", "‘": "'"}
)

_NEITHER = re.compile(r"[\W_]+")
"""What is neither a letter nor a digit."""


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the text in lower case without accents and surrounding space."""
    if text.isascii():  # most names: nothing to take apart
        return text.lower().strip()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).strip()


@lru_cache(maxsize=65536)
def squash(text: str) -> str:
    """Return the folded text without anything but letters and digits."""
    folded = fold(text)
    return folded if folded.isalnum() else _NEITHER.sub("", folded)
