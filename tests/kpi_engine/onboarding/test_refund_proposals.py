"""`init` over tables in which refunds have a positive amount: they are taken off, and it says so."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.onboarding.inspection import Inspection
from kpi_engine.onboarding.proposals import propose
from kpi_engine.onboarding.proposals.page import model_file
from kpi_engine.onboarding.proposals.proposal import Doubt
from tests.shop import Shop, Tables, write_config, write_tables

NAMES = [(1, "Agro"), (2, "Bakker")]


def _proposed(folder: Path, tables: Tables, choices: dict[str, tuple[str, ...]]) -> tuple[Shop, list[Doubt]]:
    url = write_tables(folder / "shop.sqlite", tables)
    with closing(SqlWarehouse(url, timeout=60)) as warehouse:
        proposal = propose(Inspection(warehouse), choices)
    numbered = dict(enumerate(proposal.doubts, 1))
    models = {model.name: model_file(model, numbered) for model in proposal.models}
    shop = Shop(url, write_config(folder / "own", models), "2026-10-10T09:00")
    return shop, [doubt for doubt in proposal.doubts if doubt.name.startswith("refunds.")]


def _invoices(kind: str, refund: str, sign: int = 1) -> Tables:
    rows = [
        (1, "factuur", "2026-08-10", 1, 525.0),
        (2, "factuur", "2026-09-01", 1, 650.0),
        (3, refund, "2026-09-20", 1, 150.0 * sign),
        (4, "factuur", "2026-09-21", 2, 80.0),
    ]
    columns = f"id integer primary key, {kind} text, factuurdatum date, klant_id integer, bedrag numeric"
    return {
        "facturen": (columns, rows),
        "klanten": ("id integer primary key, naam text", NAMES),
    }


@pytest.mark.parametrize(
    ("choice", "sales", "orders"), [(None, 580, 2), ("leave out", 730, 2), ("keep", 880, 3)]
)
def test_refunds_with_positive_amounts(
    tmp_path: Path, choice: str | None, sales: float, orders: float
) -> None:
    """Taken off unless somebody chooses otherwise."""
    choices = {"refunds.facturen.soort": (choice,)} if choice else {}
    shop, (doubt,) = _proposed(tmp_path, _invoices("soort", "creditnota"), choices)
    assert "soort: the amounts of creditnota are positive" in doubt.text
    assert (shop.value("sales 2026-09"), shop.value("orders 2026-09")) == (sales, orders)
    if choice is None:
        found = [*shop.engine.problems(), *shop.engine.row_problems(shop.now)]
        assert not [problem for problem in found if "refund" in problem.message]
    shop.engine.close()


def test_sales_that_were_given_back(tmp_path: Path) -> None:
    """The row is the sale itself: it is left out."""
    shop, (doubt,) = _proposed(tmp_path, _invoices("status", "terugbetaald"), {})
    assert doubt.chosen == ("leave out",)
    assert (shop.value("sales 2026-09"), shop.value("orders 2026-09")) == (730, 2)
    shop.engine.close()


def test_refunds_that_are_negative(tmp_path: Path) -> None:
    """They take themselves off: there is nothing to ask."""
    shop, doubts = _proposed(tmp_path, _invoices("soort", "creditnota", -1), {})
    assert doubts == []
    assert shop.value("sales 2026-09") == 580
    shop.engine.close()


def test_the_lines_of_refunds(tmp_path: Path) -> None:
    """The type is the order's, the amounts are its lines'."""
    orders = [
        (1, "invoice", "2026-09-01", 1),
        (2, "credit_note", "2026-09-20", 1),
        (3, "invoice", "2026-09-21", 2),
    ]
    lines = [(1, 1, 1, 6, 100.0), (2, 1, 2, 1, 50.0), (3, 2, 1, 2, 100.0), (4, 3, 2, 1, 80.0)]
    tables = {
        "orders": ("id integer primary key, doc_type text, order_date date, customer_id integer", orders),
        "order_lines": (
            "id integer primary key, order_id integer, product_id integer, quantity integer, price numeric",
            lines,
        ),
        "products": ("id integer primary key, name text", [(1, "Tea"), (2, "Pen")]),
        "customers": ("id integer primary key, name text", NAMES),
    }
    shop, (doubt,) = _proposed(tmp_path, tables, {})
    assert "credit_note" in doubt.text
    assert shop.value("sales 2026-09") == 530
    assert shop.value("orders 2026-09") == 2
    assert shop.groups("sales by product 2026-09") == {"Tea": 400, "Pen": 130}
    shop.engine.close()
