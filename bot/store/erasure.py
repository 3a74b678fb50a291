"""Erasing a person: their rows are deleted, and their id is replaced in the rows of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Engine, String, Table, and_, delete, or_, select, update

from bot.store.deliveries import SUBSCRIPTION
from bot.store.tables import (
    arrivals_told,
    audit,
    deliveries,
    metadata,
    open_questions,
    preferences,
    seen,
    subscriptions,
    survey_contacts,
    survey_responses,
    target_files,
    targets,
    told_findings,
)
from bot.store.targets import ERASED
from bot.store.team_totals import forget_rep
from kpi_engine.domain.query import Key

_THEIRS: tuple[tuple[Table, str], ...] = (
    (arrivals_told, "place"),
    (audit, "person"),
    (deliveries, "target"),
    (open_questions, "person"),
    (preferences, "person"),
    (subscriptions, "owner"),
    (survey_contacts, "person"),
    (survey_responses, "person"),
    (target_files, "person"),
)
"""The tables whose rows belong to one person, and the column with that person's id."""
_DONE_BY: tuple[tuple[Table, str], ...] = ((targets, "set_by"), (survey_responses, "asked_by"))
"""The columns that say who did what; their rows stay."""
_KEYS = frozenset({"workspace", "level"})
"""The columns whose texts are keys of the company's own tables: a target's level."""
_USER = re.compile(r"[UW][A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Erased:
    """How many questions, subscriptions and answers were erased; `left`: rows that still have the id."""

    questions: int
    subscriptions: int
    answers: int
    left: int


def is_user(person: str) -> bool:
    """Whether a text is a Slack user id; other words could occur anywhere."""
    return _USER.fullmatch(person) is not None


def erase(engine: Engine, workspace: str, person: str, rep: Key = None) -> Erased:
    """Erase everything about a person (a Slack user id) in a workspace, in one transaction.

    `rep` is the key of the rep that they are, None if they are none or it isn't known: it is taken out of the
    members behind team totals. Targets that they set, and lines of others that name them, stay without their
    id. Their survey answers are deleted: a score next to its customer could show whose it was.
    """
    with engine.begin() as connection:
        _erase_posts(connection, workspace, person)
        counts: dict[str, int] = {}
        for table, column in _THEIRS:
            mine = and_(table.c.workspace == workspace, table.c[column] == person)
            counts[table.name] = connection.execute(delete(table).where(mine)).rowcount
        for table, column in _DONE_BY:
            mine = and_(table.c.workspace == workspace, table.c[column] == person)
            connection.execute(update(table).where(mine).values({column: ERASED}))
        orphaned = told_findings.c.delivery.not_in(select(deliveries.c.id))
        connection.execute(delete(told_findings).where(told_findings.c.workspace == workspace, orphaned))
        for row in _naming(connection, workspace, person, seen):
            connection.execute(delete(seen).where(_is(seen, row)))
        if rep is not None:
            forget_rep(connection, workspace, rep)
        for table in metadata.sorted_tables:
            _blank(connection, workspace, person, table)
        left = sum(len(_naming(connection, workspace, person, table)) for table in metadata.sorted_tables)
    return Erased(counts[audit.name], counts[subscriptions.name], counts[survey_responses.name], left)


def _erase_posts(connection: Connection, workspace: str, person: str) -> None:
    """Delete the deliveries of a person's subscriptions, whatever channel they went to."""
    own = and_(subscriptions.c.workspace == workspace, subscriptions.c.owner == person)
    for number in connection.execute(select(subscriptions.c.id).where(own)).scalars().all():
        of_it = deliveries.c.subscription.startswith(f"{SUBSCRIPTION} {number}.", autoescape=True)
        connection.execute(delete(deliveries).where(deliveries.c.workspace == workspace, of_it))


def _blank(connection: Connection, workspace: str, person: str, table: Table) -> None:
    """Replace a person's id in the rows of others, such as a question that mentions them."""
    for row in _naming(connection, workspace, person, table):
        texts = {column.name: row[column.name] for column in _texts(table) if row[column.name]}
        values = {name: _id(person).sub(ERASED, text) for name, text in texts.items()}
        changed = {name: value for name, value in values.items() if value != texts[name]}
        connection.execute(update(table).where(_is(table, row)).values(changed))


def _naming(connection: Connection, workspace: str, person: str, table: Table) -> list[Any]:
    """Return the rows of a table that have a person's id in any column."""
    holds = [column.contains(person, autoescape=True) for column in _texts(table)]
    rows = connection.execute(select(table).where(table.c.workspace == workspace, or_(*holds))).mappings()
    found = _id(person)  # the database also finds rows with longer ids that begin with this one
    return [row for row in rows if any(found.search(row[column.name] or "") for column in _texts(table))]


def _texts(table: Table) -> Iterator[Column[Any]]:
    return (column for column in table.c if isinstance(column.type, String) and column.name not in _KEYS)


def _id(person: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){person}(?![A-Za-z0-9])")


def _is(table: Table, row: Any) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key))
