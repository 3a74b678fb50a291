"""The app's Home tab."""

from __future__ import annotations

from dataclasses import replace

from bot.alerts.standing import shown as shown_alert
from bot.conversation.commands.help import examples
from bot.conversation.dispatch import answered
from bot.conversation.registry import context_of
from bot.render.alerts import home_alerts
from bot.render.document import Paragraph, Part
from bot.render.home import home_tab
from bot.render.message import Home
from bot.render.subscription_list import home_parts
from bot.store.errors import StoreError
from bot.subscriptions import due_times
from bot.subscriptions.standing import shown
from bot.workspace.context import RequestContext
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import ForbiddenError

_OWN_WEEK = "my_week"
"""The shipped summary of a rep's own week."""


def home(request: Request, services: Services) -> Home:
    """Return the Home tab of a person: the answer to an empty line, and what to ask next.

    People who may see no figures are told why, and who can help. Raises KpiError only if the names of reps
    can't be read.
    """
    # after a press on the tab it is shown again, which isn't a question for the audit
    asked = services if request.press is None else replace(services, audit=None)
    context = context_of(replace(request, text=""), asked)
    mine, sentences = answered(context), context.sentences
    try:
        asker = context.asker()
    except ForbiddenError:
        return home_tab(mine, [], [], services.support, sentences)
    coming = [
        (
            spec.title.in_language(sentences.language),
            due_times.following(spec.schedule, request.now, services.zone, services.calendar).at,
            spec.channels,
        )
        for spec in services.catalogue.summaries.values()
        if spec.channels
    ]
    lines = examples(context) if asker.rep else []  # others are shown the help, which has them
    subscribed = _subscribed(context, is_rep=asker.rep is not None)
    watched = _watched(context)
    return home_tab(mine, lines, coming, services.support, sentences, subscribed, watched)


def _watched(context: RequestContext) -> list[Part]:
    if context.services.alerts is None:
        return []
    try:
        mine = context.services.alerts.shown(context.request.user)
    except StoreError:
        return [Paragraph((context.sentences.say("Your alerts can't be read right now."),))]
    return home_alerts([shown_alert(entry, context) for entry in mine], context.sentences)


def _subscribed(context: RequestContext, *, is_rep: bool) -> list[Part]:
    if context.services.subscriptions is None:
        return []
    try:
        mine = context.services.subscriptions.shown(context.request.user, is_rep=is_rep)
    except StoreError:
        return [Paragraph((context.sentences.say("Your subscriptions can't be read right now."),))]
    has_own = any(entry.terms.line == _OWN_WEEK for entry in mine)
    offers_own_week = is_rep and not has_own and _OWN_WEEK in context.catalogue.summaries
    entries = [shown(entry, context) for entry in mine]
    return home_parts(entries, context.sentences, offers_own_week=offers_own_week)
