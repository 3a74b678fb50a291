"""Commands that connect a database: init, check, schema."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.typer_app import MISCONFIGURED, AsOf, app
from kpi_engine.domain.errors import WarehouseError

if TYPE_CHECKING:
    from bot.operations.check import InSlack
    from bot.workspace.services import Services
    from kpi_engine import Advice, Extent
    from kpi_engine.domain.errors import Problem


class CheckFormat(StrEnum):
    """How the problems that a check finds are printed."""

    TEXT = "text"
    JSON = "json"


@app.command()
def init(
    context: typer.Context,
    database_url: Annotated[
        str,
        typer.Option(
            "--database-url",
            help="The database URL; default: KPI_DATABASE_URL. Leave its password out: it is read from "
            "KPI_DATABASE_PASSWORD, or asked for.",
            show_default=False,
        ),
    ] = "",
    into: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("my-config"),
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: use the best guess for every doubt.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing model files.")] = False,
) -> None:
    """Connect a database: read its tables, ask what they don't tell, and write commented model files.

    Examples: kpi-bot init --database-url sqlite:////data/shop.sqlite · kpi-bot init --into our-config --yes
    """
    from pydantic import SecretStr

    from bot.cli.printing import log_to_stderr, patience, print_line
    from bot.operations.check import check_problems, left_out
    from bot.operations.init import asking, connect, report
    from bot.runtime.clock import system_clock
    from bot.runtime.settings import Settings, SettingsError
    from bot.workspace.opening import customer_url, lacks_password, services_of, with_password

    settings = Settings.load()
    log_to_stderr(settings, quiet=True)
    if not database_url and settings.kpi_database_url is None:
        raise SettingsError("No database was given.", hint="Use --database-url, or set KPI_DATABASE_URL.")
    url = (
        with_password(database_url, settings.kpi_database_password)
        if database_url
        else customer_url(settings)
    )
    if lacks_password(url) and sys.stdin.isatty() and not yes:
        typed = typer.prompt(
            "The database user's password (Enter: none)", default="", hide_input=True, show_default=False
        )
        url = with_password(url, SecretStr(typed) if typed else None)
    person = None if yes or not sys.stdin.isatty() else asking(print_line, typer.prompt)
    with nullcontext() if person else patience("reading the database"):
        made = connect(url, into, timeout=settings.kpi_query_timeout, force=force, ask=person)
    services = services_of(settings.model_copy(update={"kpi_config_dir": into}), url)
    context.call_on_close(services.close)
    with patience("checking what was written"):
        problems = check_problems(services, system_clock(settings.zone)())
        lacking = left_out(services, problems)
    for line in report(made, into, problems, lacking):
        print_line(line)


@app.command()
def check(
    context: typer.Context,
    output: Annotated[CheckFormat, typer.Option("--format", help="text or json.")] = CheckFormat.TEXT,
    advice: Annotated[
        bool, typer.Option("--advice", help="Also say which indexes and statistics would help.")
    ] = False,
    release: Annotated[
        bool,
        typer.Option("--release", help="Only the files, the tables and the token; not what the rows hold."),
    ] = False,
    as_of: AsOf = None,
) -> None:
    """Check the configuration against the database; exit 0 if there are no mistakes, else 2.

    With --release, findings about the data don't stop a new version, nor does a database that doesn't answer.
    Examples: kpi-bot check · kpi-bot check --advice · kpi-bot check --format json
    """
    from bot.cli.opening import clock_for, services_for
    from bot.cli.printing import patience, print_json
    from bot.operations.check import advice_of, check_problems, extents_of, file_problems, left_out
    from bot.render.advice_report import advice_json
    from bot.render.check_report import check_json
    from bot.runtime.settings import Settings

    settings = Settings.load()
    clock = clock_for(settings, as_of)
    services = services_for(settings, clock, context)
    in_slack = None
    if settings.slack_bot_token is not None:
        from bot.app import asked_slack

        token = settings.slack_bot_token.get_secret_value()
        with patience("asking Slack"):
            in_slack = asyncio.run(asked_slack(token, settings, clock))
    if release:
        _check_release(services, in_slack)
        return
    with patience("reading the database"):
        problems = (*file_problems(), *check_problems(services, clock(), in_slack))
        extents = extents_of(services, clock())
        lacking = left_out(services, problems)
        if services.holes is not None:
            services.engine.prover.prove_all(clock())  # the store keeps them for questions that can't wait
    advised = None
    if advice:
        with patience("looking for what would make questions faster"):
            advised = advice_of(services, problems, clock())
    if output is CheckFormat.JSON:
        found = check_json(problems, extents, lacking)
        print_json({**found, "advice": advice_json(advised)} if advice else found)
    else:
        _print_check(problems, extents, services, lacking)
        if advice:
            _print_advice(advised)
    if any(not problem.is_warning for problem in problems):
        raise typer.Exit(MISCONFIGURED)


def _check_release(services: Services, in_slack: InSlack | None) -> None:
    """Print what keeps a new version from working, and exit with 2 if there is something."""
    from bot.cli.printing import err, out, patience
    from bot.operations.check import release_problems
    from bot.render.check_report import problem_lines

    try:
        with patience("looking for the tables"):
            found = [problem for problem in release_problems(services, in_slack) if not problem.is_warning]
    except WarehouseError as away:
        err().print(
            f"{away.message} The bot starts all the same, and keeps trying.", style="yellow", markup=False
        )
        return
    for _, line in problem_lines(found, None):
        err().print(line, markup=False, highlight=False, soft_wrap=True, style="red")
    if found:
        raise typer.Exit(MISCONFIGURED)
    out().print("The files fit the tables. kpi-bot check also looks at the rows.")


@app.command()
def schema() -> None:
    """Print the JSON Schema of model, metric, dimension, summary, survey and access files, for editors.

    Example: kpi-bot schema > kpi-bot.schema.json
    """
    from bot.cli.printing import print_json
    from kpi_engine import json_schemas

    print_json(json_schemas())


def _print_advice(advised: Sequence[Advice] | None) -> None:
    from bot.cli.printing import out
    from bot.render.advice_report import advice_lines

    console = out()
    for line in advice_lines(advised, console.width if console.is_terminal else None):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _print_check(
    problems: Sequence[Problem],
    extents: Sequence[Extent],
    services: Services,
    lacking: Mapping[str, Sequence[str]],
) -> None:
    from bot.cli.printing import err, out
    from bot.render.check_report import extents_table, left_out_lines, problem_lines, verdict

    console = err()
    styles = {"error": "red", "warning": "yellow", "note": ""}
    for severity, line in problem_lines(problems, console.width if console.is_terminal else None):
        console.print(line, markup=False, highlight=False, soft_wrap=True, style=styles[severity])
    if extents:
        out().print(extents_table(extents))
    wrong = sum(not problem.is_warning for problem in problems)
    if wrong:
        console.print(f"{wrong} to fix.", style="bold red")
        return
    for line in left_out_lines(lacking):
        out().print(line, style="dim", soft_wrap=not out().is_terminal)
    answering = len(set(services.catalogue.metrics) - set(lacking))
    is_well = all(problem.is_note for problem in problems)
    out().print(verdict(problems, answering), style="bold green" if is_well else "bold yellow")
