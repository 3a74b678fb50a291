"""What the posts of a summary told before, so that the next ones don't repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import takewhile

from sqlalchemy import Engine, and_, delete, insert, select

from bot.store.deliveries import State
from bot.store.post_tables import deliveries, told_findings
from kpi_engine.domain.summary import Candidate, SubjectKey, Told

_POSTS = 26
"""How many earlier posts are looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a post told, or left out as repeated: a metric, of everything or of a member, and a direction.

    `member` is the member's key as text; `size` is the effect in the metric's unit.
    """

    metric: str
    dimension: str | None
    member: str | None
    direction: str
    size: float
    is_told: bool

    @property
    def key(self) -> SubjectKey:
        """What makes it the same finding in another post."""
        return self.metric, self.dimension, self.member, self.direction


_Post = tuple[date, Mapping[SubjectKey, Finding]]
"""The day of a post, and its findings by their keys."""


def findings_of(candidates: Iterable[Candidate]) -> Iterator[Finding]:
    """Yield what a post told, and what it left out because earlier posts had told it."""
    for entry in candidates:
        if entry.refusal in (None, "repeated"):
            metric, dimension, member, direction = entry.subject.key
            yield Finding(metric, dimension, member, direction, entry.effect, entry.refusal is None)


class ToldFindings:
    """What the posts of one workspace told."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace."""
        self._engine = engine
        self._workspace = workspace

    def note(self, delivery: int, findings: Iterable[Finding]) -> None:
        """Write down what a delivery's post tells, in place of what was written for it before."""
        rows = [
            {
                "workspace": self._workspace,
                "delivery": delivery,
                "metric": entry.metric,
                "dimension": entry.dimension,
                "member": entry.member,
                "direction": entry.direction,
                "size": entry.size,
                "is_told": entry.is_told,
            }
            for entry in findings
        ]
        own = and_(told_findings.c.workspace == self._workspace, told_findings.c.delivery == delivery)
        with self._engine.begin() as connection:
            connection.execute(delete(told_findings).where(own))
            if rows:
                connection.execute(insert(told_findings), rows)

    def before(self, subscription: str, target: str, due_at: datetime) -> Mapping[SubjectKey, Told]:
        """Return what the posts to a target that were sent before told, by the keys of the findings.

        Only what the last post had is returned: what ended is news when it comes back.
        """
        posts = self._posts(subscription, target, due_at)
        if not posts:
            return {}
        found = {}
        for key, entry in posts[0][1].items():
            row = [*takewhile(partial(_has, key), posts)]
            told = [when for when, findings in row if findings[key].is_told]
            found[key] = Told(len(row), told[0] if told else row[-1][0], entry.size)
        return found

    def _posts(self, subscription: str, target: str, due_at: datetime) -> Sequence[_Post]:
        """Return the day and the findings of each earlier post, the newest first."""
        sent = (
            select(deliveries.c.id, deliveries.c.due_at)
            .where(
                deliveries.c.workspace == self._workspace,
                deliveries.c.subscription == subscription,
                deliveries.c.target == target,
                deliveries.c.state == State.SENT,
                deliveries.c.due_at < due_at,
            )
            .order_by(deliveries.c.due_at.desc())
            .limit(_POSTS)
        )
        with self._engine.connect() as connection:
            posts = connection.execute(sent).all()
            rows = connection.execute(
                select(told_findings).where(told_findings.c.delivery.in_([post.id for post in posts]))
            ).mappings()
            by_post: dict[int, dict[SubjectKey, Finding]] = {post.id: {} for post in posts}
            for row in rows:
                entry = Finding(
                    row["metric"],
                    row["dimension"],
                    row["member"],
                    row["direction"],
                    row["size"],
                    row["is_told"],
                )
                by_post[row["delivery"]][entry.key] = entry
        return [(post.due_at.date(), by_post[post.id]) for post in posts]


def _has(key: SubjectKey, post: _Post) -> bool:
    return key in post[1]
