"""The commands are found by their modules: one file more is one command more, everywhere."""

from __future__ import annotations

import ast
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import bot
from bot.conversation import commands
from bot.conversation.dispatch import dispatch
from bot.conversation.registry import every_command
from bot.rights import Membership
from bot.runtime.clock import Clock
from bot.workspace.request import Request
from bot.workspace.services import Services
from tests.bot.in_slack import in_slack

TOY = Path(__file__).parent / "toy_commands"
PACKAGES = ("alerts", "conversation", "deliveries", "rights", "slack", "store", "subscriptions", "workspace")


@pytest.fixture
def with_toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The bot with one more module in its package of commands."""
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(TOY)])
    every_command.cache_clear()
    yield
    every_command.cache_clear()
    sys.modules.pop(f"{commands.__name__}.leaderboard", None)


def answer(line: str, services: Services, clock: Clock, language: str = "en") -> str:
    request = Request("T0", "U0", "C0", line, "command", clock(), language, Membership.FULL)
    message = dispatch(request, services)
    seen = in_slack(message)
    return seen.text + str(seen.blocks)


def test_the_toy_is_one_file() -> None:
    """What a command needs: one module."""
    assert [path.name for path in TOY.iterdir() if path.suffix == ".py"] == ["leaderboard.py"]


@pytest.mark.usefixtures("with_toy")
def test_a_command_is_one_module(demo_services: Services, monday: Clock) -> None:
    """It answers under each of its names, help lists it, and a mistyped name leads to it."""
    assert "Anna leads." in answer("leaderboard", demo_services, monday)
    assert "Anna leads." in answer("ranglijst please", demo_services, monday)
    assert "who sold most" in answer("help", demo_services, monday)
    assert "who sold most" in answer("help leaderboard", demo_services, monday)
    assert "'value': 'leaderboard'" in answer("leaderbord", demo_services, monday)
    assert "'value': 'ranglijst'" in answer("ranglijstt", demo_services, monday, "nl")
    assert "'value': 'leaderboard'" in answer("status leaderboard", demo_services, monday)


def test_without_its_module_there_is_no_command(demo_services: Services, monday: Clock) -> None:
    """The same lines without the file."""
    assert "Anna leads." not in answer("leaderboard", demo_services, monday)
    assert "who sold most" not in answer("help", demo_services, monday)


def test_every_name_is_one_command() -> None:
    """No two commands share a name or an action, of which one would never be reached."""
    modules = [
        import_module(f"{commands.__name__}.{found.name}")
        for found in pkgutil.iter_modules(commands.__path__)
    ]
    verbs = [module.VERB for module in modules if hasattr(module, "VERB")]
    names = [name for verb in verbs for name in (verb.name, *verb.aliases)]
    handlers = [module.PRESS_HANDLER for module in modules if hasattr(module, "PRESS_HANDLER")]
    actions = [action for handler in handlers for action in handler.actions]
    assert len(names) == len(set(names)) == len(every_command().verbs)
    assert len(actions) == len(set(actions)) == len(every_command().presses)


def test_no_module_of_ours_is_imported_inside_a_function() -> None:
    """A function that imports a module of ours hides a circle; a heavy library may be loaded when it is used."""
    root = Path(bot.__file__).parent
    for path in (path for package in PACKAGES for path in (root / package).rglob("*.py")):
        functions = (
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        hidden = [
            node
            for function in functions
            for node in ast.walk(function)
            if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in ("bot", "kpi_engine")
        ]
        assert not hidden, path
