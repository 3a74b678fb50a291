"""Whether a planted story is told by the posts that should tell it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from benchmarks.quiet_company.counting import counted_in
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
from bot.render import block_kit

_WEEK = timedelta(days=7)


def told(profile: Profile, story: Story) -> Iterator[tuple[Due, bool]]:
    """Yield each post that should tell a story planted in a company, and whether it does."""
    due = [entry for entry in schedule(52, 12) if _should_tell(story, entry)]
    with tempfile.TemporaryDirectory() as folder:
        database = GrowingDatabase(Path(folder) / "company.sqlite", profile, story)
        try:
            for post in posts(database, due, is_asked=False):
                yield post.due, TOLD_BY[story](post)
        finally:
            database.close()


def _should_tell(story: Story, due: Due) -> bool:
    """Whether a post is about days of a story: the weeks and the month after its start."""
    match story:
        case Story.HALF_LOADED_WEEK:
            return due.name == "weekly" and LOST_UNTIL <= due.day < ARRIVES_LATE
        case Story.REGION_FALLS:
            last = FALL_ENDS
        case Story.SOURCE_STOPS | Story.ALL_GROW:
            last = STORY_STARTS + 5 * _WEEK
    return STORY_STARTS + _WEEK <= due.day <= last + _WEEK


def _names(member: str) -> Callable[[Post], bool]:
    """Return a test for whether what is shown of a post itself, without its thread, names a member."""
    return lambda post: member in _shown(post)


def _shown(post: Post) -> str:
    return str(block_kit.payload(post.message).blocks)


def _says_missing(post: Post) -> bool:
    """Whether all missing working days are told."""
    days = {day for model, day in counted_in(post).missing if model in ("sales", "activity", "purchases")}
    number = (LOST_UNTIL - LOST_FROM).days
    wanted = {LOST_FROM + timedelta(days=later) for later in range(number)}
    return {day for day in wanted if day.weekday() < 5} <= days  # noqa: PLR2004 - Saturday


def _says_direction(post: Post) -> bool:
    """Whether any line of the post carries a direction or is an exception."""
    counted = counted_in(post)
    return counted.in_post.directed > 0 or bool(counted.exceptions)


TOLD_BY: Mapping[Story, Callable[[Post], bool]] = {
    Story.REGION_FALLS: _names(REGIONS[FALLEN_REGION]),
    Story.SOURCE_STOPS: _names(SOURCES[STOPPED_SOURCE]),
    Story.HALF_LOADED_WEEK: _says_missing,
    Story.ALL_GROW: _says_direction,
}
"""What has to be true of a post that tells a story."""
