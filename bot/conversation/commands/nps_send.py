"""`nps send @anna`: asks people how likely they are to recommend the company, after a preview."""

from __future__ import annotations

from bot.conversation.command import CommandContext, PressHandler, Verb
from bot.render.message import Message, Replacement, Reply
from bot.render.survey import SEND, preview_message, sending_message
from bot.store.survey_records import Plan
from bot.workspace.request import Press
from bot.workspace.services import surveys_of


def run(context: CommandContext, rest: str) -> Message:
    """Return a preview; nothing is sent yet. Raises QueryError."""
    surveys = surveys_of(context.services)
    plan = _read(context, rest)
    return preview_message(plan, surveys.new_wave(context.now), context.sentences)


def _read(context: CommandContext, rest: str) -> Plan:
    """Return whom the survey would ask. Raises QueryError."""
    return surveys_of(context.services).plan(rest, context.request.user, context.now)


def send(context: CommandContext, press: Press) -> Reply:
    """Send what the preview showed; pressing the same button again asks nobody twice."""
    wave, _, line = press.value.partition(" ")
    asked = surveys_of(context.services).send(line, wave, context.request.user, context.now)
    return Replacement(sending_message(asked, context.sentences))


VERB = Verb(
    "nps send",
    ("nps stuur", "nps verstuur", "nps verzend", "send nps"),
    "ask people how likely they are to recommend you; you see who before anything is sent",
    "nps send @anna",
    run,
    _read,
)
PRESS_HANDLER = PressHandler((SEND,), send)
