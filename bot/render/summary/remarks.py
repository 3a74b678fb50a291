"""What is said about a summary's delivery."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render.sentences import Sentences
from kpi_engine.domain.periods import Period


def missed_remarks(periods: Sequence[Period], sentences: Sentences) -> list[str]:
    """Return what is said about the summaries that were missed before this one, by what they were about."""
    say = sentences.say("The summary of {period} was missed: the bot was down.")
    return [say.format(period=sentences.period(period)) for period in periods]
