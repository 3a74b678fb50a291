"""The Home tab: the viewer's own numbers, what can be asked, the summaries to come, who to call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.render.document import Actions, Ask, Channel, Heading, Line, Markup, Paragraph, Part, Span
from bot.render.message import Home, Message
from bot.render.question_form import BUILD, build_button
from bot.render.sentences import Sentences


def home_tab(
    mine: Message,
    examples: Sequence[str],
    coming: Sequence[tuple[str, datetime, Sequence[str]]],
    support: str,
    sentences: Sentences,
    subscribed: Sequence[Part] = (),
    watched: Sequence[Part] = (),
) -> Home:
    """Return the tab. `mine` is the answer to the viewer's own question.

    `subscribed` are their subscriptions and `watched` their alerts.

    `coming` are the summaries' titles with the next moment and the channels (ids); `support` is the
    operator's own text, as the platform marks it up.
    """
    say = sentences.say
    shown: list[Part] = []
    if examples:
        shown += [
            Heading(say("What you can ask")),
            Actions("home-examples", tuple(Ask(line, line) for line in examples)),
            Actions(BUILD, (build_button("", sentences),)),
        ]
    if subscribed:
        shown += [Heading(say("Your subscriptions")), *subscribed]
    if watched:
        shown += [Heading(say("Your alerts")), *watched]
    if coming:
        lines = tuple(_next(entry, sentences) for entry in coming)
        shown += [Heading(say("Summaries")), Paragraph(lines)]
    if support:
        shown += [Heading(say("Who can help")), Paragraph(((Markup(support),),))]
    return Home(say("Your numbers"), mine, tuple(shown))


def _next(entry: tuple[str, datetime, Sequence[str]], sentences: Sentences) -> Line:
    title, at, channels = entry
    line = sentences.say("{title}: next on {moment}").format(title=title, moment=sentences.formats.moment(at))
    spans: list[Span] = [line]
    for channel in channels:
        spans += [" ", Channel(channel)]
    return tuple(spans)
