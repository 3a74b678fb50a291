"""Days between two moments, of which the first lies before everything else that a question reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kpi_engine.domain.periods import Window
from kpi_engine.sql.scan import Ask
from tests.shop import Shop, write_config, write_tables

DEALS = """name: deals
table: deals
key: id
time: closed_at
zone: UTC
measures:
  days: {agg: avg, of: closed_at, since: created_at}
"""
DAYS = """name: deal_length
kind: simple
title: {en: Days}
description: {en: Days from the first contact.}
unit: days
better: down
measure: {model: deals, measure: days}
"""


def test_days_begin_by_the_clock_of_their_own_time(tmp_path: Path) -> None:
    """In Brussels 22:30 UTC of 10 October is half past midnight of the 11th; in November it is before it."""
    rows = [(1, "2025-10-10 22:30:00", "2025-11-05 10:00:00")]
    url = write_tables(tmp_path / "deals.sqlite", {"deals": ("id, created_at, closed_at", rows)})
    shop = Shop(url, write_config(tmp_path, {"deals": DEALS}, {"deal_length": DAYS}), "2025-12-10T09:00")
    need, *_ = shop.catalogue.metrics["deal_length"].spec.needs(shop.engine.today(shop.now))
    window = Window(date(2025, 11, 1), date(2025, 12, 1))
    read = shop.engine._reader.evaluate([Ask(need, (window,), (), ())], shop.now, ["deal_length"])
    assert read.cell(0, window) == {(): 25.0}
    shop.engine.close()
