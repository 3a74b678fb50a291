"""What a form asks for, as input blocks and their options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot import slack_limits as limits
from bot.render.block_kit.blocks import Block, plain_text
from bot.render.document import (
    ChannelPicker,
    Input,
    Menu,
    Option,
    PeoplePicker,
    Search,
    TextField,
    TimePicker,
)

_KEY_SHOWN = 20


def input_block(part: Input) -> Block:
    """Return the block of an input."""
    element: dict[str, Any] = {**_element(part), "action_id": part.action or part.name}
    if part.placeholder:
        element["placeholder"] = plain_text(part.placeholder, limits.PLACEHOLDER)
    block: dict[str, Any] = {
        "type": "input",
        "block_id": part.name,
        "label": plain_text(part.label),
        "element": element,
    }
    if part.is_optional is not None:
        block["optional"] = part.is_optional
    if part.hint:
        block["hint"] = plain_text(part.hint)
    return block | ({"dispatch_action": True} if part.is_live else {})


def _element(part: Input) -> dict[str, Any]:
    match part.field:
        case Menu():
            return _menu(part.field)
        case Search():
            return _search(part.field)
        case TextField():
            return _text_field(part.field)
        case ChannelPicker(initial):
            picker: dict[str, Any] = {
                "type": "conversations_select",
                "filter": {"include": ["public", "private"], "exclude_bot_users": True},
            }
            return picker | ({"initial_conversation": initial} if initial else {})
        case PeoplePicker(people, most):
            several: dict[str, Any] = {"type": "multi_users_select", "max_selected_items": most}
            return several | ({"initial_users": list(people)} if people else {})
        case TimePicker(initial):
            return {"type": "timepicker", "initial_time": initial}


def _menu(menu: Menu) -> dict[str, Any]:
    """Return a menu with what is chosen of it; one of more options than Slack takes is searched."""
    if len(menu.options) > limits.OPTIONS and not menu.most:
        chosen = [option for option in menu.options if option.value in menu.chosen]
        return _search(Search(tuple(chosen)))
    shown = options(menu.options[: limits.OPTIONS])
    first = [option for option in shown if option["value"] in menu.chosen]
    if not menu.most:
        single = {"type": "static_select", "options": shown}
        return single | ({"initial_option": first[0]} if first else {})
    several = {
        "type": "multi_static_select",
        "options": shown,
        "max_selected_items": min(menu.most, limits.OPTIONS),
    }
    return several | ({"initial_options": first} if first else {})


def _search(search: Search) -> dict[str, Any]:
    chosen = options(search.chosen)[: limits.OPTIONS]
    if not search.most:
        single: dict[str, Any] = {"type": "external_select", "min_query_length": 1}
        return single | ({"initial_option": chosen[0]} if chosen else {})
    several: dict[str, Any] = {
        "type": "multi_external_select",
        "min_query_length": 1,
        "max_selected_items": min(search.most, limits.OPTIONS),
    }
    return several | ({"initial_options": chosen} if chosen else {})


def _text_field(field: TextField) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "max_length": min(field.longest, limits.INPUT_TEXT),
    }
    if field.is_multiline:
        element["multiline"] = True
    if field.is_focused:
        element["focus_on_load"] = True
    if field.initial:
        element["initial_value"] = field.initial[: field.longest]
    return element


def options(choices: Sequence[Option]) -> list[Mapping[str, Any]]:
    """Return options whose texts fit; those that are alike when they are cut end in their keys."""
    texts = [limits.shorten(choice.text, limits.OPTION_TEXT) for choice in choices]
    alike = {text for text, count in Counter(texts).items() if count > 1}
    shown: list[Mapping[str, Any]] = []
    taken: set[str] = set()
    for choice, cut in zip(choices, texts, strict=True):
        text = _told_apart(choice, taken) if cut in alike else cut
        taken.add(text)
        shown.append({"text": plain_text(text, limits.OPTION_TEXT), "value": choice.value})
    return shown


def _told_apart(choice: Option, taken: set[str]) -> str:
    key = choice.key if len(choice.key) <= _KEY_SHOWN else f"…{choice.key[1 - _KEY_SHOWN :]}"
    number = 1
    while True:
        end = f" ({key})" if number == 1 else f" ({key}, {number})"
        text = limits.shorten(choice.text, limits.OPTION_TEXT - len(end)) + end
        if text not in taken:
            return text
        number += 1
