"""What is said where an answer is shared: in the channel, to the sharer, in the window that asks where."""

from __future__ import annotations

from dataclasses import replace

from bot.render.document import Actions, Button, Channel, ChannelPicker, Input, Paragraph, Person, filled
from bot.render.message import Message, Modal
from bot.render.next_steps import SHARE
from bot.render.sentences import Sentences

SHARE_TO = "share_to"
"""The window that asks for a channel; what it carries is the line."""


def shared_message(answer: Message, user: str, channel: str, sentences: Sentences) -> Message:
    """Return what the sharer is told, with the answer as everybody in the channel reads it."""
    by = filled(sentences.say("Shared by {person}"), person=Person(user))
    told = filled(sentences.say("Shared with everyone in {channel}."), channel=Channel(channel))
    shared = replace(answer, head=(by, *answer.head))
    return Message((Paragraph((told,)),), sentences.language, shared=shared)


def where_message(line: str, sentences: Sentences) -> Message:
    """Return the question where a line is to be shared, with a button that opens the window for it."""
    asked = sentences.say("Where should I share it? Only you and I can read this conversation.")
    button = Button(sentences.say("Choose a channel"), SHARE, line)
    return Message((Paragraph((asked,)), Actions("where", (button,))), sentences.language)


def where_modal(value: str, sentences: Sentences) -> Modal:
    """Return the window that asks for a channel; `value` comes back with it."""
    say = sentences.say
    channel = Input(
        "where",
        say("Everyone in this channel will be able to read it:"),
        ChannelPicker(),
        action="channel",
        placeholder=say("Choose a channel"),
    )
    return Modal(SHARE_TO, value, say("Share"), say("Share"), say("Cancel"), (channel,))
