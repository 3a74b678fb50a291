"""Advise what would make questions faster: indexes, statistics, and changes to the model files.

Nothing is written. An index is tried on a copy of some rows in memory where the database is one that runs in
this process (SQLite, DuckDB); elsewhere the advice says how long the question takes today.
"""

from __future__ import annotations

from datetime import datetime

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.onboarding.advice import indexes, model_files, statistics
from kpi_engine.onboarding.advice.advised import Advice, Measured
from kpi_engine.onboarding.advice.tables import Tables
from kpi_engine.reading.reader import Reader

__all__ = ["Advice", "Measured", "advice"]


def advice(catalogue: Catalogue, reader: Reader, now: datetime) -> tuple[Advice, ...]:
    """Return what would make questions faster; the models must be without mistakes.

    Raises DataError and WarehouseError where a database can't answer.
    """
    tables = Tables(catalogue, reader)
    return (
        *indexes.advice(tables, reader.today(now)),
        *statistics.advice(tables),
        *model_files.advice(catalogue, tables),
    )
