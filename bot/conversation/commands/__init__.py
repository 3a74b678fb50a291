"""The verbs and the buttons: one module each, with a `VERB` or a `PRESSING`. A new file is a new command."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

from bot.conversation.commands.press import Pressing
from bot.conversation.commands.verb import Verb
from kpi_engine.language.folding import fold
from kpi_engine.language.parser import normalised


@cache
def verbs() -> Mapping[str, Verb]:
    """Return every verb by each of its names."""
    found: dict[str, Verb] = {}
    for module in _modules():
        verb = getattr(module, "VERB", None)
        if isinstance(verb, Verb):
            found |= dict.fromkeys((verb.name, *verb.aliases), verb)
    return found


def verb_of(text: str) -> tuple[Verb, str] | None:
    """Return the verb that begins a line and what follows it; None where the line is a question."""
    words = normalised(text).split(" ")
    for count in (2, 1):  # "nps send" before "nps"
        verb = verbs().get(fold(" ".join(words[:count])))
        if verb and len(words) >= count:
            return verb, " ".join(words[count:])
    return (verbs()["help"], "") if text.strip() == "?" else None


@cache
def pressings() -> Mapping[str, Pressing]:
    """Return what happens on a press, by the action or what it begins with."""
    found: dict[str, Pressing] = {}
    for module in _modules():
        pressing = getattr(module, "PRESSING", None)
        if isinstance(pressing, Pressing):
            found |= dict.fromkeys(pressing.actions, pressing)
    return found


def pressing_of(action: str) -> Pressing | None:
    """Return what happens on an action, None for one that no command knows."""
    known = pressings()
    return known.get(action) or known.get(action.rpartition(":")[0])


def _modules() -> Iterator[ModuleType]:
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda entry: entry.name):
        yield import_module(f"{__name__}.{module.name}")
