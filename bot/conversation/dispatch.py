"""From a line of text to a message: the one place where errors become words."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Literal

from bot.conversation.answer_forms import left, require_way
from bot.conversation.audit_words import asked_words, rows_of, words_of
from bot.conversation.commands import pressing_of, verb_of, verbs
from bot.conversation.commands.verb import Verb
from bot.conversation.lighter_questions import quicker
from bot.render.demo_mark import marked
from bot.render.document import Ask
from bot.render.message import Message, Replacement, Reply
from bot.render.question_form import with_builder
from bot.render.replies import error_message, unexpected_message
from bot.render.waiting import again
from bot.rights import access, team_totals
from bot.rights.access import Viewer
from bot.runtime.pool import BusyError
from bot.store.audit import Entry
from bot.workspace.read_line import parsed, read
from bot.workspace.request import Press, Request
from bot.workspace.services import Services
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
from kpi_engine.language.folding import fold
from kpi_engine.language.parser import canonical, normalised
from kpi_engine.language.vocabulary import FILLERS, MINE

log = logging.getLogger(__name__)

_MINE = ("sales", "new_customers", "leads", "opportunities")
"""What a rep who types nothing is shown, as far as it is connected."""
WHY, HELP = "why", "help"


def dispatch(request: Request, services: Services) -> Message:
    """Return the answer to a line, or the sentence that says why there is none. Never raises."""
    sentences, started = services.sentences(request.language), perf_counter()
    asked = _Asked(request.text)
    try:
        message = _answered(request, services, asked)
    except QuestionCancelledError as wrong:
        asked.outcome = "cancelled"
        message = error_message(wrong, sentences)
    except KpiError as wrong:
        asked.outcome = "refused" if isinstance(wrong, ForbiddenError) else "failed"
        message = error_message(wrong, sentences, _instead(wrong, request, services))
        if _is_not_understood(wrong, request):
            message = with_builder(message, normalised(request.text), sentences)
    except Exception as wrong:  # noqa: BLE001 - the person gets a sentence, the log the traceback
        asked.outcome = "failed"
        message = unexpected_message(_logged("a question could not be answered", wrong), sentences)
    _note(request, asked, started, services)
    return marked(message, sentences) if services.demo else message


def dropped(request: Request, services: Services, outcome: Literal["cancelled", "failed"]) -> None:
    """Note in the audit, as typed, a question that `dispatch` never got; returns at once."""
    _note(request, _Asked(request.text, normalised(request.text), outcome), perf_counter(), services)


def _is_not_understood(wrong: KpiError, request: Request) -> bool:
    """Whether a question in Slack can't be asked as it stands, so that pickers may help."""
    is_words = isinstance(wrong, QueryError) and not isinstance(wrong, ForbiddenError)
    return is_words and request.via != "cli" and verb_of(request.text) is None


@dataclass(slots=True)
class _Asked:
    """What the audit keeps of a line: its canonical question ("" until it is known), and how many figures."""

    line: str
    question: str = ""
    outcome: str = "answered"
    rows: int = 0

    def took(self, answers: Sequence[Answer]) -> None:
        """Take the answers' words and size, never their figures."""
        self.question, self.rows = words_of(answers), rows_of(answers)


def _note(request: Request, asked: _Asked, started: float, services: Services) -> None:
    """Hand a question to the audit, which neither delays nor fails an answer."""
    if services.audit is None or (request.via == "home" and not asked.line):
        return  # a Home tab of help asked nothing
    milliseconds = round((perf_counter() - started) * 1000)
    question = asked.question or _canonical_line(replace(request, text=asked.line), services)
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
        )
    )


def _canonical_line(request: Request, services: Services) -> str:
    """Return a line in canonical words, whoever asked it and whatever became of it; else as typed."""
    verb, rest = verb_of(request.text) or (None, normalised(request.text))
    if verb is None and not rest:
        return HELP
    try:
        if services.index.remembered(request.now) is None:
            pass  # names are read for answers, not for the audit
        elif verb is None:
            rest = asked_words(request, rest, services)
        elif verb.kept is not None:
            rest = verb.kept(request, rest, services)
    except KpiError:
        pass
    except Exception as wrong:  # noqa: BLE001 - no answer fails because of the audit
        _logged("a line could not be read for the audit", wrong)
    return f"{verb.name} {rest}".strip() if verb else rest


def needs_person(press: Press) -> bool:
    """Whether a press is only for members, so that Slack has to be asked who pressed."""
    found = pressing_of(press.action)
    return found is None or not found.for_everyone


def acts_once(press: Press) -> bool:
    """Whether two presses within seconds are one."""
    found = pressing_of(press.action)
    return found is not None and press.action in found.once


def pressed(request: Request, services: Services) -> Reply:
    """Do what a press asks for; like `dispatch`, it never raises."""
    sentences = services.sentences(request.language)
    try:
        reply = _pressed(request, services)
    except KpiError as wrong:
        reply = error_message(wrong, sentences)
    except Exception as wrong:  # noqa: BLE001 - the person gets a sentence, the log the traceback
        reply = unexpected_message(_logged("a press could not be taken", wrong), sentences)
    if not services.demo:
        return reply
    match reply:
        case Message():
            return marked(reply, sentences)
        case Replacement(message):
            return Replacement(marked(message, sentences))
    return reply


def _pressed(request: Request, services: Services) -> Reply:
    press = request.press
    found = pressing_of(press.action) if press else None
    if press is None or found is None:
        raise QueryError("That button is of an older version of me.", hint="Ask again for a new one.")
    if not found.for_everyone:
        _require_member(request, services)
    return found.run(request, press, services)


def refusal(wrong: BaseException, language: str, services: Services, line: str = "") -> Message:
    """Return the sentence for what went wrong on the way to `dispatch`; `line` can be tried again."""
    sentences = services.sentences(language)
    message = (
        error_message(wrong, sentences, again(line, sentences) if isinstance(wrong, BusyError) else ())
        if isinstance(wrong, KpiError)
        else unexpected_message(_logged("a request could not be taken", wrong), sentences)
    )
    return marked(message, sentences) if services.demo else message


def answers_of(request: Request, services: Services) -> tuple[Answer, ...]:
    """Return the answers to a question, as far as its asker may see them. Raises KpiError."""
    viewer = services.viewer(request)
    query = _query(request, services, viewer)
    return team_totals.answers(services.engine, query, viewer, request.now)


def _require_member(request: Request, services: Services) -> None:
    if request.via != "cli":
        access.require_member(request.user, request.membership, services.roles)


def _answered(request: Request, services: Services, asked: _Asked) -> Message:
    _require_member(request, services)
    found = verb_of(request.text)
    if found:
        verb, rest = found
        message = verb.run(request, rest, services)
        asked.question, asked.rows = message.question, message.rows
        return message
    if not normalised(request.text):
        request = _about_me(request, services)
        asked.line = request.text
        if not request.text:
            return verbs()[HELP].run(request, "", services)
    answers = answers_of(request, services)
    asked.took(answers)
    return left(request, answers, services)


def _about_me(request: Request, services: Services) -> Request:
    """Return the question that a known rep asks by typing nothing: my numbers of this month."""
    metrics = [
        name
        for name in _MINE
        if name in services.catalogue.metrics and "rep" in services.catalogue.metrics[name].dimensions
    ]
    try:
        asker = services.asker(request.user, request.now, services.viewer(request))
    except ForbiddenError:  # without a role there are no own numbers, but help
        return replace(request, text="")
    known = asker.rep is not None and metrics
    return replace(request, text=f"{','.join(metrics)} rep:me this month" if known else "")


def _query(request: Request, services: Services, viewer: Viewer) -> Query:
    try:
        query = read(request.text, request, viewer, services, _verb_names(request.language))
    except ForbiddenError:
        raise
    except QueryError as wrong:
        meant = tuple(_lines_of_verbs(request, services))
        if not meant:
            raise _with_verbs_that_take(wrong, request, services, viewer) from None
        wrong.hint, wrong.suggestions = said("Did you mean one of these?"), meant
        raise
    require_way(query, request)
    return query


def _verb_names(language: str) -> list[str]:
    """Return the names of the verbs, and those that people of a language are shown."""
    names = (name for verb in verbs().values() for name in (verb.name, verb.typed(language)))
    return list(dict.fromkeys(names))


def _lines_of_verbs(request: Request, services: Services) -> Iterator[str]:
    """Yield the lines of verbs that a line which is no question means: "my targets", "sales every monday"."""
    line = normalised(request.text)
    first, _, rest = line.partition(" ")
    while first and fold(first) in FILLERS | MINE and rest:
        if found := verb_of(rest):
            yield from _own_lines(rest, *found, request, services)
            break
        first, _, rest = rest.partition(" ")
    for verb in {verb.name: verb for verb in verbs().values()}.values():
        if verb.meant and (meant := verb.meant(request, line, services)):
            yield meant


def _own_lines(line: str, verb: Verb, rest: str, request: Request, services: Services) -> tuple[str, ...]:
    """Return a verb's line, where it takes what follows; what it offers itself where nothing follows."""
    try:
        verb.reads(request, rest, services)
    except QueryError as wrong:
        return () if rest else wrong.suggestions
    return (line,)


def _with_verbs_that_take(
    wrong: QueryError, request: Request, services: Services, viewer: Viewer
) -> QueryError:
    """Return a refusal that suggests no verb in place of a word whose following words it doesn't take."""
    names = _verb_names(request.language)
    while untaken := _untaken(wrong, request, services).intersection(names):
        names = [name for name in names if name not in untaken]
        try:
            parsed(request.text, request, viewer, services, names)
        except QueryError as refused:
            wrong = refused
    return wrong


def _untaken(wrong: QueryError, request: Request, services: Services) -> set[str]:
    """Return the names of the verbs that suggested lines begin with and that don't take what follows."""
    begun = [found for line in wrong.suggestions if (found := verb_of(line))]
    refused = [verb for verb, rest in begun if not verb.takes(request, rest, services)]
    return {name for verb in refused for name in (verb.name, *verb.aliases)}


def _instead(wrong: KpiError, request: Request, services: Services) -> Sequence[Ask]:
    """Return what can be asked where the database doesn't answer: less, or the same once more."""
    if not isinstance(wrong, WarehouseError):
        return ()
    lines = _quicker_lines(request, services) if isinstance(wrong, WarehouseTimeoutError) else ()
    return [Ask(line, line) for line in lines] or again(request.text, services.sentences(request.language))


def _quicker_lines(request: Request, services: Services) -> Sequence[str]:
    """Return lines that ask less of the database than a question, or a why, that took too long."""
    found = verb_of(request.text)
    if found and found[0].name != WHY:
        return ()
    prefix = f"{WHY} " if found else ""
    try:
        asked = replace(request, text=found[1]) if found else request
        if not normalised(request.text):
            asked = _about_me(request, services)
        query = parsed(asked.text, asked, services.viewer(asked), services)
    except KpiError:  # the names aren't read yet, or the database is too slow for them as well
        return ()
    return [prefix + canonical(less) for less in quicker(query, services.engine.today(request.now))]


def _logged(what: str, wrong: BaseException) -> str:
    """Log an exception and return the reference that its message gives."""
    reference = secrets.token_hex(4)
    log.error("%s (reference %s)", what, reference, exc_info=wrong)
    return reference
