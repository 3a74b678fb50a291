"""Answers as a table: what a spreadsheet, a notebook or a CSV file takes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import Period
from kpi_engine.domain.query import NONE_LABEL, Key

if TYPE_CHECKING:
    import pandas as pd

_RISKY_IN_SHEETS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
FIGURES = ("value", "numerator", "denominator", "low", "high", "currency")
"""The columns of a figure, after those that say of what it is."""
_PARTS = (
    *("metric", "start", "end", "base_start", "base_end", "dimension"),
    *("member", "member_key", "part", "value", "base_value", "own_rate_part", "weight_part", "currency"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of an answer: of which period, and of which members (name and key by dimension)."""

    answer: Answer
    period: Period
    labels: Mapping[str, str]
    keys: Mapping[str, Key]
    figure: Figure

    def figures(self) -> tuple[object, ...]:
        """Return the values of the columns FIGURES."""
        low, high = self.figure.interval or (None, None)
        of = (self.figure.value, self.figure.numerator, self.figure.denominator)
        return (*of, low, high, self.answer.currency)


def dimensions_of(answers: Sequence[Answer]) -> list[str]:
    """Return the dimensions that answers to one question are split by, each once."""
    return list(dict.fromkeys(name for answer in answers for name in answer.by))


def rows_of(answers: Sequence[Answer]) -> Iterator[Row]:
    """Yield every figure of answers to one question, for each metric, group and period; never cut."""
    for answer in answers:
        points = [(point.period, point.figure) for point in answer.series]
        if not answer.by:
            for period, figure in points or [(answer.period, answer.figure)]:
                yield Row(answer, period, {}, {}, figure)
        for group in answer.groups:
            names = (NONE_LABEL if label is None else label for label in group.labels)
            labels = dict(zip(answer.by, names, strict=True))
            keys = dict(zip(answer.by, group.keys, strict=True))
            points = [(point.period, point.figure) for point in group.series]
            for period, figure in points or [(answer.period, group.figure)]:
                yield Row(answer, period, labels, keys, figure)


def table_of(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return answers to one question as a frame: a row for each metric, group and period, never cut.

    Columns: metric, start, end (dates; the end isn't included), one per dimension of the split with the
    member's name, one `<dimension>_key` each with its key as stored, value, numerator, denominator, low,
    high, currency. No index but the row's number. Numbers are unrounded; None is no data, or, of a
    member, a total.
    """
    import pandas as pd  # noqa: PLC0415 - over a second of CPU, so not before somebody wants a table

    return pd.DataFrame(_cells(answers), columns=_columns(answers), dtype=object)


def csv_text(answers: Sequence[Answer]) -> str:
    """Return the table as CSV: UTF-8, comma, dot.

    A name or key that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    return _as_csv(_columns(answers), _cells(answers))


def parts_csv(explanation: Explanation) -> str:
    """Return every part of a change, by every dimension that was tried, as CSV like that of an answer.

    A row for each member of each dimension: what it adds to the change (of a share or score in points of
    1 or of 100, as the figure itself), its own figure in both periods, and of a rate the part of its own rate
    and of its weight. The rows of one dimension add up to the change.
    """
    answer, base = explanation.answer, explanation.comparison
    periods = (answer.period.start, answer.period.end, base.period.start, base.period.end)
    rows = (
        (
            *(answer.metric, *periods, breakdown.dimension),
            *(NONE_LABEL if part.label is None else part.label, part.key),
            *(part.part, part.figure.value, part.base.value, part.rate, part.mix, answer.currency),
        )
        for breakdown in explanation.breakdowns
        for part in breakdown.parts
    )
    return _as_csv(_PARTS, rows)


def _as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe_in_sheets(cell) for cell in row] for row in rows)
    return text.getvalue()


def _columns(answers: Sequence[Answer]) -> list[str]:
    by = dimensions_of(answers)
    return ["metric", "start", "end", *by, *(f"{name}_key" for name in by), *FIGURES]


def _cells(answers: Sequence[Answer]) -> list[list[object]]:
    by = dimensions_of(answers)
    return [
        [
            row.answer.metric,
            row.period.start,
            row.period.end,
            *(row.labels.get(name) for name in by),
            *(row.keys.get(name) for name in by),
            *row.figures(),
        ]
        for row in rows_of(answers)
    ]


def _safe_in_sheets(cell: object) -> object:
    """Return a cell that no spreadsheet runs; a carriage return in a name becomes a new line."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    return "'" + text if text.startswith(_RISKY_IN_SHEETS) else text
