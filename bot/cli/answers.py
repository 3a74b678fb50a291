"""Print the answer to a line: as text, JSON, Slack's blocks, CSV, a workbook or SQL."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.cli.ask import EXPLAINED, AnswerFormat
from bot.cli.explaining import explained_json, print_statements
from bot.cli.printing import err, out, patience, print_error, print_json
from bot.cli.typer_app import ANSWERED, MISCONFIGURED, UNANSWERABLE
from bot.conversation.command import CommandContext, Values, Verb
from bot.conversation.dispatch import answers_of, dispatch, message_of, message_of_refusal
from bot.conversation.registry import context_of, every_command
from bot.render.contract import SCHEMA, Json, answer_json
from bot.render.demo_mark import demo_line
from bot.render.message import Message
from bot.render.plain_text import text_of
from bot.runtime.clock import Clock
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import KpiError, QueryError
from kpi_engine.domain.query import Flag
from kpi_engine.domain.statements import StatementLog

_OF_FLAG: dict[Flag, AnswerFormat] = {
    "csv": AnswerFormat.CSV,
    "xlsx": AnswerFormat.XLSX,
    "sql": AnswerFormat.SQL,
}
"""The formats that a flag in the line asks for."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A line and how its answer is printed; `compact` is one of several lines, each of which gives one.

    `log` records the statements that are printed as well; None where they aren't.
    """

    request: Request
    output: AnswerFormat | None
    services: Services
    compact: bool
    log: StatementLog | None = None


def print_answer(
    line: str,
    output: AnswerFormat | None,
    services: Services,
    clock: Clock,
    *,
    compact: bool = False,
    explain: bool = False,
) -> int:
    """Print the answer to one line and return the exit status.

    With `compact` JSON and blocks take exactly one line each, also where the line can't be answered.
    With `explain` the statements follow, also those of a line that can't be answered; `output` is then text
    or JSON.
    """
    request = Request("", "", "", line, "cli", clock(), services.language)
    asked = _Asked(request, output, services, compact)
    if not explain:
        return _status(line, asked)
    with services.engine.recorded() as log:
        status = _status(line, replace(asked, log=log))
    if output is not AnswerFormat.JSON:
        print_statements(out(), log, sys.stdout.write)
    return status


def _status(line: str, asked: _Asked) -> int:
    """Print the answer to one line or why there is none, and return the exit status."""
    if not line.strip():
        _print_message(dispatch(asked.request, asked.services), asked)
        return UNANSWERABLE
    try:
        _print(asked)
    except KpiError as wrong:
        print_error(wrong)
        _print_refusal(wrong, asked)
        return UNANSWERABLE if isinstance(wrong, QueryError) else MISCONFIGURED
    return ANSWERED


def print_definition(metric: str, services: Services, clock: Clock) -> None:
    """Print what a metric means, as the verb `define` says it."""
    from bot.render.terminal import print_message

    request = Request("", "", "", f"define {metric}", "cli", clock(), services.language)
    print_message(out(), every_command().verbs["define"].run(context_of(request, services), metric))


def print_blocks(message: Message, *, compact: bool = False) -> None:
    """Print a message as Slack gets it, as JSON."""
    from bot.render import block_kit

    payload = block_kit.payload(message)
    print_json({"text": payload.text, "blocks": [dict(block) for block in payload.blocks]}, compact=compact)


def _print(asked: _Asked) -> None:
    verb, rest = every_command().verb_of(asked.request.text) or (None, "")
    if verb is None:
        with patience("asking the database"):
            answers = answers_of(asked.request, asked.services)
        _print_answers(answers, _explainable(asked.output or _wanted(answers), asked), asked)
    elif verb.values:
        _print_values(verb.values, rest, asked)
    elif asked.output is AnswerFormat.JSON:
        _print_said(verb, rest, asked)
    else:
        _print_message(dispatch(asked.request, asked.services), asked)


def _print_said(verb: Verb, rest: str, asked: _Asked) -> None:
    """Print the message of a verb that answers in words alone, as JSON."""
    message = verb.run(context_of(asked.request, asked.services), rest)
    said: Json = {"schema": SCHEMA, "question": asked.request.text, "text": text_of(message)}
    _print_json(said, asked)


def _print_values(values: Callable[[CommandContext, str], Values], rest: str, asked: _Asked) -> None:
    """Print what a verb answers in the wanted format. Raises QueryError where it is no table."""
    context = context_of(asked.request, asked.services)
    with patience("asking the database"):
        found = values(context, rest)
    form = asked.output or (AnswerFormat(found.wanted) if found.wanted else AnswerFormat.TEXT)
    match _explainable(form, asked):
        case AnswerFormat.JSON:
            _print_json(found.json(), asked)
        case AnswerFormat.SQL:
            sys.stdout.write(";\n\n".join(found.json()["sql"]) + ";\n")
        case AnswerFormat.CSV if found.csv is not None:
            sys.stdout.write(found.csv())
        case AnswerFormat.CSV | AnswerFormat.XLSX:
            raise QueryError("This answer can't be written as that file.", hint="Ask for --format json.")
        case _:
            _print_message(asked.services.marked(found.message(), context.sentences), asked)


def _print_refusal(wrong: KpiError, asked: _Asked) -> None:
    """Print that one of several lines has no answer, so that as many objects come out as lines went in."""
    if not asked.compact and asked.log is None:
        return
    if asked.output is AnswerFormat.BLOCKS:
        print_blocks(message_of_refusal(wrong, asked.request, asked.services), compact=True)
    elif asked.output is AnswerFormat.JSON:
        refusal: Json = {
            "schema": SCHEMA,
            "question": asked.request.text,
            "error": str(wrong.message),
            "hint": str(wrong.hint) or None,
            "suggestions": list(wrong.suggestions) if isinstance(wrong, QueryError) else [],
        }
        _print_json(refusal, asked)


def _wanted(answers: Sequence[Answer]) -> AnswerFormat:
    """Return the format that a flag in the line asks for, by default text."""
    found = [form for flag, form in _OF_FLAG.items() if flag in answers[0].query.flags]
    return found[0] if found else AnswerFormat.TEXT


def _print_answers(answers: Sequence[Answer], output: AnswerFormat, asked: _Asked) -> None:
    services = asked.services
    if output in (AnswerFormat.CSV, AnswerFormat.SQL):  # they have no room for notes
        from bot.render.words.notes import doubts_said

        for doubt in doubts_said(answers, services.sentences(services.language)):
            err().print(doubt, style="dim", markup=False)
    match output:
        case AnswerFormat.TEXT:
            from bot.render.terminal import print_answers

            print_answers(out(), answers, services.sentences(services.language))
        case AnswerFormat.JSON:
            found = [answer_json(answer, services.sentences("en")) for answer in answers]
            _print_json(found[0] if len(found) == 1 else found, asked)
        case AnswerFormat.BLOCKS:
            _print_message(message_of(answers, asked.request, services), asked)
        case AnswerFormat.CSV:
            from kpi_engine import csv_text

            sys.stdout.write(csv_text(answers))
        case AnswerFormat.XLSX:
            _write_workbook(answers, asked)
        case AnswerFormat.SQL:
            statements = [statement for answer in answers for statement in answer.sql]
            sys.stdout.write(";\n\n".join(statements) + ";\n")


def _write_workbook(answers: Sequence[Answer], asked: _Asked) -> None:
    """Write a workbook's bytes to standard output. Raises QueryError where that is no place for them."""
    from bot.render.exports import xlsx_file

    services = asked.services
    if asked.compact:
        raise QueryError("A workbook holds one question.", hint="Ask them one by one, or use --format csv.")
    if sys.stdout.isatty():
        raise QueryError(
            "A workbook can't be shown in a terminal.", hint="Redirect it to a file: … > answer.xlsx"
        )
    sentences = services.sentences(services.language)
    about = [demo_line(sentences)] if services.demo else []
    sys.stdout.buffer.write(xlsx_file(answers, sentences, about).content)


def _explainable(form: AnswerFormat, asked: _Asked) -> AnswerFormat:
    """Return a format. Raises QueryError if statements can't be printed beside it."""
    if asked.log is not None and form not in EXPLAINED:
        raise QueryError(
            "The statements are printed beside text or JSON only.",
            hint=f"Leave out the word {form}, or ask without --explain.",
        )
    return form


def _print_json(value: object, asked: _Asked) -> None:
    """Print an answer as JSON, with the statements beside it where they are wanted."""
    shown = value if asked.log is None else explained_json(value, asked.log)
    print_json(shown, compact=asked.compact)


def _print_message(message: Message, asked: _Asked) -> None:
    if asked.output is AnswerFormat.BLOCKS:
        print_blocks(message, compact=asked.compact)
    else:
        from bot.render.terminal import print_message

        print_message(out(), message)
