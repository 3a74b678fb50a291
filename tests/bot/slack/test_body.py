"""The body of a request: one mapping, or refused."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest

from bot.slack.body import UnreadableBodyError, read_body, read_object

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
DEEP = "[" * 100_000 + "]" * 100_000

UNREADABLE = {
    "null": (b"null", JSON),
    "a list": (b"[]", JSON),
    "a list that says it is a form": (b'[{"team_id": "T1"}]', FORM),
    "a number": (b"7", JSON),
    "a text": (b'"T0DEMO"', JSON),
    "nothing": (b"", JSON),
    "an empty form": (b"", FORM),
    "a form without a value": (b"null", FORM),
    "a form whose payload is null": (b"payload=null", FORM),
    "a form whose payload is a list": (b"payload=%5B%5D", FORM),
    "a form whose payload is no JSON": (b"payload=sales", FORM),
    "two payloads": (b"payload=%7B%7D&payload=%7B%7D", FORM),
    "a form with a workspace twice": (b"team_id=T0OTHER&command=%2Fkpi&team_id=T0DEMO", FORM),
    "a workspace twice": (b'{"team_id": "T0OTHER", "team_id": "T0DEMO"}', JSON),
    "a user's name twice": (b'{"team_id": "T0DEMO", "event": {"user": "U1", "user": "U2"}}', JSON),
    "a name twice, once escaped": (b'{"team_id": "T1", "team\\u005fid": "T2"}', JSON),
    "deep nesting": (DEEP.encode(), JSON),
    "deep nesting in an object": (b'{"a": ' + DEEP.encode() + b"}", JSON),
    "deep nesting in a payload": (b"payload=" + quote(DEEP).encode(), FORM),
    "bytes that aren't UTF-8": (b'{"team_id": "\xff\xfe"}', JSON),
    "a form with bytes that aren't UTF-8": (b"team_id=T0DEMO&text=\xff", FORM),
    "a form with escaped bytes that aren't UTF-8": (b"team_id=T0DEMO&text=%ff%fe", FORM),
    "half a character": (b'{"text": "sales \\ud83d"}', JSON),
    "a number that is none": (b'{"event_time": NaN}', JSON),
    "an endless number": (b'{"event_time": -Infinity}', JSON),
    "a number of 5,000 digits": (b'{"event_time": ' + b"9" * 5_000 + b"}", JSON),
    "101 fields": ("&".join(f"f{number}=1" for number in range(101)).encode(), FORM),
    "two objects": (b"{}{}", JSON),
    "a form that says it is JSON": (b"team_id=T0DEMO", JSON),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_mapping_or_not_the_same_to_every_reader_is_refused(name: str) -> None:
    raw, content_type = UNREADABLE[name]
    with pytest.raises(UnreadableBodyError):
        read_body(raw, content_type)


def test_what_slack_sends_is_read() -> None:
    """A command, a press, an event, each with characters of every kind."""
    command = {"team_id": "T0DEMO", "command": "/kpi", "text": "", "enterprise_name": "é🦄&="}
    assert read_body(urlencode(command).encode(), FORM) == command
    press = {"type": "block_actions", "team": {"id": "T0DEMO"}, "actions": [{"value": "vente à Liège 🦄"}]}
    assert read_body(urlencode({"payload": json.dumps(press)}).encode(), FORM) == press
    assert read_body(json.dumps(press).encode(), JSON) == press
    assert read_body(json.dumps(press, ensure_ascii=False).encode(), "text/plain") == press
    assert read_object(json.dumps(press)) == press
