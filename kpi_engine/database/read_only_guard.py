"""Refuse every statement that does more than read: the last check of SQL before it is sent.

The operator's own SQL (query:, where:, sql: in a model file) stands inside our SELECTs. A text that
closes our brackets could hold a second statement, or one that writes inside; neither gets through.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

_BACKSLASHES = frozenset(
    {"bigquery", "clickhouse", "clickhousedb", "databricks", "hive", "mariadb", "mysql", "snowflake"}
)
_HASH_COMMENTS = frozenset({"bigquery", "mariadb", "mysql"})
_DOLLAR_QUOTES = frozenset({"duckdb", "postgresql", "redshift", "snowflake"})

_STARTS = re.compile(r"[\s(]*(select|with)\b", re.IGNORECASE)
_WRITES = re.compile(
    r"(?<![.\w])(?<!\bas )"
    r"(?:into\b|delete\s+from\b|merge\s+\w|update\s+(?:only\s+)?[\w.]+(?:\s+(?:as\s+)?\w+)?\s+set\b)",
    re.IGNORECASE,
)
_LOCKS = re.compile(r"\bfor\s+(?:no\s+key\s+|key\s+)?(?:update|share)\b|\block\s+in\s+share\b", re.IGNORECASE)
_OPEN_QUOTES = re.compile(r"['\"`]|/\*|\*/")
_BRACKETS = re.compile(r"[()]")

_REMEMBERED = 128
"""How many verdicts are kept: a verdict depends on the text and the dialect alone."""


@lru_cache(maxsize=_REMEMBERED)
def only_reads(sql: str, dialect: str) -> bool:
    """Whether a text is one SELECT (WITH ... SELECT) that writes nothing and locks nothing.

    `dialect` is SQLAlchemy's name of it: databases quote in different ways. In doubt, such as with a
    quote that is never closed or a comment that is run (MySQL's `/*!`), it isn't.
    """
    bare = _without_texts(sql, dialect)
    if bare is None or _OPEN_QUOTES.search(bare) or ";" in bare or not _is_balanced(bare):
        return False
    return bool(_STARTS.match(bare)) and not _WRITES.search(bare) and not _LOCKS.search(bare)


def _without_texts(sql: str, dialect: str) -> str | None:
    """Return the statement with texts and quoted names emptied and comments left out."""
    has_odd_comment = False

    def emptied(match: re.Match[str]) -> str:
        nonlocal has_odd_comment
        found = match.group()
        if found.startswith("/*"):
            inside = found[2:-2]
            has_odd_comment = has_odd_comment or "/*" in inside or inside.startswith(("!", "M!"))
            return " "
        return " " if found.startswith(("--", "#")) else " x "

    bare = _quoting(dialect).sub(emptied, sql)
    return None if has_odd_comment else bare


@cache
def _quoting(dialect: str) -> re.Pattern[str]:
    """Return what matches the texts, quoted names and comments of a dialect, each as a whole."""
    inner = r"(?:[^{0}\\]|\\.|{0}{0})*" if dialect in _BACKSLASHES else r"(?:[^{0}]|{0}{0})*"
    parts = [f"{quote}{inner.format(quote)}{quote}" for quote in ("'", '"', "`")]
    parts.insert(0, r"(?<!\w)[eE]'(?:[^'\\]|\\.|'')*'" if dialect in _DOLLAR_QUOTES else r"(?!)")
    parts.append(r"(?<!\w)\$(?P<tag>\w*)\$.*?\$(?P=tag)\$" if dialect in _DOLLAR_QUOTES else r"(?!)")
    parts.append(r"/\*.*?\*/")
    # MySQL takes "5--1" for a sum
    parts.append(r"--(?=\s|$)[^\n]*" if dialect in ("mysql", "mariadb") else r"--[^\n]*")
    parts.append(r"#[^\n]*" if dialect in _HASH_COMMENTS else r"(?!)")
    return re.compile("|".join(parts), re.DOTALL)


def _is_balanced(bare: str) -> bool:
    depth = 0
    for bracket in _BRACKETS.findall(bare):
        depth += 1 if bracket == "(" else -1
        if depth < 0:
            return False
    return depth == 0
