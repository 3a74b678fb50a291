"""No module outside kinds/ asks which kind a metric has: the protocol answers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from kpi_engine import kinds

ROOT = Path(__file__).parents[3]
REGISTRY = {"kpi_engine.kinds", "kpi_engine.kinds.schema"}
"""What definitions read a metric's file with: the shapes of all kinds, never one of them."""
NAMES = {*kinds.names(), *(file.__name__.removesuffix("File") for file in kinds.FILES)}


def _modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for package in ("kpi_engine", "bot"):
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if not name.startswith("kpi_engine/kinds/"):
                yield name, ast.parse(path.read_text("utf-8"))


def _imported(module: ast.Module) -> Iterator[str]:
    """Yield the modules that are imported, also as a name of their package."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module in ("kpi_engine", "kpi_engine.kinds"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name.islower())


def _of_a_kind(name: str) -> bool:
    return name.startswith("kpi_engine.kinds")


def _imports_wrongly(file: str, module: ast.Module) -> Iterator[str]:
    functions = {f"kpi_engine.kinds.{name}" for name in ("metric_file", "names")}
    allowed = REGISTRY | functions if file.startswith("kpi_engine/definitions/") else set()
    yield from (
        f"{file} imports {name}" for name in _imported(module) if _of_a_kind(name) and name not in allowed
    )


def _asks_wrongly(file: str, module: ast.Module) -> Iterator[str]:
    """Yield comparisons of a spec's name, or of its class, with the names of kinds."""
    for node in ast.walk(module):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            literals = {
                part.value for side in sides for part in ast.walk(side) if isinstance(part, ast.Constant)
            }
            if any(_names_a_kind(side) for side in sides) and literals & NAMES:
                yield f"{file}:{node.lineno} {ast.unparse(node)}"
        if isinstance(node, ast.Match) and _names_a_kind(node.subject):
            yield f"{file}:{node.lineno} match {ast.unparse(node.subject)}"
        if isinstance(node, ast.Match) and ast.unparse(node.subject).split(".")[-1] == "spec":
            yield f"{file}:{node.lineno} match {ast.unparse(node.subject)}"


def _names_a_kind(node: ast.expr) -> bool:
    """Whether an expression is the name of a spec (`metric.spec.name`) or of its class."""
    if not (isinstance(node, ast.Attribute) and node.attr in ("name", "__name__", "kind")):
        return False
    return "spec" in ast.unparse(node.value).replace("(", ".").replace(")", ".").split(".")


def _wrong(root: Path) -> list[str]:
    return [
        found
        for file, module in _modules(root)
        for found in (*_imports_wrongly(file, module), *_asks_wrongly(file, module))
    ]


def test_nobody_asks_which_kind_it_is() -> None:
    """In the engine and in the bot."""
    assert _wrong(ROOT) == []


def test_who_asks_is_found(tmp_path: Path) -> None:
    """By import, by comparison, in a set, by a match or by the class's name."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "kpi_engine" / "definitions").mkdir(parents=True)
    (tmp_path / "kpi_engine" / "kinds").mkdir()
    (tmp_path / "kpi_engine" / "kinds" / "toy.py").write_text("if spec.name == 'cohort': pass\n", "utf-8")
    (tmp_path / "kpi_engine" / "definitions" / "reads.py").write_text(
        "from kpi_engine.kinds import metric_file\nfrom kpi_engine.kinds.schema import MetricFile\n", "utf-8"
    )
    (tmp_path / "bot" / "asks.py").write_text(
        "from kpi_engine.kinds.cohort import Cohort\n"
        "from kpi_engine.kinds import simple\n"
        "if metric.spec.name == 'layers' or spec.name in ('score', 'ratio'): pass\n"
        "if type(metric.spec).__name__ == 'affinity': pass\n"
        "if metric.unit == 'score' or section.spec.name == 'Weekly': pass\n"
        "match metric.spec:\n    case _: pass\n",
        "utf-8",
    )
    found = _wrong(tmp_path)
    assert len(found) == 7, found  # the second import is told as a package and as a module of it
