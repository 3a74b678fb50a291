"""Model files that make a database read more than a question needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kpi_engine.onboarding.advice import Advice, model_files
from kpi_engine.onboarding.advice.tables import Tables
from tests.kpi_engine.onboarding.advice.company import MODELS, fill, opened

QUERY = """
name: orders
database: sales
query: "{query}"
key: id
time: ordered_at
measures: {{count: {{agg: count}}}}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fill(f"sqlite:///{tmp_path_factory.mktemp('advice') / 'company.sqlite'}")


def advised(url: str, folder: Path, models: Mapping[str, str]) -> list[Advice]:
    with opened(url, folder, models) as shop:
        return list(model_files.advice(shop.catalogue, Tables(shop.catalogue, shop.engine._reader)))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT o.id, o.ordered_at FROM orders o JOIN reps r ON r.id = o.rep_id", "joins tables"),
        ("SELECT min(id) AS id, ordered_at FROM orders GROUP BY ordered_at", "groups rows"),
        ("SELECT DISTINCT id, ordered_at FROM orders", "removes duplicates"),
        ("SELECT id, ordered_at FROM orders UNION ALL SELECT -id, ordered_at FROM orders", "puts several"),
        ("SELECT id, ordered_at, row_number() OVER (ORDER BY id) AS n FROM orders", "numbers or compares"),
        ("SELECT id, ordered_at FROM orders WHERE remark <> 'join us, group by group'", ""),
    ],
)
def test_a_query_that_is_worked_out_for_every_question(
    query: str, said: str, url: str, tmp_path: Path
) -> None:
    """A plain selection is left alone, whatever its texts say."""
    found = advised(url, tmp_path, {"orders": QUERY.format(query=query)})
    assert len(found) == bool(said)
    for entry in found:
        assert (entry.file, entry.line) == ("own/models/orders.yaml", 4)
        assert f"The query of orders {said}" in entry.message
        assert "table:" in entry.fix
        assert entry.ddl == ""


@pytest.mark.parametrize(
    ("where", "applied"),
    [
        ("date(ordered_at) >= '2024-06-01'", "date()"),
        ("status <> 'void' and substr(trim(ordered_at), 1, 4) > '2023'", "substr()"),
        ("cast(orders.ordered_at as text) > '2024'", "cast()"),
        ("ordered_at >= '2024-06-01' and lower(status) <> 'void'", ""),
        ("status in ('date(ordered_at)') or (ordered_at > '2024')", ""),
    ],
)
def test_a_condition_with_a_function_of_the_time(where: str, applied: str, url: str, tmp_path: Path) -> None:
    """An index on the time can't serve it."""
    models = {"orders": MODELS["orders"].replace("status <> 'void'", where)}
    found = advised(url, tmp_path, models)
    assert len(found) == bool(applied)
    for entry in found:
        assert (entry.file, entry.line) == ("own/models/orders.yaml", 7)
        assert f"where applies {applied} to the time ordered_at" in entry.message


def test_a_time_that_is_computed(url: str, tmp_path: Path) -> None:
    """The stored column should be named."""
    models = {
        "orders": MODELS["orders"].replace("time: ordered_at", "time: day")
        + 'columns:\n  day: {sql: "substr(ordered_at, 1, 10)", type: date}\n'
    }
    (entry,) = advised(url, tmp_path, models)
    assert "The time day is computed by sql:" in entry.message
