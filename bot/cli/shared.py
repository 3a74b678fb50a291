"""What the commands of the command line share: options, services, printing."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from threading import Timer
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy import Engine as StoreEngine

from bot.app import STORE, customer_url, services_of, store_of, with_store
from bot.playground.demo import demo_services
from bot.runtime.clock import Clock, fixed_clock, system_clock
from bot.runtime.settings import Settings, SettingsError
from bot.store import database
from bot.store.database import StoreError
from bot.store.deliveries import workspaces
from bot.workspace.services import Services
from kpi_engine.domain.errors import DefinitionError, KpiError, QueryError

ANSWERED, UNANSWERABLE, MISCONFIGURED = 0, 1, 2

_PATIENCE_SECONDS = 2

_PIPE_WIDTH = 160

app = typer.Typer(
    name="kpi-bot",
    help="The sales team's KPIs: asked in Slack or here, posted every Monday and month.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Workspace = Annotated[
    str, typer.Option("--workspace", help="The Slack team id, where the store has more than one.")
]

AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        help="Answer as if it were this moment (business time zone).",
        metavar="2026-11-23T08:30",
        formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
    ),
]


def print_json(value: Any, *, compact: bool = False) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=None if compact else 2, default=str) + "\n")


def print_line(line: str) -> None:
    out().print(line, markup=False, soft_wrap=True)


def clock_for(settings: Settings, as_of: datetime | None) -> Clock:
    return fixed_clock(as_of, settings.zone) if as_of else system_clock(settings.zone)


def services_for(settings: Settings, clock: Clock, context: typer.Context, workspace: str = "") -> Services:
    """Return the services of the customer's database, else of the demo company, which is then said."""
    log_to_stderr(settings, quiet=True)
    if settings.kpi_database_url is not None:
        return _with_own_rows(customer_services(settings, context), settings, context, workspace)
    err().print("KPI_DATABASE_URL isn't set: this is the demo company, which is made up.", style="dim")
    return demo_company(settings, clock, context)


def demo_company(settings: Settings, clock: Clock, context: typer.Context) -> Services:
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
        err().print(f"Without the bot's own answers: {wrong}", style="dim", markup=False)
        return services
    if not chosen:
        return services
    joined = with_store(services, settings, store, chosen)
    context.call_on_close(partial(joined.engine.close_database, STORE))
    return joined


def chosen_workspace(store: StoreEngine, wanted: str) -> str:
    """Return the workspace that is meant: the only one of the store, "" where it has none yet."""
    known = workspaces(store)
    if not wanted and len(known) > 1:
        raise SettingsError(
            "The store has more than one workspace.", hint=f"Give --workspace {known[0]} (say)."
        )
    return wanted or (known[0] if known else "")


def opened_store(settings: Settings, context: typer.Context) -> StoreEngine:
    store = store_of(settings)
    context.call_on_close(store.dispose)
    return store


def out() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_WIDTH, color_system=None)


def err() -> Console:
    return Console(stderr=True, highlight=False)


def print_error(wrong: KpiError) -> None:
    """Print what went wrong, what to do, and what to type instead."""
    if isinstance(wrong, DefinitionError):
        for problem in wrong.problems:
            err().print(str(problem), markup=False, soft_wrap=True)
        return
    err().print(str(wrong), markup=False, soft_wrap=True)
    for line in wrong.suggestions if isinstance(wrong, QueryError) else ():
        err().print(f"  {line}", markup=False, soft_wrap=True)


def log_to_stderr(settings: Settings, *, quiet: bool = False) -> None:
    level = logging.WARNING if quiet and settings.kpi_log_level == "info" else settings.kpi_log_level.upper()
    handler = RichHandler(console=Console(stderr=True), show_path=False, rich_tracebacks=False, markup=False)
    logging.basicConfig(
        level=level, format="%(name)s: %(message)s", datefmt="%H:%M:%S", handlers=[handler], force=True
    )
    for chatty in ("apscheduler", "slack_bolt", "slack_sdk", "aiohttp.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def patience(doing: str) -> Iterator[None]:
    """Show that something is going on, where it takes over two seconds."""
    console = err()
    status = console.status(f"{doing} …")
    timer = Timer(_PATIENCE_SECONDS, status.start)
    timer.daemon = True
    if console.is_terminal:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        status.stop()


@contextmanager
def _company_progress() -> Iterator[Callable[[str, float], None]]:
    """Show how far the demo company is built; nothing where it is there already."""
    console = err()
    columns = (TextColumn("building the demo company: {task.description}"), BarColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=1.0, visible=False)

        def tell(stage: str, share: float) -> None:
            progress.update(task, description=stage, completed=share, visible=True)

        yield tell
