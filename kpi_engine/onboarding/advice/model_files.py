"""Advise changes to model files: what keeps a database from reading only what a question needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.models import Location, Model, Path
from kpi_engine.onboarding.advice.advised import Advice, about
from kpi_engine.onboarding.advice.candidates import FEWEST_ROWS, times_of
from kpi_engine.onboarding.advice.tables import Tables, column_of

_TEXT = re.compile(r"'(?:[^']|'')*'")
_COMPUTED = (
    (re.compile(r"\bgroup\s+by\b", re.IGNORECASE), "groups rows"),
    (re.compile(r"\bselect\s+distinct\b", re.IGNORECASE), "removes duplicates"),
    (re.compile(r"\bunion\b|\bintersect\b|\bexcept\b", re.IGNORECASE), "puts several results together"),
    (re.compile(r"\bover\s*\(", re.IGNORECASE), "numbers or compares rows"),
)
"""What is worked out for all rows before a question's period or filters can narrow them."""
_JOIN = re.compile(r"\bjoin\b", re.IGNORECASE)
_NO_FUNCTIONS = frozenset({"and", "exists", "in", "not", "or", "values", "when", "then"})


def advice(catalogue: Catalogue, tables: Tables) -> Iterator[Advice]:
    """Yield the models that can be written so that less is read. Raises DataError and WarehouseError."""
    for model in catalogue.mapped_models:
        if model.query is not None and model.measures:
            yield from _of_query(model)
        elif model.table is not None and tables.of(model) and tables.rows(model) >= FEWEST_ROWS:
            yield from _of_times(model)


def _of_query(model: Model) -> Iterator[Advice]:
    bare = _TEXT.sub("''", model.query or "")
    computed = [what for pattern, what in _COMPUTED if pattern.search(bare)]
    if computed:
        yield about(
            model,
            ("query",),
            f"The query of {model.name} {' and '.join(computed)}, for all rows, whatever the period of a "
            "question is.",
            fix="Have the database store the result as a table, or map the tables with table: and joins:.",
        )
    elif _JOIN.search(bare):
        yield about(
            model,
            ("query",),
            f"The query of {model.name} joins tables, so every question reads all of them.",
            fix="Map each table with table: and joins:; then a question reads only the tables that it needs.",
        )


def _of_times(model: Model) -> Iterator[Advice]:
    own = {path: place for path, place in times_of(model).items() if len(path) == 1}
    for path, place in own.items():
        column = column_of(model, path[0])
        if column.sql is not None:
            yield about(
                model,
                ("columns", path[0]) if path[0] in model.columns else place,
                f"The time {path[0]} is computed by sql:, so a question about a period can't use an index.",
                fix="Name the stored column, with its type: and the model's zone:, or store the result.",
            )
        else:
            yield from _of_condition(model, path, column.physical or path[0])


def _of_condition(model: Model, path: Path, physical: str) -> Iterator[Advice]:
    """Yield the conditions that apply a function to a time column."""
    conditions: list[tuple[Location, str | None]] = [(("where",), model.where)]
    conditions += [(("measures", name, "where"), entry.where) for name, entry in model.measures.items()]
    for place, text in conditions:
        applied = _applied(_TEXT.sub("''", text or ""), physical)
        if applied:
            yield about(
                model,
                place,
                f"{'.'.join(place)} applies {applied} to the time {path[0]}, so it can't use an index on "
                f"{physical}.",
                fix=f"Compare {physical} itself, for example {physical} >= '2024-01-01'.",
            )


def _applied(condition: str, physical: str) -> str:
    """Return the function or cast that a condition applies to a column; "" if none."""
    named = rf"(?:\w+\.)?[\"`]?{re.escape(physical)}[\"`]?"
    for found in re.finditer(rf"\b(\w+)\s*\((?:[^()]*[\s,(])?{named}(?!\w)", condition, re.IGNORECASE):
        if found[1].casefold() not in _NO_FUNCTIONS:
            return f"{found[1]}()"
    cast = re.search(rf"(?<!\w){named}\s*::\s*(\w+)", condition, re.IGNORECASE)
    return f"::{cast[1]}" if cast else ""
