"""What is suggested if words follow a verb that takes none: the lines that the words alone mean."""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation.command import CommandContext, Verb
from bot.workspace.context import RequestContext
from bot.workspace.read_line import parsed
from kpi_engine import FILLERS, ME, parts, short
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said


def require_alone(verb: Verb, context: CommandContext, rest: str) -> None:
    """Raise QueryError if words follow a verb that takes none, with the lines that they mean.

    Words such as "please" are ignored.
    """
    if any(word not in FILLERS | ME for word in parts(rest)):
        name = verb.typed(context.language)
        raise QueryError(
            said("Type “{verb}” on its own, without “{typed}”.", verb=name, typed=short(rest)),
            hint="Did you mean one of these?",
            suggestions=tuple(dict.fromkeys((*meant_by(rest, context), name))),
        )


def meant_by(rest: str, context: CommandContext) -> Iterator[str]:
    """Yield the lines that words mean without the verb before them: a verb's, or a metric's."""
    found = context.commands.verb_of(rest)
    if found:
        if found[0].takes(context, found[1]):
            yield rest
        return
    define = context.commands.verbs["define"]
    if define.takes(context, rest):
        yield f"{define.typed(context.language)} {rest}"
    if is_question(rest, context):
        yield rest


def is_question(line: str, context: RequestContext) -> bool:
    """Whether a line can be asked as it is, with the names that its asker may use."""
    try:
        parsed(line, context, context.rights.viewer_or_nothing, offers=False)
    except QueryError:
        return False
    return True
