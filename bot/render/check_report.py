"""What a check found, for a terminal and for scripts (docs/json.md)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich import box
from rich.table import Table

from bot.render.contract import SCHEMA, Json
from kpi_engine import Extent
from kpi_engine.domain.errors import Problem


def check_json(
    problems: Sequence[Problem], extents: Sequence[Extent], left_out: Mapping[str, Sequence[str]]
) -> Json:
    """Return what a check found as JSON values; `left_out` are the metrics that lack a model or measure."""
    return {
        "schema": SCHEMA,
        "ok": all(problem.is_warning for problem in problems),
        "problems": [
            {
                "file": first.file,
                "line": first.line,
                "severity": first.severity,
                "message": first.message,
                "fix": first.fix,
                "also": list(dict.fromkeys(f"{other.file}:{other.line}" for other in others)),
            }
            for severity in ("error", "warning", "note")
            for first, *others in _grouped([problem for problem in problems if problem.severity == severity])
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


def problem_lines(problems: Sequence[Problem], width: int | None) -> Iterator[tuple[str, str]]:
    """Yield each problem's text with its severity: errors, warnings, notes, each under its heading.

    What one stored column is the cause of in several files is said once, with the other places. A
    text is wrapped to `width` columns, where that is given, and has a line for each part.
    """
    for severity, heading in (("error", "Mistakes"), ("warning", "Warnings"), ("note", "Good to know")):
        grouped = _grouped([problem for problem in problems if problem.severity == severity])
        if grouped:
            yield severity, f"{heading}:"
        for first, *others in grouped:
            parts = [f"{first.file}:{first.line}: {first.message}", first.fix]
            also = ", ".join(dict.fromkeys(f"{other.file}:{other.line}" for other in others))
            parts.append(f"Also in {also}." if also else "")
            yield severity, "\n".join(indented(parts, width))


def _grouped(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Put problems of one subject together, in the order of the first; those without one stay alone."""
    groups: dict[object, list[Problem]] = {}
    for number, problem in enumerate(problems):
        groups.setdefault(problem.subject or number, []).append(problem)
    return list(groups.values())


def indented(parts: Sequence[str], width: int | None, first: str = "") -> Iterator[str]:
    """Yield the lines of parts, the first part behind `first` and the others indented.

    They are wrapped to `width` columns, where that is given.
    """
    for number, part in enumerate(part for part in parts if part):
        before = "    " if number else first
        if width is None:
            yield before + part
        else:
            yield from textwrap.wrap(
                part,
                width,
                initial_indent=before,
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )


def left_out_lines(left_out: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield what is missing with the metrics that need it, those of one lack together."""
    by_lack: dict[tuple[str, ...], list[str]] = {}
    for name, missing in left_out.items():
        by_lack.setdefault(tuple(missing), []).append(name)
    for missing, names in by_lack.items():
        verb, them = ("is", "it needs") if len(names) == 1 else ("are", "they need")
        yield f"{', '.join(names)} {verb} left out: {them} the {' and the '.join(missing)}."


def verdict(problems: Sequence[Problem], answering: int) -> str:
    """Return the last line of a check that found no mistake."""
    said = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for name in ("warning", "note")
        if (count := len(_grouped([problem for problem in problems if problem.severity == name])))
    ]
    begin = f"No mistakes, {' and '.join(said)}" if said else "All well"
    return f"{begin}: {answering} metrics answer."


def extents_table(extents: Sequence[Extent]) -> Table:
    """Return the table of models with their rows, first and last day, and the zone these are read in."""
    table = Table("Model", "Table", "Rows", "First", "Last", "Time", box=box.SIMPLE_HEAD, pad_edge=False)
    table.columns[2].justify = "right"
    for column in table.columns:
        column.overflow = "fold"
    for column in table.columns[2:5]:
        column.no_wrap = True
    for extent in extents:
        table.add_row(
            extent.model,
            extent.source,
            f"{extent.rows:,}",
            _day(extent.first),
            _day(extent.last),
            extent.moments,
        )
    return table


def _end(moment: datetime | None, extent: Extent) -> str | None:
    if moment is None:
        return None
    return moment.date().isoformat() if extent.is_dated else moment.isoformat()


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""
