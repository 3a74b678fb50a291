"""What a command writes to standard error: its log as the settings say, and settings that don't exist."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import app
from bot.cli.printing import log_to_stderr
from bot.runtime.settings import Settings


@pytest.fixture(autouse=True)
def log_as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Leave the log as it was, and read no .env of this folder."""
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("bot", "kpi_engine"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_as_json_every_line_is_an_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours and those of libraries, and the settings that don't exist."""
    monkeypatch.setenv("KPI_LOG_FORMAT", "JSON")
    monkeypatch.setenv("KPI_TIMEZON", "Europe/Brussels")
    log_to_stderr(Settings.load(None))
    logging.getLogger("bot.slack").info("two\nlines")
    logging.getLogger("aiohttp").info("not shown")
    logging.getLogger("aiohttp").warning("shown")
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [entry["message"] for entry in told] == [
        "KPI_TIMEZON isn't a setting, so it does nothing; did you mean KPI_TIMEZONE?",
        "two\nlines",
        "shown",
    ]


def test_a_command_names_a_setting_that_does_not_exist_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KPI_LANGAGE", "nl")
    monkeypatch.setattr(sys, "argv", ["kpi-bot", "ask", "sales last month", "--as-of", "2026-11-24"])
    with pytest.raises(SystemExit) as ended:
        app.main()
    told = capsys.readouterr()
    assert ended.value.code == 0
    assert "KPI_LANGAGE isn't a setting, so it does nothing; did you mean KPI_LANGUAGE?" in told.err
    assert "October" in told.out
