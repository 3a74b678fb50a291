"""The names in the SQL that a model file holds."""

from __future__ import annotations

import re

_NAME = re.compile(r'"([^"]+)"|`([^`]+)`|\[([^\]]+)\]|\b([A-Za-z_]\w*)\b')


def names_in(sql: str) -> tuple[str, ...]:
    """Return the names in an expression, each once; words of SQL are among them."""
    return tuple(dict.fromkeys(next(filter(None, found)) for found in _NAME.findall(sql)))
