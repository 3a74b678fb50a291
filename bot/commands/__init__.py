"""The verbs: one module each, with a `VERB`. A new file here is a new command."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from bot.commands.verb import Verb


@cache
def verbs() -> Mapping[str, Verb]:
    """Return every verb by each of its names."""
    found: dict[str, Verb] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda entry: entry.name):
        verb = getattr(import_module(f"{__name__}.{module.name}"), "VERB", None)
        if isinstance(verb, Verb):
            found |= dict.fromkeys((verb.name, *verb.aliases), verb)
    return found
