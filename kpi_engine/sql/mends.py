"""Lines of a model file that mend what is wrong with a stored column: what the advice of `check` prints.

An expression in a model file is over the columns of the database's table, so it names them as the
database does, not as the model does.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from kpi_engine.domain.models import ColumnType, Model

_UNSEEN = ("\u00a0", "\u202f", "\u2009")

Quote = Callable[[str], str]
"""Writes a name as the database wants it."""


def stored_sql(model: Model, name: str, quote: Quote = str) -> str:
    """Return a column of a model as SQL over the model's own table."""
    entry = model.columns.get(name)
    if entry is not None and entry.sql is not None:
        return f"({entry.sql})"
    return quote(entry.physical or name if entry is not None else name)


def column_line(model: Model, name: str, sql: str, kind: ColumnType | None = None) -> str:
    """Return the line under `columns:` that derives a column; it keeps the type and currency that it has."""
    entry = model.columns.get(name)
    parts = [f"sql: {yaml_text(sql)}"]
    kept = kind or (entry.type if entry else None)
    if kept:
        parts.append(f"type: {kept}")
    if entry and entry.currency:
        parts.append(f"currency: {entry.currency}")
    return f"{name}: {{{', '.join(parts)}}}"


def yaml_text(text: str) -> str:
    """Return a text in double quotes; spaces that can't be told from others are written as codes."""
    written = json.dumps(text, ensure_ascii=False)
    for sign in _UNSEEN:
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written


def sql_text(text: str) -> str:
    """Return a text as SQL."""
    return "'" + text.replace("'", "''") + "'"
