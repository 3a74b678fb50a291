"""That a post is held: one line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.render.document import Paragraph, Span, filled
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.words.lacking import lacking_words
from kpi_engine.domain.lacking import Lacking


def held_message(
    title: Span, lacking: Sequence[Lacking], until: datetime, now: datetime, sentences: Sentences
) -> Message:
    """Return what a post waits for, and that it is sent at `until` (a local time) at the latest."""
    local = now.astimezone(until.tzinfo)
    what = lacking_words(lacking, sentences, local.year)
    text = sentences.say("{title} is held: {what}. Sent when they arrive, at {limit} at the latest.")
    line = filled(text, title=title, what=what, limit=limit_words(until, now, sentences))
    return Message((Paragraph((line,)),), sentences.language)


def held_remark(until: datetime, now: datetime, sentences: Sentences) -> str:
    """Return what stands below a post that waited until `until` (a local time) in vain."""
    text = sentences.say("Incomplete: it waited until {limit}, and rows are still missing.")
    return text.format(limit=limit_words(until, now, sentences))


def limit_words(until: datetime, now: datetime, sentences: Sentences) -> str:
    """Return a local time, and its day if that isn't today: "11:00", "Tue 3 Nov 11:00"."""
    at = f"{until:%H:%M}"
    local = now.astimezone(until.tzinfo)
    if until.date() == local.date():
        return at
    return f"{sentences.formats.weekday_date(until.date(), year=local.year)} {at}"
