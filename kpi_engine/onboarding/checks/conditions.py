"""Check that rows have the values that conditions name: 'Won' where the rows say 'won' is a problem."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import ColumnElement, String, cast, literal_column, select, table, text

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Location, Model
from kpi_engine.onboarding.checks.profile import Profile
from kpi_engine.onboarding.checks.spelling import meant_by
from kpi_engine.proofs.proof import EXAMPLES, Proof, odd, quoted

_MOST_VALUES = 200
"""A column with more values than this isn't a status column."""
_NAME = r'("[^"]+"|`[^`]+`|\b(?!(?i:not|and|or|is)\b)[A-Za-z_]\w*)'
_TEXT = r"'((?:[^']|'')*)'"
_EQUAL = re.compile(rf"{_NAME}\s*(?:=|<>|!=)\s*{_TEXT}")
_KNOWN = re.compile(rf"coalesce\(\s*{_NAME}\s*,\s*{_TEXT}\s*\)", re.IGNORECASE)
_LISTED = re.compile(rf"{_NAME}\s+(?:not\s+)?in\s*\(((?:\s*{_TEXT}\s*,?)+)\)", re.IGNORECASE)


def problems(proof: Proof, model: Model, profile: Profile) -> Iterator[Problem]:
    """Return the values in a model's conditions that its table doesn't hold.

    Conditions that are never true are reported by `values.problems`.
    """
    conditions: dict[Location, str | None] = {("where",): model.where}
    for name, measure in model.measures.items():
        if profile.counted[name]:
            conditions["measures", name, "where"] = measure.where
    for location, condition in conditions.items():
        for said in misnamed(proof, model, condition):
            yield odd(model, location, f"{'.'.join(location)}: {said}", "Correct it or remove it.")


def misnamed(proof: Proof, model: Model, condition: str | None) -> Iterator[str]:
    """Yield what a condition names that the model's table doesn't hold, with what is held instead."""
    if model.table is None:
        return  # what a query's own columns hold before its condition can't be asked
    for column, values in named_values(condition or "").items():
        known = _held(proof, model, column)
        lost = [value for value in values if value not in known] if known else []
        if not lost:
            continue
        meant = meant_by(lost, known)
        told = ", ".join(f"{value!r} for {likely!r}" for value, likely in meant.items())
        bare = column.strip('"`')
        more = " and others" if len(known) > EXAMPLES else ""
        held = f"{bare} holds {quoted(known)}{more}"
        named = f"{told}?" if meant else quoted(lost)
        yield f"no row has a value that it names ({named}): {held}."


def named_values(condition: str) -> dict[str, list[str]]:
    """Return the texts that a condition compares columns with, by column as it is written."""
    found: dict[str, list[str]] = {}
    condition = _KNOWN.sub(r"\1", condition)
    for column, value in _EQUAL.findall(condition):
        found.setdefault(column, []).append(value.replace("''", "'"))
    for column, values, _ in _LISTED.findall(condition):
        texts = [value.replace("''", "'") for value in re.findall(_TEXT, values)]
        found.setdefault(column, []).extend(texts)
    return found


def _held(proof: Proof, model: Model, column: str) -> list[str]:
    """Return the different texts of a column, whatever counts; none where it can't be told."""
    source = table(model.table or "", schema=model.schema)
    value: ColumnElement[str] = cast(literal_column(column), String())
    statement = select(value).select_from(source).where(text(f"{column} is not null")).distinct()
    try:
        rows = proof.read(model, statement.limit(_MOST_VALUES + 1))
    except DataError:
        return []
    return sorted(str(row[0]) for row in rows) if len(rows) <= _MOST_VALUES else []
