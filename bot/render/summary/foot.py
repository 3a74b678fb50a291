"""The last line of a post: how far the data is loaded, what normal means, and what was looked at."""

from __future__ import annotations

from bot.render.sentences import Sentences
from bot.render.summary import selection
from kpi_engine.domain.summary import Summary


def foot(summary: Summary, sentences: Sentences) -> str:
    """Return how far the data is loaded, and what normal means."""
    until = summary.data_until
    said = (
        [sentences.say("Data until {day}").format(day=sentences.formats.weekday_day(until))] if until else []
    )
    first = selection.lead(summary)
    if first is not None and first.metric in summary.normal and summary.spec.schedule.every == "week":
        said.append(sentences.say("normal = median of the last 8 whole weeks"))
    said.append(looked_at(summary, sentences))
    return " · ".join(part for part in said if part)


def looked_at(summary: Summary, sentences: Sentences) -> str:
    """Return what was looked at: "looked at 6 totals and 58 regions, sources and reps"."""
    looked = summary.looked
    if not looked.totals:
        return ""
    count = sum(looked.members.values())
    totals = sentences.formats.number(looked.totals)
    if not count and looked.totals == 1:
        return sentences.say("looked at 1 total")
    if not count:
        return sentences.say("looked at {totals} totals").format(totals=totals)
    return sentences.say("looked at {totals} totals and {count} of their parts").format(
        totals=totals, count=sentences.formats.number(count)
    )
