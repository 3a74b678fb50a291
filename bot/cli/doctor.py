"""The command that looks for what is wrong: doctor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.typer_app import ANSWERED, MISCONFIGURED, UNANSWERABLE, Workspace, app

if TYPE_CHECKING:
    from bot.operations.doctor import Finding
    from bot.runtime.settings import Settings
    from bot.slack.doctor import UsedChannel
    from bot.workspace.services import Services


_DIRECT = "D"
"""How the ids of direct messages begin, in which the bot always is."""


class DoctorFormat(StrEnum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"


@app.command()
def doctor(
    context: typer.Context,
    output: Annotated[DoctorFormat, typer.Option("--format", help="text or json.")] = DoctorFormat.TEXT,
    workspace: Workspace = "",
) -> None:
    """Look for what keeps the bot from working: settings, store, database and its data, Slack, channels.

    It changes nothing and posts nothing. Exit status: 0 all is well, 1 warnings, 2 errors.
    Examples: kpi-bot doctor · kpi-bot doctor --format json
    """
    from bot.cli.opening import customer_services
    from bot.cli.printing import patience, print_json
    from bot.operations.doctor import (
        Finding,
        Status,
        database_findings,
        setting_findings,
        store_findings,
        worst,
    )
    from bot.runtime.clock import system_clock
    from bot.runtime.settings import Settings
    from bot.slack.doctor import slack_findings
    from kpi_engine.domain.errors import KpiError

    settings = Settings.load()
    clock = system_clock(settings.zone)
    findings = [*setting_findings(), *store_findings(settings)]
    services = None
    with patience("reading the database"):
        try:
            services = customer_services(settings, context)
            findings += database_findings(services, clock)
        except KpiError as wrong:
            findings.append(Finding("database", Status.ERROR, str(wrong.message), str(wrong.hint)))
    with patience("asking Slack"):
        used = _used_channels(settings, services, workspace, context)
        findings += asyncio.run(slack_findings(settings, used, clock))
    status = worst(findings)
    if output is DoctorFormat.JSON:
        print_json({"status": status, "findings": [_as_json(finding) for finding in findings]})
    else:
        _print(findings)
    code = {Status.ERROR: MISCONFIGURED, Status.WARNING: UNANSWERABLE}.get(status, ANSWERED)
    raise typer.Exit(code)


def _used_channels(
    settings: Settings, services: Services | None, workspace: str, context: typer.Context
) -> Sequence[UsedChannel]:
    """Return the channels that something is posted to by itself, each once."""
    from bot.slack.doctor import UsedChannel

    used: dict[str, str] = {}
    for name, spec in {} if services is None else services.catalogue.summaries.items():
        for channel in spec.channels:
            used.setdefault(channel, f"summary {name}")
    if settings.kpi_admin_channel:
        used.setdefault(settings.kpi_admin_channel, "KPI_ADMIN_CHANNEL")
    for channel in _subscribed(settings, workspace, context):
        used.setdefault(channel, "a subscription")
    return tuple(UsedChannel(channel, by) for channel, by in used.items() if not channel.startswith(_DIRECT))


def _subscribed(settings: Settings, workspace: str, context: typer.Context) -> Iterator[str]:
    """Yield the channels of active subscriptions; none where the store can't be read, which is said."""
    from bot.cli.opening import chosen_workspace
    from bot.store import database
    from bot.store.errors import StoreError
    from bot.store.subscriptions import SubscriptionBook

    url = settings.kpi_store_url.get_secret_value()
    try:
        if not database.exists(url):
            return
        store = database.open_store(url)
        context.call_on_close(store.dispose)
        if database.revision(store) != database.head():
            return
        chosen = chosen_workspace(store, workspace)
        for subscription in SubscriptionBook(store, chosen).active() if chosen else ():
            if subscription.terms.channel:
                yield subscription.terms.channel
    except StoreError:
        return


def _as_json(finding: Finding) -> dict[str, str]:
    return {
        "part": finding.part,
        "status": finding.status,
        "message": finding.message,
        "fix": finding.fix,
    }


def _print(findings: Sequence[Finding]) -> None:
    from bot.cli.printing import out

    console = out()
    styles = {"error": "bold red", "warning": "yellow", "note": "dim", "ok": "green"}
    width = max(len(finding.part) for finding in findings)
    for finding in findings:
        line = f"{finding.status.upper():7} {finding.part:{width}}  {finding.message}"
        console.print(line, style=styles[finding.status], markup=False, soft_wrap=True)
        if finding.fix:
            console.print(f"{'':{width + 9}} {finding.fix}", markup=False, soft_wrap=True)
