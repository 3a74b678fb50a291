"""`nps send @anna`: asks people how likely they are to recommend, after a preview of whom."""

from __future__ import annotations

from bot.conversation.commands.press import Pressing
from bot.conversation.commands.verb import Verb
from bot.render.message import Message, Replacement, Reply
from bot.render.survey import SEND, preview_message, sending_message
from bot.store.survey_records import Plan
from bot.workspace.request import Press, Request
from bot.workspace.services import Services, surveys_of


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the preview of a sending; nothing leaves yet. Raises QueryError."""
    surveys = surveys_of(services)
    plan = _read(request, rest, services)
    return preview_message(plan, surveys.new_wave(request.now), services.sentences(request.language))


def _read(request: Request, rest: str, services: Services) -> Plan:
    """Return whom a sending would ask. Raises QueryError."""
    return surveys_of(services).plan(rest, request.user, request.now)


def send(request: Request, press: Press, services: Services) -> Reply:
    """Send what the preview showed; a second press of the same button asks nobody again."""
    wave, _, line = press.value.partition(" ")
    asked = surveys_of(services).send(line, wave, request.user, request.now)
    return Replacement(sending_message(asked, services.sentences(request.language)))


VERB = Verb(
    "nps send",
    ("nps stuur", "nps verstuur", "nps verzend", "send nps"),
    "ask people how likely they are to recommend you; you see first whom",
    "nps send @anna",
    run,
    _read,
)
PRESSING = Pressing((SEND,), send)
