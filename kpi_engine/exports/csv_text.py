"""Answers as CSV for spreadsheets: UTF-8, comma, dot, ISO dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.explanation import Explanation
from kpi_engine.exports.frame import answer_frame, map_text, parts_frame

if TYPE_CHECKING:
    import pandas as pd

_RISKY_IN_SHEETS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")


def csv_text(answers: Sequence[Answer]) -> str:
    """Return the answers to one question as CSV, with the rows and columns of `answer_frame`.

    What is missing is an empty cell. A name or key that a spreadsheet would take for a formula gets an
    apostrophe in front.
    """
    return _as_csv(answer_frame(answers))


def parts_csv(explanation: Explanation) -> str:
    """Return every part of a change as CSV, with the rows and columns of `parts_frame`."""
    return _as_csv(parts_frame(explanation))


def _as_csv(frame: pd.DataFrame) -> str:
    safe = map_text(frame, _safe_in_sheets)
    return safe.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")


def _safe_in_sheets(cell: str) -> str:
    """Return a cell that no spreadsheet runs; a carriage return in a name becomes a new line."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    return "'" + text if text.startswith(_RISKY_IN_SHEETS) else text
