"""Which technique, source or other kind of case does best, or what it would take to tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from kpi_engine.analysis.rates import trials_needed
from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer, Group
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count
from kpi_engine.domain.translatable import said

_MOST = 20
"""Of more members no single one is looked for."""
_POINTS = 3
"""The smallest difference, in points, that is worth the wait."""
_NAMED = 5


@dataclass(frozen=True, slots=True)
class BestMember(Finding):
    """Which member has the best rate.

    `clearly_behind` are the members of a later place than the `best` one. If nobody is, `more` is how many
    more cases each of the two best would need to show a difference of `points`, at 80 % power; else both are
    None.
    """

    best: str
    clearly_behind: tuple[str, ...]
    members: int
    more: int | None
    points: int | None

    name = "best_member"

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own numbers say it all
        """Return which is best, or what it would take to tell."""
        if self.more is not None and self.points is not None:
            return (
                said(
                    "Can't tell yet which is best: about {count} more cases each would show a difference of "
                    "{points} points.",
                    count=Count(self.more),
                    points=Count(self.points),
                ),
            )
        if len(self.clearly_behind) == self.members - 1:
            return (said("Clearly the best: {best}.", best=self.best),)
        if len(self.clearly_behind) > _NAMED:
            return (
                said(
                    "{best} is clearly better than {count} of the others; no other difference with it is "
                    "clear.",
                    best=self.best,
                    count=Count(len(self.clearly_behind)),
                ),
            )
        return (
            said(
                "{best} is clearly better than {others}; no other difference with it is clear.",
                best=self.best,
                others=self.clearly_behind,
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return the best member, those clearly behind it, and what it would take to tell."""
        return {
            "best": self.best,
            "clearly_behind": self.clearly_behind,
            "members": self.members,
            "more": self.more,
            "points": self.points,
        }


def _among(question: Question, groups: Sequence[Group]) -> Iterator[BestMember]:
    """Return the finding for a rate by a dimension whose members aren't people."""
    placed = sorted((group for group in groups if group.place), key=lambda group: group.place or 0)
    is_asked = question.metric.spec.is_share and not (question.query.top or question.query.sizes)
    is_of_people = bool(question.catalogue.people & set(question.query.by))
    if not is_asked or is_of_people or question.metric.better == "neutral" or not 2 <= len(placed) <= _MOST:  # noqa: PLR2004 - two to compare
        return
    best, second = placed[:2]
    behind = tuple(group.labels[0] or "" for group in placed if group.place != best.place)
    more, points = (None, None) if behind else _needed(best, second)
    if behind or more:
        yield BestMember(best.labels[0] or "", behind, len(placed), more, points)


def _needed(best: Group, second: Group) -> tuple[int, int]:
    """Return how many more cases each of two groups needs, and for how many points of difference."""
    one, other = (group.figure.value or 0.0 for group in (best, second))
    points = max(_POINTS, ceil(100 * abs(one - other)))
    size = min(group.figure.denominator or 0.0 for group in (best, second))
    share = min(one, other)
    step = points / 100 if share + points / 100 < 1 else -points / 100
    return _rounded(trials_needed(share, step) - size), points


def _rounded(count: float) -> int:
    """Return a count to one digit, or two above a thousand: it is an estimate."""
    if count <= 0:
        return 0
    unit = 100 if count >= 1_000 else 10  # noqa: PLR2004 - a thousand
    return max(unit, round(count / unit) * unit)


FINDER = Finder(among=_among)
