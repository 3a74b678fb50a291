"""Say which driver a database needs, when its modules are missing or nobody knows its name.

Drivers import part of themselves when the first connection opens (PyHive its SASL transport), or when a
value is fetched (DuckDB pytz), so a missing module may show late.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from traceback import walk_tb

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from kpi_engine.domain.errors import WarehouseError
from kpi_engine.domain.translatable import said


@dataclass(frozen=True, slots=True)
class Driver:
    """How to connect to one kind of database.

    `scheme` starts its URL, `extra` of kpi-bot installs it, `packages` are its top-level modules.
    """

    label: str
    scheme: str
    extra: str
    packages: tuple[str, ...]

    @property
    def backend(self) -> str:
        """The database's name in the scheme, without the driver's."""
        return _backend(self.scheme)

    @property
    def install(self) -> str:
        """The command that installs it into the environment of kpi-bot."""
        return f'pip install "kpi-bot[{self.extra}]"'

    def serves(self, scheme: str) -> bool:
        """Whether the extra installs the very driver that a scheme asks for."""
        return scheme == self.scheme or self.scheme == self.backend == _backend(scheme)


DRIVERS = (
    Driver("DuckDB", "duckdb", "duckdb", ("duckdb", "_duckdb", "duckdb_engine", "pytz")),
    Driver("PostgreSQL", "postgresql+psycopg", "postgresql", ("psycopg",)),
    Driver("MySQL", "mysql+pymysql", "mysql", ("pymysql",)),
    Driver("MariaDB", "mariadb+pymysql", "mysql", ("pymysql",)),
    Driver("Snowflake", "snowflake", "snowflake", ("snowflake",)),
    Driver("BigQuery", "bigquery", "bigquery", ("sqlalchemy_bigquery", "google")),
    Driver("Redshift", "redshift+psycopg2", "redshift", ("sqlalchemy_redshift", "psycopg2")),
    Driver("Trino", "trino", "trino", ("trino",)),
    Driver("ClickHouse", "clickhousedb", "clickhouse", ("clickhouse_connect",)),
    Driver("Databricks", "databricks", "databricks", ("databricks",)),
    Driver("SQL Server", "mssql+pymssql", "mssql", ("pymssql",)),
    Driver("Oracle", "oracle+oracledb", "oracle", ("oracledb",)),
    Driver("Spark", "hive", "spark", ("pyhive", "thrift", "thrift_sasl", "puresasl")),
)
"""What the extras install; docs/databases.md has a recipe for each. SQLite's driver comes with Python."""

_OTHER_NAMES = {"clickhouse": "clickhousedb", "postgres": "postgresql", "spark": "hive", "sqlserver": "mssql"}
"""What people write for a database whose dialect has another name."""

_DRIVER_PACKAGES = frozenset(package for driver in DRIVERS for package in driver.packages)
_NO_MODULE = re.compile(r"no module named '?([\w.]+)", re.IGNORECASE)


def unusable(url: str | URL, wrong: Exception) -> WarehouseError:
    """Return why no engine could be made for a URL: a missing driver, an unknown database, a wrong URL."""
    try:
        scheme = make_url(url).drivername
    except ArgumentError:
        return _wrong_url()
    if isinstance(wrong, ImportError | NoSuchModuleError):
        return _unavailable(scheme, missing_module(wrong))
    return _wrong_url()


def label_of(url: URL) -> str:
    """Return what people call the database of a URL."""
    backend = url.get_backend_name()
    backend = _OTHER_NAMES.get(backend, backend)
    return next((driver.label for driver in DRIVERS if driver.backend == backend), "SQLite")


def missing_driver(url: URL, wrong: BaseException) -> WarehouseError | None:
    """Return which driver to install if a connection failed because a module is missing, else None."""
    module = missing_module(wrong)
    return _unavailable(url.drivername, module) if module or isinstance(wrong, ImportError) else None


def missing_module(wrong: BaseException) -> str:
    """Return the name of the module that Python doesn't find, empty if the error is about none."""
    if isinstance(wrong, ImportError) and wrong.name:
        return wrong.name
    # drivers written in another language pass Python's error on as text
    found = _NO_MODULE.search(str(getattr(wrong, "orig", wrong)))
    return found.group(1) if found else ""


def is_of_driver(wrong: BaseException) -> bool:
    """Whether an error was raised in a driver: not all that drivers raise are DB-API's errors."""
    frames = [frame for frame, _ in walk_tb(wrong.__traceback__)]
    return bool(frames) and _package(frames[-1].f_globals.get("__name__")) in _DRIVER_PACKAGES


def _package(module: object) -> str:
    return str(module).partition(".")[0]


def _backend(scheme: str) -> str:
    return scheme.partition("+")[0]


def _unavailable(scheme: str, module: str) -> WarehouseError:
    backend = _OTHER_NAMES.get(_backend(scheme), _backend(scheme))
    driver = next((driver for driver in DRIVERS if driver.backend == backend), None)
    if driver is None:
        return _unknown(scheme, module)
    message = (
        said(
            "The driver for {database} isn't installed: Python finds no module {module}.",
            database=driver.label,
            module=module,
        )
        if module
        else said("The driver for {database} isn't installed.", database=driver.label)
    )
    hint = (
        said("Run {command}, then start the bot again.", command=driver.install)
        if driver.serves(scheme)
        else said(
            "Start KPI_DATABASE_URL with {scheme}://, run {command}, then start the bot again.",
            scheme=driver.scheme,
            command=driver.install,
        )
    )
    return WarehouseError(message, hint=hint)


def _unknown(scheme: str, module: str) -> WarehouseError:
    if module:  # SQLAlchemy has a dialect for it
        return WarehouseError(
            said("Python finds no module {module}, which {scheme}:// needs.", module=module, scheme=scheme),
            hint="kpi-bot has no extra for that database: install the module with pip.",
        )
    return WarehouseError(
        said("KPI_DATABASE_URL starts with {scheme}://, which no installed driver knows.", scheme=scheme),
        hint=said(
            "Start it with one of these, each followed by ://: {schemes}.",
            schemes=", ".join(("sqlite", *(driver.scheme for driver in DRIVERS))),
        ),
    )


def _wrong_url() -> WarehouseError:
    return WarehouseError(
        "The URL of the sales database can't be used.",
        hint="Set KPI_DATABASE_URL to an SQLAlchemy URL (postgresql+psycopg://user:password@host/name).",
    )
