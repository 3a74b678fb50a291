"""What was measured, kept beside the databases until docs/performance.md is written from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.company import SIZES
from benchmarks.databases import DATABASES, Database, folder
from benchmarks.measuring import Spent


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of a question: what each side spent, and how many values and statements it was.

    `failed` is why the product has no answer, `wrong` are values that the sides don't agree on. `memory`
    is in megabytes over the driver's own, None where it wasn't measured.
    """

    name: str
    values: int
    statements: int
    by_hand: int
    spent: Mapping[str, Spent]
    wrong: tuple[str, ...] = ()
    failed: str = ""
    memory: float | None = None


def keep(database: Database, result: Result) -> None:
    """Keep a result, in place of an earlier one of the same question."""
    path = _path(database.size.name, database.kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, result.name: asdict(result)}, indent=1), encoding="utf-8")


def kept() -> Mapping[tuple[str, str], Mapping[str, Result]]:
    """Return every kept result by size and kind of database, in their order, then by question."""
    places = [(size, kind) for size in SIZES for kind in DATABASES if _path(size, kind).exists()]
    return {
        place: {
            name: _result(entry)
            for name, entry in json.loads(_path(*place).read_text(encoding="utf-8")).items()
        }
        for place in places
    }


def _path(size: str, kind: str) -> Path:
    return folder() / "results" / f"{size}-{kind}.json"


def _result(entry: dict[str, Any]) -> Result:
    spent = {side: Spent(**times) for side, times in entry.pop("spent").items()}
    return Result(**{**entry, "wrong": tuple(entry["wrong"])}, spent=spent)
