"""What is delivered beside posts that wait for their data: why one is held, and corrections below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.deliveries.content import Content
from bot.deliveries.correction_notes import CorrectionNotes
from bot.deliveries.gate import Waiting
from bot.deliveries.held_notices import HeldNotices
from bot.store.deliveries import CORRECTION, HELD, Deliveries
from bot.workspace.services import Services


def beside_posts(
    services: Services, deliveries: Deliveries, posts: Mapping[str, Waiting]
) -> dict[str, Content]:
    """Return the contents beside each part of `posts`, by the parts of their own deliveries."""
    return dict(_beside(services, deliveries, posts))


def _beside(
    services: Services, deliveries: Deliveries, posts: Mapping[str, Waiting]
) -> Iterator[tuple[str, Content]]:
    for part, waiting in posts.items():
        yield HELD[part], HeldNotices(services, deliveries, part, waiting)
        if services.posted is not None:
            yield CORRECTION[part], CorrectionNotes(services, deliveries, services.posted, part, waiting)
