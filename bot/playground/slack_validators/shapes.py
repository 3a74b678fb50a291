"""The shape of every block and element that may stand in a message (docs.slack.dev/reference/block-kit)."""

from __future__ import annotations

from itertools import chain
from typing import Any

from bot import slack_limits as n
from bot.playground.slack_validators.violation import (
    Check,
    Found,
    anything,
    boolean,
    distinct,
    listed,
    number,
    one_of,
    shaped,
    string,
    typed,
    whole,
    wrong,
)

_ID = {"block_id": string(n.ID)}


def _text(longest: int, *kinds: str) -> Check:
    shapes = {
        "plain_text": shaped({"type": anything, "text": string(longest)}, {"emoji": boolean}),
        "mrkdwn": shaped({"type": anything, "text": string(longest)}, {"verbatim": boolean}),
    }
    return typed({kind: shapes[kind] for kind in kinds})


def _either_text(longest: int) -> Check:
    return _text(longest, "plain_text", "mrkdwn")


def plain(longest: int) -> Check:
    """A plain text object."""
    return _text(longest, "plain_text")


_CONFIRM = shaped(
    {"title": plain(100), "text": _either_text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
_OPTION = shaped(
    {"text": _either_text(n.OPTION_TEXT), "value": string(n.OPTION_VALUE)},
    {"description": _either_text(n.OPTION_TEXT), "url": string(n.URL)},
)
_ELEMENT = {"type": anything, "action_id": string(n.ID)}
_BUTTON = shaped(
    {"type": anything, "text": plain(n.BUTTON_TEXT)},
    {
        "action_id": string(n.ID),
        "value": string(n.BUTTON_VALUE, shortest=0),
        "url": string(n.URL),
        "style": one_of("primary", "danger"),
        "confirm": _CONFIRM,
        "accessibility_label": string(n.ACCESSIBILITY_LABEL),
    },
)
_SELECT = {"placeholder": plain(n.PLACEHOLDER), "confirm": _CONFIRM, "focus_on_load": boolean}
_PLAIN_OPTION = shaped(
    {"text": plain(n.OPTION_TEXT), "value": string(n.OPTION_VALUE)}, {"description": plain(n.OPTION_TEXT)}
)
"""An option of a menu, which may hold no mrkdwn."""
_SEVERAL = {
    "initial_options": listed(1, n.OPTIONS, _PLAIN_OPTION),
    "max_selected_items": whole(1, n.OPTIONS),
}
_SEARCHED = {"min_query_length": whole(0, 100)}
_OPTIONS = {"options": listed(1, n.OPTIONS, _PLAIN_OPTION)}
_MENUS = {
    "static_select": shaped(_ELEMENT | _OPTIONS, _SELECT | {"initial_option": _PLAIN_OPTION}),
    "multi_static_select": shaped(_ELEMENT | _OPTIONS, _SELECT | _SEVERAL),
    "external_select": shaped(_ELEMENT, _SELECT | _SEARCHED | {"initial_option": _PLAIN_OPTION}),
    "multi_external_select": shaped(_ELEMENT, _SELECT | _SEARCHED | _SEVERAL),
}
_OVERFLOW = shaped(_ELEMENT | {"options": listed(1, n.OVERFLOW_OPTIONS, _OPTION)}, {"confirm": _CONFIRM})
_FEW_OPTIONS = shaped(
    _ELEMENT | {"options": listed(1, 10, _OPTION)}, {"confirm": _CONFIRM, "initial_option": _OPTION}
)
_IMAGE_ELEMENT = shaped({"type": anything, "alt_text": string(n.ALT_TEXT), "image_url": string(n.URL)})
_INTERACTIVE = {
    "button": _BUTTON,
    "static_select": _MENUS["static_select"],
    "external_select": _MENUS["external_select"],
    "overflow": _OVERFLOW,
    "radio_buttons": _FEW_OPTIONS,
    "checkboxes": _FEW_OPTIONS,
}


def _section(value: Any, where: str) -> Found:
    check = shaped(
        {"type": anything},
        _ID
        | {
            "text": _either_text(n.SECTION_TEXT),
            "fields": listed(1, n.FIELDS, _either_text(n.FIELD_TEXT)),
            "accessory": typed(_INTERACTIVE | {"image": _IMAGE_ELEMENT}),
            "expand": boolean,
        },
    )
    yield from check(value, where)
    if "text" not in value and "fields" not in value:
        yield wrong(where, "needs text or fields")


def _actions(value: Any, where: str) -> Found:
    check = shaped({"type": anything, "elements": listed(1, n.ACTION_ELEMENTS, typed(_INTERACTIVE))}, _ID)
    yield from check(value, where)
    elements = value.get("elements")
    if isinstance(elements, list | tuple):
        ids = [entry.get("action_id") for entry in elements if isinstance(entry, dict)]
        yield from distinct(ids, where, "action_id")


_POINT = shaped({"label": string(n.CHART_LABEL), "value": number})
_SERIES = shaped({"name": string(n.CHART_LABEL), "data": listed(1, n.CHART_POINTS, _POINT)})
_AXES = shaped(
    {"categories": listed(1, n.CHART_POINTS, string(n.CHART_LABEL))},
    {"x_label": string(n.CHART_AXIS), "y_label": string(n.CHART_AXIS)},
)
_LINES = shaped({"type": anything, "series": listed(1, n.CHART_SERIES, _SERIES), "axis_config": _AXES})
_PIE = shaped(
    {
        "type": anything,
        "segments": listed(1, n.CHART_SERIES, shaped({"label": string(n.CHART_LABEL), "value": number})),
    }
)


def _chart(value: Any, where: str) -> Found:
    shapes = {"line": _LINES, "bar": _LINES, "area": _LINES, "pie": _PIE}
    check = shaped({"type": anything, "title": string(n.CHART_TITLE), "chart": typed(shapes)}, _ID)
    problems = list(check(value, where))
    yield from problems
    if not problems:
        chart, inside = value["chart"], f"{where}.chart"
        yield from _segments(chart, inside) if chart["type"] == "pie" else _categories(chart, inside)


def _segments(chart: Any, where: str) -> Found:
    yield from distinct([entry["label"] for entry in chart["segments"]], where, "segment")
    if any(entry["value"] <= 0 for entry in chart["segments"]):
        yield wrong(where, "segments must be greater than 0")


def _categories(chart: Any, where: str) -> Found:
    categories = list(chart["axis_config"]["categories"])
    yield from distinct(categories, where, "category")
    yield from distinct([entry["name"] for entry in chart["series"]], where, "series")
    for index, entry in enumerate(chart["series"]):
        if sorted(point["label"] for point in entry["data"]) != sorted(categories):
            yield wrong(f"{where}.series[{index}]", "must have every category exactly once")


_RAW_CELLS = {
    "raw_text": shaped({"type": anything, "text": string(n.TABLE_CHARACTERS)}),
    "raw_number": shaped({"type": anything, "value": number, "text": string(n.TABLE_CHARACTERS)}),
}
_RICH = {"rich_text": shaped({"type": anything, "elements": listed(1, 100, anything)}, _ID)}


def _data_table(value: Any, where: str) -> Found:
    cells = listed(1, n.TABLE_COLUMNS, typed(_RAW_CELLS))
    check = shaped(
        {
            "type": anything,
            "caption": string(n.TABLE_CAPTION),
            "rows": listed(2, n.TABLE_ROWS, cells),
        },
        _ID | {"page_size": whole(1, 100), "row_header_column_index": whole(0, n.TABLE_COLUMNS - 1)},
    )
    problems = list(check(value, where))
    yield from problems
    if not problems:
        yield from _rows(value, where)
        if value.get("row_header_column_index", 0) >= len(value["rows"][0]):
            yield wrong(where, "row_header_column_index is outside the table")


def _table(value: Any, where: str) -> Found:
    cells = listed(1, n.TABLE_COLUMNS, typed(_RAW_CELLS | _RICH))
    settings = shaped({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})
    check = shaped(
        {"type": anything, "rows": listed(1, n.PLAIN_TABLE_ROWS, cells)},
        _ID | {"column_settings": listed(0, n.TABLE_COLUMNS, settings)},
    )
    problems = list(check(value, where))
    yield from problems
    if not problems:
        yield from _rows(value, where)


def _rows(value: Any, where: str) -> Found:
    if len({len(row) for row in value["rows"]}) > 1:
        yield wrong(where, "all rows must have the same number of cells")
    total = sum(len(cell.get("text", "")) for row in value["rows"] for cell in row)
    if total > n.TABLE_CHARACTERS:
        yield wrong(where, f"must have at most {n.TABLE_CHARACTERS} characters, has {total}")


def _container(value: Any, where: str) -> Found:
    inside = {kind: shape for kind, shape in BLOCK_SHAPES.items() if kind in _IN_CONTAINER}
    check = shaped(
        {
            "type": anything,
            "title": plain(n.HEADER_TEXT),
            "child_blocks": listed(1, n.CONTAINER_CHILDREN, typed(inside)),
        },
        _ID
        | {
            "subtitle": _either_text(n.HEADER_TEXT),
            "width": one_of("narrow", "standard", "wide", "full"),
            "icon": _IMAGE_ELEMENT,
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
    )
    yield from check(value, where)


_IN_CONTAINER = frozenset({"section", "context", "divider", "actions", "header", "image", "rich_text"})

BLOCK_SHAPES: dict[str, Check] = {
    "header": shaped({"type": anything, "text": plain(n.HEADER_TEXT)}, _ID),
    "section": _section,
    "context": shaped(
        {
            "type": anything,
            "elements": listed(
                1,
                n.CONTEXT_ELEMENTS,
                typed(
                    {
                        "image": _IMAGE_ELEMENT,
                        "mrkdwn": _text(n.SECTION_TEXT, "mrkdwn"),
                        "plain_text": _text(n.SECTION_TEXT, "plain_text"),
                    }
                ),
            ),
        },
        _ID,
    ),
    "actions": _actions,
    "divider": shaped({"type": anything}, _ID),
    "image": shaped(
        {"type": anything, "alt_text": string(n.ALT_TEXT), "image_url": string(n.URL)},
        _ID | {"title": plain(n.ALT_TEXT)},
    ),
    "markdown": shaped({"type": anything, "text": string(n.MARKDOWN_TEXT)}, _ID),
    "rich_text": _RICH["rich_text"],
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _chart,
    "container": _container,
}
"""Every block that a message may have."""

_TYPED = shaped(
    _ELEMENT,
    {
        "multiline": boolean,
        "min_length": whole(0, n.INPUT_TEXT),
        "max_length": whole(1, n.INPUT_TEXT),
        "initial_value": string(n.INPUT_TEXT, shortest=0),
        "placeholder": plain(n.PLACEHOLDER),
        "focus_on_load": boolean,
    },
)
_TIME = shaped(_ELEMENT, _SELECT | {"initial_time": string(5), "timezone": string(n.ID)})
_CONVERSATIONS = shaped(
    _ELEMENT,
    _SELECT
    | {
        "initial_conversation": string(n.ID),
        "default_to_current_conversation": boolean,
        "response_url_enabled": boolean,
        "filter": shaped(
            {},
            {
                "include": listed(1, 4, one_of("im", "mpim", "private", "public")),
                "exclude_external_shared_channels": boolean,
                "exclude_bot_users": boolean,
            },
        ),
    },
)
_PEOPLE = shaped(
    _ELEMENT,
    _SELECT
    | {"initial_users": listed(1, n.OPTIONS, string(n.ID)), "max_selected_items": whole(1, n.OPTIONS)},
)
_INPUTS = _MENUS | {
    "plain_text_input": _TYPED,
    "timepicker": _TIME,
    "conversations_select": _CONVERSATIONS,
    "multi_users_select": _PEOPLE,
}
INPUT_SHAPES: dict[str, Check] = {
    "input": shaped(
        {
            "type": anything,
            "label": plain(n.INPUT_LABEL),
            "element": typed(_INPUTS),
        },
        _ID | {"hint": plain(n.INPUT_LABEL), "optional": boolean, "dispatch_action": boolean},
    )
}
"""What only a modal may have."""

SUGGESTED = shaped({"options": listed(0, n.OPTIONS, _PLAIN_OPTION)})
"""What a live search is answered with."""


def walk(blocks: Any) -> list[dict[str, Any]]:
    """Return the blocks and those inside containers, as far as they are objects."""
    found = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list | tuple) else []
    inside = [walk(block.get("child_blocks", ())) for block in found]
    return [*found, *chain.from_iterable(inside)]
