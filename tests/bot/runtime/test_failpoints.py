"""The named steps of a delivery's way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.runtime.failpoints import STEPS, arm, reached

ROOT = Path(__file__).parents[3]


def test_there_are_25_steps_and_each_has_one_name() -> None:
    assert len(STEPS) == len(set(STEPS)) == 25


def test_a_step_does_nothing_unless_a_hook_is_armed() -> None:
    """A hook sees the steps in their order, may raise, and is gone after its block."""
    seen: list[str] = []
    with arm(seen.append):
        reached("planning.started")
        reached("sending.claimed")
    reached("sending.checked")
    assert seen == ["planning.started", "sending.claimed"]

    def killed(step: str) -> None:
        raise KeyboardInterrupt(step)

    with pytest.raises(KeyboardInterrupt, match=r"sending\.told"), arm(killed):
        reached("sending.told")
    reached("sending.told")


def test_every_step_stands_in_the_code() -> None:
    """What the fault harness waits for can be reached."""
    called = {
        node.args[0].value
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "reached"
        and isinstance(node.args[0], ast.Constant)
    }
    assert called == set(STEPS)


def test_no_code_of_the_product_arms_a_hook() -> None:
    """Only tests and the fault harness may."""
    arming = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").endswith("failpoints")
        and any(name.name != "reached" for name in node.names)
    ]
    assert arming == []
