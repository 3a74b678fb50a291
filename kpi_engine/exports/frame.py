"""Answers as pandas data frames: for notebooks, and what CSV files and workbooks are made from.

pandas is imported where it is used: it takes most of a second, and most answers need no frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.query import NONE_LABEL
from kpi_engine.exports.rows import Row, dimensions_of, rows_of

if TYPE_CHECKING:
    import pandas as pd

_TEXT, _KEY, _NUMBER, _DAY, _FLAG = "string", "object", "float64", "datetime64[s]", "boolean"

_Columns = Mapping[str, tuple[str, Sequence[Any]]]
"""The dtype and the values of each column, by its name."""


def answer_frame(answers: Answer | Sequence[Answer]) -> pd.DataFrame:
    """Return an answer, or the answers to one question, as a frame.

    The frame has one row per metric, group and period, and no row is left out. An answer without groups has a
    row for its figure; an answer with a series has a row per period, oldest first. The index is the row's
    number. The columns, in this order:

    =================  =============  ==========================================================
    column             dtype          what it holds
    =================  =============  ==========================================================
    metric             string         the metric's name, such as ``sales``
    start              datetime64[s]  the first day of the period, ``NaT`` for all time
    end                datetime64[s]  the day after its last one, ``NaT`` for all time
    <dimension>        string         the member's name, for each dimension of the split
    <dimension>_key    object         the member's key as the database stores it
    value              float64        the figure
    numerator          float64        what a ratio is made of, else ``NaN``
    denominator        float64        the same
    low                float64        the 95 % interval of a share, else ``NaN``
    high               float64        the same
    currency           string         the currency of ``value``, ``<NA>`` for what is no money
    verdict            string         the word on the figure, such as ``clearly up`` (see docs/json.md),
                                      ``<NA>`` for the periods of a series
    remark             string         what a cost without a ratio lacks (``no new leads``), else ``<NA>``
    usual_low          float64        the usual range by the periods before, else ``NaN``
    usual_high         float64        the same
    unusual            boolean        whether the figure is marked as unusual, ``<NA>`` without a range
    target             float64        the target of the same period and members, else ``NaN``
    landing            float64        where a running month with a target is expected to end, else ``NaN``
    landing_low        float64        80 % of the likely ends lie from here on
    landing_high       float64        and up to here
    =================  =============  ==========================================================

    Numbers are unrounded and in the metric's unit: an amount in its currency, a count, a share from 0 to 1, a
    score from -100 to 100, a ratio or days. ``NaN`` is "no data", never zero. A missing member has the name
    ``(none)`` and the key None. Where answers of one question have different dimensions, the name of a
    dimension that an answer lacks is ``<NA>``.
    """
    answers = (answers,) if isinstance(answers, Answer) else answers
    by, rows = dimensions_of(answers), list(rows_of(answers))
    figures = [row.figure for row in rows]
    intervals = [figure.interval or (None, None) for figure in figures]
    landings = [row.target.landing if row.target else None for row in rows]
    columns: _Columns = {
        "metric": (_TEXT, [row.answer.metric for row in rows]),
        "start": (_DAY, [row.period.start for row in rows]),
        "end": (_DAY, [row.period.end for row in rows]),
        **{name: (_TEXT, [row.labels.get(name) for row in rows]) for name in by},
        **{f"{name}_key": (_KEY, [row.keys.get(name) for row in rows]) for name in by},
        "value": (_NUMBER, [figure.value for figure in figures]),
        "numerator": (_NUMBER, [figure.numerator for figure in figures]),
        "denominator": (_NUMBER, [figure.denominator for figure in figures]),
        "low": (_NUMBER, [low for low, _ in intervals]),
        "high": (_NUMBER, [high for _, high in intervals]),
        "currency": (_TEXT, [row.answer.currency for row in rows]),
        "verdict": (_TEXT, [None if row.verdict is None else str(row.verdict) for row in rows]),
        "remark": (_TEXT, [_remark(row) for row in rows]),
        "usual_low": (_NUMBER, [row.usual.low if row.usual else None for row in rows]),
        "usual_high": (_NUMBER, [row.usual.high if row.usual else None for row in rows]),
        "unusual": (_FLAG, [row.usual.is_unusual if row.usual else None for row in rows]),
        "target": (_NUMBER, [row.target.value if row.target else None for row in rows]),
        "landing": (_NUMBER, [landing.expected if landing else None for landing in landings]),
        "landing_low": (_NUMBER, [landing.low if landing else None for landing in landings]),
        "landing_high": (_NUMBER, [landing.high if landing else None for landing in landings]),
    }
    return _frame(columns)


def _remark(row: Row) -> str | None:
    counted = row.answer.yields
    return f"no {counted.lower()}" if counted and row.answer.is_without_yield(row.figure) else None


def parts_frame(explanation: Explanation) -> pd.DataFrame:
    """Return every part of a change, by every dimension that was tried, as a frame.

    The frame has one row per member of each dimension, and the rows of one dimension add up to the change.
    The columns, with dtypes and units as in `answer_frame`:

    - ``metric``; ``start`` and ``end`` of the period; ``base_start`` and ``base_end`` of the compared one
    - ``dimension``; ``member`` and ``member_key``
    - ``part``: what the member adds to the change
    - ``value`` and ``base_value``: its figures in both periods
    - ``own_rate_part`` and ``weight_part``: of a rate, what comes from the member's own rate and from its
      weight among all members; else ``NaN``
    - ``currency``
    """
    answer, base = explanation.answer, explanation.comparison
    rows = [(breakdown.dimension, part) for breakdown in explanation.breakdowns for part in breakdown.parts]

    def all_rows(value: object) -> list[object]:
        return [value] * len(rows)

    columns: _Columns = {
        "metric": (_TEXT, all_rows(answer.metric)),
        "start": (_DAY, all_rows(answer.period.start)),
        "end": (_DAY, all_rows(answer.period.end)),
        "base_start": (_DAY, all_rows(base.period.start)),
        "base_end": (_DAY, all_rows(base.period.end)),
        "dimension": (_TEXT, [dimension for dimension, _ in rows]),
        "member": (_TEXT, [NONE_LABEL if part.label is None else part.label for _, part in rows]),
        "member_key": (_KEY, [part.key for _, part in rows]),
        "part": (_NUMBER, [part.part for _, part in rows]),
        "value": (_NUMBER, [part.figure.value for _, part in rows]),
        "base_value": (_NUMBER, [part.base.value for _, part in rows]),
        "own_rate_part": (_NUMBER, [part.rate for _, part in rows]),
        "weight_part": (_NUMBER, [part.mix for _, part in rows]),
        "currency": (_TEXT, all_rows(answer.currency)),
    }
    return _frame(columns)


def map_text(frame: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Return a frame with `change` applied to every name and key that is text; all else stays as it is."""
    import pandas as pd

    changed = frame.copy()
    for name, column in frame.items():
        if str(column.dtype) in (_TEXT, _KEY):
            cells = [change(cell) if isinstance(cell, str) else cell for cell in column]
            changed[name] = pd.Series(cells, dtype=column.dtype)
    return changed


def _frame(columns: _Columns) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: pd.Series(values, dtype=dtype) for name, (dtype, values) in columns.items()})
