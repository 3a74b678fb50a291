"""Whether a modal or a Home tab would be taken (docs.slack.dev/reference/views)."""

from __future__ import annotations

from typing import Any

from bot import slack_limits as n
from bot.playground.slack_validators.shapes import BLOCK_SHAPES, INPUT_SHAPES, plain, walk
from bot.playground.slack_validators.violation import (
    Found,
    Violation,
    anything,
    boolean,
    distinct,
    listed,
    one_of,
    shaped,
    string,
    typed,
    wrong,
)

_IN_VIEW = {
    kind: shape
    for kind, shape in (BLOCK_SHAPES | INPUT_SHAPES).items()
    if kind not in ("data_visualization", "data_table", "table", "container")
}
_ON_HOME = {kind: shape for kind, shape in _IN_VIEW.items() if kind not in INPUT_SHAPES}
_MODAL = shaped(
    {
        "type": one_of("modal"),
        "title": plain(n.VIEW_TITLE),
        "blocks": listed(1, n.VIEW_BLOCKS, typed(_IN_VIEW)),
    },
    {
        "submit": plain(n.VIEW_TITLE),
        "close": plain(n.VIEW_TITLE),
        "callback_id": string(n.ID),
        "private_metadata": string(n.PRIVATE_METADATA, shortest=0),
        "external_id": string(n.ID),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
        "state": anything,
    },
)


_HOME = shaped(
    {"type": one_of("home"), "blocks": listed(1, n.VIEW_BLOCKS, typed(_ON_HOME))},
    {"callback_id": string(n.ID), "private_metadata": string(n.PRIVATE_METADATA, shortest=0)},
)


def view_violations(view: Any) -> tuple[Violation, ...]:
    """Return what Slack would refuse of a modal or a Home tab. Never raises, whatever the view holds."""
    is_home = isinstance(view, dict) and view.get("type") == "home"
    found = list((_HOME if is_home else _MODAL)(view, "view"))
    if not isinstance(view, dict):
        return tuple(found)
    every = walk(view.get("blocks") or ())
    found += distinct([block.get("block_id") for block in every], "view.blocks", "block_id")
    if any(block.get("type") == "input" for block in every) and "submit" not in view:
        found.append(Violation("invalid_arguments", "view", "needs submit beside an input"))
    found += [problem for block in every for problem in _menu(block)]
    return tuple(found)


def _menu(block: dict[str, Any]) -> Found:
    """Check that what a menu of an input begins with is among its options, and no more than may be chosen."""
    element = block.get("element")
    if not isinstance(element, dict):
        return
    where, options = f"view.{block.get('block_id', 'input')}.element", element.get("options")
    first = element.get("initial_options") or [element.get("initial_option")]
    chosen = [entry for entry in first if isinstance(entry, dict)] if isinstance(first, list) else []
    if isinstance(options, list):
        values = [entry.get("value") for entry in options if isinstance(entry, dict)]
        yield from distinct(values, where, "value")
        if any(entry not in options for entry in chosen):
            yield wrong(where, "begins with an option that it hasn't")
    most = element.get("max_selected_items")
    if isinstance(most, int) and len(chosen) > most:
        yield wrong(where, "begins with more options than may be chosen")
