"""`leaderboard`: a command of one file, which proves that a command needs no other."""

from __future__ import annotations

from bot.conversation.command import CommandContext, Verb
from bot.conversation.no_arguments import require_alone
from bot.render.document import Paragraph
from bot.render.message import Message


def run(context: CommandContext, rest: str) -> Message:
    """Return who leads. Raises QueryError if words follow."""
    require_alone(VERB, context, rest)
    return Message((Paragraph(("Anna leads.",)),), context.language)


def _read(context: CommandContext, rest: str) -> None:
    require_alone(VERB, context, rest)


VERB = Verb("leaderboard", ("ranglijst",), "who sold most", "leaderboard", run, _read)
