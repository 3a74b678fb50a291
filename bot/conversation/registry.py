"""The commands of the bot: one module each in `bot.conversation.commands`. A new module is a new command."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from bot.conversation import commands
from bot.conversation.command import CommandContext, Commands, PressHandler, Verb
from bot.workspace.context import RequestContext
from bot.workspace.request import Request
from bot.workspace.services import Services


@cache
def every_command() -> Commands:
    """Return every command: each module's `VERB`, and its `PRESS_HANDLER`, as far as it has them."""
    verbs: dict[str, Verb] = {}
    presses: dict[str, PressHandler] = {}
    for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda entry: entry.name):
        module = import_module(f"{commands.__name__}.{found.name}")
        verb, handler = getattr(module, "VERB", None), getattr(module, "PRESS_HANDLER", None)
        if isinstance(verb, Verb):
            verbs |= dict.fromkeys((verb.name, *verb.aliases), verb)
        if isinstance(handler, PressHandler):
            presses |= dict.fromkeys(handler.actions, handler)
    return Commands(verbs, presses)


def context_of(request: Request, services: Services) -> CommandContext:
    """Return the context that commands answer a request with."""
    known = RequestContext.of(request, services)
    return CommandContext(request, services, known.rights, known.sentences, every_command())
