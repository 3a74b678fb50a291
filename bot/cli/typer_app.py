"""The Typer application, and the options and exit statuses that its commands share.

The modules that define commands import little more than Typer at the top. A command imports what it needs
when it runs, so that `kpi-bot --help` loads no engine, and `ask` neither Slack nor the playground's server.
"""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version
from typing import Annotated

import typer

ANSWERED, UNANSWERABLE, MISCONFIGURED = 0, 1, 2
"""The exit statuses."""

app = typer.Typer(
    name="kpi-bot",
    help="The sales team's KPIs: ask in Slack or here; summaries are posted every Monday and every month.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Workspace = Annotated[
    str, typer.Option("--workspace", help="The Slack team id, if the store has more than one.")
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


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kpi-bot {version('kpi-bot')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that come before a command."""
