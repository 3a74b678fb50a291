"""Mistakes in the rows as deliveries: each is told once to every admin, and so is its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.deliveries.content import Ending, LanguageOf, OrdinaryContent
from bot.render.message import Message
from bot.render.mistakes import mistake_message
from bot.store.deliveries import MISTAKE, Deliveries, Delivery, State, What
from bot.store.proofs import Mistake, MistakeBook
from bot.workspace.admins import admin_targets, is_admin_target
from bot.workspace.kept_proofs import KeptProofs
from bot.workspace.services import Services
from kpi_engine.domain.errors import ForbiddenError, QueryError

_TOLD_FOR = timedelta(days=2)
"""How long after it was found, or mended, it is still told."""
_FOUND, _MENDED = "found", "mended"


@dataclass(frozen=True, slots=True)
class MistakeNotices(OrdinaryContent):
    """The mistakes in the rows of one workspace's database; planning them keeps the proofs fresh."""

    services: Services
    deliveries: Deliveries
    book: MistakeBook
    proofs: KeptProofs
    language_of: LanguageOf

    def plan(self, now: datetime) -> None:
        """Keep the proofs fresh, and plan a message to each admin for what was found and what was mended."""
        self.proofs.refresh(now)
        for entry in self.book.since(now - _TOLD_FOR):
            for target in admin_targets(self.services):
                found, mended = (_what(entry, state, target) for state in (_FOUND, _MENDED))
                if entry.mended_at is None and not self.deliveries.has(found):
                    self.deliveries.plan(found, now, now)
                elif entry.mended_at and self._was_told(found) and not self.deliveries.has(mended):
                    self.deliveries.plan(mended, now, now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a message ends that is too late, or of a mistake that has ended; None if it is sent."""
        entry = self._entry(delivery)
        if entry is None or (delivery.what.period == _FOUND and entry.mended_at is not None):
            return Ending(State.MISSED, "it is mended")
        return Ending(State.MISSED, "too late") if now - delivery.wanted_at > _TOLD_FOR else None

    def message(self, delivery: Delivery, now: datetime) -> Message:  # noqa: ARG002 - the protocol's signature
        """Return what is wrong and how to mend it, or that it is mended. Raises KpiError."""
        user, entry = delivery.what.target, self._entry(delivery)
        if entry is None:
            raise QueryError("The mistake isn't known any more.")
        if not is_admin_target(user, self.services):
            raise ForbiddenError("Mistakes in the data are for admins.")
        sentences = self.services.sentences(self.language_of(user) or self.services.language)
        is_mended = delivery.what.period == _MENDED
        made = mistake_message(entry.message, entry.fix, sentences, is_mended=is_mended)
        return self.services.marked(made, sentences)

    def _was_told(self, found: What) -> bool:
        row = self.deliveries.of(found)
        return row is not None and row.state is State.SENT

    def _entry(self, delivery: Delivery) -> Mistake | None:
        number = delivery.what.subscription.partition(" ")[2]
        return self.book.of(int(number)) if number.isdigit() else None


def _what(entry: Mistake, state: str, admin: str) -> What:
    return What(f"mistake {entry.id}", state, admin, MISTAKE)
