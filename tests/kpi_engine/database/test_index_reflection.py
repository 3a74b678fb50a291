"""Which indexes real databases say they have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from kpi_engine.database.index_reflection import IndexedTable
from kpi_engine.database.warehouse import SqlWarehouse
from tests.conftest import own_database

TABLES = (
    'CREATE TABLE leads (id INTEGER PRIMARY KEY, "Rep" INTEGER, day DATE, code VARCHAR(9), UNIQUE (code))',
    'CREATE INDEX of_rep ON leads ("Rep", day)',
    "CREATE INDEX of_text ON leads (day, (lower(code)))",
    "CREATE VIEW seen AS SELECT id FROM leads",
)
PARTIAL = "CREATE INDEX of_few ON leads (code, day) WHERE id > 5"


@pytest.fixture(params=["sqlite", "duckdb", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlWarehouse]:
    url = f"{request.param}:///{tmp_path / 'leads'}"
    if request.param == "postgresql":
        url = own_database(request.getfixturevalue("postgresql_server"), "indexed")
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in (*TABLES, *([] if request.param == "duckdb" else [PARTIAL])):
            connection.execute(text(statement))
    engine.dispose()
    warehouse = SqlWarehouse(url)
    yield warehouse
    warehouse.close()


def test_indexes_that_cover_all_rows(warehouse: SqlWarehouse) -> None:
    """Keys and unique columns are indexes; an index of some rows isn't, and an expression ends one."""
    found = warehouse.indexes([(None, "leads"), (None, "seen"), (None, "nothing")])
    assert set(found) == {(None, "leads"), (None, "seen")}
    leads: IndexedTable = found[None, "leads"]
    columns = {index.columns for index in leads.indexes}
    # SQLAlchemy leaves out SQLite's indexes with an expression
    expected = {("id",), ("code",), ("Rep", "day")}
    assert columns == (expected if warehouse.dialect.name == "sqlite" else expected | {("day",)})
    assert leads.key == ("id",)
    assert leads.leads("Rep", "day")
    assert leads.leads("Rep")
    assert not leads.leads("day", "Rep")
    assert {name: column.kind for name, column in leads.columns.items()} == {
        "id": "number",
        "Rep": "number",
        "day": "date",
        "code": "text",
    }
    assert not leads.is_view
    assert found[None, "seen"].is_view
