"""What is said where an answer is shared: in the channel, to the sharer, in the window that asks where."""

from __future__ import annotations

from dataclasses import replace

from bot import slack_limits as limits
from bot.render import blocks
from bot.render.blocks import Button, plain_text
from bot.render.message import Message, Modal
from bot.render.next_steps import SHARE
from bot.render.sentences import Sentences

SHARE_TO = "share_to"
"""The window that asks for a channel; what it carries is the line."""


def shared_message(answer: Message, user: str, channel: str, sentences: Sentences) -> Message:
    """Return what the sharer is told, with the answer as everybody in the channel reads it."""
    by = sentences.say("Shared by {person}").format(person=f"<@{user}>")
    told = sentences.say("Shared with everybody in {channel}.").format(channel=f"<#{channel}>")
    return Message(told, (blocks.section(told),), shared=_headed(by, answer))


def _headed(line: str, message: Message) -> Message:
    text = limits.shorten(f"{line}\n{message.text}", limits.MESSAGE_TEXT)
    shown = (blocks.context(line), *message.blocks)
    return replace(
        message, text=text, blocks=shown, plain=_headed(line, message.plain) if message.plain else None
    )


def where_message(line: str, sentences: Sentences) -> Message:
    """Return the question where a line is to be shared, with a button that opens the window for it."""
    asked = sentences.say("Where shall I share it? Here only you and I read along.")
    row = blocks.button_row([Button(sentences.say("Choose a channel"), SHARE, line)], name="where")
    return Message(asked, (blocks.section(asked), *([row] if row else [])))


def where_modal(value: str, sentences: Sentences) -> Modal:
    """Return the window that asks for a channel; `value` comes back with it."""
    say = sentences.say
    select = {
        "type": "conversations_select",
        "action_id": "channel",
        "placeholder": plain_text(say("Choose a channel"), limits.PLACEHOLDER),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return Modal(
        SHARE_TO,
        value,
        say("Share"),
        say("Share"),
        say("Cancel"),
        (
            {
                "type": "input",
                "block_id": "where",
                "label": plain_text(say("Everybody in this channel will read it:")),
                "element": select,
            },
        ),
    )
