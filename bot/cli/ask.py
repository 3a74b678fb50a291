"""Commands that answer: ask, summary, define."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.typer_app import ANSWERED, AsOf, Workspace, app
from bot.cli.words import QuestionCommand, joined


class AnswerFormat(StrEnum):
    """How an answer is printed."""

    TEXT = "text"
    JSON = "json"
    BLOCKS = "blocks"
    CSV = "csv"
    XLSX = "xlsx"
    SQL = "sql"


EXPLAINED = (AnswerFormat.TEXT, AnswerFormat.JSON)
"""The formats that statements are printed beside."""


class SummaryFormat(StrEnum):
    """How a summary is printed."""

    TEXT = "text"
    JSON = "json"
    BLOCKS = "blocks"


@app.command(cls=QuestionCommand)
def ask(
    context: typer.Context,
    question: Annotated[
        list[str],
        typer.Argument(
            help="The question, as you would type it after /kpi; - reads one per line from standard input."
        ),
    ],
    output: Annotated[
        AnswerFormat | None, typer.Option("--format", help="text (default), json, blocks, csv, xlsx or sql.")
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Print the statements as well: what each is for, its rows, its time and its SQL. "
            "With text and json.",
        ),
    ] = False,
    as_of: AsOf = None,
    workspace: Workspace = "",
) -> None:
    """Answer a question as the bot would in Slack.

    Examples: kpi-bot ask conversion rep:anna · kpi-bot ask "sales by region last month vs target"
    · kpi-bot ask leads per week --format json · kpi-bot ask leads -source:fairs
    · kpi-bot ask why sales --explain
    """
    if explain and output and output not in EXPLAINED:
        raise typer.BadParameter(
            f"It prints statements beside text or json, not {output}.", param_hint="--explain"
        )
    from bot.cli.answers import print_answer
    from bot.cli.opening import clock_for, services_for
    from bot.runtime.settings import Settings

    settings = Settings.load()
    clock = clock_for(settings, as_of)
    services = services_for(settings, clock, context, workspace)
    if question != ["-"]:
        raise typer.Exit(print_answer(joined(question), output, services, clock, explain=explain))
    lines = [line.strip() for line in sys.stdin if line.strip()]
    statuses = [print_answer(line, output, services, clock, compact=True, explain=explain) for line in lines]
    raise typer.Exit(max(statuses, default=ANSWERED))


@app.command()
def summary(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="weekly, monthly, my_week or team_week.")],
    output: Annotated[
        SummaryFormat, typer.Option("--format", help="text, json or blocks.")
    ] = SummaryFormat.TEXT,
    why: Annotated[
        bool, typer.Option("--why", help="Print what was found as well, and why it is told or isn't.")
    ] = False,
    rep: Annotated[
        str, typer.Option("--rep", help="The rep whose own week it is, for my_week: a key or a name.")
    ] = "",
    as_of: AsOf = None,
    workspace: Workspace = "",
) -> None:
    """Print a summary as it would be posted now: the post, and below it what stands in its thread.

    Examples: kpi-bot summary weekly · kpi-bot summary weekly --why
    · kpi-bot summary monthly --as-of 2026-11-03T08:30 --format json
    · kpi-bot summary my_week --rep "Anna de Vries"
    """
    from bot.cli.answers import print_blocks
    from bot.cli.opening import clock_for, services_for
    from bot.cli.printing import out, patience, print_json
    from bot.render.contract import summary_json
    from bot.render.summary import details_message, summary_message
    from bot.render.terminal import print_summary
    from bot.rights import EVERYTHING
    from bot.runtime.settings import Settings
    from bot.workspace.summaries import spec_named, summary_of

    settings = Settings.load()
    clock = clock_for(settings, as_of)
    services = services_for(settings, clock, context, workspace)
    spec = spec_named(services.catalogue, name)
    with patience("making the summary"):
        reps = services.members(clock()).get("rep", ())
        reader = next((entry for entry in reps if rep and rep in (str(entry.key), entry.label)), None)
        if rep and reader is None:
            raise typer.BadParameter("There is no such rep.", param_hint="--rep")
        made = summary_of(services.engine, spec, services.members(clock()), clock(), EVERYTHING, rep=reader)
    sentences = services.sentences(spec.language)
    match output:
        case SummaryFormat.TEXT:
            print_summary(out(), made, sentences, with_reasons=why)
        case SummaryFormat.JSON:
            print_json(summary_json(made, services.sentences("en")))
        case SummaryFormat.BLOCKS:
            print_blocks(services.marked(summary_message(made, sentences), sentences))
            print_blocks(services.marked(details_message(made, sentences), sentences))


@app.command("define")
def define_metric(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="The metric, as you would type it after /kpi.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Print every metric as a Markdown page.")] = False,
) -> None:
    """Explain what a metric means: formula, windows, tables and columns.

    Examples: kpi-bot define conversion · kpi-bot define --all > docs/kpis.md
    """
    from bot.cli.answers import print_definition
    from bot.cli.opening import clock_for, services_for
    from bot.render.definition import definitions_page
    from bot.runtime.settings import Settings
    from kpi_engine import define

    settings = Settings.load()
    clock = clock_for(settings, None)
    services = services_for(settings, clock, context)
    if every:
        catalogue = services.catalogue
        found = [define(catalogue, entry) for entry in catalogue.metrics.values()]
        sys.stdout.write(definitions_page(found, services.sentences("en")))
        return
    print_definition(metric, services, clock)
