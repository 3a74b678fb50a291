"""The tables of a database as it declares them: names, types and keys, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DeclaredKind = Literal["number", "text", "date", "timestamp", "flag", "binary", "unknown"]


@dataclass(frozen=True, slots=True)
class ColumnPicture:
    """A column as declared. `quoted` is its name as this database's SQL wants it."""

    name: str
    quoted: str
    kind: DeclaredKind


@dataclass(frozen=True, slots=True)
class DeclaredLink:
    """A declared foreign key: own columns, the table they point at (in the same schema), its columns."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TablePicture:
    """A table or view. `quoted` is its name in SQL, with the schema where it isn't the default one."""

    name: str
    schema: str | None
    quoted: str
    is_view: bool
    columns: tuple[ColumnPicture, ...]
    key: tuple[str, ...]
    links: tuple[DeclaredLink, ...]

    def column(self, name: str) -> ColumnPicture:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class DatabasePicture:
    """Every table of a database, and which SQL it speaks (SQLAlchemy's name of the dialect).

    `reserved` are the words that must stand between `quotes` when they are names.
    """

    dialect: str
    tables: tuple[TablePicture, ...]
    reserved: frozenset[str]
    quotes: tuple[str, str]

    def alias(self, name: str) -> str:
        """Return a name of ours (lower case letters, digits, underscores) as this database's SQL wants it."""
        first, last = self.quotes
        return f"{first}{name}{last}" if name in self.reserved else name
