"""Everything that the store keeps about a person, as plain values for JSON: docs/json.md describes it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, Table, and_, select

from bot.store.keys import keys_of
from bot.store.personal import DONE_BY, THEIRS, WRITTEN, texts
from bot.store.post_tables import deliveries, told_findings
from bot.store.tables import metadata, open_questions, team_members, team_totals
from bot.store.traces import Traces, replaced

Rows = dict[str, list[dict[str, Any]]]

_SOMEBODY = "somebody else"
_OF_TEAMS = ("value", "numerator", "denominator", "target", "contributors", "shown_to", "members")
_LEFT_OUT: Mapping[str, frozenset[str]] = {
    deliveries.name: frozenset({"workspace", "payload", "uploaded", "marker"}),
    open_questions.name: frozenset({"workspace", "response_url"}),
    team_totals.name: frozenset({"workspace", *_OF_TEAMS}),
    team_members.name: frozenset({"workspace", *_OF_TEAMS}),
}
"""What isn't theirs alone.

That is what lets its holder answer in Slack, messages that aren't sent yet, and a team's figures and the
keys of its other members.
"""


def exported(engine: Engine, workspace: str, traces: Traces) -> Mapping[str, Rows]:
    """Return the rows of a workspace that are a person's, that say what they did, and that name them.

    Each by the name of its table. In the rows of others the ids of those others are replaced. Raises
    StoreError.
    """
    own, done, named = Rows(), Rows(), Rows()
    with engine.connect() as connection:
        for table, column in THEIRS:
            mine = and_(table.c.workspace == workspace, table.c[column] == traces.person)
            rows = connection.execute(select(table).where(mine)).mappings().all()
            own[table.name] = [_plain(table, row) for row in rows]
        for table, column in DONE_BY:
            mine = and_(table.c.workspace == workspace, table.c[column] == traces.person)
            rows = connection.execute(select(table).where(mine)).mappings().all()
            shown = ("person",) if column == "asked_by" else ()
            done[table.name] = [{**_plain(table, row), **dict.fromkeys(shown, _SOMEBODY)} for row in rows]
        owners, words = dict(THEIRS), dict(WRITTEN)
        for table in metadata.sorted_tables:
            rows = connection.execute(select(table).where(table.c.workspace == workspace)).mappings().all()
            doers = [column for of, column in DONE_BY if of is table]
            found = [
                _of_others(table, row, owners.get(table), traces)
                for row in rows
                if traces.person not in (row.get(owners.get(table, "")), *(row[name] for name in doers))
                and _names(table, row, words.get(table, ()), traces)
            ]
            named[table.name] = [
                *found,
                *(_plain(table, row) for row in rows if _has_key(table, row, traces)),
            ]
    return {"own": _some(own), "done": _some(done), "named": _some(named)}


def _names(table: Table, row: Any, words: tuple[str, ...], traces: Traces) -> bool:
    """Whether a row has a person's id anywhere, or their name where people write."""
    ids = (place for column in texts(table) for place in traces.ids_in(row[column.name] or ""))
    names = (place for name in words for place in traces.names_in(row[name] or ""))
    return any(True for places in (ids, names) for _ in places)


def _has_key(table: Table, row: Any, traces: Traces) -> bool:
    """Whether a row is about the rep that a person is: behind a team's total, or in what a summary told."""
    if traces.rep is None:
        return False
    if table is told_findings:
        return bool(row["dimension"] == "rep" and row["member"] == str(traces.rep))
    if table is team_totals:
        return str(traces.rep) in {*keys_of(row["contributors"]), *keys_of(row["shown_to"])}
    return table is team_members and traces.rep in keys_of(row["members"])


def _of_others(table: Table, row: Any, owner: str | None, traces: Traces) -> dict[str, Any]:
    """Return a row of somebody else, without who that is."""
    plain = _plain(table, row)
    other = str(row[owner]) if owner else ""
    if not other:
        return plain
    hidden = Traces(other)
    return {
        name: replaced(value, hidden.ids_in(value), _SOMEBODY)
        if isinstance(value, str) and name != "workspace" and other != traces.person
        else value
        for name, value in plain.items()
    }


def _plain(table: Table, row: Any) -> dict[str, Any]:
    left_out = _LEFT_OUT.get(table.name, {"workspace"})
    return {column.name: _value(row[column.name]) for column in table.c if column.name not in left_out}


def _value(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return b64encode(value).decode()
    return value


def _some(rows: Rows) -> Rows:
    return {name: found for name, found in rows.items() if found}
