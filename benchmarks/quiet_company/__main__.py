"""Count what is said where nothing happens, and what is told where something does.

`python -m benchmarks.quiet_company [--company NAME] [--mondays 52] [--months 12] [--quick] [--stories]`
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.quiet_company.counting import Counted, Total, counted_in, totals
from benchmarks.quiet_company.database import GrowingDatabase
from benchmarks.quiet_company.posts import posts, schedule
from benchmarks.quiet_company.profiles import PROFILES, Profile
from benchmarks.quiet_company.told import TOLD_BY, told

_MONDAYS, _MONTHS = 52, 12
_QUICK_MONDAYS, _QUICK_MONTHS = 8, 2


def main() -> None:
    """Make the posts of each company and print what was counted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quiet_company", description=__doc__)
    parser.add_argument("--company", choices=PROFILES, action="append", help="only this one; can be repeated")
    parser.add_argument("--mondays", type=int, default=_MONDAYS, help="how many Mondays, at most 52")
    parser.add_argument("--months", type=int, default=_MONTHS, help="how many months, at most 12")
    parser.add_argument("--quick", action="store_true", help="a few Mondays and months only")
    parser.add_argument("--stories", action="store_true", help="plant each story instead; say what is told")
    options = parser.parse_args()
    mondays = min(options.mondays, _QUICK_MONDAYS if options.quick else _MONDAYS)
    months = min(options.months, _QUICK_MONTHS if options.quick else _MONTHS)
    chosen = [PROFILES[name] for name in options.company or PROFILES]
    if options.stories:
        _print_stories(chosen)
    else:
        _print_quiet(chosen, mondays, months)


def quiet_year(profile: Profile, mondays: int = _MONDAYS, months: int = _MONTHS) -> tuple[Counted, ...]:
    """Return the counts of each post of a company in which nothing happens, in order."""
    with tempfile.TemporaryDirectory() as folder:
        database = GrowingDatabase(Path(folder) / "company.sqlite", profile)
        try:
            return tuple(counted_in(post) for post in posts(database, schedule(mondays, months)))
        finally:
            database.close()


_HEAD = (
    "company", "posts", "", "lines", "directed", "leaning", "answers", "directed", "exceptions", "looked at",
    "missing", "text lines", "characters", "statements",
)  # fmt: skip


def _print_quiet(profiles: Sequence[Profile], mondays: int, months: int) -> None:
    _print_row(_HEAD)
    _print_row(["---", "---", "---:", *["---:"] * (len(_HEAD) - 3)])
    for profile in profiles:
        for name, total in totals(quiet_year(profile, mondays, months)).items():
            _print_row([profile.name, name, *_cells(total)], flush=True)


def _cells(total: Total) -> list[str]:
    lines, answers = total.in_post, total.in_answers
    return [
        str(total.posts),
        str(lines.all),
        f"{lines.share:.1%}",
        f"{lines.leaning / lines.all if lines.all else 0:.1%}",
        str(answers.all),
        f"{answers.share:.1%}",
        f"{total.with_exception} of {total.posts}",
        f"{median(total.looked):.0f}",
        str(len(total.missing)),
        _usual_and_most([length.lines for length in total.lengths]),
        _usual_and_most([length.characters for length in total.lengths]),
        f"{median(total.statements):.0f}",
    ]


def _usual_and_most(values: Sequence[int]) -> str:
    return f"{median(values):.0f} (at most {max(values)})"


def _print_stories(profiles: Sequence[Profile]) -> None:
    _print_row(("company", "story", "told by", "told"))
    _print_row(["---"] * 4)
    for profile in profiles:
        for story in TOLD_BY:
            for due, is_told in told(profile, story):
                told_by = f"{due.name} of {due.day}"
                _print_row([profile.name, story, told_by, "yes" if is_told else "no"], flush=True)


def _print_row(cells: Sequence[str], *, flush: bool = False) -> None:
    print(f"| {' | '.join(cells)} |", flush=flush)


if __name__ == "__main__":
    main()
