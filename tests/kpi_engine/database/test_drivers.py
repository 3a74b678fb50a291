"""A driver that isn't installed is a sentence that names the extra to install."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import literal_column, select
from sqlalchemy.dialects import registry

from kpi_engine.database.drivers import DRIVERS, is_of_driver, missing_driver, missing_module
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.errors import WarehouseError

ROOT = Path(__file__).parents[3]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
URLS = {
    "duckdb": "duckdb:////tmp/none.duckdb",
    "postgresql": "postgresql+psycopg://u:secret@127.0.0.1:9/db",
    "mysql": "mysql+pymysql://u:secret@127.0.0.1:9/db",
    "bigquery": "bigquery://project/dataset",
    "clickhouse": "clickhousedb://u:secret@127.0.0.1:9/db",
    "databricks": "databricks://token:secret@127.0.0.1:9?http_path=/sql",
    "redshift": "redshift+psycopg2://u:secret@127.0.0.1:9/db",
    "mssql": "mssql+pymssql://u:secret@host/db",
    "oracle": "oracle+oracledb://u:secret@host/?service_name=db",
    "snowflake": "snowflake://u:secret@account/db",
    "spark": "hive://u@127.0.0.1:9/db",
    "trino": "trino://u@127.0.0.1:9/catalog",
}

WITHOUT_MODULES = """
import json, sys
from kpi_engine.database.drivers import DRIVERS

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

missing = Missing()
missing.names = {package for driver in DRIVERS for package in driver.packages}
sys.meta_path.insert(0, missing)

from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.errors import WarehouseError
from sqlalchemy import literal_column, select
if "uninstalled" in sys.argv:
    from sqlalchemy.util import langhelpers
    langhelpers.compat.importlib_metadata_get = lambda group: ()

said = {}
for extra, url in json.load(sys.stdin).items():
    try:
        SqlWarehouse(url).read(select(literal_column("1")))
    except WarehouseError as error:
        said[extra] = [error.message, error.hint]
print(json.dumps(said))
"""


def test_every_extra_has_a_driver() -> None:
    """And every driver an extra of its own."""
    assert {driver.extra for driver in DRIVERS} == set(EXTRAS) == set(URLS)


def test_every_driver_has_a_recipe() -> None:
    """With the URL and the extra that the sentences name."""
    page = (ROOT / "docs" / "databases.md").read_text("utf-8")
    for driver in DRIVERS:
        assert driver.label in page
        assert f"`{driver.extra}`" in page
        assert f"`{driver.scheme}://" in page or driver.label == "MariaDB"


@pytest.mark.parametrize("how", ["no modules", "uninstalled"])
def test_each_missing_driver_names_its_extra(how: str) -> None:
    """Where the modules are missing, and where SQLAlchemy has no dialect of that name either."""
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_MODULES, how],
        input=json.dumps(URLS),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    said = json.loads(run.stdout)
    assert set(said) == set(EXTRAS)
    for extra, (message, hint) in said.items():
        assert "isn't installed" in message
        assert f'pip install "kpi-bot[{extra}]"' in hint
        assert "secret" not in message + hint


@pytest.mark.parametrize(
    ("url", "scheme", "extra"),
    [
        ("postgresql+psycopg2://u:secret@host/db", "postgresql+psycopg", "postgresql"),
        ("postgres://u:secret@host/db", "postgresql+psycopg", "postgresql"),
        ("postgresql+nosuch://u:secret@host/db", "postgresql+psycopg", "postgresql"),
        ("mysql+nosuch://u:secret@host/db", "mysql+pymysql", "mysql"),
        ("mariadb+nosuch://u:secret@host/db", "mariadb+pymysql", "mysql"),
        ("spark://u:secret@host/db", "hive", "spark"),
        ("clickhouse+nosuch://u:secret@host/db", "clickhousedb", "clickhouse"),
        ("mssql+pyodbc://u:secret@host/db", "mssql+pymssql", "mssql"),
        ("sqlserver://u:secret@host/db", "mssql+pymssql", "mssql"),
        ("oracle+cx_oracle://u:secret@host/db", "oracle+oracledb", "oracle"),
    ],
)
def test_another_driver_of_a_known_database_says_how_the_url_starts(
    url: str, scheme: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra alone wouldn't help: SQLAlchemy looks for the driver that the URL names."""
    for module in ("psycopg2", "pyodbc", "cx_Oracle"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(WarehouseError) as error:
        SqlWarehouse(url)
    assert "isn't installed" in error.value.message
    assert f"Start KPI_DATABASE_URL with {scheme}://" in error.value.hint
    assert f'pip install "kpi-bot[{extra}]"' in error.value.hint
    assert "secret" not in str(error.value)


def test_an_unknown_database_lists_the_known_ones() -> None:
    """Each scheme that an extra serves, and SQLite's."""
    with pytest.raises(WarehouseError, match="nosuch://") as error:
        SqlWarehouse("nosuch://u:secret@host/db")
    assert all(f"{driver.scheme}" in error.value.hint for driver in DRIVERS)
    assert "sqlite" in error.value.hint
    assert "secret" not in str(error.value)


def test_a_database_without_an_extra_names_the_module() -> None:
    """Somebody's dialect is installed for it, so the driver may be installed by hand."""
    registry.register("firebird.fdb", "no_such_driver", "Dialect")
    with pytest.raises(WarehouseError, match="no_such_driver") as error:
        SqlWarehouse("firebird+fdb://u:secret@host/db")
    assert "no extra" in error.value.hint


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes a connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("module", ["thrift_sasl", "puresasl"])
def test_a_module_that_is_missed_when_connecting(
    module: str, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyHive imports its SASL modules when it connects."""
    pytest.importorskip("pyhive", reason="left out: PyHive is not installed")
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "pyhive.sasl_compat", raising=False)
    warehouse = SqlWarehouse(f"hive://u@127.0.0.1:{silent_port}/db")
    with pytest.raises(WarehouseError) as error:
        warehouse.read(select(literal_column("1")))
    warehouse.close()
    assert error.value.message.startswith("The driver for Spark isn't installed")
    assert error.value.hint == 'Run pip install "kpi-bot[spark]", then start the bot again.'


def test_a_module_that_a_database_misses_is_read_from_its_text() -> None:
    """DuckDB passes Python's error on as text when a value needs pytz."""
    wrong = RuntimeError("Required module 'pytz' failed: ModuleNotFoundError: No module named 'pytz'")
    assert missing_module(wrong) == "pytz"
    with pytest.raises(WarehouseError, match=r"kpi-bot\[duckdb\]"):
        raise missing_driver(SqlWarehouse("duckdb://")._engine.url, wrong) or wrong


def test_a_spark_server_that_is_down_is_said(unused_tcp_port: int) -> None:
    """Thrift's errors aren't DB-API's, nor are they the system's."""
    pytest.importorskip("pyhive", reason="left out: PyHive is not installed")
    pytest.importorskip("thrift_sasl", reason="left out: thrift_sasl is not installed")
    warehouse = SqlWarehouse(f"hive://u@127.0.0.1:{unused_tcp_port}/db")
    with pytest.raises(WarehouseError, match=r"\(.+\) isn't responding"):
        warehouse.read(select(literal_column("1")))
    warehouse.close()


def test_a_mistake_of_ours_is_no_drivers() -> None:
    """It stays an error that is logged with its traceback."""
    with pytest.raises(ValueError) as error:
        int("none")
    assert not is_of_driver(error.value)
