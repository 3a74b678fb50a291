"""MetricFlow in process, without dbt: its YAML over three views, a request for each fact and split."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
from metricflow.data_table.mf_table import MetricFlowDataTable
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantic_interfaces.parsing.dir_to_model import (
    parse_directory_of_yaml_files_to_semantic_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from benchmarks.peers.asked import END, SPLITS, START, Table

_FILES = Path(__file__).parent / "metricflow"

_VIEWS = """
CREATE VIEW kept_leads AS SELECT * FROM company.leads WHERE status NOT IN ('spam', 'duplicate');
CREATE VIEW sold AS
SELECT order_lines.id, order_id, amount, customer_id, rep_id, region_id, ordered_on
FROM company.order_lines JOIN company.orders ON orders.id = order_id WHERE status <> 'cancelled';
CREATE VIEW closed AS
SELECT opportunities.id, stage, closed_at, opportunities.rep_id, region_id
FROM company.opportunities JOIN company.leads ON leads.id = lead_id WHERE stage IN ('won', 'lost');
CREATE TABLE days AS
SELECT CAST(moment AS DATE) AS day
FROM range(DATE '2021-01-01', DATE '2028-01-01', INTERVAL 1 DAY) AS days(moment)
"""
_ASKED = (
    ("lead", ("leads",)),
    ("line", ("sales", "orders", "buyers", "average_order_value")),
    ("opportunity", ("win_rate",)),
)


class _Client:
    """What MetricFlow asks of a database."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def query(self, stmt: str, sql_bind_parameter_set: object = None) -> MetricFlowDataTable:  # noqa: ARG002
        cursor = self._connection.cursor().execute(stmt)
        names = [column[0] for column in cursor.description]
        return MetricFlowDataTable.create_from_rows(names, cursor.fetchall())

    def execute(self, stmt: str, sql_bind_parameter_set: object = None) -> None:  # noqa: ARG002
        self._connection.cursor().execute(stmt).fetchall()

    dry_run = execute

    def close(self) -> None:
        self._connection.close()

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f"${bind_parameter_key}"


def opened(path: Path) -> Callable[[], list[Table]]:
    """Return what asks the reduced summary."""
    connection = duckdb.connect()
    for statement in (f"ATTACH '{path}' AS company (READ_ONLY)", *_VIEWS.split(";")):
        connection.execute(statement).fetchall()
    manifest = parse_directory_of_yaml_files_to_semantic_manifest(str(_FILES)).semantic_manifest
    engine = MetricFlowEngine(SemanticManifestLookup(manifest), _Client(connection))

    def run() -> list[Table]:
        return [_table(engine, entity, metrics, by) for entity, metrics in _ASKED for by in SPLITS]

    return run


def _table(engine: Any, entity: str, metrics: tuple[str, ...], by: tuple[str, ...]) -> Table:
    request = MetricFlowQueryRequest.create(
        metric_names=metrics,
        group_by_names=["metric_time__month", *(f"{entity}__{name}" for name in by)],
        time_constraint_start=datetime.combine(START, time()),
        time_constraint_end=datetime.combine(END, time()) - timedelta(days=1),
    )
    found = engine.query(request).result_df
    renamed = {"metric_time__month": "month", **{f"{entity}__{name}": name for name in by}}
    names = [renamed.get(name, name) for name in found.column_names]
    return Table(by, lambda: (dict(zip(names, row, strict=True)) for row in found.rows))
