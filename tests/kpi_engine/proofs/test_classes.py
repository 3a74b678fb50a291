"""Answers to a score that are in two classes, or in none that is meant for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_engine.domain.errors import UnsoundError
from tests.shop import Shop, write_config, write_tables

ANSWERS = [
    (1, "2026-02-03", 9, "north"),
    (2, "2026-02-04", 6.5, "north"),
    (3, "2026-02-05", 3, "south"),
    (4, "2026-01-05", 8, "south"),
]
MODEL = """name: nps_answers
table: answers
key: id
time: at
dimensions: {region: region}
measures:
  answers: {agg: count, where: "mark is not null"}
  promoters: {agg: count, where: "mark >= 9"}
  detractors: {agg: count, where: "mark <= %s"}
"""


def _shop(folder: Path, bound: str) -> Shop:
    url = write_tables(
        folder / "answers.sqlite",
        {"answers": ("id INTEGER PRIMARY KEY, at TEXT, mark, region TEXT", ANSWERS)},
    )
    return Shop(url, write_config(folder / "own", {"nps_answers": MODEL % bound}), "2026-03-03T09:00")


def _doubts(shop: Shop, line: str) -> list[dict[str, object]]:
    return [dict(note.values) for note in shop.ask(line).notes if note.code == "beside_classes"]


def test_an_answer_between_the_classes_is_told(tmp_path: Path) -> None:
    """Where it is among those that count."""
    shop = _shop(tmp_path, "6")
    assert _doubts(shop, "nps 2026-02") == [{"values": "6.5"}]
    assert _doubts(shop, "nps 2026-02 region:south") == []
    assert _doubts(shop, "nps 2026-01") == []


def test_an_answer_in_both_classes_is_refused(tmp_path: Path) -> None:
    """It isn't known which of them it is."""
    shop = _shop(tmp_path, "9")
    with pytest.raises(UnsoundError, match="as promoters and as detractors"):
        shop.ask("nps 2026-02")
    assert shop.value("nps 2026-01") == -100
