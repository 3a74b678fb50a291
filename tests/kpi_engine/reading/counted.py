"""A database that keeps the statements it was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from kpi_engine.database.warehouse import Row, SqlWarehouse


@dataclass(frozen=True, slots=True)
class Counted:
    """One statement that was read, and how many rows it gave."""

    text: str
    rows: int

    def scans(self, table: str) -> bool:
        """Whether the statement reads a table."""
        return re.search(rf"\b(from|join)\s+\"?{table}\b", self.text, re.IGNORECASE) is not None

    def begins_with(self, table: str) -> bool:
        """Whether the statement's rows are those of a table: it stands first, others are joined to it."""
        found = re.search(r"\bfrom\s+\"?(\w+)", self.text, re.IGNORECASE)
        return found is not None and found.group(1) == table


class CountedWarehouse(SqlWarehouse):
    """Each statement that is read, as text, and its rows."""

    def __init__(self, url: str) -> None:
        super().__init__(url, timeout=300)
        self.read_so_far: list[Counted] = []

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        rows = super().read(statement)
        self.read_so_far.append(Counted(self.sql(statement), len(rows)))
        return rows

    def counted(self) -> list[Counted]:
        """Return the statements since the last time, with their rows."""
        found, self.read_so_far = self.read_so_far, []
        return found

    def taken(self) -> list[str]:
        """Return the statements since the last time."""
        return [entry.text for entry in self.counted()]
