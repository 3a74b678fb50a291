"""Which months a fiscal period has, as a sentence."""

from __future__ import annotations

from bot.render.formats import fiscal_names
from bot.render.sentences import Sentences
from kpi_engine.domain.answer import Answer, Note
from kpi_engine.domain.periods import Period


def fiscal_year(_: Note, answer: Answer, sentences: Sentences) -> str:
    """Return which months the fiscal period of a question has, and how fiscal years run.

    It names the answer's own period, or else the first fiscal period that it is compared with.
    """
    say, year = sentences.say, sentences.catalogue.fiscal_year
    if year.is_calendar_year:
        rule = say("fiscal years are calendar years")
    elif year.named_by_start:
        rule = say("fiscal years start in {month} and are named after the year in which they start")
    else:
        rule = say("fiscal years start in {month} and are named after the year in which they end")
    rule = rule.format(month=sentences.formats.month_name(year.starting_in(answer_year(answer))))
    periods = (answer.period, *(entry.period for entry in answer.query.compare if entry.period))
    named = [(names, period) for period in periods if (names := _names(period))]
    if not named:
        return rule[:1].upper() + rule[1:] + "."
    names, period = named[0]
    return say("{period} is {months}: {rule}.").format(
        period=names, months=sentences.formats.months(period), rule=rule
    )


def answer_year(answer: Answer) -> int:
    """Return the year in which the period of an answer starts."""
    return answer.period.start.year if answer.period.start else 1


def _names(period: Period) -> str | None:
    return None if period.is_all_time else fiscal_names(period)
