"""How words are compared: without regard to case, accents and typography."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from kpi_engine.domain.periods import Grain

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "đ": "d", "’": "'", "‘": "'"}
)

UNITS: dict[str, Grain] = {
    **dict.fromkeys(("day", "days", "daily", "dag", "dagen"), Grain.DAY),
    **dict.fromkeys(("week", "weeks", "weekly", "weken", "wk", "wks"), Grain.WEEK),
    **dict.fromkeys(("month", "months", "monthly", "maand", "maanden", "mth", "mths", "mnd"), Grain.MONTH),
    **dict.fromkeys(("quarter", "quarters", "quarterly", "kwartaal", "kwartalen", "qtr"), Grain.QUARTER),
    **dict.fromkeys(("year", "years", "yearly", "jaar", "jaren", "yr", "yrs"), Grain.YEAR),
}


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the text in lower case without accents and surrounding space."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).strip()


@lru_cache(maxsize=65536)
def squash(text: str) -> str:
    """Return the folded text without anything but letters and digits."""
    return re.sub(r"[\W_]+", "", fold(text))
