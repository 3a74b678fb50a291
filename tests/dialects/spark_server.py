"""A Spark Thrift Server of our own: a driver and two executors, on tables in Parquet files."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from kpi_engine.database.session import opening

_EXECUTORS, _CORES, _MEGABYTES = 2, 1, 2048
_SECONDS_TO_START = 180


@dataclass(frozen=True, slots=True)
class SparkServer:
    """Where it listens, and its folder."""

    port: int
    folder: Path

    def url(self, database: str = "default") -> str:
        """The address as KPI_DATABASE_URL has it."""
        return f"hive://tests@127.0.0.1:{self.port}/{database}"

    def tables_of(self, duckdb_file: Path, database: str) -> str:
        """Export each table of a DuckDB file to Parquet and give Spark an external table; return the URL."""
        import duckdb

        files = self.folder / "parquet" / database
        files.mkdir(parents=True)
        with duckdb.connect(str(duckdb_file), read_only=True) as source:
            names = [name for (name,) in source.execute("select table_name from duckdb_tables()").fetchall()]
            for name in names:
                source.execute(f"copy \"{name}\" to '{files / name}.parquet' (format parquet)")
        self.run(
            f"CREATE DATABASE {database}",
            *(
                f"CREATE TABLE {database}.{name} USING parquet LOCATION '{files / name}.parquet'"
                for name in names
            ),
        )
        return self.url(database)

    def run(self, *statements: str) -> None:
        """Run statements as somebody who may write."""
        engine = create_engine(opening(make_url(self.url()), 300).url)
        try:
            with engine.connect() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)
        finally:
            engine.dispose()


@contextmanager
def spark_server() -> Iterator[SparkServer]:
    """Start a server and stop it; the test is skipped where PySpark, Java or PyHive is missing."""
    for module, name in (("pyspark", "PySpark"), ("pyhive", "PyHive"), ("thrift_sasl", "thrift_sasl")):
        if find_spec(module) is None:
            pytest.skip(f"left out: {name} is not installed")
    if shutil.which("java") is None:
        pytest.skip("left out: there is no Java on this machine")
    folder = Path(tempfile.mkdtemp(prefix="spark-"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        server = SparkServer(probe.getsockname()[1], folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            _command(server),
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _home(folder: Path) -> Path:
    """Return a Spark of links to the installed one: its executors write into a folder of its home."""
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    home = folder / "home"
    home.mkdir()
    for entry in Path(next(iter(spec.submodule_search_locations))).iterdir():
        (home / entry.name).symlink_to(entry)
    return home


def _command(server: SparkServer) -> list[str]:
    """The command of docs/databases.md, with everything that it writes in one folder."""
    folder = server.folder
    (folder / "tmp").mkdir()
    settings = {
        "spark.executor.memory": f"{_MEGABYTES}m",
        "spark.hadoop.hive.server2.thrift.bind.host": "127.0.0.1",
        "spark.hadoop.hive.server2.thrift.port": str(server.port),
        "spark.hadoop.hive.server2.logging.operation.log.location": str(folder / "operations"),
        "spark.hadoop.hive.exec.scratchdir": str(folder / "scratch"),
        "spark.local.dir": str(folder / "tmp"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
    }
    home = _home(folder)
    return [
        "env",
        f"SPARK_HOME={home}",
        "SPARK_LOCAL_IP=127.0.0.1",
        str(home / "bin" / "spark-submit"),
        "--class",
        "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2",
        "--master",
        f"local-cluster[{_EXECUTORS},{_CORES},{_MEGABYTES}]",
        "--driver-memory",
        "2g",
        "--driver-java-options",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        *(part for name, value in settings.items() for part in ("--conf", f"{name}={value}")),
        "spark-internal",
    ]


def _wait_for(server: SparkServer, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers a statement that needs an executor."""
    until = time.monotonic() + _SECONDS_TO_START
    while True:
        log = (server.folder / "log").read_text("utf-8", errors="replace")[-3000:]
        assert process.poll() is None, log
        assert time.monotonic() < until, log
        with suppress(SQLAlchemyError, OSError, _thrift_error()):
            server.run("SELECT count(*) FROM range(10)")
            return
        time.sleep(0.5)


def _thrift_error() -> type[Exception]:
    from thrift.Thrift import TException

    return TException
