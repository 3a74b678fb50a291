"""The sizes that CONTRIBUTING.md promises."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST_MODULE, LONGEST_CLASS = 450, 250
WORDS = ROOT / "kpi_engine" / "language" / "lexicon"


def modules() -> Iterator[Path]:
    for package in ("bot", "kpi_engine"):
        yield from sorted((ROOT / package).rglob("*.py"))


def test_modules_and_classes_stay_short() -> None:
    """The words of a language are a table, whose length says nothing."""
    found = [path for path in modules() if WORDS not in path.parents]
    assert len(found) > 300
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in found}
    assert [path for path, count in lines.items() if count > LONGEST_MODULE] == []
    long_classes = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in found
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_CLASS
    ]
    assert long_classes == []
