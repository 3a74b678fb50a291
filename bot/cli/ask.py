"""Commands that answer: ask, summary, define."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.shared import (
    ANSWERED,
    MISCONFIGURED,
    UNANSWERABLE,
    AsOf,
    Workspace,
    app,
    clock_for,
    out,
    patience,
    print_error,
    print_json,
    services_for,
)
from bot.conversation.commands import verb_of, verbs
from bot.conversation.commands.verb import Values
from bot.conversation.dispatch import answers_of, dispatch
from bot.render import block_kit
from bot.render.contract import answer_json, summary_json
from bot.render.definition import definitions_page
from bot.render.demo_mark import marked
from bot.render.exports import xlsx_file
from bot.render.message import Message
from bot.render.summary import summary_message
from bot.render.terminal import print_answers, print_message, print_summary
from bot.rights.access import EVERYTHING
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings
from bot.workspace.request import Request
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine.definitions.explained import define
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import KpiError, QueryError
from kpi_engine.domain.query import Flag
from kpi_engine.exports.tables import csv_text


class AnswerFormat(StrEnum):
    """How an answer is printed."""

    TEXT = "text"
    JSON = "json"
    BLOCKS = "blocks"
    CSV = "csv"
    XLSX = "xlsx"
    SQL = "sql"


class SummaryFormat(StrEnum):
    """How a summary is printed."""

    TEXT = "text"
    JSON = "json"
    BLOCKS = "blocks"


@app.command(context_settings={"ignore_unknown_options": True})
def ask(
    context: typer.Context,
    question: Annotated[
        list[str], typer.Argument(help="The question, as after /kpi; - reads one a line from standard input.")
    ],
    output: Annotated[
        AnswerFormat | None, typer.Option("--format", help="text (default), json, blocks, csv, xlsx or sql.")
    ] = None,
    as_of: AsOf = None,
    workspace: Workspace = "",
) -> None:
    """Answer a question, exactly as Slack would.

    Examples: kpi-bot ask conversion rep:anna · kpi-bot ask "sales by region last month vs target"
    · kpi-bot ask leads per week --format json · kpi-bot ask -- -source:fairs leads
    """
    settings = Settings.load()
    clock = clock_for(settings, as_of)
    services = services_for(settings, clock, context, workspace)
    if question != ["-"]:
        raise typer.Exit(_ask_one(" ".join(question), output, services, clock))
    lines = [line.strip() for line in sys.stdin if line.strip()]
    statuses = [_ask_one(line, output, services, clock, compact=True) for line in lines]
    raise typer.Exit(max(statuses, default=ANSWERED))


@app.command()
def summary(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="weekly or monthly.")],
    output: Annotated[
        SummaryFormat, typer.Option("--format", help="text, json or blocks.")
    ] = SummaryFormat.TEXT,
    as_of: AsOf = None,
    workspace: Workspace = "",
) -> None:
    """Show a summary as it would be posted now.

    Examples: kpi-bot summary weekly · kpi-bot summary monthly --as-of 2026-11-03T08:30 --format json
    """
    settings = Settings.load()
    clock = clock_for(settings, as_of)
    services = services_for(settings, clock, context, workspace)
    spec = spec_named(services.catalogue, name)
    with patience("making the summary"):
        made = summary_of(services.engine, spec, services.members(clock()), clock(), EVERYTHING)
    sentences = services.sentences(spec.language)
    match output:
        case SummaryFormat.TEXT:
            print_summary(out(), made, sentences)
        case SummaryFormat.JSON:
            print_json(summary_json(made, sentences))
        case SummaryFormat.BLOCKS:
            message = summary_message(made, sentences)
            _print_blocks(marked(message, sentences) if services.demo else message)


@app.command("define")
def define_metric(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="The metric, as after /kpi.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every metric, as a page of Markdown.")] = False,
) -> None:
    """Say what a metric means: formula, windows, tables and columns.

    Examples: kpi-bot define conversion · kpi-bot define --all > docs/kpis.md
    """
    settings = Settings.load()
    clock = clock_for(settings, None)
    services = services_for(settings, clock, context)
    if every:
        catalogue = services.catalogue
        found = [define(catalogue, entry) for entry in catalogue.metrics.values()]
        sys.stdout.write(definitions_page(found, services.sentences("en")))
        return
    request = Request("", "", "", f"define {metric}", "cli", clock(), services.language)
    message = verbs()["define"].run(request, metric, services)
    print_message(out(), message)


def _ask_one(
    line: str, output: AnswerFormat | None, services: Services, clock: Clock, *, compact: bool = False
) -> int:
    """Print the answer to one line and return the exit status."""
    request = Request("", "", "", line, "cli", clock(), services.language)
    found = verb_of(line)
    if found and found[0].values and output is not AnswerFormat.BLOCKS:
        return _print_values(found[0].values, found[1], request, output, services, compact=compact)
    if found or not line.strip():
        _print_message(dispatch(request, services), output)
        return ANSWERED if line.strip() else UNANSWERABLE
    try:
        with patience("asking the database"):
            answers = answers_of(request, services)
    except QueryError as wrong:
        print_error(wrong)
        return UNANSWERABLE
    except KpiError as wrong:
        print_error(wrong)
        return MISCONFIGURED
    _print_answers(answers, request, output or _format_of(answers), services, compact=compact)
    return ANSWERED


def _print_values(
    values: Callable[[Request, str, Services], Values],
    rest: str,
    request: Request,
    output: AnswerFormat | None,
    services: Services,
    *,
    compact: bool,
) -> int:
    """Print what a verb answers, for scripts or as text, and return the exit status."""
    try:
        with patience("asking the database"):
            found = values(request, rest, services)
    except QueryError as wrong:
        print_error(wrong)
        return UNANSWERABLE
    except KpiError as wrong:
        print_error(wrong)
        return MISCONFIGURED
    match output or (AnswerFormat(found.wanted) if found.wanted else AnswerFormat.TEXT):
        case AnswerFormat.JSON:
            print_json(found.json, compact=compact)
        case AnswerFormat.SQL:
            sys.stdout.write(";\n\n".join(found.json["sql"]) + ";\n")
        case AnswerFormat.CSV if found.csv is not None:
            sys.stdout.write(found.csv)
        case AnswerFormat.CSV | AnswerFormat.XLSX:
            print_error(QueryError("There is no such table of this answer.", hint="Ask for --format json."))
            return UNANSWERABLE
        case _:
            _print_message(dispatch(request, services), output)
    return ANSWERED


def _format_of(answers: Sequence[Answer]) -> AnswerFormat:
    """Return the format that a flag in the line asks for, by default text."""
    wanted: dict[Flag, AnswerFormat] = {
        "csv": AnswerFormat.CSV,
        "xlsx": AnswerFormat.XLSX,
        "sql": AnswerFormat.SQL,
    }
    found = [form for flag, form in wanted.items() if flag in answers[0].query.flags]
    return found[0] if found else AnswerFormat.TEXT


def _print_answers(
    answers: Sequence[Answer], request: Request, output: AnswerFormat, services: Services, *, compact: bool
) -> None:
    sentences = services.sentences(services.language)
    match output:
        case AnswerFormat.TEXT:
            print_answers(out(), answers, sentences)
        case AnswerFormat.JSON:
            found = [answer_json(answer, services.sentences("en")) for answer in answers]
            print_json(found[0] if len(found) == 1 else found, compact=compact)
        case AnswerFormat.BLOCKS:
            _print_blocks(dispatch(request, services), compact=compact)
        case AnswerFormat.CSV:
            sys.stdout.write(csv_text(answers))
        case AnswerFormat.XLSX:
            _write_workbook(answers, services, compact=compact)
        case AnswerFormat.SQL:
            statements = [statement for answer in answers for statement in answer.sql]
            sys.stdout.write(";\n\n".join(statements) + ";\n")


def _write_workbook(answers: Sequence[Answer], services: Services, *, compact: bool) -> None:
    """Write a workbook's bytes to standard output. Raises QueryError where that is no place for them."""
    if compact:
        raise QueryError("A workbook is of one question.", hint="Ask them one by one, or for --format csv.")
    if sys.stdout.isatty():
        raise QueryError("A workbook isn't for reading here.", hint="Send it to a file: … > answer.xlsx")
    sentences = services.sentences(services.language)
    about = [sentences.say("Demo data: this company is made up.")] if services.demo else []
    sys.stdout.buffer.write(xlsx_file(answers, sentences, about).content)


def _print_message(message: Message, output: AnswerFormat | None) -> None:
    if output is AnswerFormat.BLOCKS:
        _print_blocks(message)
    else:
        print_message(out(), message)


def _print_blocks(message: Message, *, compact: bool = False) -> None:
    payload = block_kit.payload(message)
    print_json({"text": payload.text, "blocks": [dict(block) for block in payload.blocks]}, compact=compact)
