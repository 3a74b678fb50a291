"""How something is done behind the answers, where nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

Start = Callable[[Callable[[], None]], None]
"""Runs something in the background."""


def on_a_thread(name: str) -> Start:
    """Return what runs each thing on a thread of its own, which keeps no process alive."""

    def start(work: Callable[[], None]) -> None:
        Thread(target=work, name=name, daemon=True).start()

    return start
