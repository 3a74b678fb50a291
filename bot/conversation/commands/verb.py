"""What a verb is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

from bot.render.contract import Json
from bot.render.message import Message
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Flag


@dataclass(frozen=True, slots=True)
class Values:
    """What a verb answers, for scripts: as JSON, as CSV (None: it is no table), and how the line wants it."""

    json: Json
    csv: str | None = None
    wanted: Flag | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    """A word that begins a line and isn't a question.

    `run` gets the request, what follows the verb, and the services; `reads` gets the same and reads the
    words without doing anything. Both raise QueryError for words that the verb doesn't take. Of the
    `aliases` the first is Dutch. `line` says in English what it does, `example` what to type. `values` gives
    the same answer for scripts, None where there is only a message. `meant` returns the line of this verb
    that a line without it may mean, None where it means none. `kept` gives what follows the verb in canonical
    words, for the audit; None where it is kept as typed.
    """

    name: str
    aliases: tuple[str, ...]
    line: str
    example: str
    run: Callable[[Request, str, Services], Message]
    reads: Callable[[Request, str, Services], object]
    values: Callable[[Request, str, Services], Values] | None = None
    _: KW_ONLY
    meant: Callable[[Request, str, Services], str | None] | None = None
    kept: Callable[[Request, str, Services], str] | None = None

    def typed(self, language: str) -> str:
        """Return the name that people of a language are shown."""
        return self.aliases[0] if language == "nl" and self.aliases else self.name

    def takes(self, request: Request, rest: str, services: Services) -> bool:
        """Whether words can follow the verb; nothing is done."""
        try:
            self.reads(request, rest, services)
        except QueryError:
            return False
        return True
