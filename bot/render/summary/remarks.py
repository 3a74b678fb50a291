"""What is said about a summary's delivery."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render.sentences import Sentences
from kpi_engine.domain.periods import Period

_NAMED = 3
"""How many missed summaries are named one by one."""


def missed_remarks(periods: Sequence[Period], sentences: Sentences) -> list[str]:
    """Return what is said about the summaries that were missed before this one, by what they were about."""
    named = [sentences.period(period) for period in periods]
    if len(named) > _NAMED:
        many = sentences.say("{count} summaries were missed, from {first} to {last}: the bot was down.")
        count = sentences.formats.number(len(named))
        return [many.format(count=count, first=named[0], last=named[-1])]
    say = sentences.say("The summary of {period} was missed: the bot was down.")
    return [say.format(period=name) for name in named]
