"""The words that tables and columns are called, what values say, and YAML that reads back as it was meant."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.definitions.loader import load
from kpi_engine.definitions.yaml_with_lines import read
from kpi_engine.domain.models import History, Mark
from kpi_engine.onboarding.inspection import Inspection, Stored
from kpi_engine.onboarding.proposals.columns import meaning
from kpi_engine.onboarding.proposals.page import model_file, scalar
from kpi_engine.onboarding.proposals.proposal import (
    ColumnProposal,
    Doubt,
    HistoryProposal,
    MarkProposal,
    MeasureProposal,
    ModelProposal,
)
from kpi_engine.onboarding.proposals.words import Role, role_scores, snake, stems, subject
from tests.shop import SHIPPED, write_config, write_tables


@pytest.mark.parametrize(
    ("table", "role"),
    [
        ("Order Details", Role.LINES),
        ("orderregels", Role.LINES),
        ("tbl_bestelregels", Role.LINES),
        ("InvoiceLine", Role.LINES),
        ("invoice_items", Role.LINES),
        ("SalesOrderHeader", Role.ORDERS),
        ("verkooporders", Role.ORDERS),
        ("facturen", Role.ORDERS),
        ("sales_teams", Role.REPS),
        ("verkopers", Role.REPS),
        ("sales_pipeline", Role.OPPORTUNITIES),
        ("offertes", Role.OPPORTUNITIES),
        ("aanvragen", Role.LEADS),
        ("crm_leads", Role.LEADS),
        ("klanten", Role.CUSTOMERS),
        ("artikelen", Role.PRODUCTS),
        ("tracks", Role.PRODUCTS),
        ("marketingkosten", Role.MARKETING_COSTS),
        ("ad_spend", Role.MARKETING_COSTS),
        ("Enquête", Role.ANSWERS),
    ],
)
def test_the_role_that_a_name_speaks_for(table: str, role: Role) -> None:
    """The last word decides, and the longest phrase."""
    scores = role_scores(table)
    assert max(scores, key=lambda found: scores[found]) is role


def test_names_are_taken_apart() -> None:
    """CamelCase, spaces, underscores, accents, plurals."""
    assert stems("OrderDetailsID") == ("order", "detail", "id")
    assert subject("klantnummer") == ("klant",)
    assert subject("SupportRepId") == ("support", "rep")
    assert snake("Order Détails 2") == "order_details_2"
    assert snake("2nd") == "c_2_nd"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Closed Won", "won"),
        ("Closed Lost", "lost"),
        ("betaald", "counted"),
        ("niet betaald", "waiting"),
        ("Geannuleerd", "out"),
        ("creditnota", "credit"),
        ("blauw", None),
    ],
)
def test_what_a_status_says(value: str, said: str | None) -> None:
    """In English and Dutch; a word that says nothing is nothing."""
    assert meaning(value) == said


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1))
def test_a_scalar_reads_back(value: str) -> None:
    """Whatever a column is called, the file says so."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_text(f"key: {scalar(value)}\n", encoding="utf-8")
        assert read(path, "x").content == {"key": value}


def test_a_page_carries_its_doubts(tmp_path: Path) -> None:
    """A doubt stands above its key; what the database holds can't break the file."""
    model = ModelProposal(
        "sales",
        "id",
        ("it holds \x07 and\nlines",),
        table="Order: details",
        columns={"amount": ColumnProposal(sql='"a b" * 2 # no comment')},
    )
    path = tmp_path / "sales.yaml"
    path.write_text(model_file(model, {3: Doubt("d", "sales", "columns", "net or gross?")}), encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[lines.index("columns:") - 1] == "# doubt 3: net or gross?"
    content = read(path, "x").content
    assert content["table"] == "Order: details"
    assert content["columns"] == {"amount": {"sql": '"a b" * 2 # no comment'}}


def test_a_page_with_a_history_loads(tmp_path: Path) -> None:
    """Every key of it, with values that are no plain YAML words."""
    history = HistoryProposal(
        "customer", "order_id", "kind", "tier", 0, MarkProposal("mark", ("up: sell", "Y"), ("x",))
    )
    measure = MeasureProposal("count_distinct", "customer", when="upsell")
    made = ModelProposal(
        "purchases", "id", (), table="lines", time="at", history=history, measures={"upsold": measure}
    )
    folder = write_config(tmp_path / "own", {"purchases": model_file(made, {})})
    model = load(folder, SHIPPED).models["purchases"]
    mark = Mark(("mark",), ("up: sell", "Y"), ("x",))
    assert model.history == History(("customer",), ("order_id",), ("kind",), ("tier",), 0, mark)
    assert model.measures["upsold"].when == "upsell"


def test_how_values_are_stored(tmp_path: Path) -> None:
    """Told from the values where types don't tell."""
    rows = [
        (20260131, 1767225600, "31/12/2026", "12/31/2026", "2026-01-01 10:00:00", 7, "x"),
        (20260201, 1767225601, "01/02/2026", "02/01/2026", "2026-01-02", 8, "y"),
    ]
    url = write_tables(tmp_path / "s.sqlite", {"t": ("a, b, c, d, e, f, g", rows)})  # fmt: skip
    inspection = Inspection(SqlWarehouse(url))
    (table,) = inspection.picture.tables
    stored = {name: profile.stored for name, profile in inspection.profiles(table).items()}
    assert stored == {
        "a": Stored.DAY_NUMBER,
        "b": Stored.EPOCH_SECONDS,
        "c": Stored.TEXT_DAY_FIRST,
        "d": Stored.TEXT_MONTH_FIRST,
        "e": Stored.TEXT_MOMENT,
        "f": Stored.NUMBER,
        "g": Stored.TEXT,
    }
    assert inspection.is_unique(table, ("a",))
    assert inspection.newest(table, "a") == 20260201
