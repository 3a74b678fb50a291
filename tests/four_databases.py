"""The databases that tests run on: two files and two servers."""

from __future__ import annotations

from pathlib import Path

import pytest

FOUR = [
    "sqlite",
    "duckdb",
    pytest.param("postgresql", marks=pytest.mark.postgresql),
    pytest.param("mysql", marks=pytest.mark.mysql),
]
"""The kinds, as parameters of a test or of a fixture."""


def address_of(kind: str, request: pytest.FixtureRequest, path: Path | None = None) -> str:
    """Return the address of an empty database of a kind: in a file or in memory, or on a test's server."""
    if kind in ("postgresql", "mysql"):
        return str(request.getfixturevalue(f"{kind}_server"))
    if kind == "duckdb":
        pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
    return f"{kind}:///{path or ':memory:'}"
