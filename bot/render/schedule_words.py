"""When a subscription is sent, in words: those that are typed, and those that are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.render.formats import ordinal
from bot.render.sentences import Sentences
from kpi_engine import offered_in
from kpi_engine.domain.posts import Schedule

_NAMED_DAYS = 3
"""How many missed posts are named by their days."""


@dataclass(frozen=True, slots=True)
class OrderWords:
    """The words of an order in the lines that people of one language are offered."""

    subscribe: str
    here: str
    every_month: str
    weekdays: tuple[str, ...]
    working_day: str
    every_day: str
    every_working_day: str
    of_quarter: str
    of_year: str
    only_changes: str
    each_rep: str
    to_people: str
    me: str

    def day(self, schedule: Schedule) -> str:
        """Return a schedule's day as it is typed: "every monday"."""
        nth = self.nth(schedule.working_day or 1)
        match schedule.every:
            case "day":
                return self.every_day
            case "workday":
                return self.every_working_day
            case "week":
                return self.weekdays[schedule.weekday or 0]
            case "month":
                return nth
            case "quarter":
                return f"{nth} {self.of_quarter}"
            case "year":
                return f"{nth} {self.of_year}"

    def nth(self, number: int) -> str:
        """Return a working day of the month as it is typed: "every 2nd working day"."""
        return self.working_day.format(nth=ordinal(number), number=number)


def order_words(language: str) -> OrderWords:
    """Return the words that people of a language are offered."""
    words = offered_in(language)
    return OrderWords(
        words.subscribe,
        words.here,
        words.every_month,
        tuple(words.every_weekday),
        words.working_day,
        words.every_day,
        words.every_working_day,
        words.of_quarter,
        words.of_year,
        words.only_changes,
        words.each_rep,
        words.to_people,
        words.me,
    )


def rhythm(schedule: Schedule, sentences: Sentences) -> str:
    """Return how often something comes: "every Monday at 08:30"."""
    at = f"{schedule.at:%H:%M}"
    return sentences.say("{often} at {time}").format(often=often(schedule, sentences), time=at)


def often(schedule: Schedule, sentences: Sentences) -> str:
    """Return how often something comes, without the time: "every 2nd working day of the month"."""
    say, nth = sentences.say, sentences.formats.ordinal(schedule.working_day or 1)
    match schedule.every:
        case "day":
            return say("every day")
        case "workday":
            return say("every working day")
        case "week":
            return say("every {day}").format(day=sentences.formats.weekday(schedule.weekday or 0))
        case "month":
            return say("every {nth} working day of the month").format(nth=nth)
        case "quarter":
            return say("every {nth} working day of the quarter").format(nth=nth)
        case "year":
            return say("every {nth} working day of the year").format(nth=nth)


def day_words(schedule: Schedule) -> str:
    """Return a schedule's day as it is typed, and as the form carries it: "every monday"."""
    return order_words("en").day(schedule)


def missed_posts(days: Sequence[date], sentences: Sentences) -> list[str]:
    """Return the sentence about the posts that were missed before this one; none without any."""
    say, formats = sentences.say, sentences.formats
    named = [formats.weekday_day(day) for day in days]
    if not named:
        return []
    if len(named) == 1:
        return [say("The post of {day} was missed.").format(day=named[0])]
    if len(named) <= _NAMED_DAYS:
        some = say(" and ").join((say(", ").join(named[:-1]), named[-1]))
        return [say("The posts of {days} were missed.").format(days=some)]
    many = say("{count} posts were missed, from {first} to {last}.")
    return [many.format(count=formats.number(len(named)), first=named[0], last=named[-1])]
