"""The names that the engine offers: complete, true and cheap to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kpi_engine
from tests.shop import SHIPPED

ROOT = SHIPPED.parent
INIT = Path(kpi_engine.__file__)


def names_for_type_checkers() -> dict[str, str]:
    """Return the names of the TYPE_CHECKING block, with their modules."""
    (block,) = (node for node in ast.parse(INIT.read_text(encoding="utf-8")).body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname: node.module for node in imports for alias in node.names}  # type: ignore[misc]


def test_both_lists_of_names_are_one() -> None:
    """What type checkers see is what is imported on first use."""
    found = {name: f"kpi_engine.{module}" for name, module in kpi_engine._MODULE_OF.items()}
    assert names_for_type_checkers() == found
    assert sorted(kpi_engine.__all__) == dir(kpi_engine) == sorted(found)


def test_every_name_is_there() -> None:
    """And is the same object as in its module."""
    for name, module in kpi_engine._MODULE_OF.items():
        __import__(f"kpi_engine.{module}")
        assert getattr(kpi_engine, name) is getattr(sys.modules[f"kpi_engine.{module}"], name)


def test_an_unknown_name() -> None:
    """It is refused as of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = kpi_engine.Nothing
    with pytest.raises(ImportError):
        exec("from kpi_engine import Nothing")


@pytest.mark.parametrize(
    ("statement", "has_database"),
    [
        ("import kpi_engine", False),
        ("from kpi_engine import KpiError, Query, parse", False),
        ("import kpi_engine.domain.answer, kpi_engine.domain.catalogue", False),
        ("from kpi_engine import Engine, answer_frame, csv_text", True),
    ],
)
def test_what_an_import_loads(statement: str, has_database: bool) -> None:
    """Values and text need no database, and nothing needs pandas before a frame is made."""
    program = f"import sys\n{statement}\nprint('sqlalchemy' in sys.modules, 'pandas' in sys.modules)"
    called = [sys.executable, "-c", program]
    done = subprocess.run(called, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)})
    assert done.stdout.split() == [str(has_database), "False"]


def test_the_docstring_names_everything_public() -> None:
    """A reader of `help(kpi_engine)` finds each name in its group."""
    assert [name for name in kpi_engine.__all__ if f"`{name}`" not in (kpi_engine.__doc__ or "")] == []
