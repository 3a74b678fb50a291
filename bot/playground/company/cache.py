"""Keep one file per last day in the user's cache folder."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from bot.playground.company.story import DEFAULT_SEED, check_day
from kpi_engine.domain.errors import WarehouseError

_VERSION = 3
"""Raise it when the generator makes other rows, so that old files aren't used."""
_KEPT = 5
"""Files that stay when a new one is built; those in use stay as well."""

_PREFIX = "demo-company-"
_held: dict[Path, int] = {}
"""Descriptors of the marks of use this process holds, until it ends."""


def demo_database(
    end: date, *, cache: Path | None = None, progress: Callable[[str, float], None] | None = None
) -> Path:
    """Return the path of the SQLite file whose data ends with `end` (included), building it where missing.

    `cache` is the folder, by default the user's cache folder of kpi-bot. Processes that ask at the same
    time build once: the others wait. A file appears only when it is complete. The caller's process keeps
    its file from being pruned until it ends. `progress` is told the stage and the share done, 0 to 1.
    Raises QueryError where the company has no data up to `end`, WarehouseError where the folder can't be
    written to.
    """
    check_day(end)
    folder = (cache or user_cache_path("kpi-bot")).absolute()
    path = folder / f"{_PREFIX}v{_VERSION}-{DEFAULT_SEED}-{end}.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "demo-company.lock"):
            _hold(path)
            if path.exists():
                os.utime(path)
            else:
                _build(path, end, progress)
                _prune(folder)
    except (OSError, sqlite3.Error) as failure:
        raise WarehouseError(
            f"The demo company's database can't be written to {folder}.",
            hint="Free some space there, or make the folder writable.",
        ) from failure
    return path


def _build(path: Path, end: date, progress: Callable[[str, float], None] | None) -> None:
    """Build under another name and rename; called under the lock, so leftovers are never in use."""
    from bot.playground.company.build import build

    for leftover in path.parent.glob(f"{_PREFIX}*.partial"):
        leftover.unlink()
    partial = path.with_suffix(f".{os.getpid()}.partial")
    build(partial, end, progress=progress)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(path)


def _mark(path: Path) -> Path:
    return path.with_suffix(".in-use")


def _hold(path: Path) -> None:
    """Mark the file as used by this process; the system takes the mark off when the process ends."""
    if path not in _held:
        descriptor = os.open(_mark(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        _held[path] = descriptor


def _prune(folder: Path) -> None:
    """Delete all but the files used last, sparing those that a process has marked; called under the lock."""
    files = sorted(folder.glob(f"{_PREFIX}*.sqlite"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[_KEPT:]:
        if path not in _held and _unused(path):
            path.unlink()
            _mark(path).unlink(missing_ok=True)


def _unused(path: Path) -> bool:
    descriptor = os.open(_mark(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
