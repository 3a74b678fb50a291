"""What Slack sends of an input of a modal that is submitted, by the kind of its element."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SELECTED = {
    "timepicker": "selected_time",
    "conversations_select": "selected_conversation",
}


def chosen(element: Mapping[str, Any] | None, typed: str) -> dict[str, Any]:
    """Return the state of an element with what was typed or chosen, None where that is nothing."""
    kind = str((element or {}).get("type") or "plain_text_input")
    if element is not None and kind == "static_select":
        options = element.get("options") or ()
        return {
            "type": kind,
            "selected_option": next((entry for entry in options if entry["value"] == typed), None),
        }
    return {"type": kind, _SELECTED.get(kind, "value"): typed or None}
