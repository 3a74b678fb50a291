"""From a line of text to a message; the only place where errors become sentences."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from bot.conversation.answer_forms import in_wanted_form, require_form
from bot.conversation.audit_words import asked_words, rows_of, words_of
from bot.conversation.command import CommandContext, Verb
from bot.conversation.commands.target_file import preview
from bot.conversation.lighter_questions import lighter
from bot.conversation.registry import context_of, every_command
from bot.render.document import Ask
from bot.render.message import Message, Replacement, Reply
from bot.render.question_form import with_builder
from bot.render.replies import error_message, unexpected_message
from bot.render.waiting import again
from bot.rights import answers_for
from bot.runtime.logs import log_unexpected
from bot.runtime.pool import BusyError
from bot.runtime.references import current_reference, new_reference
from bot.store.audit import Entry
from bot.workspace.read_line import parsed, read
from bot.workspace.request import Press, Request
from bot.workspace.services import Services
from kpi_engine import FILLERS, MINE, canonical, fold, normalised
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import (
    ForbiddenError,
    KpiError,
    QueryError,
    QuestionCancelledError,
    WarehouseError,
    WarehouseTimeoutError,
)
from kpi_engine.domain.query import Query
from kpi_engine.domain.translatable import said

log = logging.getLogger(__name__)

_MINE = ("sales", "new_customers", "leads", "opportunities")
"""The metrics that a rep gets who types nothing, if the database has them."""
WHY, HELP = "why", "help"
_BEFORE_VERB = FILLERS | MINE


def dispatch(request: Request, services: Services) -> Message:
    """Return the answer to a line, or the sentence that says why there is none. Never raises."""
    return answered(context_of(request, services))


def answered(context: CommandContext) -> Message:
    """Return the answer to the line of a request, as `dispatch` does. Never raises."""
    sentences, started = context.sentences, perf_counter()
    asked = _AuditNote(context.request.text)
    try:
        message = _answered(context, asked)
    except QuestionCancelledError as wrong:
        asked.outcome = "cancelled"
        message = error_message(wrong, sentences)
    except KpiError as wrong:
        asked.outcome = "refused" if isinstance(wrong, ForbiddenError) else "failed"
        message = _refused(wrong, context)
    except Exception as wrong:  # noqa: BLE001 - the person gets a sentence, the log the traceback
        asked.outcome = "failed"
        message = unexpected_message(_logged("a question could not be answered", wrong), sentences)
    _note(context, asked, started)
    return context.services.marked(message, sentences)


def message_of(answers: Sequence[Answer], request: Request, services: Services) -> Message:
    """Return the message of a question whose answers were read with `answers_of`. Raises KpiError."""
    context = context_of(request, services)
    return services.marked(in_wanted_form(context, answers), context.sentences)


def message_of_refusal(wrong: KpiError, request: Request, services: Services) -> Message:
    """Return the message of a line that raised an error, without reading it again."""
    context = context_of(request, services)
    return services.marked(_refused(wrong, context), context.sentences)


def dropped(request: Request, services: Services, outcome: Literal["cancelled", "failed"]) -> None:
    """Note in the audit, as typed, a question that `dispatch` never got; returns at once."""
    note = _AuditNote(request.text, normalised(request.text), outcome)
    _note(context_of(request, services), note, perf_counter())


def file_dropped(request: Request, services: Services, name: str, content: bytes) -> Message:
    """Return the preview of a file of targets that was dropped to the bot, or why there is none.

    Never raises.
    """
    context, started = context_of(request, services), perf_counter()
    note = _AuditNote(request.text, f"targets import {name}")
    try:
        context.rights.require_member()
        message = preview(context, name, content)
    except KpiError as wrong:
        note.outcome = "refused" if isinstance(wrong, ForbiddenError) else "failed"
        message = error_message(wrong, context.sentences)
    except Exception as wrong:  # noqa: BLE001 - the person gets a sentence, the log the traceback
        note.outcome = "failed"
        message = unexpected_message(_logged("a file could not be read", wrong), context.sentences)
    _note(context, note, started)
    return services.marked(message, context.sentences)


def _refused(wrong: KpiError, context: CommandContext) -> Message:
    message = error_message(wrong, context.sentences, _instead(wrong, context))
    if _is_not_understood(wrong, context):
        return with_builder(message, normalised(context.request.text), context.sentences)
    return message


def _is_not_understood(wrong: KpiError, context: CommandContext) -> bool:
    """Whether a question in Slack can't be read, so that the window with pickers may help."""
    request = context.request
    is_words = isinstance(wrong, QueryError) and not isinstance(wrong, ForbiddenError)
    return is_words and request.via != "cli" and context.commands.verb_of(request.text) is None


@dataclass(slots=True)
class _AuditNote:
    """What the audit keeps of a line: its canonical question ("" until it is known), and how many figures."""

    line: str
    question: str = ""
    outcome: str = "answered"
    rows: int = 0

    def took(self, answers: Sequence[Answer]) -> None:
        """Take the answers' questions and size, never their figures."""
        self.question, self.rows = words_of(answers), rows_of(answers)


def _note(context: CommandContext, asked: _AuditNote, started: float) -> None:
    """Hand a question to the audit, which neither delays an answer nor lets it fail."""
    request, services = context.request, context.services
    if services.audit is None or (request.via == "home" and not asked.line):
        return  # the Home tab of somebody without own numbers asks nothing
    milliseconds = round((perf_counter() - started) * 1000)
    question = asked.question or _canonical_line(context.with_text(asked.line))
    services.audit.note(
        Entry(
            request.user,
            request.channel,
            request.via,
            question,
            asked.outcome,
            asked.rows if asked.outcome == "answered" else 0,
            milliseconds,
            request.now,
            current_reference(),
        )
    )


def _canonical_line(context: CommandContext) -> str:
    """Return a line in canonical words whatever became of it; as typed if it can't be read."""
    text = context.request.text
    verb, rest = context.commands.verb_of(text) or (None, normalised(text))
    if verb is None and not rest:
        return HELP
    try:
        if context.services.index.remembered(context.now) is None:
            pass  # names are read for answers, not for the audit
        elif verb is None:
            rest = asked_words(context, rest)
        elif verb.kept is not None:
            rest = verb.kept(context, rest)
    except KpiError:
        pass
    except Exception as wrong:  # noqa: BLE001 - no answer fails because of the audit
        _logged("a line could not be read for the audit", wrong)
    return f"{verb.name} {rest}".strip() if verb else rest


def needs_person(press: Press) -> bool:
    """Whether a press is for members only, so that Slack has to be asked who pressed."""
    found = every_command().press_handler(press.action)
    return found is None or not found.for_everyone


def acts_once(press: Press) -> bool:
    """Whether two presses within seconds count as one."""
    found = every_command().press_handler(press.action)
    return found is not None and press.action in found.once


def pressed(request: Request, services: Services) -> Reply:
    """Return the reply to a press, or the sentence that says why there is none. Never raises."""
    context = context_of(request, services)
    sentences = context.sentences
    try:
        reply = _pressed(context)
    except KpiError as wrong:
        reply = error_message(wrong, sentences)
    except Exception as wrong:  # noqa: BLE001 - the person gets a sentence, the log the traceback
        reply = unexpected_message(_logged("a press could not be taken", wrong), sentences)
    match reply:
        case Message():
            return services.marked(reply, sentences)
        case Replacement(message):
            return Replacement(services.marked(message, sentences))
    return reply


def _pressed(context: CommandContext) -> Reply:
    press = context.request.press
    found = context.commands.press_handler(press.action) if press else None
    if press is None or found is None:
        raise QueryError(
            "That button is from an older version of this bot.", hint="Ask again to get a new one."
        )
    if not found.for_everyone:
        context.rights.require_member()
    return found.run(context, press)


def refusal(wrong: BaseException, language: str, services: Services, line: str = "") -> Message:
    """Return the sentence for an error outside `dispatch`; after a full queue `line` can be asked again."""
    sentences = services.sentences(language)
    message = (
        error_message(wrong, sentences, again(line, sentences) if isinstance(wrong, BusyError) else ())
        if isinstance(wrong, KpiError)
        else unexpected_message(_logged("a request could not be taken", wrong), sentences)
    )
    return services.marked(message, sentences)


def answers_of(request: Request, services: Services) -> tuple[Answer, ...]:
    """Return the answers to a question, as far as its asker may see them. Raises KpiError."""
    return _answers(context_of(request, services))


def _answers(context: CommandContext) -> tuple[Answer, ...]:
    query, services = _query(context), context.services
    return answers_for(services.engine, query, context.viewer, services.totals, context.now)


def _answered(context: CommandContext, asked: _AuditNote) -> Message:
    context.rights.require_member()
    found = context.commands.verb_of(context.request.text)
    if found:
        verb, rest = found
        message = verb.run(context, rest)
        asked.question, asked.rows = message.question, message.rows
        return message
    if not normalised(context.request.text):
        asked.line = _own_numbers(context)
        if not asked.line:
            return context.commands.verbs[HELP].run(context.with_text(""), "")
        context = context.with_text(asked.line)
    answers = _answers(context)
    asked.took(answers)
    return in_wanted_form(context, answers)


def _own_numbers(context: CommandContext) -> str:
    """Return the question of a rep who types nothing: their own numbers of this month; "" for others."""
    known = context.catalogue.metrics
    metrics = [name for name in _MINE if name in known and "rep" in known[name].dimensions]
    try:
        rep = context.asker().rep
    except ForbiddenError:  # people without a role get help
        return ""
    return f"{','.join(metrics)} rep:me this month" if rep is not None and metrics else ""


def _query(context: CommandContext) -> Query:
    try:
        query = read(context.request.text, context, context.commands.verb_names(context.language))
    except ForbiddenError:
        raise
    except QueryError as wrong:
        meant = tuple(_lines_of_verbs(context))
        if not meant:
            raise _with_verbs_that_take(wrong, context) from None
        wrong.hint, wrong.suggestions = said("Did you mean one of these?"), meant
        raise
    require_form(query, context)
    return query


def _lines_of_verbs(context: CommandContext) -> Iterator[str]:
    """Yield the lines with a verb that an unreadable line may mean: "my targets", "sales every monday"."""
    line = normalised(context.request.text)
    words = line.split(" ")
    for at in range(1, len(words)):
        if fold(words[at - 1]) not in _BEFORE_VERB:
            break
        # reading the whole rest for each word would take long
        if context.commands.verb_of(" ".join(words[at : at + 3])) is None:
            continue
        rest = " ".join(words[at:])
        if found := context.commands.verb_of(rest):
            yield from _own_lines(rest, *found, context)
            break
    for verb in context.commands.each_verb():
        if verb.meant and (meant := verb.meant(context, line)):
            yield meant


def _own_lines(line: str, verb: Verb, rest: str, context: CommandContext) -> tuple[str, ...]:
    """Return a verb's line if the verb takes the words after it; its own suggestions if there are none."""
    try:
        verb.reads(context, rest)
    except QueryError as wrong:
        return () if rest else wrong.suggestions
    return (line,)


def _with_verbs_that_take(wrong: QueryError, context: CommandContext) -> QueryError:
    """Return a refusal without suggestions of verbs that don't take the words after them."""
    names = context.commands.verb_names(context.language)
    while untaken := _untaken(wrong, context).intersection(names):
        names = [name for name in names if name not in untaken]
        try:
            parsed(context.request.text, context, context.viewer, names)
        except QueryError as refused:
            wrong = refused
    return wrong


def _untaken(wrong: QueryError, context: CommandContext) -> set[str]:
    """Return the names of verbs that begin a suggested line and don't take the words after them."""
    begun = [found for line in wrong.suggestions if (found := context.commands.verb_of(line))]
    refused = [verb for verb, rest in begun if not verb.takes(context, rest)]
    return {name for verb in refused for name in (verb.name, *verb.aliases)}


def _instead(wrong: KpiError, context: CommandContext) -> Sequence[Ask]:
    """Return what to ask if the database doesn't answer: less, or the same again."""
    if not isinstance(wrong, WarehouseError):
        return ()
    lines = _lighter_lines(context) if isinstance(wrong, WarehouseTimeoutError) else ()
    return [Ask(line, line) for line in lines] or again(context.request.text, context.sentences)


def _lighter_lines(context: CommandContext) -> Sequence[str]:
    """Return lines that ask less of the database than a question, or a why, that took too long."""
    found = context.commands.verb_of(context.request.text)
    if found and found[0].name != WHY:
        return ()
    prefix = f"{WHY} " if found else ""
    try:
        line = found[1] if found else context.request.text
        if not normalised(context.request.text):
            line = _own_numbers(context)
        query = parsed(line, context, context.viewer)
    except KpiError:  # the names aren't read yet, or the database is too slow for them as well
        return ()
    return [prefix + canonical(less) for less in lighter(query, context.today)]


def _logged(what: str, wrong: BaseException) -> str:
    """Log an exception and return the reference that its message gives."""
    reference = current_reference() or new_reference()
    log_unexpected(log, f"{what} (reference {reference})", wrong)
    return reference
