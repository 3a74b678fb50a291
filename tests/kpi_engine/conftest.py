"""Copies of the demo company that several files of tests share."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from tests.company_copies import copy_company
from tests.conftest import own_database


def _filled(url: str) -> str:
    engine = create_engine(url)
    copy_company(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def duckdb_company_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the demo company in DuckDB."""
    pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
    return _filled(f"duckdb:///{tmp_path_factory.mktemp('duckdb') / 'company.duckdb'}")


@pytest.fixture(scope="session")
def postgresql_company_url(postgresql_server: str) -> str:
    """The address of the demo company in PostgreSQL."""
    return _filled(own_database(postgresql_server, "planned_company"))
