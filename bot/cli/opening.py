"""Open what a command reads: the customer's database, else the demo company, and the bot's own store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import typer

from bot.cli.printing import err, log_to_stderr
from bot.runtime.clock import Clock, fixed_clock, system_clock
from bot.runtime.settings import Settings, SettingsError
from bot.store import database
from bot.store.errors import StoreError
from bot.store.personal import workspaces
from bot.workspace.opening import STORE, customer_url, services_of, store_of, with_store
from bot.workspace.services import Services

if TYPE_CHECKING:
    from sqlalchemy import Engine as StoreEngine


def clock_for(settings: Settings, as_of: datetime | None) -> Clock:
    return fixed_clock(as_of, settings.zone) if as_of else system_clock(settings.zone)


def services_for(settings: Settings, clock: Clock, context: typer.Context, workspace: str = "") -> Services:
    """Return the services of the customer's database, else of the demo company, which is then said."""
    log_to_stderr(settings, quiet=True)
    if settings.kpi_database_url is not None:
        return _with_own_rows(customer_services(settings, context), settings, context, workspace)
    err().print("KPI_DATABASE_URL isn't set, so this is the demo company; its data is made up.", style="dim")
    return demo_company(settings, clock, context)


def demo_company(settings: Settings, clock: Clock, context: typer.Context) -> Services:
    from bot.playground.demo import demo_services

    with _company_progress() as progress:
        services = demo_services(settings, clock(), progress)
    context.call_on_close(services.close)
    return services


def customer_services(settings: Settings, context: typer.Context) -> Services:
    services = services_of(settings, customer_url(settings))
    context.call_on_close(services.close)
    return services


def _with_own_rows(
    services: Services, settings: Settings, context: typer.Context, workspace: str
) -> Services:
    """Return the services with what people answered to the bot itself, where it has a store yet."""
    if not database.exists(settings.kpi_store_url.get_secret_value()):
        return services
    try:
        store = opened_store(settings, context)
        chosen = chosen_workspace(store, workspace)
    except StoreError as wrong:
        err().print(f"The bot's own survey answers are left out: {wrong}", style="dim", markup=False)
        return services
    if not chosen:
        return services
    return _joined(services, settings, store, chosen, context)


def services_with_store(
    settings: Settings, clock: Clock, context: typer.Context, workspace: str = ""
) -> Services:
    """Return the services of the customer's database with the bot's store, which is made if need be.

    Raises SettingsError where there is nothing to keep, or it isn't known for which workspace.
    """
    services = services_for(settings, clock, context, workspace)
    if services.targets is not None:
        return services
    if settings.kpi_database_url is None:
        raise SettingsError(
            "The demo company keeps no targets on the command line.",
            hint="Use --dry-run, or try it in kpi-bot demo.",
        )
    store = opened_store(settings, context)
    chosen = chosen_workspace(store, workspace)
    if not chosen:
        raise SettingsError(
            "The bot's store has no workspace yet.",
            hint="Start the bot once, or name the Slack team, for example --workspace T0123ABCD.",
        )
    return _joined(services, settings, store, chosen, context)


def _joined(
    services: Services, settings: Settings, store: StoreEngine, workspace: str, context: typer.Context
) -> Services:
    joined = with_store(services, settings, store, workspace)
    context.call_on_close(partial(joined.engine.close_database, STORE))
    return joined


def chosen_workspace(store: StoreEngine, wanted: str) -> str:
    """Return the workspace that is meant: the only one of the store, "" where it has none yet."""
    known = workspaces(store)
    if not wanted and len(known) > 1:
        raise SettingsError(
            "The store has more than one workspace.", hint=f"Choose one, for example --workspace {known[0]}."
        )
    return wanted or (known[0] if known else "")


def opened_store(settings: Settings, context: typer.Context) -> StoreEngine:
    store = store_of(settings)
    context.call_on_close(store.dispose)
    return store


@contextmanager
def _company_progress() -> Iterator[Callable[[str, float], None]]:
    """Show how far the demo company is built; nothing where it is there already."""
    console = err()
    if not console.is_terminal:
        yield lambda _stage, _share: None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("building the demo company: {task.description}"), BarColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0, visible=False)

        def tell(stage: str, share: float) -> None:
            progress.update(task, description=stage, completed=share, visible=True)

        yield tell
