"""What is said about words behind a verb that takes none: never ignored, but asked by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation.commands.verb import Verb
from bot.workspace.read_line import parsed
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said
from kpi_engine.language.vocabulary import FILLERS, ME, parts
from kpi_engine.language.words_of_line import short


def require_alone(verb: Verb, request: Request, rest: str, services: Services) -> None:
    """Raise QueryError where words follow a verb that takes none, with what of them can be asked.

    Words such as "please" say no more there.
    """
    if any(word not in FILLERS | ME for word in parts(rest)):
        name = verb.typed(request.language)
        raise QueryError(
            said("Nothing can follow “{verb}”, such as “{typed}”.", verb=name, typed=short(rest)),
            hint="Did you mean one of these?",
            suggestions=tuple(dict.fromkeys((*meant_by(rest, request, services), name))),
        )


def meant_by(rest: str, request: Request, services: Services) -> Iterator[str]:
    """Yield the lines that words mean without the verb before them: a verb's, or a metric's."""
    from bot.conversation.commands import verb_of, verbs  # noqa: PLC0415 - the verbs' modules use this one

    found = verb_of(rest)
    if found:
        if found[0].takes(request, found[1], services):
            yield rest
        return
    define = verbs()["define"]
    if define.takes(request, rest, services):
        yield f"{define.typed(request.language)} {rest}"
    if is_question(rest, request, services):
        yield rest


def is_question(line: str, request: Request, services: Services) -> bool:
    """Whether a line can be asked as it is, with the names that its asker may use."""
    try:
        parsed(line, request, services.viewer_or_nothing(request), services, offers=False)
    except QueryError:
        return False
    return True
