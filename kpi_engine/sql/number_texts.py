"""Tell how a column's texts write numbers, and the SQL that makes numbers of them.

"1.234,56" and "1,234.56" are the same amount, written in two countries. Which one a column uses is told
from its values together: "1.234" alone may be either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

TEXTS_READ = 1_000
"""The different texts of a column from which it is told how numbers are written."""

_SPACES = (" ", "\u00a0", "\u202f", "\u2009", "\t")
_PARTING = ("'", "\N{RIGHT SINGLE QUOTATION MARK}", "_")
"""What parts thousands beside spaces, commas and points."""
_MINUS = "\N{MINUS SIGN}"
_DASHES = frozenset({"", "-", "--", "\N{EN DASH}", "\N{EM DASH}", "."})
_WORDS = frozenset({"kr", "kr.", "fr.", "fr", "zł", "kč", "lei", "euro", "eur", "usd", "us", "r", "a", "c"})
_NO_CODES = frozenset(
    {"MLN", "MIO", "MRD", "BLN", "BIO", "TSD", "PCT", "NAN", "INF", "NUL", "TBD", "TBA", "PCS"}
)
_PART = re.compile(r"[^\W\d_]+\.?|[^\w\s.,()+\-%\N{MINUS SIGN}]")
_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_DIGITS = re.compile(r"\d[\d.,]*|[.,]\d+")
_THOUSAND = 3
_MOST_NOTHINGS = 10
_FEWEST_DECIMALS, _MOST_DECIMALS = 4, 9


class Style(StrEnum):
    """What parts the decimals of the numbers of a column."""

    POINT = "1,234.56"
    COMMA = "1.234,56"
    EACH = "each row its own"
    UNCLEAR = "1,234 or 1.234"
    """Every value may be read in two ways."""
    CLASH = "both"
    """Some rows are written in one way, some in the other, and some may be either."""


@dataclass(frozen=True, slots=True)
class NumberTexts:
    """How texts write numbers.

    `marks`: currency signs and words, `nothings`: texts that hold no number, such as n/a, `strange`:
    texts of which it can't be told which number they mean. `unclear` are those that can be read in two
    ways. `is_percent`: some end in a per cent sign; `is_turned`: some write a negative number in
    brackets or with its minus behind.
    """

    style: Style
    marks: tuple[str, ...] = ()
    nothings: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    is_percent: bool = False
    is_turned: bool = False
    decimals: int = _FEWEST_DECIMALS

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currency marks that mean different currencies, where there are several."""
        plain = {mark: mark.casefold().rstrip(".") for mark in self.marks}
        names = {_CURRENCIES.get(name, name): mark for mark, name in plain.items()}
        return tuple(names.values()) if len(names) > 1 else ()

    @property
    def is_told(self) -> bool:
        """Whether SQL can make numbers of the texts."""
        is_known = self.style not in (Style.UNCLEAR, Style.CLASH)
        return is_known and not self.strange and not self.currencies and len(self.nothings) <= _MOST_NOTHINGS


_CURRENCIES = {"€": "eur", "euro": "eur", "$": "usd", "us": "usd", "£": "gbp", "¥": "jpy", "fr": "chf"}


def is_plain(text: str) -> bool:
    """Whether every database reads a text as the number that it is."""
    return _PLAIN.fullmatch(text.strip(" ")) is not None


def numbers_told(texts: Iterable[str]) -> NumberTexts:
    """Tell how texts write numbers, from all of them together."""
    marks: dict[str, None] = {}
    nothings: dict[str, None] = {}
    strange: list[str] = []
    cores: dict[str, str] = {}
    is_percent = is_turned = False
    for text in texts:
        core, own_marks, is_negative_by = _core(text)
        if core is None:
            (
                nothings.update({text.strip(): None})
                if not any(map(str.isdigit, text))
                else strange.append(text)
            )
            continue
        marks.update(dict.fromkeys(own_marks))
        is_percent |= "%" in text
        is_turned |= is_negative_by
        cores[text] = core
    style, unclear = _style(cores)
    decimals = [_decimals(core) for core in cores.values()]
    return NumberTexts(
        style=style,
        marks=tuple(sorted(marks, key=len, reverse=True)),
        nothings=tuple(nothings),
        strange=tuple(strange),
        unclear=unclear,
        is_percent=is_percent,
        is_turned=is_turned,
        decimals=min(max([_FEWEST_DECIMALS, *decimals]), _MOST_DECIMALS),
    )


def _core(text: str) -> tuple[str | None, list[str], bool]:
    """Return the digits, commas and points of a text, its currency marks, and whether its minus is no sign
    in front; None for the digits where it is no number.
    """
    bare = text.strip()
    for sign in (*_SPACES, *_PARTING):
        bare = bare.replace(sign, "")
    if bare in _DASHES:
        return None, [], False
    marks = [mark for mark in _PART.findall(bare) if mark]
    if any(not _is_currency(mark) for mark in marks) or bare.count("%") > 1:
        return None, [], False
    for mark in marks:
        bare = bare.replace(mark, "")
    bare = bare.replace("%", "").replace(_MINUS, "-")
    is_turned = bare.endswith("-") or (bare.startswith("(") and bare.endswith(")")) or "-(" in bare
    core = bare.replace("(", "").replace(")", "").strip("+-")
    if not _DIGITS.fullmatch(core) or bare.count("(") > 1:
        return None, [], False
    return core, marks, is_turned


def _is_currency(mark: str) -> bool:
    if unicodedata.category(mark[0]) == "Sc":
        return len(mark) == 1
    is_code = len(mark) == len("EUR") and mark.isupper() and mark not in _NO_CODES
    return is_code or mark.casefold() in _WORDS


def _decimals(core: str) -> int:
    """Return how many digits stand behind the last comma or point, where it may part decimals."""
    marks = core.count(","), core.count(".")
    if sorted(marks) != [0, 1] and not all(marks):
        return 0
    return len(core) - 1 - max(core.rfind(","), core.rfind("."))


def _style(cores: dict[str, str]) -> tuple[Style, tuple[str, ...]]:
    """Return what parts decimals, and the texts that could be read in two ways."""
    said: set[Style] = set()
    unclear: list[str] = []
    for text, core in cores.items():
        found = _one_style(core)
        if found is Style.UNCLEAR:
            unclear.append(text)
        elif found:
            said.add(found)
    if said == {Style.POINT, Style.COMMA}:
        return (Style.CLASH, tuple(unclear)) if unclear else (Style.EACH, ())
    if said:
        return said.pop(), ()
    return (Style.UNCLEAR, tuple(unclear)) if unclear else (Style.POINT, ())


def _one_style(core: str) -> Style | None:
    """Return what one number says of its style: None without a comma or point."""
    comma, point = core.count(","), core.count(".")
    if comma and point:
        return Style.POINT if core.rfind(".") > core.rfind(",") else Style.COMMA
    if not comma and not point:
        return None
    is_comma = comma > 0
    if max(comma, point) > 1:  # only thousands are parted more than once
        return Style.POINT if is_comma else Style.COMMA
    before, after = core.split("," if is_comma else ".")
    if len(after) == _THOUSAND and 0 < len(before) <= _THOUSAND and not before.startswith("0"):
        return Style.UNCLEAR
    return Style.COMMA if is_comma else Style.POINT


def number_sql(expression: str, told: NumberTexts, dialect: str, style: Style | None = None) -> str:
    """Return the SQL that makes numbers of texts; `style` settles one that the texts don't tell.

    SQLite keeps numbers and texts in one column: there its numbers stay as they are.
    """
    used = style or told.style
    bare = expression
    for sign in (*_SPACES, *_PARTING, *told.marks, *(["%"] if told.is_percent else [])):
        bare = _without(bare, sign)
    bare = f"replace({bare}, '{_MINUS}', '-')"
    digits = _without(_without(_without(bare, "-"), "("), ")") if told.is_turned else bare
    number = f"cast({_pointed(digits, used)} as decimal(18, {told.decimals}))"
    if told.is_turned:
        number = f"{number} * (case when {bare} like '%-%' or {bare} like '%(%' then -1 else 1 end)"
    if told.is_percent:
        number = f"{number} / (case when {expression} like '%!%%' escape '!' then 100.0 else 1.0 end)"
    whens = [f"when typeof({expression}) <> 'text' then {expression}"] if dialect == "sqlite" else []
    nothings = ", ".join(_literal(text) for text in dict.fromkeys(("", *told.nothings)))
    whens.append(f"when trim({expression}) in ({nothings}) then null")
    return f"case {' '.join(whens)} else {number} end"


def _pointed(digits: str, style: Style) -> str:
    """Return the SQL of digits that have a decimal point and nothing else."""
    point, comma = _without(digits, ","), f"replace({_without(digits, '.')}, ',', '.')"
    if style is Style.POINT:
        return point
    if style is Style.COMMA:
        return comma
    is_comma = [f"{digits} like '{form}'" for form in ("%.%,%", "%.%.%")]
    is_point = [f"{digits} like '{form}'" for form in ("%,%.%", "%,%,%")]
    return (
        f"case when {' or '.join(is_comma)} then {comma} when {' or '.join(is_point)} then {point}"
        f" else replace({digits}, ',', '.') end"
    )


def _without(expression: str, sign: str) -> str:
    return f"replace({expression}, {_literal(sign)}, '')"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def examples_of(told: NumberTexts) -> Sequence[str]:
    """Return the texts that keep numbers from being told."""
    return told.strange or told.unclear or told.currencies or told.nothings
