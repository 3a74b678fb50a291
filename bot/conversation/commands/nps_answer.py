"""The buttons of a survey's question: give a score, change it, give a reason."""

from __future__ import annotations

from bot.conversation.command import CommandContext, PressHandler
from bot.render.message import Message, Replacement, Reply
from bot.render.survey import (
    CHANGE,
    EDIT,
    REASON,
    SCORE,
    WHY,
    expired_message,
    prompt_message,
    reason_modal,
    thanks_message,
)
from bot.store.survey_records import Response
from bot.workspace.request import Press
from bot.workspace.services import surveys_of


def score(context: CommandContext, press: Press) -> Reply:
    """Store the score that was pressed; the message becomes a thank-you, or says that it came too late."""
    surveys, chosen = surveys_of(context.services), int(press.action.rpartition(":")[2])
    store = surveys.change if press.action.startswith(CHANGE) else surveys.answer
    return Replacement(_thanks(store(press.value, context.request.user, chosen, context.now), context))


def edit(context: CommandContext, press: Press) -> Reply:
    """Show the eleven buttons again."""
    found = surveys_of(context.services).editable(press.value, context.request.user, context.now)
    sentences = context.services.sentences(found.language or context.language)
    return Replacement(prompt_message(found.wave, found.company, sentences, action=CHANGE))


def why(context: CommandContext, press: Press) -> Reply:
    """Ask for the reason in a window, which carries the message that it was opened from."""
    found = surveys_of(context.services).explainable(press.value, context.request.user, context.now)
    value = f"{press.value} {context.request.channel} {press.message_ts}"
    return reason_modal(found, value, context.services.sentences(found.language or context.language))


def reason(context: CommandContext, press: Press) -> Reply:
    """Store the reason that was typed; the thank-you shows it."""
    found = surveys_of(context.services).explain(press.value, context.request.user, press.typed, context.now)
    return Replacement(_thanks(found, context))


def _thanks(found: Response, context: CommandContext) -> Message:
    sentences, surveys = (
        context.services.sentences(found.language or context.language),
        surveys_of(context.services),
    )
    if found.score is None:
        return expired_message(found.company, sentences)
    return thanks_message(
        found,
        sentences,
        is_editable=surveys.is_editable(found, context.now),
        is_explainable=surveys.is_explainable(found, context.now),
    )


_RUNS = {SCORE: score, CHANGE: score, EDIT: edit, WHY: why, REASON: reason}


def run(context: CommandContext, press: Press) -> Reply:
    """Do what was pressed. Raises QueryError."""
    run_action = next(run for action, run in _RUNS.items() if press.action.startswith(action))
    return run_action(context, press)


PRESS_HANDLER = PressHandler(tuple(_RUNS), run, for_everyone=True)
