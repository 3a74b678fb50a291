"""Whether a message as a whole would be taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot import slack_limits as n
from bot.playground.slack_validators.shapes import BLOCK_SHAPES, walk
from bot.playground.slack_validators.violation import Found, Violation, distinct, typed, wrong


def message_violations(payload: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Return what Slack would refuse of a message: `text`, `blocks` and `metadata` of a posting method.

    One rule is ours: there must be text even beside blocks, because screen readers and
    notifications read nothing else. Never raises, whatever the payload holds.
    """
    return (*_text(payload), *_blocks(payload.get("blocks") or ()), *_metadata(payload.get("metadata")))


def _text(payload: Mapping[str, Any]) -> Found:
    text = payload.get("text")
    if not isinstance(text, str) or not text.strip():
        yield Violation("no_text", "text", "must be there, also beside blocks")
    elif len(text) > n.MESSAGE_TEXT:
        yield Violation("msg_too_long", "text", f"must be at most {n.MESSAGE_TEXT} characters")


def _blocks(blocks: Any) -> Found:
    if not isinstance(blocks, list | tuple):
        yield Violation("invalid_blocks_format", "blocks", "must be a list")
        return
    if len(blocks) > n.BLOCKS:
        yield wrong("blocks", f"must be at most {n.BLOCKS}, are {len(blocks)}")
    check = typed(BLOCK_SHAPES)
    for index, block in enumerate(blocks):
        yield from check(block, f"blocks[{index}]")
    every = walk(blocks)
    yield from distinct([block.get("block_id") for block in every], "blocks", "block_id")
    kinds = [block.get("type") for block in every]
    if kinds.count("data_visualization") > n.CHARTS:
        yield wrong("blocks", f"may have at most {n.CHARTS} charts")
    if kinds.count("table") > 1:
        yield Violation("only_one_table_allowed", "blocks", "may have at most one table")
    size = _size(blocks)
    if size > n.JSON_OF_BLOCKS:
        yield Violation(
            "msg_blocks_too_long", "blocks", f"must be below {n.JSON_OF_BLOCKS} characters, are {size}"
        )


def _metadata(metadata: Any) -> Found:
    if metadata is None:
        return
    is_right = (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
    )
    if not is_right:
        yield Violation("invalid_metadata_format", "metadata", "needs event_type and event_payload")


def _size(blocks: Any) -> int:
    try:
        return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))
    except (TypeError, ValueError, RecursionError):
        return 0
