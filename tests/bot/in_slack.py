"""Messages as Slack gets them, for tests that look at texts and blocks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.deliveries.frozen import Frozen
from bot.render import block_kit
from bot.render.block_kit import Block
from bot.render.message import Home, Message, Modal


@dataclass(frozen=True)
class Seen:
    """A message's text and blocks, the same without the newer blocks, and what is posted beside it."""

    text: str
    blocks: tuple[Block, ...]
    plain: Seen | None = None
    shared: Seen | None = None

    @property
    def variants(self) -> tuple[Seen, ...]:
        """With the newer blocks and without them, and of what is shared."""
        return (
            self,
            *([self.plain] if self.plain else []),
            *(self.shared.variants if self.shared else ()),
        )

    @property
    def payload(self) -> dict[str, Any]:
        return {"text": self.text, "blocks": [dict(block) for block in self.blocks]}


def in_slack(message: Message | Frozen) -> Seen:
    """Return a message as it is sent."""
    if isinstance(message, Frozen):
        plain = None if message.plain is None else Seen(message.text, message.plain)
        return Seen(message.text, message.blocks, plain)
    return _rendered(message)


@lru_cache(maxsize=64)
def _rendered(message: Message) -> Seen:
    payload = block_kit.payload(message)
    plain = None if payload.plain is None else Seen(payload.text, payload.plain)
    return Seen(payload.text, payload.blocks, plain, in_slack(message.shared) if message.shared else None)


def view_of(shown: Modal | Home) -> dict[str, Any]:
    """Return a window or a Home tab as it is sent."""
    return block_kit.modal_view(shown) if isinstance(shown, Modal) else block_kit.home_view(shown)
