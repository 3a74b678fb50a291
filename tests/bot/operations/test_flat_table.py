"""The examples of docs/models.md: one flat table, rows that do have a partner, rows without a key."""

from __future__ import annotations

import re
from pathlib import Path

from tests.shop import Shop, Tables, write_config, write_tables

DOCUMENT = Path(__file__).parents[3] / "docs" / "models.md"
COLUMNS = (
    "lead_no TEXT, lead_date TEXT, source TEXT, rep TEXT, team TEXT, customer TEXT, order_no INTEGER,"
    " order_date TEXT, product TEXT, pieces INTEGER, amount NUMERIC"
)
MORE: list[tuple[object, ...]] = [
    ("L3", "2026-09-04", "Web", "Omar", "South", "Bakker", 103, "2026-10-02", "Pump", 1, 400),
    ("L4", "2026-10-05", "Fair", "Mila", "North", None, None, None, None, None, None),
]


def _section(heading: str) -> str:
    text = DOCUMENT.read_text(encoding="utf-8")
    found = re.search(rf"^##+ {heading}\n(.*?)(?=^##+ )", text, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


def _models(heading: str) -> dict[str, str]:
    """Return the model files of a section, by name."""
    blocks = re.findall(
        r"^```yaml\n(# models/(\w+)\.yaml\n.*?)^```", _section(heading), re.DOTALL | re.MULTILINE
    )
    return {name: text for text, name in blocks}


def _sheet() -> list[tuple[object, ...]]:
    """Return the rows that the page shows, and some more."""
    lines = [
        line for line in _section("Worked example: one flat table").splitlines() if line.startswith("| L")
    ]
    shown = [[cell.strip() or None for cell in line.strip("|").split("|")] for line in lines]
    return [tuple(row) for row in shown] + MORE


def _shop(folder: Path, tables: Tables, models: dict[str, str], now: str = "2026-11-02T09:00") -> Shop:
    return Shop(write_tables(folder / "s.sqlite", tables), write_config(folder / "own", models), now)


def test_one_flat_table(tmp_path: Path) -> None:
    """Leads, orders, lines, customers and reps are each counted once."""
    shop = _shop(tmp_path, {"sheet": (COLUMNS, _sheet())}, _models("Worked example: one flat table"))
    found = [*shop.engine.problems(), *shop.engine.row_problems(shop.now)]
    assert [problem.message for problem in found if not problem.is_note] == []
    assert shop.groups("sales by rep 2026-09..2026-10") == {"Mila": 900, "Omar": 400}
    assert shop.groups("leads by source 2026-09..2026-10") == {"Web": 2, "Fair": 2}
    assert shop.groups("leads by team 2026-09") == {"North": 1, "South": 2}
    assert shop.value("orders 2026-09..2026-10") == 3
    assert shop.value("new_customers 2026-10") == 1
    assert shop.groups("sales by product 2026-10") == {"Hose": 50, "Pump": 400}
    conversion = shop.ask("conversion 2026-09").figure
    assert (conversion.parts or {})["maturing"] == 3
    shop.engine.close()


def test_rows_that_do_have_a_partner(tmp_path: Path) -> None:
    """Merged, deleted and replaced deals don't count; an empty mark is none, and NULL loses no row."""
    deals = [
        (1, "2026-08-01", "2026-09-10", "won", "Mila", 0, None),
        (2, "2026-08-01", "2026-09-10", "won", "Mila", 0, None),
        (3, "2026-08-02", "2026-09-11", "won", "Omar", 1, None),
        (4, "2026-08-02", "2026-09-12", "won", "Omar", None, None),
        (5, "2026-08-03", "2026-09-12", "lost", "Omar", 0, 6),
        (6, "2026-08-03", "2026-09-12", "lost", "Omar", 0, None),
    ]
    tables = {
        "deals": (
            "id INTEGER, created TEXT, closed TEXT, stage TEXT, owner TEXT, is_deleted INTEGER, replaces_id INTEGER",
            deals,
        ),
        "merges": ("kept_id INTEGER, merged_id INTEGER", [(1, 2), (None, None)]),
    }
    shop = _shop(tmp_path, tables, _models("Leaving out rows that do have a partner"))
    found = [*shop.engine.problems(), *shop.engine.row_problems(shop.now)]
    assert [problem for problem in found if not problem.is_warning] == []
    assert shop.groups("won by rep 2026-09") == {"Mila": 1, "Omar": 1}
    assert shop.value("opportunities 2026-08") == 3
    shop.engine.close()


def test_equal_rows_that_are_meant(tmp_path: Path) -> None:
    """Two identical lines of an order are numbered, and both count."""
    (block,) = re.findall(r"^ *```yaml\n(.*?)^ *```", _section("Without a key"), re.DOTALL | re.MULTILINE)
    text = re.sub(r"(?m)^   ", "", block)
    model = f"name: sales\n{text}time: day\nmeasures:\n  value: {{agg: sum, of: amount}}\n"
    rows = [(1, "Hose", "2026-10-01", 50), (1, "Hose", "2026-10-01", 50), (1, "Pump", "2026-10-01", 400)]
    tables = {"order_lines": ("order_id INTEGER, product TEXT, day TEXT, amount NUMERIC", rows)}
    shop = _shop(tmp_path, tables, {"sales": model})
    assert [*shop.engine.problems(), *shop.engine.row_problems(shop.now)] == []
    assert shop.value("sales 2026-10") == 500
    shop.engine.close()


def test_refunds(tmp_path: Path) -> None:
    """They are taken off in their own month and are no orders."""
    (block,) = re.findall(r"^```yaml\n(.*?)^```", _section("Refunds"), re.DOTALL | re.MULTILINE)
    model = f"name: sales\ntable: invoices\nkey: id\ntime: day\n{block}"
    rows = [
        (1, 1, "2026-09-01", "out_invoice", 650),
        (2, 2, "2026-10-01", "out_refund", 150),
        (3, 3, "2026-10-02", "out_invoice", 80),
    ]
    tables = {"invoices": ("id INTEGER, invoice_no INTEGER, day TEXT, type TEXT, subtotal NUMERIC", rows)}
    shop = _shop(tmp_path, tables, {"sales": model})
    assert [*shop.engine.problems(), *shop.engine.row_problems(shop.now)] == []
    assert (shop.value("sales 2026-10"), shop.value("orders 2026-10")) == (-70, 1)
    shop.engine.close()
