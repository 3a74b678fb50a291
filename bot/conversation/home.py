"""What somebody sees who opens the app's Home tab."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.commands.help import examples
from bot.conversation.dispatch import dispatch
from bot.render.document import Part
from bot.render.home import home_tab
from bot.render.message import Home
from bot.render.sentences import Sentences
from bot.render.subscription_list import home_parts
from bot.subscriptions import due_times
from bot.subscriptions.standing import shown
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import ForbiddenError


def home(request: Request, services: Services) -> Home:
    """Return the Home tab of whoever opened it: the answer to an empty line, and what may come next.

    Whoever may see no figures is told why, and who helps.
    Never raises but where the catalogue's own names can't be read.
    """
    # a press on the tab has it shown anew, which asks nothing
    asked = services if request.press is None else replace(services, audit=None)
    mine, sentences = dispatch(replace(request, text=""), asked), services.sentences(request.language)
    try:
        asker = services.asker(request.user, request.now, services.viewer(request))
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
    lines = examples(services, request) if asker.rep else []  # else the answer is the help, which has them
    subscribed = _subscribed(request, services, sentences)
    return home_tab(mine, lines, coming, services.support, sentences, subscribed)


def _subscribed(request: Request, services: Services, sentences: Sentences) -> list[Part]:
    if services.subscriptions is None:
        return []
    mine = services.subscriptions.shown(request.user)
    return home_parts([shown(entry, request, services, sentences) for entry in mine], sentences)
