"""The Home tab: the viewer's own numbers, what can be asked, the summaries to come, who to call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.render import blocks
from bot.render.blocks import Ask
from bot.render.escape import marked_down
from bot.render.message import Block, Home, Message
from bot.render.question_form import BUILD, build_button
from bot.render.sentences import Sentences

_NOT_ON_HOME = ("data_visualization", "data_table", "table", "container")


def home_tab(
    mine: Message,
    examples: Sequence[str],
    coming: Sequence[tuple[str, datetime, Sequence[str]]],
    support: str,
    sentences: Sentences,
    subscribed: Sequence[Block] = (),
) -> Home:
    """Return the tab. `mine` is the answer to the viewer's own question, `subscribed` their subscriptions.

    `coming` are the summaries' titles with the next moment and the channels (ids); `support` is the
    operator's own text, as Slack marks it up.
    """
    shown: list[Block] = [blocks.header(sentences.say("Your numbers"))]
    shown += [block for block in mine.blocks if block["type"] not in _NOT_ON_HOME]
    asks = blocks.asks([Ask(line, line) for line in examples], name="home-examples")
    if asks:
        shown += [blocks.header(sentences.say("What you can ask")), asks]
        row = blocks.button_row([build_button("", sentences)], name=BUILD)
        shown += [row] if row else []
    if subscribed:
        shown += [blocks.header(sentences.say("Your subscriptions")), *subscribed]
    if coming:
        lines = [_next(entry, sentences) for entry in coming]
        shown += [blocks.header(sentences.say("Summaries")), blocks.section("\n".join(lines))]
    if support:
        shown += [blocks.header(sentences.say("Who to call")), blocks.section(support)]
    return Home(tuple(_named_once(shown)))


def _next(entry: tuple[str, datetime, Sequence[str]], sentences: Sentences) -> str:
    title, at, channels = entry
    line = sentences.say("{title}: next on {moment}").format(title=title, moment=sentences.formats.moment(at))
    return marked_down(line) + "".join(f" <#{channel}>" for channel in channels)


def _named_once(shown: Sequence[Block]) -> list[Block]:
    """Return the blocks with names that are told apart: Slack takes each block_id once."""
    return [
        {**block, "block_id": f"{block['block_id']}-{index}"} if "block_id" in block else block
        for index, block in enumerate(shown)
    ]
