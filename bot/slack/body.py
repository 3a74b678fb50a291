"""The body of a request from Slack as a mapping.

It is read once and strictly: what two readers may understand differently, such as a key that stands twice,
is refused, so that the workspace that is checked is the one that is answered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

Body = dict[str, Any]

_MOST_FIELDS = 100
_JSON = "application/json"
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class UnreadableBodyError(ValueError):
    """A body that isn't one JSON object or one form."""


def read_body(raw: bytes, content_type: str) -> Body:
    """Return the JSON object of a body, the form, or the JSON object in the form's `payload`.

    Raises UnreadableBodyError for anything else: another JSON value, text that isn't UTF-8, a key that
    stands twice, a number that isn't one, too many fields, too deep nesting.
    """
    try:
        return _read(raw.decode(), content_type)
    except UnreadableBodyError:
        raise
    except (ValueError, RecursionError) as wrong:
        raise UnreadableBodyError(f"the body can't be read ({type(wrong).__name__})") from wrong


def read_object(text: str) -> Body:
    """Return the JSON object that a text is. Raises UnreadableBodyError like `read_body`."""
    return read_body(text.encode("utf-8", "surrogatepass"), _JSON)


def _read(text: str, content_type: str) -> Body:
    if content_type == _JSON or text.lstrip().startswith(("{", "[")):
        return _object(text)
    form = _mapping(
        parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    )
    if not form:
        raise UnreadableBodyError("the body is empty")
    return _object(form["payload"]) if "payload" in form else form


def _object(text: str) -> Body:
    found = json.loads(text, object_pairs_hook=_mapping, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise UnreadableBodyError("the body isn't an object")
    if _SURROGATE.search(text):
        json.dumps(found, ensure_ascii=False).encode()  # raises where half of a character was escaped
    return found


def _mapping(pairs: Sequence[tuple[str, Any]]) -> Body:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableBodyError("a key stands twice")
    return found


def _no_number(name: str) -> float:
    raise UnreadableBodyError(f"{name} isn't a number")
