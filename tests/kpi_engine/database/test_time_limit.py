"""A statement that somebody waits for is given up earlier than others."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import literal, literal_column, select

from kpi_engine.database.time_limit import at_most, shorter
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.errors import WarehouseTimeoutError
from tests.kpi_engine.database.test_cancellation import COUNTING, LONG
from tests.shop import write_tables


def test_a_statement_of_the_block_is_stopped(tmp_path: Path) -> None:
    """And the connection takes the next one, without that limit."""
    warehouse = SqlWarehouse(
        write_tables(tmp_path / "shop.sqlite", {"deals": ("id INTEGER", [(1,)])}), timeout=LONG, connections=1
    )
    begun = time.monotonic()
    with at_most(0.2), pytest.raises(WarehouseTimeoutError):
        warehouse.read(select(literal_column(COUNTING)))
    assert time.monotonic() - begun < LONG / 2
    assert warehouse.read(select(literal(1))) == [(1,)]
    warehouse.close()


def test_the_shorter_limit_counts() -> None:
    """A database that limits its statements itself (None) gets a limit only within the block."""
    assert shorter(30) == 30
    assert shorter(None) is None
    with at_most(2):
        assert (shorter(30), shorter(1), shorter(None)) == (2, 1, 2)
    assert shorter(None) is None
