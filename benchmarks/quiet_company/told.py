"""Whether a planted story is told by the posts that should tell it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.quiet_company.counting import missing_days
from benchmarks.quiet_company.database import GrowingDatabase
from benchmarks.quiet_company.posts import Due, Post, posts, schedule
from benchmarks.quiet_company.profiles import (
    ARRIVES_LATE,
    FALL_ENDS,
    FALLEN_REGION,
    LOST_FROM,
    LOST_UNTIL,
    REGIONS,
    SOURCES,
    STOPPED_SOURCE,
    STORY_STARTS,
    Profile,
    Story,
)
from kpi_engine.domain.summary import Candidate

_WEEK = timedelta(days=7)
_WEEKS_FOLLOWED = 4
_SATURDAY = 5
_ORDERS = "sales"
"""The model whose rows are orders."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A post about days of a story: whether it tells it, and what else it calls unusual."""

    due: Due
    is_told: bool
    others: int


def told(profile: Profile, story: Story) -> Iterator[Telling]:
    """Yield each post that should tell a story planted in a company, in order."""
    due = [entry for entry in schedule(52, 12) if _is_about(story, entry)]
    with tempfile.TemporaryDirectory() as folder:
        database = GrowingDatabase(Path(folder) / "company.sqlite", profile, story)
        try:
            for post in posts(database, due, is_asked=False):
                about = [entry for entry in post.summary.told if _is_of(story, entry)]
                is_told = bool(about) or (story is Story.HALF_LOADED_WEEK and _says_missing(post))
                yield Telling(post.due, is_told, len(post.summary.told) - len(about))
        finally:
            database.close()


def _is_about(story: Story, due: Due) -> bool:
    """Whether a post is about days of a story; what stays is followed as long as what ends."""
    if story is Story.HALF_LOADED_WEEK:
        return LOST_UNTIL <= due.day < ARRIVES_LATE and due.name == "weekly"
    last = FALL_ENDS + _WEEK if story is Story.REGION_FALLS else STORY_STARTS + (_WEEKS_FOLLOWED + 1) * _WEEK
    return STORY_STARTS + _WEEK <= due.day < last


def _is_of(story: Story, entry: Candidate) -> bool:
    """Whether something that is told is the story: its member, or a total that has it as its driver."""
    named = {driver.member.label for driver in entry.drivers}
    if entry.subject.member:
        named.add(entry.subject.member.label)
    match story:
        case Story.REGION_FALLS:
            return entry.subject.direction == "down" and REGIONS[FALLEN_REGION] in named
        case Story.SOURCE_STOPS:
            return entry.subject.direction == "down" and SOURCES[STOPPED_SOURCE] in named
        case Story.ALL_GROW:
            return entry.subject.direction == "up"
        case Story.HALF_LOADED_WEEK:
            return False


def _says_missing(post: Post) -> bool:
    """Whether each working day whose orders are late is told, and nothing unusual is said of them."""
    late = {LOST_FROM + timedelta(days=later) for later in range((LOST_UNTIL - LOST_FROM).days)}
    days = {day for model, day in missing_days(post) if model == _ORDERS}
    return {day for day in late if day.weekday() < _SATURDAY} <= days
