"""A database that keeps the statements it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select

from kpi_engine.database.warehouse import Row, SqlWarehouse


class CountedWarehouse(SqlWarehouse):
    """Each statement that is read, as text."""

    def __init__(self, url: str) -> None:
        super().__init__(url, timeout=300)
        self.statements: list[str] = []

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        self.statements.append(self.sql(statement))
        return super().read(statement)

    def taken(self) -> list[str]:
        """Return the statements since the last time."""
        found, self.statements = self.statements, []
        return found
