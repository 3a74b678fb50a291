"""The fix that derives a column: a line for the model file of the table that holds the stored one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.models import ColumnType, Model, Path
from kpi_engine.reading.reader import Reader
from kpi_engine.sql.joins import model_behind
from kpi_engine.sql.mends import Quote, column_line, sql_text, stored_sql
from kpi_engine.sql.number_texts import NumberTexts, Style, examples_of, number_sql

_SHOWN = 3


def derived(
    reader: Reader,
    models: Mapping[str, Model],
    model: Model,
    path: Path,
    sql: Callable[[str, str], str],
    kind: ColumnType | None = None,
    *,
    seen_from: Model | None = None,
) -> str:
    """Return the words and the line that derive the column at a path of a model.

    `sql` gets the stored column as SQL and the name of the database's dialect, and returns what is
    derived. `kind` is the type of the derived column; None keeps the one that it has. Where the column
    is another model's than `seen_from` (by default `model`), that one's file is named.
    """
    owner = model_behind(models, model, path[:-1])
    stored = stored_sql(owner, path[-1], quoting(reader, owner))
    line = column_line(owner, path[-1], sql(stored, reader.warehouse(owner).dialect_name), kind)
    place = "" if owner.name == (seen_from or model).name else f"in {owner.place.file} "
    return f"{place}under columns: {line}"


def respelt(
    reader: Reader,
    models: Mapping[str, Model],
    model: Model,
    path: Path,
    meant: Mapping[str, str],
    *,
    has_blanks: bool = False,
    seen_from: Model | None = None,
) -> str:
    """Return the fix that writes each value as the one that it means, and empty texts as NULL."""
    cases = [f"when {sql_text(value)} then {sql_text(likely)}" for value, likely in meant.items()]

    def sql(stored: str, _dialect: str) -> str:
        whole = f"nullif(trim({stored}), '')" if has_blanks else stored
        return f"case {stored} {' '.join(cases)} else {whole} end" if cases else whole

    return f"Derive it {derived(reader, models, model, path, sql, seen_from=seen_from)}."


def quoting(reader: Reader, model: Model) -> Quote:
    """Return how the database of a model writes names."""
    warehouse = reader.warehouse(model)
    return warehouse.dialect.identifier_preparer.quote if isinstance(warehouse, SqlWarehouse) else str


def number_fix(
    reader: Reader, models: Mapping[str, Model], model: Model, path: Path, told: NumberTexts
) -> str:
    """Return the fix for texts where numbers are meant; where they don't tell which, it says why."""

    def derive(style: Style | None = None) -> str:
        return derived(
            reader, models, model, path, lambda sql, dialect: number_sql(sql, told, dialect, style), "number"
        )

    examples = ", ".join(map(repr, examples_of(told)[:_SHOWN]))
    if told.currencies:
        return (
            f"They are in several currencies ({examples}), which don't add up: correct them at the source,"
            " or derive amounts that are converted to one."
        )
    if told.style is Style.UNCLEAR and not told.strange:
        thousands, decimals = Style.POINT, Style.COMMA
        if "." in told.unclear[0]:
            thousands, decimals = decimals, thousands
        return (
            f"If the mark in {examples} parts thousands, derive a number {derive(thousands)}."
            f" If it parts decimals, derive it {derive(decimals)}."
        )
    if told.style is Style.CLASH:
        return (
            f"Some rows are written as 1,234.56 and some as 1.234,56, so that {examples} can be read in two"
            " ways: correct them at the source."
        )
    if not told.is_told:
        return f"Correct them at the source: {examples} can't be read as a number."
    percent = " Values with a % become a fraction, as shares are: 12 % is 0.12." if told.is_percent else ""
    return f"Derive a number {derive()}.{percent}"
