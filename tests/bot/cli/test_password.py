"""The database's password needn't be typed on a command line, where every user of the machine can read it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.cli import app, connect
from bot.operations import init
from bot.runtime.settings import Settings, SettingsError
from bot.workspace.opening import customer_url, with_password

URL = "postgresql+psycopg://reader@db/sales"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The addresses that `init` opens, without opening them."""
    found: list[str] = []

    def noted(url: str, *_: Any, **__: Any) -> None:
        found.append(url)
        raise SettingsError("that is all")

    monkeypatch.setattr(init, "connect", noted)
    monkeypatch.chdir(tmp_path)
    return found


def test_init_takes_it_from_the_environment(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in it, and whether the address comes from the command line or the environment."""
    monkeypatch.setenv("KPI_DATABASE_PASSWORD", "p@ss:w/rd")
    CliRunner().invoke(app.app, ["init", "--database-url", URL])
    monkeypatch.setenv("KPI_DATABASE_URL", URL)
    CliRunner().invoke(app.app, ["init"])
    assert opened == ["postgresql+psycopg://reader:p%40ss%3Aw%2Frd@db/sales"] * 2


def test_init_asks_for_it_at_a_terminal(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without showing it; a database that needs none gets none."""
    monkeypatch.setattr(connect, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    first = CliRunner().invoke(app.app, ["init", "--database-url", URL], input="secret\n")
    CliRunner().invoke(app.app, ["init", "--database-url", URL], input="\n")
    CliRunner().invoke(app.app, ["init", "--database-url", "sqlite:////data/shop.sqlite"], input="secret\n")
    assert opened == ["postgresql+psycopg://reader:secret@db/sales", URL, "sqlite:////data/shop.sqlite"]
    assert "password" in first.output
    assert "secret" not in first.output


def test_every_command_uses_it() -> None:
    """An address with a password of its own keeps it."""
    settings = Settings.load(env_file=None).model_copy(
        update={"kpi_database_url": SecretStr(URL), "kpi_database_password": SecretStr("x%y")}
    )
    assert customer_url(settings) == "postgresql+psycopg://reader:x%25y@db/sales"
    for url in ("sqlite:////data/shop.sqlite", "postgresql://reader:own@db/sales", "nonsense"):
        assert with_password(url, SecretStr("other")) == url
