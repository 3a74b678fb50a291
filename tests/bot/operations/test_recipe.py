"""The recipe of docs/models.md: one file makes a metric, which answers by every dimension."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path

import pytest

from bot.cli import app
from tests.shop import write_config, write_tables

DOCUMENT = Path(__file__).parents[3] / "docs" / "models.md"
MODELS = {
    "sales": (
        "name: sales\ntable: orders\nkey: id\ntime: at\ndimensions: {rep: rep, source: source, product: product}\n"
        "measures: {value: {agg: sum, of: amount}, orders: {agg: count}}\n"
    ),
    "leads": (
        "name: leads\ntable: leads\nkey: id\ntime: at\ndimensions: {source: source, rep: owner}\n"
        "measures: {created: {agg: count}}\n"
    ),
}
ORDERS = [
    (1, "2026-10-05", "Ann", "web", "x", 100.0),
    (2, "2026-10-06", "Ann", "fair", "y", 50.0),
    (3, "2026-10-31", "Bob", None, "x", 30.0),
    (4, "2026-11-01", "Bob", "web", "x", 900.0),
]
LEADS = [
    (1, "2026-10-01", "web", "Ann"),
    (2, "2026-10-02", "web", "Bob"),
    (3, "2026-10-03", "fair", "Ann"),
    (4, "2026-10-04", None, "Ann"),
    (5, "2026-10-05", "podcast", None),
    (6, "2026-09-30", "web", "Ann"),
]


def _recipe() -> tuple[str, str]:
    """Return the name of the file in the recipe, and its text."""
    section = DOCUMENT.read_text(encoding="utf-8").split("\n## Add a metric\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"^ *```yaml\n(.*?)^ *```", section, re.DOTALL | re.MULTILINE)
    text = textwrap.dedent(block)
    found = re.match(r"# kpis/(\w+)\.yaml\n", text)
    assert found
    return found.group(1), text


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config directory with two models and nothing else."""
    tables = {
        "orders": ("id INTEGER, at TEXT, rep TEXT, source TEXT, product TEXT, amount NUMERIC", ORDERS),
        "leads": ("id INTEGER, at TEXT, source TEXT, owner TEXT", LEADS),
    }
    folder = write_config(tmp_path / "own", MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KPI_CONFIG_DIR", str(folder))
    monkeypatch.setenv("KPI_DATABASE_URL", write_tables(tmp_path / "shop.sqlite", tables))
    return folder


def _ask(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    arguments = ["kpi-bot", "ask", line, "--format", "json", "--as-of=2026-11-23T08:30"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        app.main()
    return int(ended.value.code or 0), capsys.readouterr().out


def _expected(order_column: int, lead_column: int) -> dict[str | None, float | None]:
    """Return sales per lead of October by one column, in plain Python."""
    sold = [(row[order_column], row[5]) for row in ORDERS if str(row[1]).startswith("2026-10")]
    leads = [row[lead_column] for row in LEADS if row[1].startswith("2026-10")]
    keys = {key for key, _ in sold} | set(leads)
    found: dict[str | None, float | None] = {}
    for key in keys:
        value = sum(float(str(amount)) for member, amount in sold if member == key)
        found[None if key is None else str(key)] = value / leads.count(key) if key in leads else None
    return found


def test_a_metric_is_one_file(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unknown before the file is there; then it answers, in all and by each dimension of both models."""
    name, text = _recipe()
    assert _ask(f"{name} 2026-10", monkeypatch, capsys)[0] == 1
    (own / "kpis" / f"{name}.yaml").write_text(text, encoding="utf-8")

    status, out = _ask(f"{name} 2026-10", monkeypatch, capsys)
    assert (status, json.loads(out)["value"]) == (0, pytest.approx(180 / 5))
    for dimension, columns in {"rep": (2, 3), "source": (3, 2)}.items():
        status, out = _ask(f"{name} by {dimension} 2026-10", monkeypatch, capsys)
        groups = {group["by"][dimension]: group["value"] for group in json.loads(out)["groups"]}
        assert groups == pytest.approx(_expected(*columns)), dimension
    assert _ask(f"{name} by product 2026-10", monkeypatch, capsys)[0] == 1, "leads have no product"
    assert json.loads(_ask("omzet per lead 2026-10", monkeypatch, capsys)[1])["metric"] == name


def test_check_knows_it(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON: the models with their extent, no error, and what is left out."""
    name, text = _recipe()
    (own / "kpis" / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["kpi-bot", "check", "--format", "json", "--as-of=2026-11-23T08:30"])
    with pytest.raises(SystemExit) as ended:
        app.main()
    found = json.loads(capsys.readouterr().out)
    assert (ended.value.code or 0, found["ok"]) == (0, True)
    assert found["models"][0] == {
        "model": "leads", "table": "leads", "rows": 6, "first": "2026-09-30", "last": "2026-10-05", "time": "days",
    }  # fmt: skip
    assert name not in found["left_out"]
    assert "cac" in found["left_out"]
    assert {problem["severity"] for problem in found["problems"]} == {"warning", "note"}
