"""The forms of an answer: a message, a file, its SQL, or shared with everybody in a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.render.answer import answer_message
from bot.render.demo_mark import demo_line
from bot.render.exports import files_message, question_of, sql_message, subject_of
from bot.render.message import Message
from bot.render.share import shared_message, where_message
from bot.render.words.missing import arrived_sentences
from bot.rights import answers_for, require_no_worst
from bot.workspace.context import RequestContext
from bot.workspace.late_rows import arrived_since
from kpi_engine import canonical
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.query import Flag, Query

_FILES: tuple[Flag, ...] = ("csv", "xlsx")
FORMS: tuple[Flag, ...] = (*_FILES, "sql", "share")
"""The flags that ask for another form than a message."""


def require_form(query: Query, context: RequestContext) -> None:
    """Raise KpiError if a question can't be answered here, or in the form that it asks for; reads nothing."""
    if context.is_public or "share" in query.flags:
        require_no_worst(query, context.catalogue)
    wanted = [flag for flag in FORMS if flag in query.flags]
    if context.request.via == "cli" or not wanted:
        return
    if len(wanted) > 1 and not set(wanted) <= set(_FILES):
        raise QueryError(
            "Pick one: csv, xlsx, sql or share.",
            hint="Ask for one of these:",
            suggestions=tuple(canonical(_with(query, flag)) for flag in wanted),
        )
    if "sql" in wanted and context.is_public:
        raise QueryError(
            "I don't show SQL in a channel, where others can read it.",
            hint="Ask me in a direct message or with the slash command; then only you see it.",
        )


def in_wanted_form(context: RequestContext, answers: Sequence[Answer]) -> Message:
    """Return the answers in the form that their question asks for. Raises KpiError."""
    services, sentences = context.services, context.sentences
    flags = answers[0].query.flags
    shown = [_plain(answer) for answer in answers]
    files = [flag for flag in _FILES if flag in flags]
    if context.request.via == "cli":
        return answer_message(answers, sentences, is_private=True)
    if files:
        about = [demo_line(sentences)] if services.demo else []
        return files_message(shown, files, sentences, about)
    if "sql" in flags:
        run = (sql for answer in shown for sql in answer.sql)
        return sql_message(subject_of(shown, sentences), run, sentences)
    if "share" in flags and not context.is_public:
        return _shared(context, shown)
    drivers = services.drivers_of(shown, context.viewer, context.now)
    message = answer_message(shown, sentences, is_private=not context.is_public, drivers=drivers)
    place = context.request.channel if context.is_public else context.request.user
    arrived = arrived_since(services.holes, answers, place, context.now)
    message = replace(message, foot=(*message.foot, *arrived_sentences(arrived, sentences)))
    # a button may show the same question in another form, unless some answers are narrowed and others aren't
    is_one = len({answer.query.filters for answer in shown}) == 1
    return replace(message, question=canonical(question_of(shown)) if is_one else "")


def is_direct(channel: str) -> bool:
    """Whether a Slack id is that of direct messages, with the bot or between people, and not a channel's."""
    return channel.startswith(("D", "U", "W"))


def _shared(context: RequestContext, answers: Sequence[Answer]) -> Message:
    """Return the answers to share in the channel, if all its readers may see the same; else refuse."""
    services, request, sentences = context.services, context.request, context.sentences
    question = question_of(answers)
    if is_direct(request.channel):
        return where_message(canonical(question), sentences)
    try:
        viewer = context.rights.in_channel(request.channel)
        theirs = answers_for(services.engine, question, viewer, services.totals, context.now)
    except ForbiddenError as wrong:
        raise not_theirs() from wrong
    if {canonical(answer.query) for answer in theirs} != {canonical(answer.query) for answer in answers}:
        raise not_theirs(canonical(_with(question_of(theirs), "share")))
    drivers = services.drivers_of(theirs, viewer, context.now)
    shown = answer_message(theirs, sentences, drivers=drivers)
    return shared_message(shown, request.user, request.channel, sentences)


def not_theirs(instead: str = "") -> ForbiddenError:
    """Return the refusal to share; `instead` is a line that the readers may see."""
    if instead:
        return ForbiddenError(
            "I can't share that here: not everyone in this channel is allowed to see all of it.",
            hint="This is what they can see:",
            suggestions=(instead,),
        )
    return ForbiddenError(
        "I can't share that here: not everyone in this channel is allowed to see it.",
        hint="Share it in a channel that is allowed to see it. The person who runs this bot sets in "
        "access.yaml what each channel can see.",
    )


def _with(query: Query, flag: Flag) -> Query:
    return replace(query, flags=(query.flags - set(FORMS)) | {flag})


def _plain(answer: Answer) -> Answer:
    """Return an answer whose question doesn't ask for a form."""
    return replace(answer, query=replace(answer.query, flags=answer.query.flags - set(FORMS)))
