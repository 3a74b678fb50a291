"""What is counted in a post. All that depends on the form of a summary stands here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from benchmarks.post_length import Length, length_of
from benchmarks.quiet_company.posts import Post
from kpi_engine import Answer
from kpi_engine.domain.answer import Group, Verdict
from kpi_engine.domain.summary import Summary

DIRECTIONS = frozenset(
    {
        Verdict.CLEARLY_UP,
        Verdict.UP,
        Verdict.DOWN,
        Verdict.CLEARLY_DOWN,
        Verdict.FROM_LOSS_TO_PROFIT,
        Verdict.FROM_PROFIT_TO_LOSS,
    }
)
"""The verdicts that say something moved."""
LEANINGS = frozenset({Verdict.LEANING_UP, Verdict.LEANING_DOWN})


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines there are, how many carry a direction, and how many lean to one."""

    all: int = 0
    directed: int = 0
    leaning: int = 0

    def __add__(self, other: Lines) -> Lines:
        return Lines(self.all + other.all, self.directed + other.directed, self.leaning + other.leaning)

    @property
    def share(self) -> float:
        """The share of the lines that carry a direction."""
        return self.directed / self.all if self.all else 0.0


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in one post.

    `in_post` are the lines of the post and its thread. `exceptions` is what the post tells of the `looked`
    totals and members that it looked at. `missing` holds each model and day whose rows it takes for missing.
    """

    name: str
    day: date
    in_post: Lines
    in_answers: Lines
    exceptions: tuple[str, ...]
    looked: int
    missing: frozenset[tuple[str, date]]
    length: Length
    statements: int


def counted_in(post: Post) -> Counted:
    """Count one post."""
    in_summary = [answer for section in post.summary.sections for answer in section.answers]
    return Counted(
        name=post.due.name,
        day=post.due.day,
        in_post=_lines(in_summary),
        in_answers=_lines(post.answers),
        exceptions=_exceptions(post.summary),
        looked=post.summary.looked.totals + sum(post.summary.looked.members.values()),
        missing=missing_days(post),
        length=length_of(post.message),
        statements=post.statements,
    )


def _lines(answers: Iterable[Answer]) -> Lines:
    """Count the lines of the answers: one for each figure that is compared, in headlines, tables, boards."""
    total = Lines()
    for answer in answers:
        judged: tuple[Answer | Group, ...] = (answer, *answer.groups)
        for entry in judged:
            if entry.comparisons:
                total += Lines(1, int(entry.verdict in DIRECTIONS), int(entry.verdict in LEANINGS))
    return total


def _exceptions(summary: Summary) -> tuple[str, ...]:
    """Return what a post tells: metrics, with the member that it is about."""
    told = (entry.subject for entry in summary.told)
    return tuple(
        f"{subject.metric} {subject.member.label}" if subject.member else subject.metric for subject in told
    )


def missing_days(post: Post) -> frozenset[tuple[str, date]]:
    """Return each model and day whose rows a post, or an answer beside it, takes for missing."""
    in_answers = (entry for answer in post.answers for entry in answer.missing)
    return frozenset(
        (entry.model, day) for entry in (*post.summary.missing, *in_answers) for day in entry.days
    )


@dataclass(slots=True)
class Total:
    """The counts of many posts of one kind."""

    posts: int = 0
    in_post: Lines = field(default_factory=Lines)
    in_answers: Lines = field(default_factory=Lines)
    with_exception: int = 0
    missing: set[tuple[str, date]] = field(default_factory=set)
    lengths: list[Length] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    looked: list[int] = field(default_factory=list)
    exceptions: Counter[str] = field(default_factory=Counter)

    def add(self, counted: Counted) -> None:
        """Add one post."""
        self.posts += 1
        self.in_post += counted.in_post
        self.in_answers += counted.in_answers
        self.with_exception += bool(counted.exceptions)
        self.missing |= counted.missing
        self.lengths.append(counted.length)
        self.statements.append(counted.statements)
        self.looked.append(counted.looked)
        self.exceptions.update(counted.exceptions)

    @property
    def share_with_exception(self) -> float:
        """The share of the posts that show an exception."""
        return self.with_exception / self.posts if self.posts else 0.0


def totals(counts: Iterable[Counted]) -> dict[str, Total]:
    """Return the totals of the weekly and of the monthly posts."""
    found: dict[str, Total] = {}
    for entry in counts:
        found.setdefault(entry.name, Total()).add(entry)
    return found
