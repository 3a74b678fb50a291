"""The scheduler ends quietly, whenever it is told to."""

from __future__ import annotations

import threading
import time

import pytest

from bot.deliveries.scheduler import Scheduler
from tests.shop import BRUSSELS


def test_stopped_in_the_middle_it_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it takes jobs that run once off its list: 400 stops, at other moments each."""
    wrong: list[object] = []
    monkeypatch.setattr(threading, "excepthook", wrong.append)
    for number in range(400):
        scheduler = Scheduler(BRUSSELS)
        scheduler.start(lambda: None)
        scheduler.beside(lambda: None, 60)
        for _ in range(5):
            scheduler.wake()
        time.sleep(number % 20 * 0.0002)
        scheduler.stop()
    assert wrong == []
