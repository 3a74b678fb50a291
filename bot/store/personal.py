"""Which columns of the store belong to a person, name one, or hold words that people wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Engine, String, Table, and_, select, union

from bot.store.post_tables import (
    alerts,
    deliveries,
    incidents,
    posted_figures,
    subscription_targets,
    subscriptions,
)
from bot.store.tables import (
    arrivals_told,
    audit,
    metadata,
    mistakes,
    open_questions,
    preferences,
    survey_contacts,
    survey_responses,
    target_files,
    targets,
)

THEIRS: tuple[tuple[Table, str], ...] = (
    (alerts, "owner"),
    (arrivals_told, "place"),
    (audit, "person"),
    (deliveries, "target"),
    (incidents, "audience"),
    (open_questions, "person"),
    (preferences, "person"),
    (subscription_targets, "target"),
    (subscriptions, "owner"),
    (survey_contacts, "person"),
    (survey_responses, "person"),
    (target_files, "person"),
)
"""The tables whose rows belong to one person, and the column with that person's id."""
DONE_BY: tuple[tuple[Table, str], ...] = ((targets, "set_by"), (survey_responses, "asked_by"))
"""The columns that say who did what; their rows stay."""
WRITTEN: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (alerts, ("line",)),
    (audit, ("question",)),
    (deliveries, ("reason", "payload")),
    (mistakes, ("message", "fix")),
    (open_questions, ("line", "file")),
    (posted_figures, ("question",)),
    (subscriptions, ("line",)),
    (survey_responses, ("reason",)),
    (target_files, ("name", "metric")),
)
"""The columns that hold words which people wrote, among which names may be."""
_KEYS = frozenset({"workspace", "level"})
"""The columns whose texts are keys of the company's own tables: a target's level."""


def texts(table: Table) -> Iterator[Column[Any]]:
    """Yield the columns of a table in which a person's id may stand."""
    return (column for column in table.c if isinstance(column.type, String) and column.name not in _KEYS)


def is_row(table: Table, row: Any) -> Any:
    """Return the condition that only one row meets."""
    return and_(*(column == row[column.name] for column in table.primary_key))


def workspaces(engine: Engine) -> tuple[str, ...]:
    """Return the workspaces that have any rows. Raises StoreError."""
    named = [select(table.c.workspace).distinct() for table in metadata.sorted_tables]
    with engine.connect() as connection:
        found = {str(row[0]) for row in connection.execute(union(*named))}
    return tuple(sorted(found - {""}))
