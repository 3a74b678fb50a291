"""What a check found, for a terminal and for scripts (docs/json.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich import box
from rich.table import Table

from bot.render.contract import SCHEMA, Json
from kpi_engine.errors import Problem
from kpi_engine.integrity import Extent


def check_json(
    problems: Sequence[Problem], extents: Sequence[Extent], left_out: Mapping[str, Sequence[str]]
) -> Json:
    """Return what a check found as JSON values; `left_out` are the metrics that lack a model or measure."""
    return {
        "schema": SCHEMA,
        "ok": all(problem.is_warning for problem in problems),
        "problems": [
            {
                "file": problem.file,
                "line": problem.line,
                "severity": "warning" if problem.is_warning else "error",
                "message": problem.message,
                "fix": problem.fix,
            }
            for problem in problems
        ],
        "models": [
            {
                "model": extent.model,
                "table": extent.source,
                "rows": extent.rows,
                "first": _end(extent.first, extent),
                "last": _end(extent.last, extent),
                "time": extent.moments or None,
            }
            for extent in extents
        ],
        "left_out": {name: list(missing) for name, missing in left_out.items()},
    }


def extents_table(extents: Sequence[Extent]) -> Table:
    """Return the table of models with their rows, first and last moment, and the zone these are read in."""
    table = Table("Model", "Table", "Rows", "First", "Last", "Time", box=box.SIMPLE_HEAD, pad_edge=False)
    table.columns[2].justify = "right"
    for extent in extents:
        table.add_row(
            extent.model,
            extent.source,
            f"{extent.rows:,}",
            _shown(extent.first, extent),
            _shown(extent.last, extent),
            extent.moments,
        )
    return table


def _end(moment: datetime | None, extent: Extent) -> str | None:
    if moment is None:
        return None
    return moment.date().isoformat() if extent.is_dated else moment.isoformat()


def _shown(moment: datetime | None, extent: Extent) -> str:
    if moment is None:
        return ""
    return moment.date().isoformat() if extent.is_dated else f"{moment:%Y-%m-%d %H:%M}"
