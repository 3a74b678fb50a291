"""The figures that posts show, so that the next post can tell which of them have changed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, and_, delete, insert, select

from bot.store.deliveries import POSTS, Delivery, State, What
from bot.store.post_tables import deliveries, posted_figures
from kpi_engine.domain.metrics import Unit

_POSTS = 5
"""The figures of so many earlier posts are looked at again."""


@dataclass(frozen=True, slots=True)
class PostedFigure:
    """A figure as a post shows it, by its question in absolute words.

    `rows` is how many rows it rests on, None where that isn't known, `definition` what it is computed from.
    """

    question: str
    metric: str
    value: float
    unit: Unit
    currency: str | None
    rows: float | None
    definition: str


@dataclass(frozen=True, slots=True)
class Told:
    """A figure that was told to a place: first by the delivery `first`, last at the moment `at`."""

    figure: PostedFigure
    first: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """A figure that was told otherwise before: first by the delivery `corrects`, last as `before`.

    `cause` says why it has changed, in the language of the post.
    """

    figure: PostedFigure
    corrects: int
    before: float
    cause: str


@dataclass(frozen=True, slots=True)
class EarlierPost:
    """A post with figures that a later one corrects: where it stands, and the corrections."""

    delivery: int
    ts: str
    corrections: tuple[Correction, ...]


class PostedFigures:
    """The figures in the posts of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace."""
        self._engine = engine
        self._workspace = workspace

    def note(
        self, delivery: int, figures: Iterable[PostedFigure], corrections: Iterable[Correction] = ()
    ) -> None:
        """Write down what a delivery's post shows, in place of what was written for it before."""
        rows = [
            *(self._row(delivery, entry) for entry in figures),
            *(
                self._row(delivery, entry.figure)
                | {"corrects": entry.corrects, "before": entry.before, "cause": entry.cause}
                for entry in corrections
            ),
        ]
        own = and_(posted_figures.c.workspace == self._workspace, posted_figures.c.delivery == delivery)
        with self._engine.begin() as connection:
            connection.execute(delete(posted_figures).where(own))
            if rows:
                connection.execute(insert(posted_figures), rows)

    def told_before(self, delivery: Delivery) -> tuple[Told, ...]:
        """Return the figures of the last posts to the same place, each as it was told last."""
        posts = self._posts_before(delivery)
        if not posts:
            return ()
        figures = self._figures(list(posts))
        found: dict[str, Told] = {}
        for row in sorted(figures, key=lambda row: (posts[row["delivery"]], row["delivery"])):
            question = row["question"]
            first = found[question].first if question in found else row["corrects"] or row["delivery"]
            found[question] = Told(_figure(row), first, posts[row["delivery"]])
        return tuple(found.values())

    def corrected_by(self, delivery: int) -> tuple[EarlierPost, ...]:
        """Return the posts that a delivery's post corrects and that stand in Slack, the earliest first."""
        rows = [row for row in self._figures([delivery]) if row["corrects"] is not None]
        numbers = sorted({row["corrects"] for row in rows})
        wanted = select(deliveries.c.id, deliveries.c.message_ts).where(
            deliveries.c.workspace == self._workspace, deliveries.c.id.in_(numbers)
        )
        with self._engine.connect() as connection:
            found = {row.id: row.message_ts for row in connection.execute(wanted)}
        return tuple(
            EarlierPost(number, ts, tuple(_correction(row) for row in rows if row["corrects"] == number))
            for number in numbers
            if (ts := found.get(number))
        )

    def corrected_since(self, part: str, moment: datetime) -> tuple[tuple[int, What, int], ...]:
        """Return each post of a part that was sent since a moment and corrects others, with each of those.

        A post is given by its number and what it is, the one that it corrects by its number.
        """
        columns = (deliveries.c.subscription, deliveries.c.period, deliveries.c.target, deliveries.c.part)
        wanted = (
            select(deliveries.c.id, *columns, posted_figures.c.corrects)
            .join(posted_figures, posted_figures.c.delivery == deliveries.c.id)
            .where(
                deliveries.c.workspace == self._workspace,
                deliveries.c.part == part,
                deliveries.c.state == State.SENT,
                deliveries.c.changed_at >= moment,
                posted_figures.c.corrects.is_not(None),
            )
            .distinct()
        )
        with self._engine.connect() as connection:
            return tuple((row[0], What(*row[1:5]), row[5]) for row in connection.execute(wanted))

    def _posts_before(self, delivery: Delivery) -> dict[int, datetime]:
        """Return the last posts to the place of a delivery, each with the moment at which it was sent."""
        what = delivery.what
        sent = (
            select(deliveries.c.id, deliveries.c.changed_at)
            .where(
                deliveries.c.workspace == self._workspace,
                deliveries.c.subscription == what.subscription,
                deliveries.c.target == what.target,
                deliveries.c.part.in_(POSTS),
                deliveries.c.state == State.SENT,
                deliveries.c.due_at < delivery.due_at,
            )
            .order_by(deliveries.c.due_at.desc())
            .limit(_POSTS)
        )
        with self._engine.connect() as connection:
            return {row.id: row.changed_at for row in connection.execute(sent)}

    def _figures(self, numbers: Sequence[int]) -> Sequence[Any]:
        wanted = select(posted_figures).where(
            posted_figures.c.workspace == self._workspace, posted_figures.c.delivery.in_(numbers)
        )
        with self._engine.connect() as connection:
            return connection.execute(wanted.order_by(posted_figures.c.id)).mappings().all()

    def _row(self, delivery: int, entry: PostedFigure) -> dict[str, Any]:
        return {
            "workspace": self._workspace,
            "delivery": delivery,
            "question": entry.question,
            "metric": entry.metric,
            "value": entry.value,
            "unit": entry.unit,
            "currency": entry.currency,
            "rows": entry.rows,
            "definition": entry.definition,
            "corrects": None,
            "before": None,
            "cause": None,
        }


def _figure(row: Any) -> PostedFigure:
    return PostedFigure(
        row["question"],
        row["metric"],
        row["value"],
        row["unit"],
        row["currency"],
        row["rows"],
        row["definition"],
    )


def _correction(row: Any) -> Correction:
    return Correction(_figure(row), row["corrects"], row["before"], row["cause"])
