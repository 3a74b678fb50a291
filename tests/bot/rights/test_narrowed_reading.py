"""What a metric reads decides who may see it: in a shop with metrics of its own, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.rights import Viewer, scope, visible_metrics
from bot.runtime.settings import shipped_config
from kpi_engine import load
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.query import Filter, Member, Query, Scope, ScopedQuery
from tests.shop import Shop, write_config, write_tables

REPS = (Member(1, "Ann"), Member(2, "Bo"))
ANN = Viewer(people=(REPS[0],), own=REPS[0])

MODELS = {
    "sellers": "name: sellers\ntable: sellers\nkey: id\nmembers: {rep: {label: name}}\n",
    "channels": "name: channels\ntable: channels\nkey: id\nmembers: {source: {label: name}}\n",
    "deals": """
name: deals
table: deals
key: id
time: sold_on
dimensions: {rep: rep_id, source: channel_id, customer: customer_id}
measures:
  value: {agg: sum, of: amount}
  won: {agg: count_distinct, of: customer_id, first: {per: customer_id, event: id}}
acquired: asked_on
""",
    "adverts": """
name: adverts
table: adverts
key: id
time: month
grain: month
dimensions: {source: channel_id}
measures: {spent: {agg: sum, of: amount}}
""",
    "buyers": "name: buyers\ntable: buyers\nkey: id\nmembers: {customer: {label: name}}\n",
}
_WON = """
acquisition:
  cost: {model: adverts, measure: spent}
  customers: {model: deals, measure: won}
"""
METRICS = {
    "yield": f"""
name: yield
kind: layers
title: {{en: Yield, nl: Opbrengst}}
description: {{en: What deals bring, nl: Wat deals opbrengen}}
unit: money
better: up
revenue: {{model: deals, measure: value}}
{_WON}
""",
    "payback": f"""
name: payback
kind: layers
title: {{en: Payback, nl: Terugverdiend}}
description: {{en: What customers brought per euro, nl: Wat klanten opbrachten per euro}}
unit: ratio
better: up
revenue: {{model: deals, measure: value}}
shows: return
{_WON}
""",
    "colleagues": """
name: colleagues
kind: affinity
title: {en: Who shares customers, nl: Wie klanten deelt}
description: {en: Reps with the same customers, nl: Verkopers met dezelfde klanten}
unit: ratio
better: up
value: {model: deals, measure: value}
basket: customer_id
item: rep
min_joint: 1
q: null
""",
}


def tables(spent: int) -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    deals = [
        (place, place % 6, 1 + place % 2, 1, f"2026-0{1 + place % 3}-10", "2026-01-05", 100 + place)
        for place in range(1, 25)
    ]
    return {
        "sellers": ("id integer primary key, name text", [(1, "Ann"), (2, "Bo")]),
        "channels": ("id integer primary key, name text", [(1, "Web")]),
        "buyers": ("id integer primary key, name text", [(n, f"Buyer {n}") for n in range(6)]),
        "deals": (
            (
                "id integer primary key, customer_id integer, rep_id integer, channel_id integer, sold_on date,"
                " asked_on date, amount integer"
            ),
            deals,
        ),
        "adverts": (
            "id integer primary key, month date, channel_id integer, amount integer",
            [(1, "2026-01-01", 1, spent)],
        ),
    }


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[tuple[Shop, Shop]]:
    """The same shop twice; only the company's adverts cost something else."""
    config = write_config(tmp_path / "own", MODELS, METRICS)
    found = [
        Shop(write_tables(tmp_path / f"{spent}.sqlite", tables(spent)), config, "2026-04-01T09:00")
        for spent in (500, 9000)
    ]
    yield found[0], found[1]
    for shop in found:
        shop.engine.close()


def test_a_layer_made_of_everybodys_rows_is_left_out_and_said(shops: tuple[Shop, Shop]) -> None:
    """Ann's yield is the same whatever the company's adverts cost; whoever sees everything sees that cost."""
    asked = Query(("yield",))
    mine = [shop.engine.answer(scope(asked, ANN, shop.catalogue), shop.now)[0] for shop in shops]
    assert mine[0] == replace(mine[1], statements=mine[0].statements)
    parts = mine[0].figure.parts or {}
    assert parts["revenue"] == sum(100 + n for n in range(2, 25, 2) if n % 3 == 2)
    assert "acquisition" not in parts
    assert "withheld" in [note.code for note in mine[0].notes]
    costs = [(shop.answer(asked).figure.parts or {})["acquisition"] for shop in shops]
    assert costs == [500, 9000]


def test_a_figure_made_of_everybodys_rows_is_refused_by_name(shops: tuple[Shop, Shop]) -> None:
    """The refusal says who may see it and what Ann can ask; it isn't offered to her either."""
    shop = shops[0]
    with pytest.raises(
        ForbiddenError, match="made from the whole company's figures, so only people who see everything"
    ):
        scope(Query(("payback",)), ANN, shop.catalogue)
    seen = visible_metrics(shop.catalogue, ANN)
    assert "payback" not in seen
    assert "yield" in seen
    only_ann = Scope((Filter("rep", (REPS[0],)),))
    with pytest.raises(ForbiddenError, match="made from the whole company's figures"):
        shop.engine.answer(ScopedQuery(Query(("payback",)), only_ann), shop.now)
    with pytest.raises(ForbiddenError, match="made from the whole company's figures"):
        scope(Query(("yield", "payback")), ANN, shop.catalogue)


def test_pairs_of_people_are_counted_in_baskets_that_are_seen(shops: tuple[Shop, Shop]) -> None:
    """Who else sells to a rep's customers isn't theirs to know, though people are the items of the pairs."""
    shop = shops[0]
    (everybody,) = shop.engine.answer(ScopedQuery(Query(("colleagues",)), Scope()), shop.now)
    (mine,) = shop.engine.answer(scope(Query(("colleagues",)), ANN, shop.catalogue), shop.now)
    assert not mine.groups
    assert (everybody.figure.parts or {})["baskets"] > (mine.figure.parts or {})["baskets"]


def test_the_reader_reads_nothing_beyond_a_scope(
    shops: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake where questions are narrowed refuses the answer instead of showing somebody else's rows."""
    shop = shops[0]
    only_ann = Scope((Filter("rep", (REPS[0],)),))
    plain = ScopedQuery(Query(("yield",)), only_ann)
    assert shop.engine.answer(plain, shop.now)
    unnarrowed = "kpi_engine.answers.question.metric_within"
    with monkeypatch.context() as patch:
        patch.setattr(unnarrowed, lambda catalogue, name, _: catalogue.metrics[name])
        with pytest.raises(ForbiddenError, match="can't be limited to what you have access to"):
            shop.engine.answer(plain, shop.now)


def every_metric() -> list[Metric]:
    return list(load(shipped_config(), shipped_config()).metrics.values())


@pytest.mark.parametrize("metric", every_metric(), ids=lambda metric: metric.name)
def test_what_is_left_of_a_metric_reads_no_rows_as_a_whole(metric: Metric) -> None:
    """Of each shipped metric; only what customers cost to win is ever read so."""
    today = date(2026, 11, 24)
    left = metric.spec.narrowed()
    whole = [need for need in metric.spec.needs(today) if need.read_whole]
    assert bool(whole) == (left != metric.spec)
    assert left is None or not any(need.read_whole for need in left.needs(today))
