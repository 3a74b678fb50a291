"""A peer in a process of its own, which may have another Python with other packages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measuring import Spent

PEERS = ("ibis", "boring_semantic_layer", "metricflow", "pandas")


class Peer:
    """A running peer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def values(self) -> dict[str, float]:
        """Return the values of the reduced summary by name."""
        return {name: float(value) for name, value in self._asked("values").items()}

    def sample(self, times: int) -> Spent:
        """Make the reduced summary some times, and return what one took, as the peer measured itself."""
        every = [self._asked("run") for _ in range(times)]
        return Spent(sum(one["cpu"] for one in every) / times, sum(one["wall"] for one in every) / times)

    def end(self) -> None:
        """Tell the peer that there are no more questions."""
        if self._process.stdin:
            self._process.stdin.close()

    def _asked(self, what: str) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a peer is asked over pipes")
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        answered = self._process.stdout.readline()
        if not answered:
            raise RuntimeError("the peer has ended; run it by itself to see why: python -m benchmarks.peers")
        found: dict[str, Any] = json.loads(answered)
        return found


@contextmanager
def running(python: str, path: Path) -> Iterator[dict[str, Peer]]:
    """Start every peer over a DuckDB file with a Python that has their packages, and end them."""
    with ExitStack() as stack:
        peers = {}
        for name in PEERS:
            called = [python, "-W", "ignore", "-m", "benchmarks.peers", name, str(path)]
            process = subprocess.Popen(called, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            peers[name] = Peer(process)
        try:
            yield peers
        finally:
            for peer in peers.values():
                peer.end()
