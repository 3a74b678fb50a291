"""The command that shows who asked what: audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.typer_app import app

if TYPE_CHECKING:
    from sqlalchemy import Engine as StoreEngine

    from bot.runtime.settings import Settings
    from bot.store.traces import Traces


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
    reference: Annotated[
        str, typer.Option(help="Show only the request with this reference.", metavar="1f2e3d4c")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
    erase: Annotated[
        str,
        typer.Option(help="Erase everything the bot keeps about this Slack user.", metavar="U0123ABCD"),
    ] = "",
    export: Annotated[
        str,
        typer.Option(
            help="Print everything the bot keeps about this Slack user, as JSON.", metavar="U0123ABCD"
        ),
    ] = "",
    name: Annotated[
        list[str] | None,
        typer.Option(
            help="With --erase and --export: a name of theirs, if the sales database lacks it. Repeatable."
        ),
    ] = None,
    address: Annotated[
        list[str] | None,
        typer.Option(help="With --erase and --export: an e-mail address of theirs. Repeatable."),
    ] = None,
    workspace: Annotated[
        list[str] | None,
        typer.Option(
            help="The Slack team id, if the store has more than one. With --erase and --export it is "
            "repeatable, and all means every workspace."
        ),
    ] = None,
) -> None:
    """List who asked what, newest first, or export or erase everything kept about one person.

    Examples: kpi-bot audit --person U0123ABCD --day 2026-11-23 · kpi-bot audit --export U0123ABCD > anna.json
    · kpi-bot audit --erase U0123ABCD --workspace all
    """
    from rich.markup import escape
    from rich.table import Table

    from bot.cli.opening import chosen_workspace, opened_store
    from bot.cli.printing import out
    from bot.runtime.settings import Settings
    from bot.store.audit import AuditRows
    from bot.store.personal import workspaces

    settings = Settings.load()
    store = opened_store(settings, context)
    wanted = workspace or [""]
    if erase or export:
        given = _Person(erase or export, tuple(name or ()), tuple(address or ()))
        chosen = workspaces(store) if "all" in wanted else [chosen_workspace(store, one) for one in wanted]
        places = tuple(dict.fromkeys(filter(None, chosen)))
        (_erase if erase else _export)(given, store, places, settings, context)
        return
    place = chosen_workspace(store, wanted[0])
    start = day.replace(tzinfo=settings.zone) if day else None
    end = start + timedelta(days=1) if start else None
    table = Table("When", "Who", "Where", "How", "Question", "Outcome", "Rows", "ms", "Reference")
    for entry in AuditRows(store, place).newest(limit, person, start, end, reference):
        when = entry.asked_at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
        counts = (str(entry.rows), str(entry.milliseconds))
        who = (entry.person, entry.channel, entry.via)
        table.add_row(when, *map(escape, (*who, entry.question, entry.outcome)), *counts, entry.reference)
    out().print(table if table.row_count else "Nothing has been asked yet.")


@dataclass(frozen=True, slots=True)
class _Person:
    """Who is meant: a Slack user id, and the names and addresses that were given."""

    user: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]


def _erase(
    given: _Person,
    store: StoreEngine,
    workspaces: Sequence[str],
    settings: Settings,
    context: typer.Context,
) -> None:
    """Erase a person, and say what was erased, what is left and what can't be reached."""
    from bot.cli.printing import print_line
    from bot.operations.person import NOT_REACHED, erased

    traces = _traces(given, settings, context)
    for workspace, gone in erased(store, workspaces, traces):
        print_line(
            f"Erased for {given.user} in {workspace}: {gone.questions} questions, {gone.subscriptions} "
            f"subscriptions, {gone.answers} survey answers and the settings; in {gone.mentions} rows of "
            f"others the id or the name was replaced. Left: {gone.left or 'none'}."
        )
        if gone.doubtful:
            print_line(
                f"{gone.doubtful} rows have a part of the name ({', '.join(traces.parts)}), which may be "
                "somebody else's: look at them with kpi-bot audit, and erase it as well with --name."
            )
    if not workspaces:
        print_line("The store keeps nothing yet.")
    looked = ", ".join((*traces.names, *traces.addresses)) or "no name and no address"
    print_line(f"Besides the id, I looked for: {looked}.")
    print_line("Not reached:")
    for place in NOT_REACHED:
        print_line(f"  {place}")


def _export(
    given: _Person,
    store: StoreEngine,
    workspaces: Sequence[str],
    settings: Settings,
    context: typer.Context,
) -> None:
    """Print everything that is kept about a person as JSON."""
    from bot.cli.printing import print_json
    from bot.operations.person import person_json
    from bot.runtime.clock import system_clock

    traces = _traces(given, settings, context)
    print_json(person_json(store, workspaces, traces, system_clock(settings.zone)()))


def _traces(given: _Person, settings: Settings, context: typer.Context) -> Traces:
    """Return what a person is recognised by: without the sales database only what was given."""
    from bot.cli.opening import customer_services
    from bot.cli.printing import err
    from bot.operations.person import traces_of
    from bot.runtime.clock import system_clock
    from bot.runtime.settings import SettingsError
    from bot.store.traces import is_user
    from kpi_engine.domain.errors import KpiError

    if not is_user(given.user):
        raise SettingsError(
            f"{given.user} isn't a Slack user id.",
            hint="Copy it from their Slack profile: ⋮, Copy member ID.",
        )
    now = system_clock(settings.zone)()
    try:
        services = customer_services(settings, context)
        return traces_of(given.user, given.names, given.addresses, services, now)
    except KpiError as wrong:
        told = (
            f"The person's name can't be looked up in the sales database ({wrong}), so give it with --name."
        )
        err().print(told, markup=False, style="yellow", soft_wrap=True)
        return traces_of(given.user, given.names, given.addresses, None, now)
