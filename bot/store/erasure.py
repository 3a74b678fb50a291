"""Erasing a person: their rows are deleted, and their id and names are replaced in the rows of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, delete, or_, select, update

from bot.store.deliveries import ALERT, SUBSCRIPTION
from bot.store.personal import DONE_BY, THEIRS, WRITTEN, is_row, texts
from bot.store.post_tables import alerts, deliveries, posted_figures, subscriptions, told_findings
from bot.store.subscription_targets import SubscriptionTargets
from bot.store.tables import audit, metadata, seen, survey_responses
from bot.store.targets import ERASED
from bot.store.team_totals import forget_rep
from bot.store.traces import Traces, replaced

_REP = "rep"


@dataclass(frozen=True, slots=True)
class Erased:
    """How many questions, subscriptions and answers of a person were erased.

    `mentions`: rows of others in which their id or name was replaced. `left`: rows that still have one of
    them. `doubtful`: rows with a part of their name that may be somebody else's.
    """

    questions: int
    subscriptions: int
    answers: int
    left: int
    mentions: int = 0
    doubtful: int = 0


def erase(engine: Engine, workspace: str, traces: Traces) -> Erased:
    """Erase everything about a person in a workspace, in one transaction. Raises StoreError.

    The rep that they are is taken out of the members behind team totals. Targets that they set, and lines of
    others that name them, stay without their id and names. Their survey answers are deleted: a score next to
    its customer could show whose it was.
    """
    person = traces.person
    with engine.begin() as connection:
        _erase_posts(connection, workspace, person)
        counts: dict[str, int] = {}
        for table, column in THEIRS:
            mine = and_(table.c.workspace == workspace, table.c[column] == person)
            counts[table.name] = connection.execute(delete(table).where(mine)).rowcount
        for table, column in DONE_BY:
            mine = and_(table.c.workspace == workspace, table.c[column] == person)
            connection.execute(update(table).where(mine).values({column: ERASED}))
        for table in (told_findings, posted_figures):
            orphaned = table.c.delivery.not_in(select(deliveries.c.id))
            connection.execute(delete(table).where(table.c.workspace == workspace, orphaned))
        for row in _with_id(connection, workspace, traces, seen):
            connection.execute(delete(seen).where(is_row(seen, row)))
        mentions = _blank_everywhere(connection, workspace, traces)
        if traces.rep is not None:
            mentions += forget_rep(connection, workspace, traces.rep)
        left = doubtful = 0
        for table in metadata.sorted_tables:
            left += len(_with_id(connection, workspace, traces, table))
        for _, written in _written(connection, workspace):
            left += any(True for text in written.values() for _ in traces.names_in(text))
            doubtful += any(traces.may_be_in(text) for text in written.values())
    return Erased(
        questions=counts[audit.name],
        subscriptions=counts[subscriptions.name],
        answers=counts[survey_responses.name],
        left=left,
        mentions=mentions,
        doubtful=doubtful,
    )


def forget_the_log(engine: Engine) -> None:
    """Write SQLite's log of changes, which still has erased rows, into its file; a server keeps its own."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _erase_posts(connection: Connection, workspace: str, person: str) -> None:
    """Delete the deliveries of a person's subscriptions and alerts, whatever channel they went to.

    With those of subscriptions goes who got them.
    """
    for table, name in ((subscriptions, SUBSCRIPTION), (alerts, ALERT)):
        own = and_(table.c.workspace == workspace, table.c.owner == person)
        for number in connection.execute(select(table.c.id).where(own)).scalars().all():
            of_it = deliveries.c.subscription.startswith(f"{name} {number}.", autoescape=True)
            connection.execute(delete(deliveries).where(deliveries.c.workspace == workspace, of_it))
            if table is subscriptions:
                SubscriptionTargets(workspace).drop(connection, number)


def _blank_everywhere(connection: Connection, workspace: str, traces: Traces) -> int:
    """Replace a person's id and names in the rows of others, such as a question that mentions them."""
    count = 0
    for table in metadata.sorted_tables:
        for row in _with_id(connection, workspace, traces, table):
            values = {column.name: row[column.name] for column in texts(table) if row[column.name]}
            blanked = {name: replaced(text, traces.ids_in(text), ERASED) for name, text in values.items()}
            count += _change(connection, table, row, values, blanked)
    for (table, row), values in _written(connection, workspace):
        blanked = {name: replaced(text, traces.names_in(text), ERASED) for name, text in values.items()}
        count += _change(connection, table, row, values, blanked)
    if traces.rep is None:
        return count
    finding = told_findings.c
    is_theirs = and_(
        finding.workspace == workspace, finding.dimension == _REP, finding.member == str(traces.rep)
    )
    return count + connection.execute(update(told_findings).where(is_theirs).values(member=ERASED)).rowcount


def _change(
    connection: Connection, table: Table, row: Any, before: dict[str, str], after: dict[str, str]
) -> bool:
    changed = {name: value for name, value in after.items() if value != before[name]}
    if changed:
        connection.execute(update(table).where(is_row(table, row)).values(changed))
    return bool(changed)


def _with_id(connection: Connection, workspace: str, traces: Traces, table: Table) -> list[Any]:
    """Return the rows of a table that have a person's id in any column."""
    holds = [column.contains(traces.person, autoescape=True) for column in texts(table)]
    rows = connection.execute(select(table).where(table.c.workspace == workspace, or_(*holds))).mappings()
    # the database also finds rows with longer ids that begin with this one
    return [
        row
        for row in rows
        if any(True for column in texts(table) for _ in traces.ids_in(row[column.name] or ""))
    ]


def _written(connection: Connection, workspace: str) -> Iterator[tuple[tuple[Table, Any], dict[str, str]]]:
    """Yield the rows that hold words which people wrote, and these words by column."""
    for table, names in WRITTEN:
        keys = [*table.primary_key, *(table.c[name] for name in names)]
        wanted = select(*keys).where(table.c.workspace == workspace)
        for row in connection.execute(wanted).mappings().all():
            yield (table, row), {name: row[name] for name in names if row[name]}
