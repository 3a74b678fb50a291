"""`kpi-bot targets import`: a dry run, a report line by line, and what needs a check."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.cli import app
from bot.playground.company import demo_database
from bot.store import database
from bot.store.targets import TargetBook
from tests.shop import SHIPPED

AS_OF = "--as-of=2026-11-23T07:00"
LINES = "metric;maand;value\nwon;2027-01;40\nwno;2027-01;1\nwon;2027-02;500\n"


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run kpi-bot on the demo company's database as a customer's, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KPI_STORE_URL", f"sqlite:///{tmp_path / 'store.sqlite'}")
    monkeypatch.setenv("KPI_DATABASE_URL", f"sqlite:///{demo_database(date(2026, 11, 22))}")
    monkeypatch.setenv("KPI_CONFIG_DIR", str(SHIPPED))
    (tmp_path / "t.csv").write_text(LINES, encoding="utf-8")

    def call(*arguments: str, answer: str | None = None) -> Result:
        monkeypatch.setattr(sys, "argv", ["kpi-bot", "targets", "import", *arguments, AS_OF])
        stdin = io.StringIO(f"{answer}\n")
        stdin.isatty = lambda: answer is not None  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(SystemExit) as ended:
            app.main()
        out, err = capsys.readouterr()
        return Result(int(ended.value.code or 0), out, err)

    return call


def kept(folder: Path) -> list[tuple[int, float | None, str]]:
    """The month, value and setter of each target of the store."""
    store = database.open_store(f"sqlite:///{folder / 'store.sqlite'}")
    book = TargetBook(store, "T0DEMO")
    now = datetime(2030, 1, 1, tzinfo=UTC)
    found = book.history("won", date(2026, 1, 1), date(2029, 1, 1), now)
    store.dispose()
    return [(entry.month.month, entry.value, entry.set_by) for entry in found]


def test_a_dry_run_says_everything_and_sets_nothing(run: Run, tmp_path: Path) -> None:
    """It needs no store, and fails where a line would."""
    result = run("t.csv", "--dry-run")
    assert result.status == 1
    assert "Row 3 (value): There is no metric “wno”. Did you mean won?" in result.out
    assert "Row 2: Deals won, January 2027: 40" in result.out
    assert "That is 12.5 times the target of January 2027 (40)." in result.out
    assert result.out.splitlines()[-1] == "t.csv: 1 to set, 1 to check, 1 refused"
    assert not (tmp_path / "store.sqlite").exists()


def test_lines_are_set_and_those_to_check_only_if_confirmed(run: Run, tmp_path: Path) -> None:
    """Without a terminal they are left, with an exit status that scripts see."""
    result = run("t.csv", "--workspace=T0DEMO")
    assert result.status == 1
    assert result.out.splitlines()[-1] == "t.csv: 1 set, 1 to check, not set, 1 refused"
    assert kept(tmp_path) == [(1, 40, "")]
    assert (
        run("t.csv", "--workspace=T0DEMO", answer="n")
        .out.splitlines()[-1]
        .startswith("t.csv: 1 to check, not set")
    )
    asked = run("t.csv", "--workspace=T0DEMO", answer="y")
    assert "Please check:" in asked.out
    assert "Set these as well?" in asked.out
    assert asked.out.splitlines()[-1] == "t.csv: 1 set, 1 unchanged, 1 refused"
    assert kept(tmp_path) == [(1, 40, ""), (2, 500, "")]


def test_yes_sets_all(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("rep,2027-01,2027-02\nAnna de Vries,4,40\n", encoding="utf-8")
    result = run("t.csv", "--workspace=T0DEMO", "--metric", "won", "--yes")
    assert result.status == 0
    assert result.out.splitlines()[-1] == "t.csv: 2 set"
    assert kept(tmp_path) == [(1, 4, ""), (2, 40, "")]


def test_what_stands_in_the_way_is_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No workspace yet, no such file, not a table of targets, the demo company."""
    unknown = run("t.csv")
    assert unknown.status == 2
    assert "--workspace T0123ABCD" in unknown.err
    assert run("missing.csv").status == 2
    (tmp_path / "t.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    wrong = run("t.csv", "--dry-run")
    assert wrong.status == 1
    assert "I don't know the column “a”" in wrong.err
    monkeypatch.delenv("KPI_DATABASE_URL")
    demo = run("t.csv")
    assert demo.status == 2
    assert "Use --dry-run" in demo.err
