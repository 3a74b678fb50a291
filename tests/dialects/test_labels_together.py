"""The labels of several small dimensions in one statement, whatever the types of their keys and names."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, create_engine

from kpi_engine.definitions.loader import load
from kpi_engine.reading.reader import Reader
from tests.conftest import own_database
from tests.kpi_engine.reading.counted import CountedWarehouse
from tests.shop import BRUSSELS, SHIPPED, write_config

METADATA = MetaData()
ROWS = {
    Table("label_reps", METADATA, Column("id", Integer), Column("name", String(40))): [
        (1, "Anna"),
        (2, "Jan"),
        (3, "Jan"),
        (4, None),
        (5, "Jan (3)"),
    ],
    Table("label_products", METADATA, Column("id", String(10)), Column("name", String(40))): [
        ("a", "Café"),
        ("b", "Tea"),
        ("1", "Tea"),
    ],
    Table("label_tiers", METADATA, Column("id", Integer), Column("name", Integer)): [
        (1, 10),
        (2, 20),
        (3, 10),
    ],
}
MODELS = {
    "sales": (
        "name: sales\ntable: orders\nkey: id\ntime: day\n"
        "dimensions: {rep: rep_id, product: product_id, material: tier_id}\n"
        "measures: {value: {agg: sum, of: amount}}\n"
    ),
    "reps": "name: reps\ntable: label_reps\nkey: id\nmembers: {rep: {label: name}}\n",
    "products": "name: products\ntable: label_products\nkey: id\nmembers: {product: {label: name}}\n",
    "tiers": "name: tiers\ntable: label_tiers\nkey: id\nmembers: {material: {label: name}}\n",
}


def _fill(engine: Engine) -> None:
    METADATA.drop_all(engine)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        for table, rows in ROWS.items():
            connection.execute(table.insert(), [{"id": key, "name": name} for key, name in rows])
    engine.dispose()


def _url(dialect: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if dialect == "postgresql":
        return own_database(request.getfixturevalue("postgresql_server"), "labels_together")
    if dialect == "mysql":
        return str(request.getfixturevalue("mysql_server"))
    if dialect == "duckdb":
        pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
    return f"{dialect}:///{folder / 'labels.db'}"


@pytest.mark.parametrize(
    "dialect",
    [
        "sqlite",
        "duckdb",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ],
)
def test_labels_together_equal_those_of_each(
    dialect: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = _url(dialect, tmp_path, request)
    _fill(create_engine(url))
    warehouse = CountedWarehouse(url)
    catalogue = load(write_config(tmp_path / "own", MODELS), SHIPPED)
    reader, other = (Reader(catalogue, {"sales": warehouse}, BRUSSELS, monotonic) for _ in range(2))
    keys = {"rep": [1, 2, 3, 4, 5, 6], "product": ["a", "b", "1", "c"], "material": [1, 2, 3]}
    with closing(warehouse):
        reader.sizes(keys)
        warehouse.taken()
        found = reader.labels_together(keys)
        assert len(warehouse.taken()) == 1
        assert found == {
            name: {key: row.member.label for key, row in other.labels(name, wanted).items()}
            for name, wanted in keys.items()
        }
    assert found == {
        "rep": {1: "Anna", 2: "Jan (2)", 3: "Jan (3)", 4: "4", 5: "Jan (3)"},
        "product": {"a": "Café", "b": "Tea (b)", "1": "Tea (1)"},
        "material": {1: "10 (1)", 2: "20", 3: "10 (3)"},
    }
