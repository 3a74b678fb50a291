"""Which troubles the rows of the store tell of: failed, unclear and missed posts, pauses, and long waits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.deliveries.subscription_posts import AccountOf
from bot.store.deliveries import (
    INCIDENT,
    MISTAKE,
    NOT_MADE,
    NOTICE,
    PROMPT,
    SHORTFALL,
    SUBSCRIPTION,
    SUMMARY,
    Delivery,
    State,
)
from bot.store.delivery_desk import Waiting
from bot.store.incidents import ADMINS, DOWN, HELD, SURVEY, Kind, Trouble
from bot.store.subscriptions import Paused, Subscription, number_of
from bot.subscriptions.incidents import alert_of, code_of
from bot.workspace.services import Services, subscriptions_of

_MISSED = (SUMMARY, SUBSCRIPTION, SHORTFALL, PROMPT)
"""The parts of deliveries that somebody misses; of the others nothing is lost if they come too late."""
_TELLING = (INCIDENT, MISTAKE, NOTICE)
"""The parts that tell of troubles themselves."""
_HELD = " held"
"""How the names of parts end that say that a post is held: if they fail, so does the post."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """Finds the troubles of one workspace. `sender_of` returns who sent a wave of a survey."""

    services: Services
    account_of: AccountOf
    sender_of: Callable[[str], str | None]

    def of_deliveries(self, rows: Iterable[Delivery], paused: Collection[str]) -> Iterator[Trouble]:
        """Yield what is wrong with deliveries that ended without being sent, or perhaps without.

        `paused` are the subscriptions that were paused because of it: their pause is the trouble.
        """
        rows = list(rows)
        owners = subscriptions_of(self.services).owners() if rows else {}
        for row in rows:
            what = row.what
            if what.part in _TELLING or what.part.endswith(_HELD):
                continue
            if row.state is State.MISSED and what.part not in _MISSED:
                continue
            if row.state is State.FAILED and not code_of(row.reason):
                continue  # it was no longer wanted
            if code_of(row.reason) == NOT_MADE and (what.subscription in paused or self._is_paused(row)):
                continue
            if what.part == PROMPT:
                yield self._of_survey(row)
            else:
                yield self._of_post(row, owners)

    def of_pauses(self, paused: Iterable[Subscription], known: frozenset[str]) -> Iterator[Trouble]:
        """Yield the subscriptions that were paused without their owner's wish and aren't `known` yet.

        One whose owner has left isn't among them: it is offered to the admins.
        """
        for subscription in paused:
            if subscription.key not in known and subscription.paused is not Paused.LEFT:
                yield Trouble(
                    Kind.PAUSED,
                    subscription.key,
                    str(subscription.paused),
                    subscription.terms.owner,
                    subscription.since,
                )

    def of_waits(self, waits: Sequence[Waiting]) -> Iterator[Trouble]:
        """Yield what posts wait for, each reason once: those who run the bot can mend it."""
        for wait in waits:
            reason = HELD if wait.state is State.HELD else code_of(wait.reason) or wait.reason
            yield Trouble(Kind.WAITING, reason, reason, ADMINS, wait.since, count=wait.count)

    def _of_survey(self, row: Delivery) -> Trouble:
        """Return a trouble with a wave: all the people whom it didn't reach are one."""
        kind = Kind.UNCLEAR if row.state is State.UNKNOWN else Kind.REFUSED
        sender = self.sender_of(row.what.period) or ADMINS
        return Trouble(
            kind, row.what.subscription, SURVEY, sender, row.changed_at, row.what.period, part=PROMPT
        )

    def _of_post(self, row: Delivery, owners: Mapping[int, str]) -> Trouble:
        what, is_unclear = row.what, row.state is State.UNKNOWN
        is_pressed = row.again_at is not None or what.period.startswith("now")
        # each unclear post is told by itself, and so is each shortfall: it has another reader
        period = what.period if is_unclear or is_pressed or what.part == SHORTFALL else ""
        return Trouble(
            kind=_KINDS[row.state],
            subject=what.subscription,
            reason=_reason(row),
            audience=self._audience(row, owners),
            at=row.changed_at,
            period=period,
            target=what.target,
            part=what.part,
            delivery=row.id,
            is_news=is_pressed or row.state is State.MISSED,
        )

    def _is_paused(self, row: Delivery) -> bool:
        """Whether a delivery is of an alert that was paused: its owner is told of the pause."""
        alert = alert_of(row.what.subscription, self.services)
        return alert is not None and alert.paused is not None

    def _audience(self, row: Delivery, owners: Mapping[int, str]) -> str:
        """Return who can mend a post: the owner of its subscription or alert, else the admins."""
        number = number_of(row.what.subscription)
        if number is not None:
            return owners.get(number, ADMINS)
        alert = alert_of(row.what.subscription, self.services)
        return ADMINS if alert is None else alert.terms.owner


_KINDS: Mapping[State, Kind] = {
    State.FAILED: Kind.REFUSED,
    State.UNKNOWN: Kind.UNCLEAR,
    State.MISSED: Kind.MISSED,
}


def _reason(row: Delivery) -> str:
    """Return the code of why something wasn't sent; without one it was due while the bot was down."""
    return code_of(row.reason) or DOWN
