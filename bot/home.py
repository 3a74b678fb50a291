"""What somebody sees who opens the app's Home tab."""

from __future__ import annotations

from dataclasses import replace

from bot import schedule
from bot.commands.help import examples
from bot.dispatch import dispatch
from bot.render.home import home_tab
from bot.render.message import Home
from bot.request import Request
from bot.services import Services


def home(request: Request, services: Services) -> Home:
    """Return the Home tab of whoever opened it: the answer to an empty line, and what may come next.

    Never raises but where the catalogue's own names can't be read.
    """
    mine = dispatch(replace(request, text=""), services)
    knows = services.asker(request.user, request.now).rep is not None
    coming = [
        (
            spec.title.in_language(services.sentences(request.language).language),
            schedule.following(spec.schedule, request.now, services.zone, services.calendar).at,
            spec.channels,
        )
        for spec in services.catalogue.summaries.values()
        if spec.channels
    ]
    lines = examples(services, request) if knows else []  # else the answer is the help, which has them
    return home_tab(mine, lines, coming, services.support, services.sentences(request.language))
