"""The columns of a model's own rows, also those that its file doesn't name, and conditions on them."""

from __future__ import annotations

from collections.abc import Collection

from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.models import Model
from kpi_engine.proofs.proof import Proof
from kpi_engine.reading.quoting import quoting
from kpi_engine.sql.mends import sql_text, yaml_text
from kpi_engine.sql.written_names import names_in


def column_names(proof: Proof, model: Model) -> tuple[str, ...]:
    """Return the names of the columns that a model's own rows may have.

    Those of its table. Of a query's text they are every word, of which some are no column.
    """
    if model.table is None:
        return names_in(model.query or "")
    warehouse = proof.reader.warehouse(model)
    if not isinstance(warehouse, SqlWarehouse):
        return ()
    place = model.schema, model.table
    try:
        found = warehouse.indexes([place])
    except KpiError:
        return ()  # the model's own columns are known to be there; nothing more is
    return tuple(found[place].columns) if place in found else ()


def is_shadowed(model: Model, name: str) -> bool:
    """Whether a model's file gives the name of a stored column to something else."""
    entry = model.columns.get(name)
    return entry is not None and entry.physical != name


def where_fix(model: Model, measure: str, condition: str) -> str:
    """Return the line that adds a condition to those of a measure."""
    own = model.measures[measure].where
    whole = f"({own}) and {condition}" if own else condition
    return f"measures.{measure}.where: {yaml_text(whole)}"


def is_one_of(
    proof: Proof, model: Model, name: str, values: Collection[str], *, negated: bool = False
) -> str:
    """Return the condition that a stored text is one of some values; NULL is none of them."""
    listed = ", ".join(sql_text(value) for value in values)
    column = quoting(proof.reader, model)(name)
    return f"coalesce({column}, '') not in ({listed})" if negated else f"{column} in ({listed})"
