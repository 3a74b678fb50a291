"""Commands about targets: targets import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.typer_app import ANSWERED, UNANSWERABLE, AsOf, Workspace, app

if TYPE_CHECKING:
    from bot.render.sentences import Sentences
    from bot.render.target_import import TargetReport
    from bot.workspace.target_import import TargetImport

targets_app = typer.Typer(help="Set the targets of months.", no_args_is_help=True)
app.add_typer(targets_app, name="targets")


@targets_app.callback()
def targets() -> None:
    """Set the targets of months."""


@targets_app.command("import")
def import_targets(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="A CSV, TSV or XLSX file.", exists=True, dir_okay=False, readable=True)
    ],
    metric: Annotated[
        str, typer.Option("--metric", help="The metric that the targets are for, if the file doesn't say.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be set, and set nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Also set targets far from those before, without asking.")
    ] = False,
    as_of: AsOf = None,
    workspace: Workspace = "",
) -> None:
    """Set targets from a file, and report each of its lines.

    The file has the columns metric, month and value, and where needed rep, team, region or another dimension;
    or a column for each month. Exit status 1 if any line was refused or needs a check.

    Examples: kpi-bot targets import targets-2027.xlsx --dry-run
    · kpi-bot targets import sales.csv --metric sales
    """
    from bot.cli.opening import clock_for, services_for, services_with_store
    from bot.cli.printing import patience
    from bot.conversation.registry import context_of
    from bot.render.target_import import Outcome
    from bot.runtime.settings import Settings
    from bot.workspace.request import Request
    from bot.workspace.target_import import as_done, read_targets, set_targets

    settings = Settings.load()
    clock = clock_for(settings, as_of)
    opened = services_for if dry_run else services_with_store
    services = opened(settings, clock, context, workspace)
    asked = context_of(Request(workspace, "", "", "", "cli", clock(), services.language), services)
    with patience("reading the targets"):
        found = read_targets(asked, file.name, file.read_bytes(), metric)
    report = found.report
    if not dry_run:
        is_all = yes or _is_confirmed(found, asked.sentences)
        chosen = (*found.likely, *(found.unlikely if is_all else ()))
        set_targets(asked, chosen)
        report = as_done(report, chosen)
    _print(report, asked.sentences)
    raise typer.Exit(UNANSWERABLE if report.of(Outcome.REFUSED, Outcome.CHECK) else ANSWERED)


def _print(report: TargetReport, sentences: Sentences) -> None:
    """Print what each line does, or did, and how many of each sort there are."""
    from bot.cli.printing import print_line
    from bot.render.target_import import counts, line_groups

    for title, lines in line_groups(report, sentences):
        print_line(f"{title}:")
        for line in lines:
            print_line(f"  {line}")
    print_line(f"{report.name}: {counts(report, sentences)}")


def _is_confirmed(found: TargetImport, sentences: Sentences) -> bool:
    """Ask whether targets far from those before are meant; without a terminal they aren't set."""
    from bot.cli.printing import print_line
    from bot.render.target_import import Outcome, line_words

    if not found.unlikely or not sys.stdin.isatty():
        return False
    print_line(f"{sentences.say('Please check')}:")
    for line in found.report.of(Outcome.CHECK):
        print_line(f"  {line_words(line, sentences)}")
    return typer.confirm("Set these as well?")
