"""The SQL for databases that can't run here: it compiles, and a parser of theirs understands it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Select, column, select, table
from sqlalchemy.dialects import registry
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import functions

from kpi_engine.database.read_only_guard import only_reads
from kpi_engine.database.warehouse import Row, sql_text
from kpi_engine.sql.expressions import day_number
from kpi_engine.sql.time_columns import TimeColumn, TimeForm
from tests.dialects.test_every_metric import Remembering, _company
from tests.dialects.test_same_number import METRICS, MODELS, QUESTIONS
from tests.shop import BRUSSELS, SHIPPED, Shop, write_config

sqlglot = pytest.importorskip("sqlglot", reason="left out: sqlglot is not installed")

DIALECTS = {
    "snowflake": ("snowflake-sqlalchemy", "pyformat", "snowflake"),
    "bigquery": ("sqlalchemy-bigquery", "pyformat", "bigquery"),
    "redshift": ("sqlalchemy-redshift", "pyformat", "redshift"),
    "trino": ("trino", "qmark", "trino"),
    "clickhousedb": ("clickhouse-connect", "pyformat", "clickhouse"),
    "databricks": ("databricks-sqlalchemy", "named", "databricks"),
    "hive": ("PyHive", "pyformat", "spark"),
    "mssql": ("pymssql", "pyformat", "tsql"),
    "oracle": ("oracledb", "named", "oracle"),
}
"""SQLAlchemy's name: the package, how its driver takes parameters, the parser's name."""

OURS = {"hive": "hive.stoppable", "mssql": "mssql.pymssql", "oracle": "oracle.oracledb"}
"""The dialects that are our own, or whose driver isn't SQLAlchemy's first choice."""

MARKS = {
    "pyformat": re.compile(r"%\((\w+)(?::\w+)?\)s"),
    "named": re.compile(r":`?(\w+)`?"),
    "qmark": re.compile(r"\?"),
}
"""What stands for a parameter; `:` in a text of the operator's isn't one."""


@pytest.fixture(params=list(DIALECTS))
def dialect(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Dialect:
    package, paramstyle, _ = DIALECTS[request.param]
    try:
        version(package)
    except PackageNotFoundError:
        pytest.skip(f"left out: {package} is not installed")
    # some put functions of their own (lag, unnest) in place of everybody's
    everybodys = {name: functions._registry[name].copy() for name in list(functions._registry)}
    monkeypatch.setattr(functions, "_registry", defaultdict(dict, everybodys))
    return registry.load(OURS.get(request.param, request.param))(paramstyle=paramstyle)


_VALUES = re.compile(r"'[^']*'|\b\d+\b")


class Recording(Remembering):
    """A real database that keeps the statements it was asked, one of those that differ in values only."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.statements: dict[str, Select[Any]] = {}

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        self.statements.setdefault(_VALUES.sub("?", self.sql(statement)), statement)
        return super().read(statement)


def _asked(url: str, config: Path, lines: Callable[[Shop], Sequence[str]]) -> Iterator[Select[Any]]:
    """Every statement of some questions, of the members and of the check."""
    recording = Recording(url)
    shop = Shop(url, config, "2026-11-23T08:30", warehouse=recording)
    with closing(shop.engine):
        for line in lines(shop):
            shop.ask(line)
        shop.engine.row_problems(shop.now)
        shop.engine.extents(shop.now)
    yield from recording.statements.values()


def _shipped(shop: Shop) -> list[str]:
    """Each shipped metric as a number, over time, and by the first and the last of its dimensions."""
    wanted = ["pairs region:noord"]
    for name, metric in shop.catalogue.metrics.items():
        wanted += [f"{name} 2026-09", f"{name} this month"]
        if name != "pairs":
            wanted.append(f"{name} per month 2026-04..2026-09")
            wanted += [
                f"{name} by {dimension} 2026-09"
                for dimension in metric.dimensions[:: max(1, len(metric.dimensions) - 1)]
            ]
    return wanted


@pytest.fixture(scope="module")
def statements(duckdb_url: str, tmp_path_factory: pytest.TempPathFactory) -> list[Select[Any]]:
    """Of the demo company with the shipped metrics, and of rows that hold every kind and time form."""
    folder = tmp_path_factory.mktemp("other")
    url = f"duckdb:///{folder / 'company.duckdb'}"
    next(_company(url)).engine.close()
    found = list(_asked(url, SHIPPED, _shipped))
    found += _asked(duckdb_url, write_config(folder, MODELS, METRICS), lambda _: QUESTIONS)
    assert len(found) > 300
    return found


def test_every_statement_is_understood(dialect: Dialect, statements: list[Select[Any]]) -> None:
    """As it is printed, with its values; it is one that the guard lets through."""
    read = DIALECTS[dialect.name][2]
    for statement in statements:
        sql = sql_text(statement, dialect)
        assert only_reads(sql, dialect.name), sql
        (tree,) = sqlglot.parse(sql, read=read)
        assert isinstance(tree, sqlglot.exp.Query), sql
        assert not list(tree.find_all(sqlglot.exp.Command)), sql
        grouped = [key for group in tree.find_all(sqlglot.exp.Group) for key in group.expressions]
        assert all(key.table for key in grouped if isinstance(key, sqlglot.exp.Column)), sql


def test_every_parameter_reaches_the_driver(dialect: Dialect, statements: list[Select[Any]]) -> None:
    """Each value has its mark, and a per cent sign or colon of the operator's is none."""
    style = DIALECTS[dialect.name][1]
    for statement in statements:
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        texts_out = re.sub(r"'(?:[^']|'')*'", "''", str(compiled))
        marks = MARKS[style].findall(texts_out)
        if style == "qmark":
            assert len(marks) == len(compiled.positiontup or ())
        else:
            assert set(marks) == set(compiled.params), str(compiled)
        if style == "pyformat" and dialect.driver != "pymssql":  # that driver takes a per cent sign as it is
            filled = re.sub(r"%\((\w+):\w+\)s", r"%(\1)s", str(compiled)) % dict.fromkeys(
                compiled.params, "1"
            )
            assert "%%" not in filled


@pytest.mark.parametrize("form", list(TimeForm))
def test_the_day_of_every_form_is_understood(dialect: Dialect, form: TimeForm) -> None:
    """In the database's own functions: none of them is SQLAlchemy's guess."""
    stored = TimeColumn(form, ZoneInfo("UTC"), BRUSSELS)
    events = table("events", column("at"))
    day = day_number(
        events.c.at, stored, datetime(2026, 1, 1, tzinfo=UTC).date(), datetime(2026, 12, 1, tzinfo=UTC).date()
    )
    sql = sql_text(select(day), dialect)
    (tree,) = sqlglot.parse(sql, read=DIALECTS[dialect.name][2])
    unknown = [node.name for node in tree.find_all(sqlglot.exp.Anonymous)]
    assert set(unknown) <= {
        "addMinutes",
        "toDateTime",
        "toDate32",
        "toInt32",
        "toTimeZone",
        "intDiv",
        "parseDateTimeBestEffort",
    }
