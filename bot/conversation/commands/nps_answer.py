"""What the person who was asked does: gives a score, changes it, says why."""

from __future__ import annotations

from bot.conversation.commands.press import Pressing
from bot.render.message import Message, Replacement, Reply
from bot.render.survey import CHANGE, EDIT, REASON, SCORE, WHY, prompt_message, reason_modal, thanks_message
from bot.store.survey_records import Response
from bot.workspace.request import Press, Request
from bot.workspace.services import Services, surveys_of


def score(request: Request, press: Press, services: Services) -> Reply:
    """Store the score that was pressed, at once; the message becomes a thank-you."""
    surveys, chosen = surveys_of(services), int(press.action.rpartition(":")[2])
    store = surveys.change if press.action.startswith(CHANGE) else surveys.answer
    return Replacement(_thanks(store(press.value, request.user, chosen, request.now), request, services))


def edit(request: Request, press: Press, services: Services) -> Reply:
    """Show the eleven buttons again."""
    found = surveys_of(services).editable(press.value, request.user, request.now)
    sentences = services.sentences(found.language or request.language)
    return Replacement(prompt_message(found.wave, found.company, sentences, action=CHANGE))


def why(request: Request, press: Press, services: Services) -> Reply:
    """Ask for the reason in a window, which remembers the message that it was opened from."""
    found = surveys_of(services).given(press.value, request.user)
    value = f"{press.value} {request.channel} {press.message_ts}"
    return reason_modal(found, value, services.sentences(found.language or request.language))


def reason(request: Request, press: Press, services: Services) -> Reply:
    """Store the reason that was typed; the thank-you shows it."""
    found = surveys_of(services).explain(press.value, request.user, press.typed, request.now)
    return Replacement(_thanks(found, request, services))


def _thanks(found: Response, request: Request, services: Services) -> Message:
    sentences = services.sentences(found.language or request.language)
    return thanks_message(found, sentences, is_editable=surveys_of(services).is_editable(found, request.now))


_RUNS = {SCORE: score, CHANGE: score, EDIT: edit, WHY: why, REASON: reason}


def run(request: Request, press: Press, services: Services) -> Reply:
    """Do what was pressed. Raises QueryError."""
    return next(run for action, run in _RUNS.items() if press.action.startswith(action))(
        request, press, services
    )


PRESSING = Pressing(tuple(_RUNS), run, for_everyone=True)
