"""How a model's database writes names."""

from __future__ import annotations

from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.models import Model
from kpi_engine.reading.reader import Reader
from kpi_engine.sql.mends import Quote


def quoting(reader: Reader, model: Model) -> Quote:
    """Return what writes a name as the database of a model wants it."""
    warehouse = reader.warehouse(model)
    return warehouse.dialect.identifier_preparer.quote if isinstance(warehouse, SqlWarehouse) else str
