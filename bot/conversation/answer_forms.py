"""How an answer leaves: shown, as a file, as its SQL, or shared with everybody in a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.render.answer import answer_message
from bot.render.exports import files_message, question_of, sql_message, subject_of
from bot.render.message import Message
from bot.render.share import shared_message, where_message
from bot.rights import access, team_totals
from bot.rights.access import Viewer
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.query import Flag, Query
from kpi_engine.language.parser import canonical

_FILES: tuple[Flag, ...] = ("csv", "xlsx")
WAYS: tuple[Flag, ...] = (*_FILES, "sql", "share")
"""The flags that say how an answer leaves."""


def require_way(query: Query, request: Request) -> None:
    """Raise QueryError where a question can't leave as it asks to; nothing was read yet."""
    wanted = [flag for flag in WAYS if flag in query.flags]
    if request.via == "cli" or not wanted:
        return
    if len(wanted) > 1 and not set(wanted) <= set(_FILES):
        raise QueryError(
            "One way out at a time.",
            hint="Ask for one of these:",
            suggestions=tuple(canonical(_with(query, flag)) for flag in wanted),
        )
    if "sql" in wanted and request.via == "mention":
        raise QueryError(
            "I don't show SQL in a channel, where others read along.",
            hint="Ask me in a direct message, or with the slash command: then only you see it.",
        )


def left(request: Request, answers: Sequence[Answer], services: Services) -> Message:
    """Return the answers as the question wants them. Raises KpiError."""
    sentences = services.sentences(request.language)
    flags = answers[0].query.flags
    shown = [_plain(answer) for answer in answers]
    files = [flag for flag in _FILES if flag in flags]
    if request.via == "cli":
        return answer_message(answers, sentences, is_private=True)
    if files:
        about = [sentences.say("Demo data: this company is made up.")] if services.demo else []
        return files_message(shown, files, sentences, about)
    if "sql" in flags:
        run = (sql for answer in shown for sql in answer.sql)
        return sql_message(subject_of(shown, sentences), run, sentences)
    if "share" in flags and request.via != "mention":
        return _shared(request, shown, services)
    drivers = services.drivers_of(shown, services.viewer(request), request.now)
    message = answer_message(shown, sentences, is_private=request.via != "mention", drivers=drivers)
    is_one = len({answer.query.filters for answer in shown}) == 1  # else it is of its asker, and of others
    return replace(message, question=canonical(question_of(shown)) if is_one else "")


def is_direct(channel: str) -> bool:
    """Whether a conversation is one person's with the bot, or with another person, by Slack's ids."""
    return channel.startswith(("D", "U", "W"))


def _shared(request: Request, answers: Sequence[Answer], services: Services) -> Message:
    """Return the answers anew, as the readers of the channel may see them too: the same, or none."""
    sentences, question = services.sentences(request.language), question_of(answers)
    if is_direct(request.channel):
        return where_message(canonical(question), sentences)
    try:
        viewer = readers_viewer(request, services)
        theirs = team_totals.answers(services.engine, question, viewer, request.now)
    except ForbiddenError as wrong:
        raise not_theirs() from wrong
    if {canonical(answer.query) for answer in theirs} != {canonical(answer.query) for answer in answers}:
        raise not_theirs(canonical(_with(question_of(theirs), "share")))
    drivers = services.drivers_of(theirs, viewer, request.now)
    shown = answer_message(theirs, sentences, drivers=drivers)
    return shared_message(shown, request.user, request.channel, sentences)


def readers_viewer(request: Request, services: Services) -> Viewer:
    """Return what both the sharer and the readers of the channel may see. Raises ForbiddenError."""
    readers = access.channel_viewer(request.channel, services.roles, services.staff(request.now))
    return access.narrower(services.viewer(request), readers)


def not_theirs(instead: str = "") -> ForbiddenError:
    """Return the refusal to share; `instead` is a line of what the readers may see."""
    if instead:
        return ForbiddenError(
            "I can't share that here: not everybody in this channel may see all of it.",
            hint="This is what they may see:",
            suggestions=(instead,),
        )
    return ForbiddenError(
        "I can't share that here: not everybody in this channel may see it.",
        hint="Share it where they may. Whoever runs me says in access.yaml what a channel may see.",
    )


def _with(query: Query, flag: Flag) -> Query:
    return replace(query, flags=(query.flags - set(WAYS)) | {flag})


def _plain(answer: Answer) -> Answer:
    """Return an answer whose question says nothing of how it leaves."""
    return replace(answer, query=replace(answer.query, flags=answer.query.flags - set(WAYS)))
