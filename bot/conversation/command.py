"""What a command is: a word that begins a line, a button that acts, or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass

from bot.render.contract import Json
from bot.render.message import Message, Reply
from bot.workspace.context import RequestContext
from bot.workspace.request import Press
from kpi_engine import fold, normalised
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Flag


@dataclass(frozen=True, slots=True)
class Values:
    """A verb's answer, read once: as JSON, as a message, as CSV (None: no table).

    Each is written when it is called. `wanted` is the form that the line asks for.
    """

    json: Callable[[], Json]
    message: Callable[[], Message]
    csv: Callable[[], str] | None = None
    wanted: Flag | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    """A word that begins a line which isn't a question, such as "list" or "subscribe".

    `run` gets the request and the words after the verb, and answers. `reads` gets the same and reads the
    words without doing anything. Both raise QueryError for words that the verb doesn't accept. The first of
    the `aliases` is Dutch. `line` says in English what the verb does, `example` what to type. `values` gives
    the answer on the command line; None if there is only a message. `meant` returns the line of this verb
    that a line without it may mean, or None. `kept` returns the words after the verb in canonical form for
    the audit; None: they are kept as typed.
    """

    name: str
    aliases: tuple[str, ...]
    line: str
    example: str
    run: Callable[[CommandContext, str], Message]
    reads: Callable[[CommandContext, str], object]
    values: Callable[[CommandContext, str], Values] | None = None
    _: KW_ONLY
    meant: Callable[[CommandContext, str], str | None] | None = None
    kept: Callable[[CommandContext, str], str] | None = None

    def typed(self, language: str) -> str:
        """Return the name that people of a language are shown."""
        return self.aliases[0] if language == "nl" and self.aliases else self.name

    def takes(self, context: CommandContext, rest: str) -> bool:
        """Whether words can follow the verb; does nothing."""
        try:
            self.reads(context, rest)
        except QueryError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PressHandler:
    """What happens when a button or window with one of some actions is pressed or submitted.

    An action may continue after a colon ("score:7"). `for_everyone`: guests and people of other organisations
    may press it too. `once`: actions of which two presses within seconds count as one.
    """

    actions: tuple[str, ...]
    run: Callable[[CommandContext, Press], Reply]
    for_everyone: bool = False
    once: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Commands:
    """Every command: the verbs by each of their names, and the press handlers by each of their actions."""

    verbs: Mapping[str, Verb]
    presses: Mapping[str, PressHandler]

    def each_verb(self) -> tuple[Verb, ...]:
        """Return every verb once."""
        return tuple({verb.name: verb for verb in self.verbs.values()}.values())

    def verb_names(self, language: str) -> list[str]:
        """Return the English name of each verb, and the name that people of a language are shown."""
        names = (name for verb in self.verbs.values() for name in (verb.name, verb.typed(language)))
        return list(dict.fromkeys(names))

    def verb_of(self, text: str) -> tuple[Verb, str] | None:
        """Return the verb that begins a line and the words after it; None if the line is a question."""
        words = normalised(text).split(" ")
        for count in (2, 1):  # "nps send" before "nps"
            verb = self.verbs.get(fold(" ".join(words[:count])))
            if verb and len(words) >= count:
                return verb, " ".join(words[count:])
        asked_for_help = text.strip() == "?"
        return (self.verbs["help"], "") if asked_for_help else None

    def press_handler(self, action: str) -> PressHandler | None:
        """Return what handles an action, None if no command does."""
        return self.presses.get(action) or self.presses.get(action.rpartition(":")[0])


@dataclass(frozen=True, slots=True)
class CommandContext(RequestContext):
    """A request as commands get it: with every command, which help lists and suggestions come from."""

    commands: Commands
