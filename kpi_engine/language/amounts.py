"""Numbers and sizes as people type them, and back to words that read the same."""

from __future__ import annotations

import re
from decimal import Decimal

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.query import Sized
from kpi_engine.language.lexicon import AMOUNTS
from kpi_engine.language.phrases import one_of

_TIMES = dict(sorted(AMOUNTS.times.items(), key=lambda entry: -len(entry[0])))
"""Suffixes that multiply a number, the longest first."""
_DIGITS = r"(?:[0-9]{1,3}(?: [0-9]{3})+(?![0-9])(?:[.,][0-9]+)?|[0-9][0-9.,]*)"
"""The digits of a number; thousands are separated by a point, a comma or, as in 300 000, a space."""
NUMBER = rf"(?:(?:€|EUR) ?)?-?{_DIGITS}(?: ?(?:{one_of(_TIMES)}|%))?(?: ?(?:€|EURO?))?"
"""The pattern of a number; use it without regard to case."""
_THOUSAND = 3
"""Digits after a separator of thousands."""
_MOST = Decimal(10) ** 15
_SIZE = re.compile(
    rf"(?P<sign>[<>]=?|=)(?P<one>{NUMBER})|(?P<low>(?:{NUMBER})?)\.\.(?P<high>{NUMBER})|(?P<only>{NUMBER})\.\.",
    re.IGNORECASE,
)


def read_number(typed: str, unit: Unit) -> float:
    """Return a number as people type it: 300k, 300.000, 300 000, €300,000, 15%, 0,15. Raises QueryError.

    A single point or comma before exactly three digits parts thousands. A share above 1 is in percent.
    """
    text = re.sub(r"€|euro?", "", typed, flags=re.IGNORECASE).strip().casefold()
    suffix = next((entry for entry in (*_TIMES, "%") if text.endswith(entry)), "")
    digits = text.removesuffix(suffix).replace(" ", "")
    if suffix == "%" and unit != "share":
        raise QueryError("This metric isn't a share, so it can't be a percentage.", hint="Leave out the %.")
    value = Decimal(_plain(digits)) * _TIMES.get(suffix, 1)
    if abs(value) >= _MOST:
        raise QueryError("That number is too large.", hint="Write it like 300000, 300.000 or 300k.")
    is_percent = suffix == "%" or (unit == "share" and value > 1)
    if unit == "share" and not 0 <= value / (100 if is_percent else 1) <= 1:
        raise QueryError("A share must be between 0 and 100%.", hint="Write it as 15% or 0,15.")
    return float(value / 100 if is_percent else value)


def is_size(typed: str) -> bool:
    """Whether a value is a size, such as >1000, <=20% or 10k..50k, and not a name."""
    return re.match(r"[<>=]|-?[0-9][0-9.,]*[km%]?\.\.|\.\.-?[0-9]", typed, re.IGNORECASE) is not None


def read_size(typed: str, metric: str, unit: Unit) -> Sized:
    """Return the bounds that a size such as >1000, <=20% or 10k..50k names. Raises QueryError."""
    found = _SIZE.fullmatch(typed.strip())
    if found is None:
        raise QueryError(
            "I can't read that size.",
            hint="Write it like >1000, <=20% or 10k..50k, after the metric's name.",
        )
    sign, is_share = found["sign"], unit == "share"
    if sign is None:
        ends = found["low"] or found["only"], found["high"]
        low, high = (read_number(end, unit) if end else None for end in ends)
        if low is not None and high is not None and low > high:
            raise QueryError("Write the smaller number of a range first.", hint="For example 10k..50k.")
        return Sized(metric, is_share, low, high)
    value = read_number(found["one"], unit)
    match sign:
        case "=":
            return Sized(metric, is_share, value, value)
        case ">" | ">=":
            return Sized(metric, is_share, low=value, includes_low=sign == ">=")
    return Sized(metric, is_share, high=value, includes_high=sign == "<=")


def canonical_size(size: Sized) -> str:
    """Return bounds in words that read back as the same."""
    if size.low is not None and size.high is not None:
        return f"{_written(size.low, size)}..{_written(size.high, size)}"
    if size.low is not None:
        return f">{'=' * size.includes_low}{_written(size.low, size)}"
    return f"<{'=' * size.includes_high}{_written(size.high or 0.0, size)}"


def written_number(value: float, unit: Unit) -> str:
    """Return a number in a form that reads back as the same."""
    return _plainly(value, is_share=unit == "share")


def _written(value: float, size: Sized) -> str:
    return _plainly(value, is_share=size.is_share)


def _plainly(value: float, *, is_share: bool) -> str:
    exact = Decimal(repr(value)) * (100 if is_share else 1)
    whole, _, rest = f"{exact:f}".partition(".")
    rest = rest.rstrip("0")
    if len(rest) == _THOUSAND:
        rest += "0"  # three digits behind a point would be read as thousands
    return whole + (f".{rest}" if rest else "") + "%" * is_share


def _plain(digits: str) -> str:
    """Return digits with a point before the decimals and nothing between the thousands."""
    marks = [mark for mark in ".," if mark in digits]
    if not marks:
        return digits
    decimal = max(marks, key=digits.rfind)
    whole, _, rest = digits.rpartition(decimal)
    is_thousands = len(marks) == 1 and (
        digits.count(decimal) > 1
        or (len(rest) == _THOUSAND and 0 < len(whole.lstrip("-")) <= _THOUSAND and whole.lstrip("-") != "0")
    )
    pieces = re.split(r"[.,]", digits if is_thousands else whole)
    has_odd_groups = len(pieces) > 1 and any(len(piece) != _THOUSAND for piece in pieces[1:])
    if has_odd_groups or (not is_thousands and digits.count(decimal) > 1):
        raise QueryError("I can't read that number.", hint="Write it like 300000, 300.000 or 300k.")
    return "".join(pieces) if is_thousands else f"{''.join(pieces)}.{rest or 0}"
