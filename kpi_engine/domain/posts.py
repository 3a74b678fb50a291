"""Scheduled posts: summaries, their schedules, and lists of people to survey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Literal

from kpi_engine.domain.periods import Grain
from kpi_engine.domain.titles import Place, Title


@dataclass(frozen=True, slots=True)
class PostTemplate:
    """The text of a template that arranges the lines of a summary's post, and where it is from."""

    text: str
    place: Place


Audience = Literal["channel", "rep", "lead"]
IfUnclear = Literal["ask", "repeat"]


@dataclass(frozen=True, slots=True)
class SummarySection:
    """One part of a summary: question lines without a period, all asked of `period` ("last week").

    `style` is how they are shown: score lines, a leaderboard table or a chart.
    """

    name: str
    title: Title
    period: str
    style: Literal["scores", "leaderboard", "chart"]
    questions: tuple[str, ...]


Rhythm = Literal["day", "workday", "week", "month", "quarter", "year"]
"""How often something is sent. A "workday" is each working day of the calendar."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a summary or a subscription is due, in local time.

    Every week has a `weekday` (0 = Monday); on a holiday it moves to the next working day. Every month,
    quarter and year has a `working_day` (1 = the first one of the month, the quarter or the year).
    """

    every: Rhythm
    at: time
    weekday: int | None = None
    working_day: int | None = None

    @property
    def grain(self) -> Grain:
        """The unit of the period that a post is about: the last complete day, week, month, quarter or year.

        On a working day it is about the days since the working day before.
        """
        return Grain.DAY if self.every == "workday" else Grain(self.every)

    @property
    def is_long(self) -> bool:
        """Whether a post is about a month or more."""
        return self.every in ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class SummarySpec:
    """What a summary shows, when it is due and in which channels (ids) it is posted.

    `grace_hours` is the maximum delay, in hours, for sending it after the bot was down. `if_unclear` says
    what happens where nobody can tell whether it was posted: "repeat" may post it twice. `look_at` are the
    dimensions whose members are looked at beside the totals, and at most so many `exceptions` are told.
    `audience` is who it is written for: a channel, one rep, or the lead of some reps. With `shortfalls`,
    people far below target, and their leads, are told so in private when it is posted. `template` is the
    operator's own order of its post, None for the shipped one. It waits `wait_hours` at most for rows that
    haven't arrived, and looks again after `look_again_minutes`; None stands for what holds for all posts.
    """

    name: str
    title: Title
    schedule: Schedule
    channels: tuple[str, ...]
    sections: tuple[SummarySection, ...]
    grace_hours: float
    language: str
    place: Place
    look_at: tuple[str, ...] = ()
    exceptions: int = 3
    audience: Audience = "channel"
    template: PostTemplate | None = None
    shortfalls: bool = False
    wait_hours: float | None = None
    look_again_minutes: float | None = None
    if_unclear: IfUnclear = "ask"

    @property
    def is_private(self) -> bool:
        """Whether only the person whom it is about, or their lead, may read it: it is in no channel."""
        return self.audience != "channel"


@dataclass(frozen=True, slots=True)
class Contact:
    """A Slack user who may be asked for a score, and the keys under which the answer counts.

    `customer`, `rep`, `segment` and `region` are keys as the customer's database has them, as text.
    """

    user: str
    customer: str | None = None
    rep: str | None = None
    segment: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class SurveyList:
    """A list of people to survey. `company` is the one to recommend, None for the workspace's name."""

    name: str
    title: Title
    company: str | None
    contacts: tuple[Contact, ...]
    place: Place
