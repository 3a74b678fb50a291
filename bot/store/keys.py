"""Keys of the company's own tables as JSON, with the types that JSON doesn't have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

_TYPES: Mapping[str, type[UUID | Decimal]] = {"$uuid": UUID, "$decimal": Decimal}


def keys_text(value: object) -> str:
    """Return a key, or a list or mapping of keys, as JSON."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=_named_type)


def keys_of(text: str) -> Any:
    """Return what `keys_text` wrote."""
    return json.loads(text, object_hook=_typed)


def _named_type(key: object) -> dict[str, str]:
    """Return a key without a JSON type together with its type, such as a UUID of the database."""
    for name, kind in _TYPES.items():
        if isinstance(key, kind):
            return {name: str(key)}
    raise TypeError(type(key).__name__)


def _typed(stored: dict[str, Any]) -> object:
    """Return the key that `_named_type` made, or the mapping itself."""
    if len(stored) == 1:
        ((name, text),) = stored.items()
        if name in _TYPES:
            return _TYPES[name](text)
    return stored
