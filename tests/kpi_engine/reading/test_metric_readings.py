"""Several readings in shared scans: each keeps its own split."""

from __future__ import annotations

from datetime import date

import pytest

from bot.playground.company import demo_database
from kpi_engine.domain.periods import Window
from kpi_engine.reading.readings import read
from kpi_engine.reading.wanted import FiguresOf
from tests.shop import SHIPPED, Shop


def test_two_splits_of_one_table_in_one_evaluation() -> None:
    """Sales by region and by segment, read together, equal the same asked apart."""
    shop = Shop(f"sqlite:///{demo_database(date(2026, 11, 22))}", SHIPPED, "2026-11-23T08:30")
    reader, metric = shop.engine._reader, shop.catalogue.metrics["sales"]
    window = Window(date(2026, 9, 1), date(2026, 10, 1))
    wanted = [
        FiguresOf(metric.spec, (), (window,), by=(name,), group_windows=(window,))
        for name in ("region", "segment")
    ]
    readings = read(reader, shop.engine._setting.targets, wanted, shop.now)
    for want in wanted:
        reading, (name,) = readings.figures[want], want.by
        found = {key[0]: reading.group(window, key).value for key in reading.keys([window])}
        answer = shop.ask(f"sales by {name} 2026-09")
        assert found == pytest.approx({group.keys[0]: group.figure.value for group in answer.groups})
        assert reading.total(window).value == pytest.approx(answer.figure.value)
    shop.engine.close()
