"""Slack's limits: each one kept at the limit and refused beyond it, with Slack's code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.slack_validators import message_violations, suggestion_violations, view_violations

Json = dict[str, Any]


def _codes(*blocks: Any, text: Any = "said") -> set[str]:
    return {found.code for found in message_violations({"text": text, "blocks": list(blocks)})}


def _plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def _mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def _button(number: int = 0, **changes: Any) -> Json:
    return {"type": "button", "action_id": f"a{number}", "text": _plain(5)} | changes


def _actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def _chart(points: int = 3, series: int = 1, lines: Any = None, **changes: Any) -> Json:
    labels = [f"c{place}" for place in range(points)]
    own = [
        {"name": f"s{number}", "data": [{"label": label, "value": 1} for label in labels]}
        for number in range(series)
    ]
    chart = {"type": "line", "series": lines or own, "axis_config": {"categories": labels}}
    return {"type": "data_visualization", "title": "t", "chart": chart | changes}


def _table(rows: int, columns: int = 2, text: str = "x", **changes: Any) -> Json:
    cells = [[{"type": "raw_text", "text": text}] * columns for _ in range(rows)]
    return {"type": "data_table", "caption": "c", "rows": cells} | changes


def _select(options: int) -> Json:
    entries = [{"text": _plain(3), "value": str(number)} for number in range(options)]
    return {"type": "static_select", "action_id": "s", "placeholder": _plain(9), "options": entries}


LIMITS: list[tuple[str, Callable[[int], Json], int]] = [
    ("header", lambda n: {"type": "header", "text": _plain(n)}, 150),
    ("section text", lambda n: {"type": "section", "text": _mrkdwn(n)}, 3000),
    ("field", lambda n: {"type": "section", "fields": [_mrkdwn(n)]}, 2000),
    ("fields", lambda n: {"type": "section", "fields": [_mrkdwn(3)] * n}, 10),
    ("context", lambda n: {"type": "context", "elements": [_mrkdwn(3)] * n}, 10),
    ("elements", lambda n: _actions(*(_button(number) for number in range(n))), 25),
    ("button text", lambda n: _actions(_button(text=_plain(n))), 75),
    ("button value", lambda n: _actions(_button(value="x" * n)), 2000),
    ("action id", lambda n: _actions(_button(action_id="x" * n)), 255),
    ("block id", lambda n: {"type": "divider", "block_id": "x" * n}, 255),
    ("options", lambda n: _actions(_select(n)), 100),
    ("points", lambda n: _chart(n), 20),
    ("series", lambda n: _chart(series=n), 6),
    ("chart title", lambda n: _chart() | {"title": "x" * n}, 50),
    ("rows", lambda n: _table(n), 101),
    ("columns", lambda n: _table(2, n), 20),
    ("cells", lambda n: _table(2, 1, "x" * (n // 2)), 10_000),
    ("page size", lambda n: _table(2, page_size=n), 100),
]


@pytest.mark.parametrize(
    ("make", "limit"), [limit[1:] for limit in LIMITS], ids=[limit[0] for limit in LIMITS]
)
def test_a_limit_is_kept_and_its_excess_refused(make: Callable[[int], Json], limit: int) -> None:
    """At the limit nothing, beyond it invalid_blocks."""
    assert _codes(make(limit)) - {"msg_blocks_too_long"} == set()
    assert "invalid_blocks" in _codes(make(limit + 2))


def test_message_limits() -> None:
    """Text, number of blocks, their JSON, charts and tables in one message."""
    assert _codes(text="x" * 4000) == set()
    assert _codes(text="x" * 4001) == {"msg_too_long"}
    assert _codes(text=" ") == {"no_text"}
    assert _codes(*[{"type": "divider"}] * 50) == set()
    assert _codes(*[{"type": "divider"}] * 51) == {"invalid_blocks"}
    assert _codes(*[{"type": "section", "text": _mrkdwn(2950)}] * 5) == {"msg_blocks_too_long"}
    assert _codes(_chart(), _chart()) == set()
    assert _codes(_chart(), _chart(), _chart()) == {"invalid_blocks"}
    plain = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}
    assert _codes(plain, plain) == {"only_one_table_allowed"}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "sparkle"},
        {"type": "divider", "colour": "red"},
        {"type": "section"},
        {"type": "section", "text": _mrkdwn(0)},
        {"type": "section", "text": {"type": "html", "text": "a"}},
        {"type": "header", "text": _mrkdwn(3)},
        {"type": "input", "label": _plain(3)},
        {"type": "alert", "text": _plain(3)},
        {"type": "image", "image_url": "https://a.example/b.png"},
        _actions(),
        _actions(_button(1), _button(1)),
        _actions(_button(style="green")),
        _chart(type="radar"),
        _chart(1, lines=[{"name": "s", "data": [{"label": "c0", "value": None}]}]),
        _chart(1, lines=[{"name": "s", "data": [{"label": "other", "value": 1}]}]),
        _chart(1, lines=[{"name": "s", "data": [{"label": "c0", "value": float("nan")}]}]),
        {
            "type": "data_visualization",
            "title": "t",
            "chart": {"type": "pie", "segments": [{"label": "a", "value": 0}]},
        },
        _table(1),
        _table(2, row_header_column_index=2),
        {"type": "data_table", "caption": "c", "rows": [[{"type": "raw_text", "text": "a"}], []]},
        {"type": "container", "title": _plain(3), "child_blocks": [_chart()]},
        None,
        "divider",
        [],
    ],
)
def test_what_slack_refuses(block: Any) -> None:
    """Unknown types and keys, missing and empty parts, messages-only blocks out of place."""
    assert _codes(block) == {"invalid_blocks"}


def _menu(kind: str = "multi_static_select", count: int = 2, **more: Any) -> dict[str, Any]:
    """An input with a menu of so many options (none: searched)."""
    element: dict[str, Any] = {"type": kind, "action_id": "a", "placeholder": _plain(9), **more}
    if "static" in kind and "options" not in more:
        element["options"] = [_option(number) for number in range(count)]
    return {"type": "input", "block_id": "b", "label": _plain(9), "element": element}


def _option(number: int, text: int = 9, value: int = 9) -> dict[str, Any]:
    return {"text": _plain(text), "value": f"{number:0{value}}"}


def _view_codes(*blocks: dict[str, Any]) -> list[str]:
    view = {"type": "modal", "title": _plain(9), "submit": _plain(9), "blocks": list(blocks)}
    return [entry.problem for entry in view_violations(view)]


@pytest.mark.parametrize(
    ("block", "is_taken"),
    [
        (_menu("static_select", 100), True),
        (_menu("static_select", 101), False),
        (_menu("multi_static_select", 0), False),
        (_menu(options=[_option(1, text=75, value=150)]), True),
        (_menu(options=[_option(1, text=76)]), False),
        (_menu(options=[_option(1, value=151)]), False),
        (_menu(options=[_option(1), _option(1)]), False),
        (_menu(options=[{"text": _mrkdwn(9), "value": "v"}]), False),
        (_menu(placeholder=_plain(150)), True),
        (_menu(placeholder=_plain(151)), False),
        (_menu(initial_options=[_option(1)]), True),
        (_menu(initial_options=[]), False),
        (_menu(initial_options=[_option(7)]), False),
        (_menu(initial_options=[_option(0), _option(1)], max_selected_items=1), False),
        (_menu(max_selected_items=0), False),
        (_menu("static_select", initial_option=_option(1)), True),
        (_menu("static_select", initial_option=_option(5)), False),
        (_menu("static_select", initial_options=[_option(1)]), False),
        (_menu("external_select", initial_option=_option(5), min_query_length=1), True),
        (_menu("external_select", options=[_option(1)]), False),
        (_menu("multi_external_select", initial_options=[_option(5)], max_selected_items=20), True),
        (_menu("multi_external_select", min_query_length=-1), False),
        (_menu("sparkle_select"), False),
    ],
)
def test_menus_of_a_modal(block: dict[str, Any], is_taken: bool) -> None:
    """At most 100 options, each of 75 and 150 characters and once; what it begins with is among them."""
    assert (_view_codes(block) == []) is is_taken


@pytest.mark.parametrize(
    ("answer", "is_taken"),
    [
        ({"options": []}, True),
        ({"options": [_option(number, 75, 150) for number in range(100)]}, True),
        ({"options": [_option(number) for number in range(101)]}, False),
        ({"options": [_option(1, text=76)]}, False),
        ({"options": [_option(1), _option(1)]}, False),
        ({"options": [{"text": "plain", "value": "v"}]}, False),
        ({}, False),
        (None, False),
        ({"options": [None]}, False),
    ],
)
def test_the_answer_to_a_live_search(answer: Any, is_taken: bool) -> None:
    """At most 100 options, each once."""
    assert (suggestion_violations(answer) == ()) is is_taken


def test_a_container_may_hold_text_and_buttons() -> None:
    """Definitions fold away in one; its blocks' ids count too."""
    inside = {"type": "section", "block_id": "a", "text": _mrkdwn(3)}
    box = {"type": "container", "title": _plain(3), "child_blocks": [inside], "is_collapsible": True}
    assert _codes(box) == set()
    assert _codes(box, {"type": "divider", "block_id": "a"}) == {"invalid_blocks"}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["section", "table", "actions"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "rows", "elements", "chart", "fields"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_garbage_is_refused_and_never_raises(text: Any, blocks: Any, metadata: Any) -> None:
    """Whatever is sent."""
    found = message_violations({"text": text, "blocks": blocks, "metadata": metadata})
    assert all(entry.problem and entry.code for entry in found)


def _modal(element: dict[str, object]) -> dict[str, object]:
    def plain(text: str) -> dict[str, object]:
        return {"type": "plain_text", "text": text}

    block = {"type": "input", "block_id": "b", "label": plain("Where"), "element": element}
    return {"type": "modal", "title": plain("T"), "submit": plain("Go"), "blocks": [block]}


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({}, True),
        ({"filter": {"include": ["public", "private"], "exclude_bot_users": True}}, True),
        ({"filter": {"include": ["channels"]}}, False),
        ({"filter": {"include": []}}, False),
        ({"options": []}, False),
        ({"placeholder": {"type": "plain_text", "text": "x" * 151}}, False),
    ],
)
def test_a_list_of_conversations_in_a_modal(changes: dict[str, object], is_taken: bool) -> None:
    """https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#conversations_select"""
    element = {"type": "conversations_select", "action_id": "a", **changes}
    assert (view_violations(_modal(element)) == ()) is is_taken
