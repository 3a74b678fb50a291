"""Ranges that are typed with a dash, and years that are cut short: spelled out before a line is read."""

from __future__ import annotations

import re

from kpi_engine.language.lexicon import PERIODS
from kpi_engine.language.named_periods import YEAR
from kpi_engine.language.phrases import one_of

_A_YEAR = "(?: (?:19|20)\\d\\d)?"
_A_MONTH = f"(?:{one_of(PERIODS.months)})"
_A_WEEK = rf"(?:{one_of(PERIODS.weeks | PERIODS.short_weeks)}) ?\d\d?"
_ISO_END = r"(?:19|20)\d\d-[\dqw-]{1,5}"
_DASHES = tuple(
    re.compile(rf"(?<!\S)({first}){dash}({last})(?=$|[\s,?!.;])", re.IGNORECASE)
    for first, dash, last in (
        (_A_WEEK + _A_YEAR, " ?[-–—] ?", rf"(?:{_A_WEEK}|\d\d?)"),
        ("q[1-4]" + _A_YEAR, " ?[-–—] ?", "q[1-4]"),
        (_A_MONTH + _A_YEAR, " ?[-–—] ?", _A_MONTH),
        (rf"\d\d?(?: {_A_MONTH}{_A_YEAR})?", " ?[-–—] ?", rf"\d\d? {_A_MONTH}"),
        (_ISO_END, "(?: [-–—] |[–—])", _ISO_END),
    )
)
"""Two ends of a range with a dash between them: weeks, quarters, months and days, written alike."""
_SHORT_YEARS = tuple(
    re.compile(rf"(?:(?<!\S)|(?<=\.\.))({name}){year}(?=$|[\s,?!.;])", re.IGNORECASE)
    for name, year in (
        (rf"{_A_MONTH}|q[1-4]|h[12]|{_A_WEEK}", r" ?'([0-3]\d)"),
        (_A_MONTH, r"-(2\d)"),
    )
)
"""A year in two digits, after its apostrophe or as spreadsheets write a month: "Jan-25"."""
_SLASHED_YEAR = re.compile(rf"(?<!\S)(q[1-4]|h[12]|{_A_MONTH})/{YEAR}(?!\S)", re.IGNORECASE)


def with_periods_spelled(text: str) -> str:
    """Return a line in which "week 40-44", "jan - mar" and "1-15 september" have two dots for the dash,
    and "jan '25", "Jan-25" and "q3/2025" their whole year; what is quoted stays as it is.
    """
    if '"' not in text:
        return _spelled(text)
    pieces = re.split('("[^"]*"?)', text)
    pieces[::2] = map(_spelled, pieces[::2])
    return "".join(pieces)


def _spelled(text: str) -> str:
    if not re.search(r"\d|[-–—]", text):
        return text
    for shortened in _SHORT_YEARS:
        text = shortened.sub(r"\1 20\2", text)
    text = _SLASHED_YEAR.sub(r"\1 \2", text)
    for dashed in _DASHES:
        text = dashed.sub(r"\1..\2", text)
    return text
