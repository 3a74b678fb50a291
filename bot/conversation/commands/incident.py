"""The buttons of a trouble: send a post again, or take the trouble off the list."""

from __future__ import annotations

from bot.conversation.command import CommandContext, PressHandler
from bot.render.document import Channel, Person, filled
from bot.render.incidents import AGAIN, DISMISS
from bot.render.message import Message, Reply
from bot.render.subscription_list import done_message
from bot.runtime.references import current_reference
from bot.store.audit import Entry
from bot.store.deliveries import SHORTFALL, State
from bot.store.incidents import Incident
from bot.subscriptions.incidents import is_wanted, require_mender
from bot.subscriptions.standing import gone
from bot.workspace.request import Press
from bot.workspace.services import Services, desk_of, incidents_of
from kpi_engine.domain.errors import ForbiddenError, QueryError


def press(context: CommandContext, press: Press) -> Reply:
    """Do what a button of a trouble says. Raises QueryError."""
    incident = _incident(press.value, context.services)
    require_mender(incident, context.request.user, sees_everything=_sees_everything(context))
    if press.action == AGAIN:
        return _send_again(context, incident)
    incidents_of(context.services).end([incident.id], context.now, is_told=False)
    return done_message(context.sentences.say("It is off the list."))


def _send_again(context: CommandContext, incident: Incident) -> Message:
    """Send what a trouble is about once more, however often the button is pressed."""
    services, say = context.services, context.sentences.say
    desk = desk_of(services)
    delivery = desk.of_incident(incident)
    if delivery is None or not is_wanted(delivery.what, services):
        raise gone()
    if not desk.send_again(delivery.id, context.now):
        is_sent = delivery.state is State.SENT
        return done_message(say("It was sent already.") if is_sent else say("It is on its way already."))
    _note(context, f"send again {delivery.what.subscription} {delivery.what.period}", delivery.what.target)
    services.wake()
    target, user = delivery.what.target, context.request.user
    if target == user:
        return done_message(say("It is on its way, in a direct message."))
    if delivery.what.part == SHORTFALL:
        return done_message(say("It is on its way."))
    place = Channel(target) if target.startswith(("C", "G")) else Person(target)
    return done_message(filled(say("It is on its way to {channel}."), channel=place))


def _incident(number: str, services: Services) -> Incident:
    """Return the trouble that a button is of. Raises QueryError."""
    found = incidents_of(services).of(int(number)) if number.isdecimal() and len(number) < 10 else None  # noqa: PLR2004
    if found is None:
        raise QueryError("That is no longer on the list.", hint="What went wrong:", suggestions=("status",))
    return found


def _sees_everything(context: CommandContext) -> bool:
    try:
        return context.rights.own.everything
    except ForbiddenError:
        return False


def _note(context: CommandContext, what: str, target: str) -> None:
    """Keep in the audit who had something sent again."""
    if context.services.audit is not None:
        request = context.request
        reference = current_reference()
        entry = Entry(request.user, target, request.via, what, "answered", 0, 0, context.now, reference)
        context.services.audit.note(entry)


PRESS_HANDLER = PressHandler((AGAIN, DISMISS), press, once=(AGAIN,))
