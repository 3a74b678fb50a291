"""A file of targets that somebody dropped: previewed, then set or cancelled by its buttons."""

from __future__ import annotations

from bot.conversation.command import CommandContext, PressHandler
from bot.render.message import Message, Replacement, Reply
from bot.render.target_import import (
    CANCEL,
    SET_ALL,
    SET_LIKELY,
    cancelled_message,
    preview_message,
    report_message,
)
from bot.store.target_files import TargetFile, TargetFiles
from bot.workspace.request import Press
from bot.workspace.services import Services
from bot.workspace.target_import import as_done, read_targets, set_targets
from bot.workspace.target_lines import metric_of
from kpi_engine import normalised, short
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said


def preview(context: CommandContext, name: str, content: bytes) -> Message:
    """Return what a dropped file would set, with the buttons that do it; keep it until then.

    The text beside the file may name the metric. Raises QueryError and ForbiddenError.
    """
    text = normalised(context.request.text)
    if text and metric_of(text, context.catalogue) is None:
        raise QueryError(
            said("There is no metric “{typed}”.", typed=short(text)),
            hint="Beside a file of targets, write only the metric that they are for, or nothing.",
        )
    found = read_targets(context, name, content, text)
    file = TargetFile(context.request.user, name, text, content)
    token = _files(context.services).keep(file, context.now)
    return preview_message(found.report, token, context.sentences)


def press(context: CommandContext, press: Press) -> Reply:
    """Set the targets of a file, checked again, or forget it; only for the person who dropped it.

    Raises QueryError.
    """
    files, token = _files(context.services), press.value
    person = files.person(token, context.now)
    if person is not None and person != context.request.user:
        raise QueryError(
            "Only the person who dropped this file can answer that.", hint="Drop the file to me yourself."
        )
    file = files.take(token, context.now)
    if file is None:
        raise QueryError(
            "That file no longer waits: its targets were set or cancelled, or an hour has passed.",
            hint="Drop it again.",
        )
    if press.action == CANCEL:
        return Replacement(cancelled_message(file.name, context.sentences))
    found = read_targets(context, file.name, file.content, file.metric)
    chosen = (*found.likely, *(found.unlikely if press.action == SET_ALL else ()))
    set_targets(context, chosen)
    return Replacement(report_message(as_done(found.report, chosen), context.sentences))


def _files(services: Services) -> TargetFiles:
    if services.target_files is None:
        raise QueryError(
            "Files of targets are kept in the bot's own store, which isn't available here.",
            hint="Use kpi-bot targets import on the command line.",
        )
    return services.target_files


PRESS_HANDLER = PressHandler((SET_LIKELY, SET_ALL, CANCEL), press, once=(SET_LIKELY, SET_ALL))
