"""A small shop for tests: tables, model files and an engine over a real database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from kpi_engine.database.warehouse import SqlWarehouse, Warehouse
from kpi_engine.definitions.loader import load
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import Problem
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.query import Member, Query, Scope, ScopedQuery
from kpi_engine.domain.workdays import working_days_of
from kpi_engine.engine import Engine
from kpi_engine.language.parser import NOBODY, parse

SHIPPED = Path(__file__).parent.parent / "config"
BRUSSELS = ZoneInfo("Europe/Brussels")

Tables = Mapping[str, tuple[str, Sequence[tuple[object, ...]]]]
"""Table name to its column definitions and rows."""


def write_tables(path: Path, tables: Tables) -> str:
    """Write the tables to an SQLite file and return its URL."""
    with closing(sqlite3.connect(path)) as connection:
        for name, (columns, rows) in tables.items():
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)
        connection.commit()
    return f"sqlite:///{path}"


def write_config(folder: Path, models: Mapping[str, str], metrics: Mapping[str, str] | None = None) -> Path:
    """Write model (and metric) files of a config directory, each under its name."""
    for kind, files in (("models", models), ("kpis", metrics or {})):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / kind / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


class Shop:
    """An engine over one database and a clock."""

    def __init__(
        self,
        url: str,
        config: Path,
        now: str,
        *,
        country: str | None = "BE",
        timeout: float = 300,
        warehouse: Warehouse | None = None,
    ) -> None:
        self.now = datetime.fromisoformat(now).replace(tzinfo=BRUSSELS)
        self.catalogue = load(config, SHIPPED)
        self.engine = Engine(
            self.catalogue,
            {"sales": warehouse or SqlWarehouse(url, timeout=timeout)},
            zone=BRUSSELS,
            is_working_day=working_days_of(country) if country else None,
        )

    def ask(self, line: str) -> Answer:
        """Answer a line as a person would type it."""
        return self.answer(self._read(line))

    def why(self, line: str) -> Explanation:
        """Explain the change of a line as a person would type it."""
        return self.engine.explain(ScopedQuery(self._read(line), Scope()), self.now)

    def _read(self, line: str) -> Query:
        return parse(line, self.catalogue, self.members, NOBODY, self.engine.today(self.now))

    @cached_property
    def members(self) -> Mapping[str, Sequence[Member]]:
        """What people may name; it is read once, as no test changes its rows after the first line."""
        return {name: known.indexed() for name, known in self.engine.members().items()}

    def answer(self, query: Query) -> Answer:
        """Answer a question that is understood already."""
        (answer,) = self.engine.answer(ScopedQuery(query, Scope()), self.now)
        return answer

    def value(self, line: str) -> float | None:
        return self.ask(line).figure.value

    def groups(self, line: str) -> dict[str | None, float | None]:
        return {group.labels[0]: group.figure.value for group in self.ask(line).groups}

    def series(self, line: str) -> list[float | None]:
        return [point.figure.value for point in self.ask(line).series]


def checked(
    folder: Path, tables: Tables, models: Mapping[str, str], now: str = "2026-03-02T09:00"
) -> list[Problem]:
    """Return the mistakes and warnings of model files over an SQLite database; files are `own/models/*`."""
    return [problem for problem in _all_problems(folder, tables, models, now) if not problem.is_note]


def notes(
    folder: Path, tables: Tables, models: Mapping[str, str], now: str = "2026-03-02T09:00"
) -> list[Problem]:
    """Return what the check finds good to know of model files over an SQLite database."""
    return [problem for problem in _all_problems(folder, tables, models, now) if problem.is_note]


def _all_problems(folder: Path, tables: Tables, models: Mapping[str, str], now: str) -> list[Problem]:
    folder.mkdir(exist_ok=True)
    shop = Shop(write_tables(folder / "shop.sqlite", tables), write_config(folder / "own", models), now)
    try:
        return [*shop.engine.problems(), *shop.engine.row_problems(shop.now)]
    finally:
        shop.engine.close()
