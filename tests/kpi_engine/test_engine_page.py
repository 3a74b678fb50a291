"""docs/engine.md: its code runs as it is printed, and gives what the page says."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest

from bot.playground.company import demo_database
from tests.shop import SHIPPED

PAGE = (SHIPPED.parent / "docs" / "engine.md").read_text(encoding="utf-8")


def test_the_code_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """All blocks, one after the other in one namespace."""
    demo_database(date(2026, 11, 22))
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/engine.md", "exec"), names)
    frame, share, parts, explanation = (names[name] for name in ("frame", "share", "parts", "explanation"))
    assert isinstance(frame, pd.DataFrame)
    assert isinstance(share, pd.DataFrame)
    assert isinstance(parts, pd.DataFrame)
    printed = capsys.readouterr().out
    assert printed.startswith("2026-07-01 0.")
    assert 'rep:"Jan Peeters"' in printed
    assert set(frame["metric"]) == {"sales", "leads"}
    assert share.shape[0] == 4
    assert list(share.sum(axis="columns")) == pytest.approx([1.0] * 4)
    change = explanation.comparison.change  # type: ignore[attr-defined]
    assert list(parts.groupby("dimension")["part"].sum()) == pytest.approx(
        [change] * parts["dimension"].nunique()
    )
    rows = (line.split("|")[1] for line in PAGE.splitlines() if line.startswith(("| `", "| one")))
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == set(frame.columns)
