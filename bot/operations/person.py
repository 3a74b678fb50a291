"""What `kpi-bot audit --erase` and `--export` do: find out who somebody is, then erase or hand out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Engine as StoreEngine

from bot.rights import Staff
from bot.store.erasure import Erased, erase, forget_the_log
from bot.store.export import exported
from bot.store.traces import Traces, parts_of
from bot.workspace.services import Services
from kpi_engine.domain.query import Member

SCHEMA = "kpi-bot person 1"
NOT_REACHED = (
    "messages in Slack: delete those yourself, or ask a Slack administrator",
    "backups of the store, and files that were exported or downloaded",
    "log files, if an error happened while the person asked",
    "the sales database, which the bot only reads",
)
"""What the bot can't erase."""


def traces_of(
    person: str, names: Sequence[str], addresses: Sequence[str], services: Services | None, now: datetime
) -> Traces:
    """Return what a person is recognised by: what is given, and what the sales database says of them.

    `services` None: the sales database isn't asked. Raises KpiError where it doesn't answer.
    """
    if services is None:
        return Traces(person, tuple(names), tuple(addresses))
    staff = services.staff(now)
    rep = _rep_of(person, addresses, staff, services)
    if rep is None:
        return Traces(person, tuple(names), tuple(addresses))
    others = tuple(other.label for other in staff.reps if other != rep)
    known = tuple(address for address, member in staff.addresses.items() if member == rep)
    return Traces(
        person,
        tuple(dict.fromkeys((*names, rep.label))),
        tuple(dict.fromkeys((*addresses, *known))),
        parts_of(rep.label, others),
        rep.key,
    )


def erased(store: StoreEngine, workspaces: Sequence[str], traces: Traces) -> Iterator[tuple[str, Erased]]:
    """Erase a person in each workspace and yield what was. Raises StoreError."""
    for workspace in workspaces:
        yield workspace, erase(store, workspace, traces)
    forget_the_log(store)


def person_json(
    store: StoreEngine, workspaces: Sequence[str], traces: Traces, now: datetime
) -> dict[str, object]:
    """Return everything that is kept about a person. Raises StoreError."""
    return {
        "schema": SCHEMA,
        "person": traces.person,
        "names": list(traces.names),
        "addresses": list(traces.addresses),
        "exported_at": now.isoformat(),
        "workspaces": {workspace: exported(store, workspace, traces) for workspace in workspaces},
        "not_included": list(NOT_REACHED),
    }


def _rep_of(person: str, addresses: Sequence[str], staff: Staff, services: Services) -> Member | None:
    """Return the rep that a person is, by access.yaml, their id or one of their addresses."""
    listed = services.roles.listed.reps.get(person)
    named = [rep for rep in staff.reps if listed is not None and listed in (str(rep.key), rep.label)]
    if len(named) == 1:
        return named[0]
    found = (staff.rep_of(person, address) for address in (*addresses, ""))
    return next((rep for rep in found if rep is not None), None)
