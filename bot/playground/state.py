"""The values of an open modal's inputs, as Slack sends them to the app (view.state.values)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.playground.workspace import Json, View

Given = Mapping[str, Mapping[str, Any]]
"""What a person typed or chose, by block and action: a text, an option's value, or several of those."""

_SEVERAL = ("multi_static_select", "multi_external_select")
_PEOPLE = "multi_users_select"
_ONE = ("static_select", "external_select")
_SELECTED = {"timepicker": "selected_time", "conversations_select": "selected_conversation"}
"""What is chosen from no list of the app's, with the key that holds it."""


class WrongInputError(Exception):
    """A value that can't be typed or chosen there; the message says which."""


def state_of(view: View, given: Given) -> Json:
    """Return the state of all inputs. Raises WrongInputError for what no window would let through."""
    return {
        block["block_id"]: {block["element"]["action_id"]: _entry(view, block, given)}
        for block in inputs_of(view)
    }


def inputs_of(view: View) -> list[Json]:
    """Return the input blocks of a view."""
    return [block for block in view.content["blocks"] if block["type"] == "input"]


def missing(view: View, state: Json) -> list[str]:
    """Return the blocks of inputs that must be filled in and aren't."""

    def is_empty(entry: Json) -> bool:
        return not any(value for name, value in entry.items() if name != "type")

    needed = [block for block in inputs_of(view) if not block.get("optional")]
    return [
        block["block_id"]
        for block in needed
        if is_empty(state[block["block_id"]][block["element"]["action_id"]])
    ]


def _entry(view: View, block: Json, given: Given) -> Json:
    element = block["element"]
    kind, action = element["type"], element["action_id"]
    value = given.get(block["block_id"], {}).get(action)
    if kind == "plain_text_input":
        text = str(value or "")
        if len(text) > element.get("max_length", 3000):
            raise WrongInputError(f"{action} is longer than its box takes.")
        return {"type": kind, "value": text or None}
    if kind in _SELECTED:
        return {"type": kind, _SELECTED[kind]: str(value) if value else None}
    if kind in _ONE:
        return {"type": kind, "selected_option": _option(view, element, str(value)) if value else None}
    if kind in (*_SEVERAL, _PEOPLE):
        values = [str(entry) for entry in value] if isinstance(value, Sequence) else []
        if len(values) > element.get("max_selected_items", len(values)):
            raise WrongInputError(f"{action} takes fewer options.")
        if kind == _PEOPLE:
            return {"type": kind, "selected_users": values}
        return {"type": kind, "selected_options": [_option(view, element, entry) for entry in values]}
    raise WrongInputError(f"The playground has no input of type {kind}.")


def _option(view: View, element: Json, value: str) -> Json:
    """Return an option that was offered: of the element itself, or by a live search."""
    first = [*element.get("initial_options", ()), *filter(None, [element.get("initial_option")])]
    known = {entry["value"]: entry for entry in (*element.get("options", ()), *first)}
    known |= view.offered.get(element["action_id"], {})
    if value not in known:
        raise WrongInputError(f"{element['action_id']} was not offered {value[:40]}.")
    return dict(known[value])
