"""DuckDB's dialect, with compiled statements cached.

duckdb_engine leaves SQLAlchemy's cache off, so each statement is compiled again: a quarter of the CPU of a
small one. The dialect compiles with PostgreSQL's compiler, which works with it.
"""

from __future__ import annotations

from duckdb_engine import Dialect


class CachingDialect(Dialect):
    """The dialect `duckdb+caching`."""

    supports_statement_cache = True
