"""Commands that show what was recorded: deliveries, audit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.typer_app import Workspace, app

if TYPE_CHECKING:
    from sqlalchemy import Engine as StoreEngine

    from bot.runtime.settings import Settings
    from kpi_engine.domain.query import Key


@app.command()
def deliveries(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    workspace: Workspace = "",
) -> None:
    """List posted summaries and surveys, and those whose outcome is unknown, newest first.

    Example: kpi-bot deliveries
    """
    from rich.table import Table

    from bot.cli.opening import chosen_workspace, opened_store
    from bot.cli.printing import out
    from bot.runtime.clock import system_clock
    from bot.runtime.settings import Settings
    from bot.store.deliveries import Deliveries, State

    settings = Settings.load()
    store = opened_store(settings, context)
    rows = Deliveries(store, chosen_workspace(store, workspace))
    rows.expire(system_clock(settings.zone)())
    table = Table("Due", "What", "About", "To", "State", "Note")
    for row in rows.newest(limit):
        style = {State.UNKNOWN: "bold yellow", State.FAILED: "bold red", State.MISSED: "yellow"}.get(
            row.state
        )
        due = row.due_at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
        table.add_row(
            due,
            row.what.subscription,
            row.what.period,
            row.what.target,
            str(row.state),
            row.reason or "",
            style=style,
        )
    out().print(table if table.row_count else "Nothing has been delivered yet.")


@app.command()
def audit(
    context: typer.Context,
    person: Annotated[
        str, typer.Option(help="Show only what this Slack user asked.", metavar="U0123ABCD")
    ] = "",
    day: Annotated[
        datetime | None,
        typer.Option(
            help="Show only this day (business time zone).", metavar="2026-11-23", formats=["%Y-%m-%d"]
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
    erase: Annotated[
        str,
        typer.Option(help="Erase everything the bot keeps about this Slack user.", metavar="U0123ABCD"),
    ] = "",
    workspace: Workspace = "",
) -> None:
    """List who asked what, newest first, or erase everything kept about one person.

    Examples: kpi-bot audit --person U0123ABCD --day 2026-11-23 · kpi-bot audit --erase U0123ABCD
    """
    from rich.markup import escape
    from rich.table import Table

    from bot.cli.opening import chosen_workspace, opened_store
    from bot.cli.printing import out
    from bot.runtime.settings import Settings
    from bot.store.audit import AuditRows

    settings = Settings.load()
    store = opened_store(settings, context)
    place = chosen_workspace(store, workspace)
    if erase:
        _erase(store, place, erase, settings, context)
        return
    start = day.replace(tzinfo=settings.zone) if day else None
    end = start + timedelta(days=1) if start else None
    table = Table("When", "Who", "Where", "How", "Question", "Outcome", "Rows", "ms")
    for entry in AuditRows(store, place).newest(limit, person, start, end):
        when = entry.asked_at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
        counts = (str(entry.rows), str(entry.milliseconds))
        who = (entry.person, entry.channel, entry.via)
        table.add_row(when, *map(escape, (*who, entry.question, entry.outcome)), *counts)
    out().print(table if table.row_count else "Nothing has been asked yet.")


def _erase(
    store: StoreEngine, workspace: str, person: str, settings: Settings, context: typer.Context
) -> None:
    """Erase a person and say what was, and what is left."""
    from bot.cli.printing import out
    from bot.runtime.settings import SettingsError
    from bot.store.erasure import erase as erase_person
    from bot.store.erasure import is_user

    if not is_user(person):
        raise SettingsError(
            f"{person} isn't a Slack user id.", hint="Copy it from their Slack profile: ⋮, Copy member ID."
        )
    gone = erase_person(store, workspace, person, _rep_of(person, settings, context))
    out().print(
        f"Erased for {person}: {gone.questions} questions, {gone.subscriptions} subscriptions, "
        f"{gone.answers} "
        f"survey answers and the settings. Left: {gone.left or 'none'}.",
        markup=False,
    )


def _rep_of(person: str, settings: Settings, context: typer.Context) -> Key:
    """Return the key of the rep that a Slack user is, as access.yaml or the reps table says; else None."""
    from bot.cli.opening import customer_services
    from bot.cli.printing import err
    from bot.rights import Account, Membership
    from bot.runtime.clock import system_clock
    from kpi_engine.domain.errors import ForbiddenError, KpiError

    if settings.kpi_database_url is None:
        return None
    try:
        services = customer_services(settings, context)
        own = services.rights_of(Account(person, Membership.FULL), system_clock(settings.zone)()).own.own
    except ForbiddenError:  # they have no role
        return None
    except KpiError as wrong:
        err().print(
            f"I can't look up which rep {person} is ({wrong}), so their key stays in the members behind "
            "team totals. Run this again when the database answers.",
            markup=False,
        )
        return None
    return own.key if own else None
