"""The stories of the demo company, told by its posts when docs/demo-company.md says so, and by no other post."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import pytest

from bot.render.plain_text import text_of
from bot.render.summary import summary_message
from bot.rights import EVERYTHING
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from tests.shop import BRUSSELS

DOC = (Path(__file__).parents[3] / "docs" / "demo-company.md").read_text(encoding="utf-8")

MARKS = {
    "half-loaded week": "⚠ Data:",
    "December peak": "as usual for December",
    "Simpson": "with the same mix",
}
"""Words that only the posts of a story have, of those that aren't told every month."""


@dataclass(frozen=True)
class Told:
    """A row of the table: when what is posted, and which words of which story it has."""

    day: date
    summary: str
    story: str
    words: str


def _rows() -> Iterator[Told]:
    table = DOC.split("## What the posts tell, and when")[1].split("\n## ")[0]
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| 20"):
            day, name, story, words = cells
            yield Told(date.fromisoformat(day), name, story, words)


ROWS = tuple(_rows())
POSTS = tuple(dict.fromkeys((row.day, row.summary) for row in ROWS))


@pytest.fixture(scope="module")
def texts(demo_services: Services) -> dict[tuple[date, str], str]:
    """The text of each post of the table, made once."""

    def text(day: date, name: str) -> str:
        now = datetime.combine(day, time(8, 30), BRUSSELS)
        spec = spec_named(demo_services.catalogue, name)
        made = summary_of(demo_services.engine, spec, demo_services.members(now), now, EVERYTHING)
        return text_of(summary_message(made, demo_services.sentences("en")))

    return {key: text(*key) for key in POSTS}


def test_the_table_is_read() -> None:
    """Every story that has its own time is in it."""
    assert {row.story for row in ROWS} >= {*MARKS, "idle source", "segment that loses", "pair"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.day} {row.story or 'quiet'}")
def test_a_story_is_told(row: Told, texts: dict[tuple[date, str], str]) -> None:
    """In the words of the page."""
    assert row.words in texts[row.day, row.summary]


@pytest.mark.parametrize("story", MARKS)
def test_a_story_is_told_at_no_other_time(story: str, texts: dict[tuple[date, str], str]) -> None:
    """Only the posts that the page names have its words."""
    told = {(row.day, row.summary) for row in ROWS if row.story == story}
    assert {key for key, text in texts.items() if MARKS[story] in text} == told
