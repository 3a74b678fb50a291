"""A new kind is one module and one line: files, answers, comparisons and why follow from its protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import pytest

from kpi_engine import kinds
from kpi_engine.definitions.loader import json_schemas, load
from kpi_engine.domain.answer import Verdict
from kpi_engine.domain.errors import DefinitionError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Kind, MeasureRef, Need
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile
from tests.shop import SHIPPED, Shop, write_config, write_tables

# what a module of kpi_engine.kinds would hold


@dataclass(frozen=True, slots=True)
class Balance(Kind):
    """What came in less what went out."""

    gained: MeasureRef
    lost: MeasureRef

    is_additive = True
    can_be_negative = True
    judged_as = "profit"

    def measures(self) -> tuple[MeasureRef, ...]:
        return self.gained, self.lost

    def needs(self, today: date) -> tuple[Need, ...]:
        return Need("gained", self.gained), Need("lost", self.lost)

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        gained, lost = (values[name] or 0.0 for name in ("gained", "lost"))
        return Figure(gained - lost, parts={"gained": gained, "lost": lost})

    def formula(self) -> str:
        return f"{self.gained.model}.{self.gained.measure} - {self.lost.model}.{self.lost.measure}"


class BalanceFile(MetricFile):
    """A metric that balances two measures."""

    kind: Literal["balance"]
    gained: MeasureRefFile
    lost: MeasureRefFile

    def spec(self) -> Balance:
        return Balance(self.gained.ref(), self.lost.ref())


MODEL = """name: contracts
table: contracts
key: id
time: at
dimensions: {rep: rep}
measures:
  signed: {agg: count, where: "what = 'signed'"}
  ended: {agg: count, where: "what = 'ended'"}
"""
METRIC = """name: net_contracts
kind: balance
title: {en: Net contracts}
description: {en: Contracts signed less contracts ended.}
unit: count
better: up
gained: {model: contracts, measure: signed}
lost: {model: contracts, measure: ended}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """September: Anna signs 1 and ends 2. October: Anna signs 3, Bob signs 1 and ends 1."""
    monkeypatch.setattr(kinds, "FILES", (*kinds.FILES, BalanceFile))  # the one line
    september = [("2026-09-01", "Anna", "signed"), *[("2026-09-20", "Anna", "ended")] * 2]
    october = [*[("2026-10-10", "Anna", "signed")] * 3]
    october += [("2026-10-10", "Bob", "signed"), ("2026-10-20", "Bob", "ended")]
    columns = "id INTEGER, at TEXT, rep TEXT, what TEXT"
    rows = [(n, *row) for n, row in enumerate([*september, *october])]
    url = write_tables(tmp_path / "shop.sqlite", {"contracts": (columns, rows)})
    config = write_config(tmp_path / "own", {"contracts": MODEL}, {"net_contracts": METRIC})
    shop = Shop(url, config, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def test_it_is_defined_and_answered(shop: Shop) -> None:
    """Its figure, groups, series and verdict."""
    answer = shop.ask("net_contracts 2026-10")
    assert answer.figure == Figure(3.0, parts={"gained": 4.0, "lost": 1.0})
    previous = answer.comparisons[0]
    assert (previous.figure.value, previous.change) == (-1.0, 4.0)
    assert previous.verdict is Verdict.FROM_LOSS_TO_PROFIT
    assert shop.groups("net_contracts by rep 2026-10") == {"Anna": 3.0, "Bob": 0.0}
    assert shop.series("net_contracts per month 2026-09..2026-10") == [-1.0, 3.0]


def test_its_change_is_explained(shop: Shop) -> None:
    """By the members' parts."""
    found = shop.why("net_contracts 2026-10 vs 2026-09")
    (by_rep,) = found.breakdowns
    assert {part.label: part.part for part in by_rep.parts} == {"Anna": 4.0, "Bob": 0.0}


def test_files_know_it(shop: Shop, tmp_path: Path) -> None:
    """The schema for editors, and what an unknown kind is answered with."""
    assert "BalanceFile" in str(json_schemas()["metric"])
    wrong = METRIC.replace("kind: balance", "kind: balanse")
    config = write_config(tmp_path / "wrong", {"contracts": MODEL}, {"net_contracts": wrong})
    with pytest.raises(DefinitionError, match="'balance'"):
        load(config, SHIPPED)


def test_without_its_line_it_is_unknown(tmp_path: Path) -> None:
    """The line is what registers it."""
    config = write_config(tmp_path / "own", {"contracts": MODEL}, {"net_contracts": METRIC})
    with pytest.raises(DefinitionError, match="unknown kind"):
        load(config, SHIPPED)
