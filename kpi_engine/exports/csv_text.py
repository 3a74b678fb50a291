"""Answers as CSV for spreadsheets: UTF-8, ISO dates, numbers as they are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.visible_text import visible
from kpi_engine.exports.frame import answer_frame, map_text, parts_frame
from kpi_engine.exports.rows import IN_UNIT

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = re.compile(r"(^|[;\t\n])([ \"']*)(?=[=+\-@＝＋－＠])")
"""Where a spreadsheet would take a text for a formula: at its start, and behind what splits cells elsewhere.

The Excel of a country with a decimal comma splits a line at semicolons, whatever is quoted.
"""
_DECIMALS: Mapping[Unit, int] = {"money": 2, "count": 1, "share": 3, "score": 1, "ratio": 2, "days": 1}
"""The most decimals with which a figure of each unit is shown; a share of 0..1 has one as a percentage."""
_MORE_OF_PARTS = 2
"""More decimals for the parts of a change, so that they still add up to it."""
_PARTS = ("part", "value", "base_value", "own_rate_part", "weight_part")


@dataclass(frozen=True, slots=True)
class CsvForm:
    """What stands between cells, and in numbers; by default as programs and English spreadsheets read it."""

    separator: str = ","
    decimal: str = "."


_PLAIN = CsvForm()


def csv_text(answers: Sequence[Answer], form: CsvForm = _PLAIN) -> str:
    """Return the answers to one question as CSV, with the rows and columns of `answer_frame`.

    What is missing is an empty cell. Numbers are rounded as they are shown. A name or key that a spreadsheet
    would take for a formula, wherever it splits the line, gets an apostrophe in front.
    """
    frame = answer_frame(answers)
    decimals = frame["metric"].map({answer.metric: _DECIMALS[answer.unit] for answer in answers})
    for name in frame.columns.intersection([*IN_UNIT, "numerator", "denominator"]):
        places = decimals if name in IN_UNIT else decimals.clip(lower=2)
        frame[name] = _rounded(frame[name], places)
    return _as_csv(frame, form)


def parts_csv(explanation: Explanation, form: CsvForm = _PLAIN) -> str:
    """Return every part of a change as CSV, with the rows and columns of `parts_frame`."""
    frame = parts_frame(explanation)
    places = _DECIMALS[explanation.answer.unit] + _MORE_OF_PARTS
    for name in _PARTS:
        frame[name] = frame[name].round(places)
    return _as_csv(frame, form)


def _rounded(column: pd.Series[float], places: pd.Series[int]) -> pd.Series[float]:
    import pandas as pd

    rounded = [round(value, place) + 0.0 for value, place in zip(column, places, strict=True)]
    return pd.Series(rounded, index=column.index, dtype=column.dtype)


def _as_csv(frame: pd.DataFrame, form: CsvForm) -> str:
    safe = map_text(frame, _safe_in_sheets)
    return safe.to_csv(
        index=False, sep=form.separator, decimal=form.decimal, lineterminator="\n", date_format="%Y-%m-%d"
    )


def _safe_in_sheets(cell: str) -> str:
    """Return a cell that no spreadsheet runs, with control characters and line breaks shown."""
    return _FORMULA.sub(r"\1'\2", visible(cell))
