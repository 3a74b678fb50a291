"""Charts and data tables where the workspace takes them, and plain blocks where it refuses them.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.render.block_kit import Block, Payload
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.slack.refusals import BLOCKS_REFUSED, outcome_of

log = logging.getLogger(__name__)

T = TypeVar("T")
Content = Mapping[str, Any]
"""Text and blocks, as the methods that post take them."""

_PLAIN_FOR = timedelta(hours=24)


class NewerBlocks:
    """What is known of one workspace: whether it takes the newer blocks."""

    def __init__(self, clock: Clock) -> None:
        """Know nothing yet."""
        self._clock = clock
        self._plain_until: datetime | None = None

    async def send(self, payload: Payload, send: Callable[[Content], Coroutine[Any, Any, T]]) -> T:
        """Send a message once; without the newer blocks where those are refused. Raises DeliveryError.

        A second attempt is made only after Slack refused the blocks, and with them the message.
        """
        plain = None if payload.plain is None else _content(payload.text, payload.plain)
        now = self._clock()
        is_plain = self._plain_until is not None and now < self._plain_until
        try:
            return await outcome_of(
                send(plain if is_plain and plain else _content(payload.text, payload.blocks))
            )
        except DeliveryError as refused:
            if plain is None or is_plain or not refused.reason.startswith(BLOCKS_REFUSED):
                raise
            log.info("this workspace refuses the newer blocks (%s); plain ones for a day", refused.reason)
            self._plain_until = now + _PLAIN_FOR
        return await outcome_of(send(plain))


def _content(text: str, blocks: Sequence[Block]) -> Content:
    shown = [dict(block) for block in blocks]
    return {"text": text} | ({"blocks": shown} if shown else {})
