"""kpi-bot: the command line.

Exit status: 0 done or answered; 1 the question can't be answered; 2 configuration, database or usage.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from html import unescape
from pathlib import Path
from threading import Timer
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy import Engine as StoreEngine

from bot.access import EVERYTHING
from bot.app import STORE, Bot, asked_slack, customer_url, services_of, store_of, with_store
from bot.checking import check_problems, extents_of, left_out
from bot.clock import Clock, fixed_clock, shifted_clock, system_clock
from bot.commands import verb_of, verbs
from bot.commands.verb import Values
from bot.connecting import asking, connect, report
from bot.dispatch import answers_of, dispatch
from bot.playground.demo import DemoAddress, demo_services, play
from bot.render.checked import check_json, extents_table, finding_lines, left_out_lines, verdict
from bot.render.contract import answer_json, summary_json
from bot.render.definition import definitions_page
from bot.render.demo_mark import marked
from bot.render.exports import xlsx_file
from bot.render.message import Message
from bot.render.summary import summary_message
from bot.render.terminal import print_answers, print_summary
from bot.request import Request
from bot.services import Services
from bot.settings import Settings, SettingsError
from bot.store import database
from bot.store.audit import AuditRows
from bot.store.database import StoreError
from bot.store.deliveries import Deliveries, State, workspaces
from bot.store.erasure import erase as erase_person
from bot.store.erasure import is_user
from bot.summaries import spec_named, summary_of
from kpi_engine import definitions
from kpi_engine.describe import define
from kpi_engine.errors import DefinitionError, KpiError, Problem, QueryError
from kpi_engine.integrity import Extent
from kpi_engine.query import Flag
from kpi_engine.result import Answer
from kpi_engine.tables import csv_text

log = logging.getLogger(__name__)

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


class CheckFormat(StrEnum):
    """How the findings of a check are printed."""

    TEXT = "text"
    JSON = "json"


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
    clock = _clock(settings, as_of)
    services = _services(settings, clock, context, workspace)
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
    clock = _clock(settings, as_of)
    services = _services(settings, clock, context, workspace)
    spec = spec_named(services.catalogue, name)
    with _patience("making the summary"):
        made = summary_of(services.engine, spec, services.members(clock()), clock(), EVERYTHING)
    sentences = services.sentences(spec.language)
    match output:
        case SummaryFormat.TEXT:
            print_summary(_out(), made, sentences)
        case SummaryFormat.JSON:
            _print_json(summary_json(made, sentences))
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
    clock = _clock(settings, None)
    services = _services(settings, clock, context)
    if every:
        catalogue = services.catalogue
        found = [define(catalogue, entry) for entry in catalogue.metrics.values()]
        sys.stdout.write(definitions_page(found, services.sentences("en")))
        return
    request = Request("", "", "", f"define {metric}", "cli", clock(), services.language)
    message = verbs()["define"].run(request, metric, services)
    _out().print(message.text, markup=False, highlight=False)


@app.command()
def init(
    context: typer.Context,
    database_url: Annotated[
        str,
        typer.Option("--database-url", help="The database; default KPI_DATABASE_URL.", show_default=False),
    ] = "",
    into: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("my-config"),
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take the best guess for every doubt.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over model files that are there.")] = False,
) -> None:
    """Connect a database: look at its tables, ask what they don't tell, write commented model files.

    Examples: kpi-bot init --database-url sqlite:////data/shop.sqlite · kpi-bot init --into our-config --yes
    """
    settings = Settings.load()
    _log_to_stderr(settings, quiet=True)
    if not database_url and settings.kpi_database_url is None:
        raise SettingsError("No database is named.", hint="Give --database-url, or set KPI_DATABASE_URL.")
    url = database_url or customer_url(settings)
    person = None if yes or not sys.stdin.isatty() else asking(_print_line, typer.prompt)
    with nullcontext() if person else _patience("looking at the database"):
        made = connect(url, into, timeout=settings.kpi_query_timeout, force=force, ask=person)
    services = services_of(settings.model_copy(update={"kpi_config_dir": into}), url)
    context.call_on_close(services.close)
    with _patience("checking what was written"):
        problems = check_problems(services, system_clock(settings.zone)())
        lacking = left_out(services, problems)
    for line in report(made, into, problems, lacking):
        _print_line(line)


@app.command()
def check(
    context: typer.Context,
    output: Annotated[CheckFormat, typer.Option("--format", help="text or json.")] = CheckFormat.TEXT,
    as_of: AsOf = None,
) -> None:
    """Check the configuration and the database; exit 0 where all is well, 2 with the list of what isn't.

    Examples: kpi-bot check · kpi-bot check --format json
    """
    settings = Settings.load()
    clock = _clock(settings, as_of)
    services = _services(settings, clock, context)
    in_slack = None
    if settings.slack_bot_token is not None:
        token = settings.slack_bot_token.get_secret_value()
        with _patience("asking Slack"):
            in_slack = asyncio.run(asked_slack(token, settings, clock))
    with _patience("reading the database"):
        problems = check_problems(services, clock(), in_slack)
        extents = extents_of(services, clock())
        lacking = left_out(services, problems)
    if output is CheckFormat.JSON:
        _print_json(check_json(problems, extents, lacking))
    else:
        _print_check(problems, extents, services, lacking)
    if any(not problem.is_warning for problem in problems):
        raise typer.Exit(MISCONFIGURED)


@app.command()
def serve(
    context: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="Read the demo company; every message says so.")
    ] = False,
) -> None:
    """Run the bot in Slack: answers, and summaries when they are due.

    SLACK_APP_TOKEN selects Socket Mode; else SLACK_SIGNING_SECRET and PORT serve POST /slack/events.
    Examples: kpi-bot serve · kpi-bot serve --demo
    """
    settings = Settings.load()
    _log_to_stderr(settings)
    clock = system_clock(settings.zone)
    services = _demo_company(settings, clock, context) if demo else _customer(settings, context)
    bot = Bot(settings, services, _store(settings, context), clock)
    asyncio.run(_until_signal(bot.run))


@app.command()
def demo(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(help="The playground's port; the next free one if it is taken.")
    ] = 8020,
    as_of: AsOf = None,
) -> None:
    """Open the playground: the real bot over the demo company, in a stand-in for Slack in the browser.

    Example: kpi-bot demo
    """
    settings = Settings.load()
    _log_to_stderr(settings)
    clock = shifted_clock(as_of, settings.zone) if as_of else system_clock(settings.zone)
    services = _demo_company(settings, clock, context)

    def ready(address: DemoAddress) -> None:
        if address.port != port:
            _err().print(f"Port {port} is taken.", style="yellow")
        _out().print(f"The playground is at [bold]{address.url}[/bold]  (Ctrl+C ends it)")

    async def run(stop: asyncio.Event) -> None:
        await play(settings, services, clock, port, stop, ready)

    asyncio.run(_until_signal(run))


@app.command()
def migrate(context: typer.Context) -> None:
    """Bring the tables of the bot's own store up to date.

    Example: KPI_STORE_URL=postgresql+psycopg://bot@db/bot kpi-bot migrate
    """
    settings = Settings.load()
    store = database.open_store(settings.kpi_store_url.get_secret_value())
    context.call_on_close(store.dispose)
    revision = database.migrate(store)
    _out().print(f"The store is at revision {revision}.")


@app.command()
def deliveries(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    workspace: Workspace = "",
) -> None:
    """Show the posted summaries and surveys and those whose outcome is unknown, newest first.

    Example: kpi-bot deliveries
    """
    settings = Settings.load()
    store = _store(settings, context)
    rows = Deliveries(store, _workspace(store, workspace))
    rows.expire(system_clock(settings.zone)())
    table = Table("Due", "What", "About", "To", "State", "Note")
    for row in rows.newest(limit):
        style = {State.UNKNOWN: "bold yellow", State.FAILED: "bold red", State.MISSED: "yellow"}.get(
            row.state
        )
        due = row.due_at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
        table.add_row(
            due,
            row.what.subscription,
            row.what.period,
            row.what.target,
            str(row.state),
            row.reason or "",
            style=style,
        )
    _out().print(table if table.row_count else "Nothing was delivered yet.")


@app.command()
def audit(
    context: typer.Context,
    person: Annotated[str, typer.Option(help="Only what this Slack user asked.", metavar="U0123ABCD")] = "",
    day: Annotated[
        datetime | None,
        typer.Option(help="Only this day (business time zone).", metavar="2026-11-23", formats=["%Y-%m-%d"]),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    erase: Annotated[
        str,
        typer.Option(help="Erase everything that is kept about this Slack user.", metavar="U0123ABCD"),
    ] = "",
    workspace: Workspace = "",
) -> None:
    """Show who asked what, newest first; or erase all that is kept about one person.

    Examples: kpi-bot audit --person U0123ABCD --day 2026-11-23 · kpi-bot audit --erase U0123ABCD
    """
    settings = Settings.load()
    store = _store(settings, context)
    place = _workspace(store, workspace)
    if erase:
        _erase(store, place, erase)
        return
    start = day.replace(tzinfo=settings.zone) if day else None
    end = start + timedelta(days=1) if start else None
    table = Table("When", "Who", "Where", "How", "Question", "Outcome", "Rows", "ms")
    for entry in AuditRows(store, place).newest(limit, person, start, end):
        when = entry.asked_at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")
        counts = (str(entry.rows), str(entry.milliseconds))
        who = (entry.person, entry.channel, entry.via)
        table.add_row(when, *map(escape, (*who, entry.question, entry.outcome)), *counts)
    _out().print(table if table.row_count else "Nothing was asked yet.")


def _erase(store: StoreEngine, workspace: str, person: str) -> None:
    """Erase a person and say what was, and what is left."""
    if not is_user(person):
        raise SettingsError(
            f"{person} is no Slack user id.", hint="Copy it from their Slack profile: ⋮, Copy member ID."
        )
    gone = erase_person(store, workspace, person)
    _out().print(
        f"Of {person} {gone.questions} questions, {gone.subscriptions} subscriptions, {gone.answers} survey "
        f"answers and the settings were erased; {gone.left or 'none'} of it is left.",
        markup=False,
    )


@app.command()
def schema() -> None:
    """Print the JSON Schema of model, metric, dimension, summary, survey and access files, for editors.

    Example: kpi-bot schema > kpi-bot.schema.json
    """
    _print_json(definitions.json_schemas())


def main() -> None:
    """Run the command line; every mistake ends in a sentence and an exit status."""
    try:
        app()
    except QueryError as wrong:
        _say(wrong)
        raise SystemExit(UNANSWERABLE) from None
    except KpiError as wrong:
        _say(wrong)
        raise SystemExit(MISCONFIGURED) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(ANSWERED) from None
    except Exception:
        reference = secrets.token_hex(4)
        log.debug("unexpected (reference %s)", reference, exc_info=True)
        _err().print(
            f"Something went wrong on our side (reference {reference}); "
            "KPI_LOG_LEVEL=debug shows where. Please report it.",
            markup=False,
        )
        raise SystemExit(MISCONFIGURED) from None


# questions


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
        with _patience("asking the database"):
            answers = answers_of(request, services)
    except QueryError as wrong:
        _say(wrong)
        return UNANSWERABLE
    except KpiError as wrong:
        _say(wrong)
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
        with _patience("asking the database"):
            found = values(request, rest, services)
    except QueryError as wrong:
        _say(wrong)
        return UNANSWERABLE
    except KpiError as wrong:
        _say(wrong)
        return MISCONFIGURED
    match output or (AnswerFormat(found.wanted) if found.wanted else AnswerFormat.TEXT):
        case AnswerFormat.JSON:
            _print_json(found.json, compact=compact)
        case AnswerFormat.SQL:
            sys.stdout.write(";\n\n".join(found.json["sql"]) + ";\n")
        case AnswerFormat.CSV if found.csv is not None:
            sys.stdout.write(found.csv)
        case AnswerFormat.CSV | AnswerFormat.XLSX:
            _say(QueryError("There is no such table of this answer.", hint="Ask for --format json."))
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
            print_answers(_out(), answers, sentences)
        case AnswerFormat.JSON:
            found = [answer_json(answer, services.sentences("en")) for answer in answers]
            _print_json(found[0] if len(found) == 1 else found, compact=compact)
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
        _out().print(unescape(message.text), markup=False, highlight=False)  # Slack's signs are for Slack


def _print_blocks(message: Message, *, compact: bool = False) -> None:
    _print_json({"text": message.text, "blocks": [dict(block) for block in message.blocks]}, compact=compact)


def _print_json(value: Any, *, compact: bool = False) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=None if compact else 2, default=str) + "\n")


def _print_check(
    problems: Sequence[Problem],
    extents: Sequence[Extent],
    services: Services,
    lacking: Mapping[str, Sequence[str]],
) -> None:
    console = _err()
    styles = {"error": "red", "warning": "yellow", "note": ""}
    for severity, line in finding_lines(problems, console.width if console.is_terminal else None):
        console.print(line, markup=False, highlight=False, soft_wrap=True, style=styles[severity])
    if extents:
        _out().print(extents_table(extents))
    wrong = sum(not problem.is_warning for problem in problems)
    if wrong:
        console.print(f"{wrong} to mend.", style="bold red")
        return
    for line in left_out_lines(lacking):
        _out().print(line, style="dim", soft_wrap=not _out().is_terminal)
    answering = len(set(services.catalogue.metrics) - set(lacking))
    is_well = all(problem.is_note for problem in problems)
    _out().print(verdict(problems, answering), style="bold green" if is_well else "bold yellow")


def _print_line(line: str) -> None:
    _out().print(line, markup=False, soft_wrap=True)


# surroundings


def _clock(settings: Settings, as_of: datetime | None) -> Clock:
    return fixed_clock(as_of, settings.zone) if as_of else system_clock(settings.zone)


def _services(settings: Settings, clock: Clock, context: typer.Context, workspace: str = "") -> Services:
    """Return the services of the customer's database, else of the demo company, which is then said."""
    _log_to_stderr(settings, quiet=True)
    if settings.kpi_database_url is not None:
        return _with_own_rows(_customer(settings, context), settings, context, workspace)
    _err().print("KPI_DATABASE_URL isn't set: this is the demo company, which is made up.", style="dim")
    return _demo_company(settings, clock, context)


def _demo_company(settings: Settings, clock: Clock, context: typer.Context) -> Services:
    with _company_progress() as progress:
        services = demo_services(settings, clock(), progress)
    context.call_on_close(services.close)
    return services


def _customer(settings: Settings, context: typer.Context) -> Services:
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
        store = _store(settings, context)
        chosen = _workspace(store, workspace)
    except StoreError as wrong:
        _err().print(f"Without the bot's own answers: {wrong}", style="dim", markup=False)
        return services
    if not chosen:
        return services
    joined = with_store(services, settings, store, chosen)
    context.call_on_close(partial(joined.engine.close_database, STORE))
    return joined


def _workspace(store: StoreEngine, wanted: str) -> str:
    """Return the workspace that is meant: the only one of the store, "" where it has none yet."""
    known = workspaces(store)
    if not wanted and len(known) > 1:
        raise SettingsError(
            "The store has more than one workspace.", hint=f"Give --workspace {known[0]} (say)."
        )
    return wanted or (known[0] if known else "")


def _store(settings: Settings, context: typer.Context) -> StoreEngine:
    store = store_of(settings)
    context.call_on_close(store.dispose)
    return store


def _out() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_WIDTH, color_system=None)


def _err() -> Console:
    return Console(stderr=True, highlight=False)


def _say(wrong: KpiError) -> None:
    """Print what went wrong, what to do, and what to type instead."""
    if isinstance(wrong, DefinitionError):
        for problem in wrong.problems:
            _err().print(str(problem), markup=False, soft_wrap=True)
        return
    _err().print(str(wrong), markup=False, soft_wrap=True)
    for line in wrong.suggestions if isinstance(wrong, QueryError) else ():
        _err().print(f"  {line}", markup=False, soft_wrap=True)


def _log_to_stderr(settings: Settings, *, quiet: bool = False) -> None:
    level = logging.WARNING if quiet and settings.kpi_log_level == "info" else settings.kpi_log_level.upper()
    handler = RichHandler(console=Console(stderr=True), show_path=False, rich_tracebacks=False, markup=False)
    logging.basicConfig(
        level=level, format="%(name)s: %(message)s", datefmt="%H:%M:%S", handlers=[handler], force=True
    )
    for chatty in ("apscheduler", "slack_bolt", "slack_sdk", "aiohttp.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def _patience(doing: str) -> Iterator[None]:
    """Show that something is going on, where it takes over two seconds."""
    console = _err()
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
    console = _err()
    columns = (TextColumn("building the demo company: {task.description}"), BarColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=1.0, visible=False)

        def tell(stage: str, share: float) -> None:
            progress.update(task, description=stage, completed=share, visible=True)

        yield tell


async def _until_signal(run: Callable[[asyncio.Event], Any]) -> None:
    """Run until SIGTERM or Ctrl+C, then let it finish."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run(stop)
