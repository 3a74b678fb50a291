"""Whom subscriptions are sent to besides their owner, who left them, and what each was sent last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, false, select, true, update

from bot.store.inserting import insert_new
from bot.store.post_tables import subscription_targets, subscriptions

_COLUMNS = subscription_targets.c


@dataclass(frozen=True, slots=True)
class SubscriptionTargets:
    """The targets of the subscriptions of one workspace; each method is part of a caller's transaction."""

    workspace: str

    def name(self, connection: Connection, number: int, people: Sequence[str]) -> None:
        """Let a subscription name these people and no others. Those who had left it stay away."""
        theirs = self._of(number)
        connection.execute(update(subscription_targets).where(theirs).values(is_named=False))
        self._add(connection, number, people, is_named=True)
        named = and_(theirs, _COLUMNS.target.in_(people))
        connection.execute(update(subscription_targets).where(named).values(is_named=True))

    def leave(self, connection: Connection, number: int, person: str) -> bool:
        """Note that somebody no longer wants a subscription; False if that is noted already."""
        self._add(connection, number, (person,), is_named=False)
        staying = and_(self._of(number, person), _COLUMNS.has_left == false())
        return (
            connection.execute(update(subscription_targets).where(staying).values(has_left=True)).rowcount
            == 1
        )

    def named(self, connection: Connection, numbers: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
        """Return the people whom subscriptions name and who haven't left them, by subscription."""
        staying = and_(_COLUMNS.is_named == true(), _COLUMNS.has_left == false())
        return self._people(connection, numbers, staying)

    def who_left(self, connection: Connection, numbers: Sequence[int]) -> Mapping[int, frozenset[str]]:
        """Return the people who left subscriptions, by subscription."""
        found = self._people(connection, numbers, _COLUMNS.has_left == true())
        return {number: frozenset(people) for number, people in found.items()}

    def figures(self, connection: Connection, number: int, target: str) -> str | None:
        """Return the hash of the figures that a target got last, None if there is none."""
        return connection.execute(select(_COLUMNS.figures).where(self._of(number, target))).scalar()

    def note_figures(self, connection: Connection, number: int, target: str, figures: str) -> None:
        """Keep the hash of the figures that a target got last."""
        self._add(connection, number, (target,), is_named=False)
        change = update(subscription_targets).where(self._of(number, target)).values(figures=figures)
        connection.execute(change)

    def forget_figures(self, connection: Connection, number: int) -> None:
        """Forget what the targets of a subscription got last, so that the next post is sent."""
        connection.execute(update(subscription_targets).where(self._of(number)).values(figures=None))

    def drop(self, connection: Connection, number: int) -> None:
        """Delete all targets of a subscription."""
        connection.execute(delete(subscription_targets).where(self._of(number)))

    def naming(self, person: str) -> Any:
        """Return the condition of subscriptions that name somebody who hasn't left them."""
        staying = and_(_COLUMNS.is_named == true(), _COLUMNS.has_left == false())
        return subscriptions.c.id.in_(self._numbers(person, staying))

    def of_reps_with(self, rep: str) -> Any:
        """Return the condition of subscriptions for each rep that a rep hasn't left."""
        left = self._numbers(rep, _COLUMNS.has_left == true())
        return and_(subscriptions.c.recipients == "reps", subscriptions.c.id.not_in(left))

    def _numbers(self, person: str, wanted: Any) -> Any:
        mine = and_(_COLUMNS.workspace == self.workspace, _COLUMNS.target == person, wanted)
        return select(_COLUMNS.subscription).where(mine)

    def _people(
        self, connection: Connection, numbers: Sequence[int], wanted: Any
    ) -> Mapping[int, tuple[str, ...]]:
        statement = (
            select(_COLUMNS.subscription, _COLUMNS.target)
            .where(_COLUMNS.workspace == self.workspace, _COLUMNS.subscription.in_(numbers), wanted)
            .order_by(_COLUMNS.subscription, _COLUMNS.target)
        )
        found: dict[int, list[str]] = {}
        for number, person in connection.execute(statement):
            found.setdefault(number, []).append(person)
        return {number: tuple(people) for number, people in found.items()}

    def _add(self, connection: Connection, number: int, targets: Sequence[str], *, is_named: bool) -> None:
        rows = [
            {
                "workspace": self.workspace,
                "subscription": number,
                "target": target,
                "is_named": is_named,
                "has_left": False,
            }
            for target in targets
        ]
        insert_new(connection, subscription_targets, rows)

    def _of(self, number: int, target: str | None = None) -> Any:
        mine = and_(_COLUMNS.workspace == self.workspace, _COLUMNS.subscription == number)
        return mine if target is None else and_(mine, _COLUMNS.target == target)
