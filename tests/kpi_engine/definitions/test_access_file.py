"""access.yaml: what it says, and what is wrong with it, with file, line and fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_engine.definitions.loader import load
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.errors import DefinitionError
from tests.shop import SHIPPED, write_config

MODEL = (
    "name: sales\ntable: deals\nkey: id\ntime: day\n"
    "dimensions: {rep: rep}\nmeasures: {value: {agg: sum, of: amount}}\n"
)
EXAMPLE = """admins: [U0123ABCD]
leads:
  U0456EFGH: {teams: [North], reps: [Anna de Vries]}
reps:
  U0789JKLM: 17
guests: [U0999WXYZ]
channels:
  C0123ABCD: everything
  C0456EFGH: {teams: [4]}
  C0789JKLM: nothing
"""


def _load(tmp_path: Path, text: str | None) -> AccessList:
    folder = write_config(tmp_path / "cfg", {"sales": MODEL})
    if text is not None:
        (folder / "access.yaml").write_text(text, encoding="utf-8")
    return load(folder, SHIPPED).access


def test_the_example_is_read(tmp_path: Path) -> None:
    """Roles by Slack id, people and teams by key or name; the lines are kept for what check finds."""
    found = _load(tmp_path, EXAMPLE)
    assert found.admins == {"U0123ABCD"}
    assert found.leads == {"U0456EFGH": People(("North",), ("Anna de Vries",))}
    assert found.reps == {"U0789JKLM": "17"}
    assert found.people == {"U0123ABCD", "U0456EFGH", "U0789JKLM", "U0999WXYZ"}
    assert found.channels == {
        "C0123ABCD": People(everything=True),
        "C0456EFGH": People(("4",)),
        "C0789JKLM": People(),
    }
    assert found.lines["leads", "U0456EFGH"] == 3


def test_without_a_file_nobody_is_listed(tmp_path: Path) -> None:
    """The shipped directory gives nobody a role."""
    assert _load(tmp_path, None) == AccessList()


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("admin: [U0123ABCD]\n", 1, 'an unknown key "admin". Did you mean "admins"?'),
        ("admins: [anna]\n", 1, "String should match pattern"),
        ("leads:\n  U0456EFGH: {team: [North]}\n", 2, 'an unknown key "team"'),
        ("leads:\n  U0456EFGH: {}\n", 2, "add teams: or reps:, such as teams: [North]"),
        (
            "admins: [U0123ABCD]\nreps:\n  U0123ABCD: 17\n",
            1,
            "listed as an admin and as something else; keep one",
        ),
        (
            "admins: [U0123ABCD]\nchannels:\n  C0123ABCD: all\n",
            3,
            "Input should be 'everything' or 'nothing'",
        ),
        ("channels:\n  sales: everything\n", 2, "String should match pattern"),
    ],
)
def test_a_mistake_is_named_with_line_and_fix(tmp_path: Path, text: str, line: int, sentence: str) -> None:
    """Where it stands, and what to write instead."""
    with pytest.raises(DefinitionError) as wrong:
        _load(tmp_path, text)
    said = [str(problem) for problem in wrong.value.problems]
    assert any(entry.startswith(f"cfg/access.yaml:{line}:") and sentence in entry for entry in said), said
