"""Text in the form in which words are compared: without case, accents and typography."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "đ": "d", "’": "'", "‘": "'"}
)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the text in lower case without accents and surrounding space."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).strip()


@lru_cache(maxsize=65536)
def squash(text: str) -> str:
    """Return the folded text without anything but letters and digits."""
    return re.sub(r"[\W_]+", "", fold(text))
