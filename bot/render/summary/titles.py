"""How a summary and its period are called."""

from __future__ import annotations

from bot.render.sentences import Sentences
from kpi_engine.domain.periods import Grain, Period
from kpi_engine.domain.summary import Summary


def title(summary: Summary, sentences: Sentences) -> str:
    """Return the title: what it is and which period it is about."""
    name = summary.spec.title.in_language(sentences.language)
    return f"{name}: {sentences.period(summary.period)}"


def period_title(period: Period, sentences: Sentences) -> str:
    """Return the period as a post begins with it: "Week 47 (16–22 Nov)", "October 2026"."""
    formats = sentences.formats
    if period.grain is Grain.WEEK and period.start:
        week = f"{formats.week_word} {period.start.isocalendar().week}"
        return f"{week[:1].upper()}{week[1:]} ({formats.days_of(period)})"
    name = sentences.period(period)
    return f"{name[:1].upper()}{name[1:]}"
