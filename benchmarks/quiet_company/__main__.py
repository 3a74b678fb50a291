"""Count what is said where nothing happens, and what is told where something does."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.quiet_company import page
from benchmarks.quiet_company.counting import Counted, Total, counted_in, totals
from benchmarks.quiet_company.database import GrowingDatabase
from benchmarks.quiet_company.posts import posts, schedule
from benchmarks.quiet_company.profiles import PROFILES, Profile, Story
from benchmarks.quiet_company.table_days import table_days
from benchmarks.quiet_company.told import Telling, told

_MONDAYS, _MONTHS = 52, 12
_QUICK_MONDAYS, _QUICK_MONTHS = 8, 2

_COUNTS = (
    "company", "summary", "posts", "lines", "with a direction", "leaning", "lines of answers",
    "with a direction", "posts with an exception", "looked at", "missing days", "lines of the post",
    "characters", "statements",
)  # fmt: skip
_TABLES = ("company", "table", "working days", "taken for missing")
_TELLINGS = ("company", "story", "posts that tell it", "posts about it", "first told by", "other exceptions")

_TITLES: Mapping[str, Sequence[str]] = {"quiet": _COUNTS, "tables": _TABLES, "stories": _TELLINGS}
"""The columns of each table of the page."""


def main() -> None:
    """Make the posts of each company and print what was counted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quiet_company", description=__doc__)
    parser.add_argument("--company", choices=PROFILES, action="append", help="only this one; can be repeated")
    parser.add_argument("--mondays", type=int, default=_MONDAYS, help="how many Mondays, at most 52")
    parser.add_argument("--months", type=int, default=_MONTHS, help="how many months, at most 12")
    parser.add_argument("--quick", action="store_true", help="a few Mondays and months only")
    parser.add_argument("--stories", action="store_true", help="plant each story instead; say what is told")
    parser.add_argument("--tables", action="store_true", help="count days taken for missing, table by table")
    parser.add_argument("--write", action="store_true", help="put the rows into docs/false-alarms.md too")
    options = parser.parse_args()
    mondays = min(options.mondays, _QUICK_MONDAYS if options.quick else _MONDAYS)
    months = min(options.months, _QUICK_MONTHS if options.quick else _MONTHS)
    profiles = [PROFILES[name] for name in options.company or PROFILES]
    name = "stories" if options.stories else "tables" if options.tables else "quiet"
    titles = _TITLES[name]
    print("\n".join(page.head(titles)))
    for profile in profiles:
        match name:
            case "stories":
                found = _story_rows(profile)
            case "tables":
                found = _table_rows(profile)
            case _:
                found = _quiet_rows(profile, mondays, months)
        rows = []
        for cells in found:
            print(page.row(cells), flush=True)
            rows.append(cells)
        if options.write:
            page.write(name, titles, rows)


def quiet_year(profile: Profile, mondays: int = _MONDAYS, months: int = _MONTHS) -> tuple[Counted, ...]:
    """Return the counts of each post of a company in which nothing happens, in order."""
    with tempfile.TemporaryDirectory() as folder:
        database = GrowingDatabase(Path(folder) / "company.sqlite", profile)
        try:
            return tuple(counted_in(post) for post in posts(database, schedule(mondays, months)))
        finally:
            database.close()


def _quiet_rows(profile: Profile, mondays: int, months: int) -> Iterator[list[str]]:
    for name, total in sorted(totals(quiet_year(profile, mondays, months)).items(), reverse=True):
        yield [profile.name, name, *_cells(total)]


def _cells(total: Total) -> list[str]:
    lines, answers = total.in_post, total.in_answers
    return [
        str(total.posts),
        str(lines.all),
        f"{lines.share:.1%}",
        f"{lines.leaning / lines.all if lines.all else 0:.1%}",
        str(answers.all),
        f"{answers.share:.1%}",
        str(total.with_exception),
        f"{median(total.looked):.0f}",
        str(len(total.missing)),
        _usual_and_most([length.lines for length in total.lengths]),
        _usual_and_most([length.characters for length in total.lengths]),
        f"{median(total.statements):.0f}",
    ]


def _usual_and_most(values: Sequence[int]) -> str:
    return f"{median(values):.0f} (at most {max(values)})"


def _table_rows(profile: Profile) -> Iterator[list[str]]:
    for entry in table_days(profile):
        yield [profile.name, entry.table, str(entry.days), str(len(entry.called))]


def _story_rows(profile: Profile) -> Iterator[list[str]]:
    for story in Story:
        yield [profile.name, story, *_telling(tuple(told(profile, story)))]


def _telling(found: Sequence[Telling]) -> list[str]:
    first = next((f"{entry.due.name}, {entry.due.day}" for entry in found if entry.is_told), "none")
    others = sum(entry.others for entry in found)
    return [str(sum(entry.is_told for entry in found)), str(len(found)), first, str(others)]


if __name__ == "__main__":
    main()
