"""Answers as a table: what a spreadsheet, a notebook or a CSV file takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kpi_engine.figure import Figure
from kpi_engine.periods import Period
from kpi_engine.query import NONE_LABEL, Key
from kpi_engine.result import Answer

if TYPE_CHECKING:
    import pandas as pd

_RISKY_IN_SHEETS = ("=", "+", "-", "@", "\t", "\r")
_FIGURE = ("value", "numerator", "denominator", "low", "high", "currency")

_Row = tuple[object, ...]


def table_of(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return answers to one question as a frame: a row for each metric, group and period, never cut.

    Columns: metric, start, end (dates; the end isn't included), one per dimension of the split with the
    member's name, one `<dimension>_key` each with its key as stored, value, numerator, denominator, low,
    high, currency. No index but the row's number. Numbers are unrounded; None is no data.
    """
    import pandas as pd  # noqa: PLC0415 - over a second of CPU, so not before somebody wants a table

    by = answers[0].by if answers else ()
    columns = ["metric", "start", "end", *by, *(f"{name}_key" for name in by), *_FIGURE]
    rows = [row for answer in answers for row in _rows(answer)]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def csv_text(answers: Sequence[Answer]) -> str:
    """Return the table as CSV: UTF-8, comma, dot.

    A name that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    table = table_of(answers)
    for name in answers[0].by if answers else ():
        table[name] = [_safe_in_sheets(label) for label in table[name]]
    return str(table.to_csv(index=False, lineterminator="\n"))


def _rows(answer: Answer) -> Iterator[_Row]:
    points = [(point.period, point.figure) for point in answer.series]
    if not answer.by:
        for period, figure in points or [(answer.period, answer.figure)]:
            yield _row(answer, period, (), (), figure)
    for group in answer.groups:
        names = tuple(NONE_LABEL if label is None else label for label in group.labels)
        points = [(point.period, point.figure) for point in group.series]
        for period, figure in points or [(answer.period, group.figure)]:
            yield _row(answer, period, names, group.keys, figure)


def _row(
    answer: Answer, period: Period, names: tuple[str, ...], keys: tuple[Key, ...], figure: Figure
) -> _Row:
    shown = (figure.value, figure.numerator, figure.denominator, *(figure.interval or (None, None)))
    return (answer.metric, period.start, period.end, *names, *keys, *shown, answer.currency)


def _safe_in_sheets(text: str) -> str:
    return "'" + text if text.startswith(_RISKY_IN_SHEETS) else text
