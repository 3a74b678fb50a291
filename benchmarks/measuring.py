"""CPU and wall time of two or more sides that do the same, alternating in one process."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

import psutil
from filelock import FileLock

_TICKS = os.sysconf("SC_CLK_TCK")
_AT_LEAST = 0.1
"""Seconds of CPU that a sample takes at least: what is quicker is done several times, and divided."""
_MOST = 50


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of CPU and of the clock on the wall."""

    cpu: float
    wall: float


def server_cpu(server: int | None) -> float:
    """Return the seconds of CPU that a database server with all its processes has used.

    They are what its living processes have used (`schedstat`, in nanoseconds) and what it has taken over from
    those that ended, such as parallel workers (`cutime` and `cstime`, in ticks). All processes of the server
    count, so that nothing else may use it meanwhile: see `alone`.
    """
    if server is None:
        return 0.0
    main = psutil.Process(server)
    alive = sum(_scheduled(process.pid) for process in (main, *main.children(recursive=True)))
    fields = Path(f"/proc/{server}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return alive + (int(fields[13]) + int(fields[14])) / _TICKS


def _scheduled(process: int) -> float:
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def alone(server: int | None) -> AbstractContextManager[object]:
    """Return what keeps other benchmarks from using the same server meanwhile."""
    if server is None:
        return nullcontext()
    return FileLock(Path(gettempdir()) / f"kpi-bot-benchmark-{server}.lock", is_singleton=True)


Sampler = Callable[[int], Spent]
"""Does something a number of times, and returns what one time took."""


def sampler(work: Callable[[], object], server: int | None) -> Sampler:
    """Return what measures some work in this process, and in a database's server."""

    def sample(times: int) -> Spent:
        with alone(server):
            of_server, own, began = server_cpu(server), time.process_time(), time.perf_counter()
            for _ in range(times):
                work()
            wall, own = time.perf_counter() - began, time.process_time() - own
            return Spent((own + server_cpu(server) - of_server) / times, wall / times)

    return sample


def alternating(sides: Mapping[str, Sampler], rounds: int) -> Mapping[str, Spent]:
    """Return the medians of some rounds; in each of them every side has its turn.

    The first round tells how often each side is repeated, and counts where all sides take long enough.
    """
    first = {name: side(1) for name, side in sides.items()}
    times = {name: _times(spent) for name, spent in first.items()}
    spent: dict[str, list[Spent]] = {name: [] for name in sides}
    if max(times.values()) == 1:
        spent = {name: [sample] for name, sample in first.items()}
        rounds -= 1
    for _ in range(rounds):
        for name, side in sides.items():
            spent[name].append(side(times[name]))
    return {
        name: Spent(statistics.median(s.cpu for s in samples), statistics.median(s.wall for s in samples))
        for name, samples in spent.items()
    }


def _times(once: Spent) -> int:
    return max(1, min(_MOST, round(_AT_LEAST / once.cpu))) if once.cpu > 0 else _MOST
