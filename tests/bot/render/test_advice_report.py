"""Advice, as it is printed."""

from __future__ import annotations

from bot.render.advice_report import advice_json, advice_lines
from kpi_engine import Advice, Measured

INDEX = "CREATE INDEX ix_orders_rep_id ON orders (rep_id);"
OTHER = "CREATE INDEX ix_lines_order_id ON lines (order_id);"
TRIED = Advice(
    "models/orders.yaml",
    7,
    "The table orders has no index that begins with rep_id.",
    ddl=INDEX,
    measured=Measured("orders, 24 months of one rep", 1.25, 100_000, 0.0124, 0.0004),
)
UNTRIED = Advice(
    "models/orders.yaml", 5, "It has no index.", ddl=OTHER, measured=Measured("orders, one month", 0.1)
)
TOO_LONG = Advice(
    "models/orders.yaml", 5, "It has no index.", ddl=OTHER, measured=Measured("orders, one month")
)
OF_FILE = Advice("models/sales.yaml", 3, "The query of sales joins tables.", fix="Map each table.")


def test_what_was_measured_and_what_was_not() -> None:
    """The statement stays on a line of its own."""
    assert list(advice_lines([TRIED, UNTRIED, TOO_LONG, OF_FILE], None)) == [
        "Advice (nothing was changed; give the statements to the owner of the database):",
        "models/orders.yaml:7: The table orders has no index that begins with rep_id.",
        f"    {INDEX}",
        (
            "    Today “orders, 24 months of one rep” takes 1.2 s. On a copy of 100,000 rows in memory it takes 12 ms of "
            "CPU without the index and 0.4 ms with it (31.0 times faster)."
        ),
        "models/orders.yaml:5: It has no index.",
        f"    {OTHER}",
        (
            "    Today “orders, one month” takes 100 ms. The gain isn't measured: this database can't try an index "
            "without writing."
        ),
        "models/orders.yaml:5: It has no index.",
        f"    {OTHER}",
        (
            "    Today “orders, one month” takes longer than a statement may. The gain isn't measured: this database "
            "can't try an index without writing."
        ),
        "models/sales.yaml:3: The query of sales joins tables.",
        "    Map each table.",
    ]


def test_indexes_that_help_together() -> None:
    """The other statements are named."""
    measured = Measured("orders, one month", 0.1, 5_000, 0.02, 0.01, (OTHER,))
    lines = list(advice_lines([Advice("models/orders.yaml", 1, "It has no index.", measured=measured)], None))
    assert lines[-1].endswith(f"(2.0 times faster), together with {OTHER}")


def test_a_narrow_terminal() -> None:
    """Sentences are wrapped, statements aren't."""
    lines = list(advice_lines([TRIED], 40))
    assert f"    {INDEX}" in lines
    assert all(len(line) <= 40 for line in lines[1:] if INDEX not in line)


def test_nothing_to_advise_and_mistakes() -> None:
    """Both are a sentence."""
    assert list(advice_lines([], None)) == [
        "No advice: no index or statistics would make questions noticeably faster."
    ]
    assert list(advice_lines(None, None)) == ["Advice needs model files without mistakes."]


def test_advice_as_json() -> None:
    """Times are milliseconds."""
    assert advice_json(None) is None
    assert advice_json([TRIED, OF_FILE]) == [
        {
            "file": "models/orders.yaml",
            "line": 7,
            "message": TRIED.message,
            "fix": "",
            "ddl": INDEX,
            "measured": {
                "question": "orders, 24 months of one rep",
                "today_ms": 1250.0,
                "rows": 100_000,
                "before_ms": 12.4,
                "after_ms": 0.4,
                "together": [],
            },
        },
        {
            "file": "models/sales.yaml",
            "line": 3,
            "message": OF_FILE.message,
            "fix": "Map each table.",
            "ddl": "",
            "measured": None,
        },
    ]
