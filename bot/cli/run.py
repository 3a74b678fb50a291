"""Commands that run something: serve, demo, migrate."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.typer_app import AsOf, app

if TYPE_CHECKING:
    from bot.playground.server import DemoAddress


@app.command()
def serve(
    context: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="Use the demo company; every message says so.")
    ] = False,
) -> None:
    """Run the bot in Slack: answer questions, and post summaries when they are due.

    With SLACK_APP_TOKEN it uses Socket Mode; else SLACK_SIGNING_SECRET and PORT serve POST /slack/events.
    Examples: kpi-bot serve · kpi-bot serve --demo
    """
    from bot.app import Bot
    from bot.cli.opening import customer_services, demo_company, opened_store
    from bot.cli.printing import log_to_stderr
    from bot.runtime.clock import system_clock
    from bot.runtime.memory import keep_for_good
    from bot.runtime.settings import Settings

    settings = Settings.load()
    log_to_stderr(settings)
    clock = system_clock(settings.zone)
    services = demo_company(settings, clock, context) if demo else customer_services(settings, context)
    bot = Bot(settings, services, opened_store(settings, context), clock)
    asyncio.run(_until_signal(partial(bot.run, ready=lambda _: keep_for_good())))


@app.command()
def demo(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(help="The playground's port; if it is taken, the next free one.")
    ] = 8020,
    host: Annotated[
        str, typer.Option(help="The address to listen on. In a container 0.0.0.0; browse to 127.0.0.1.")
    ] = "127.0.0.1",
    as_of: AsOf = None,
) -> None:
    """Open the playground: the real bot on the demo company, in a stand-in for Slack in the browser.

    Example: kpi-bot demo
    """
    from bot.cli.opening import demo_company
    from bot.cli.printing import err, log_to_stderr, out
    from bot.playground.server import play
    from bot.runtime.clock import shifted_clock, system_clock
    from bot.runtime.settings import Settings

    settings = Settings.load()
    log_to_stderr(settings)
    clock = shifted_clock(as_of, settings.zone) if as_of else system_clock(settings.zone)
    services = demo_company(settings, clock, context)

    def ready(address: DemoAddress) -> None:
        if address.port != port:
            err().print(f"Port {port} is taken.", style="yellow")
        out().print(f"The playground is at [bold]{address.url}[/bold]  (Ctrl+C to stop)")

    async def run(stop: asyncio.Event) -> None:
        await play(settings, services, clock, port, stop, ready, host=host)

    asyncio.run(_until_signal(run))


@app.command()
def migrate(context: typer.Context) -> None:
    """Update the tables of the bot's own store.

    Example: KPI_STORE_URL=postgresql+psycopg://bot@db/bot kpi-bot migrate
    """
    from bot.cli.printing import out
    from bot.runtime.settings import Settings
    from bot.store import database

    settings = Settings.load()
    store = database.open_store(settings.kpi_store_url.get_secret_value())
    context.call_on_close(store.dispose)
    revision = database.migrate(store)
    out().print(f"The store is at revision {revision}.")


async def _until_signal(run: Callable[[asyncio.Event], Any]) -> None:
    """Run until SIGTERM or Ctrl+C, then let it finish."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run(stop)
