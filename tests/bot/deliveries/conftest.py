"""Shops whose rows arrive late, for the tests that open them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.bot.deliveries.late_shop import LateShop, Opened


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Opened]:
    """Open shops whose rows are late; each is closed at the end."""
    opened: list[LateShop] = []

    def open_it(*without: date, **settings: Any) -> LateShop:
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        opened.append(LateShop.opened(folder, without, **settings))
        return opened[-1]

    yield open_it
    for entry in opened:
        entry.close()
