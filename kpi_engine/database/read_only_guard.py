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
_TOKEN = re.compile(r"[^\W\d][\w$#@]*|\d+(?:\.\d*)?|\S")
_WRITING = frozenset({
    "alter", "attach", "backup", "bulk", "call", "copy", "create", "dbcc", "declare", "delete", "deny",
    "detach", "drop", "exec", "execute", "export", "grant", "import", "insert", "install", "kill",
    "load", "merge", "move", "print", "raiserror", "reconfigure", "rename", "replace", "restore",
    "revoke", "shutdown", "truncate", "update", "upsert", "use", "vacuum", "waitfor",
})  # fmt: skip
"""What a statement, or a part of WITH, begins with that does more than read, where a name follows."""
_AFTER_COLUMN = frozenset({
    "and", "as", "asc", "at", "between", "case", "collate", "cross", "desc", "else", "end", "escape",
    "except", "fetch", "filter", "for", "full", "group", "having", "ilike", "in", "inner", "intersect",
    "is", "join", "lateral", "left", "like", "limit", "minus", "natural", "not", "notnull", "null",
    "nulls", "offset", "on", "or", "order", "outer", "over", "qualify", "regexp", "right", "similar",
    "then", "union", "using", "when", "where", "window", "with", "within",
})  # fmt: skip
"""Words before which such a word is the name of a column."""
_LOCKS = re.compile(r"\bfor\s+(?:no\s+key\s+|key\s+)?(?:update|share)\b|\block\s+in\s+share\b", re.IGNORECASE)
_ORACLE_QUOTES = re.compile(r"\bn?q'", re.IGNORECASE)
"""Oracle's q'[it's]', whose end depends on its first character."""
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
    if dialect == "oracle" and _ORACLE_QUOTES.search(sql):
        return False
    bare = _without_texts(sql, dialect)
    if bare is None or _OPEN_QUOTES.search(bare) or ";" in bare or not _is_balanced(bare):
        return False
    return bool(_STARTS.match(bare)) and not _does_more(bare) and not _LOCKS.search(bare)


def _does_more(bare: str) -> bool:
    """Whether a statement without its texts holds a word that begins a change, wherever it stands.

    T-SQL needs no semicolon between two statements, and PostgreSQL takes changes inside WITH.
    """
    tokens = ["", *(token.lower() for token in _TOKEN.findall(bare)), "", ""]
    for place, word in enumerate(tokens[1:-2], start=1):
        if word not in _WRITING and word != "into":
            continue
        is_label = tokens[place - 1] == "as"
        is_member = tokens[place - 1] == "." and tokens[place - 2][:1].isidentifier()
        if not is_label and not is_member and _begins_change(word, tokens[place + 1]):
            return True
    return False


def _begins_change(word: str, following: str) -> bool:
    if word == "into" or (word == "delete" and following == "from"):
        return True
    is_name = following[:1].isidentifier() or following in ("[", "@", "#")
    return is_name and following not in _AFTER_COLUMN and following != "from"


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
