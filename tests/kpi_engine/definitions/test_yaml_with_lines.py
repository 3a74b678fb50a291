"""YAML with lines: libyaml is faster, and gives what the loader in Python gives."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from kpi_engine.definitions import yaml_with_lines
from kpi_engine.domain.errors import DefinitionError
from tests.shop import SHIPPED

TEXTS = [path.read_text(encoding="utf-8") for path in sorted(SHIPPED.rglob("*.yaml"))]
SIGNS = [*":-{}[]\"'#\n \t&*!|>%@`,?0aé~\x07\x85\u2028🦄"]


def outcome(path: Path) -> object:
    """Return content and lines, or the error's sentence."""
    try:
        document = yaml_with_lines.read(path, "x.yaml")
    except DefinitionError as wrong:
        return str(wrong)
    return document.content, document.lines


def test_mistyped_files_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Content, lines and sentences, also of files with a sign too many or too few."""
    chance = random.Random(7)
    path = tmp_path / "x.yaml"
    broken = 0
    for text in TEXTS + [mistyped(chance.choice(TEXTS), chance) for _ in range(250)]:
        path.write_text(text, encoding="utf-8")
        quick = outcome(path)
        with monkeypatch.context() as patched:
            patched.setattr(yaml_with_lines, "_READ_DIFFERENTLY", re.compile(""))
            assert outcome(path) == quick, text
        broken += isinstance(quick, str)
    assert broken > 50


@pytest.mark.parametrize("text", ["name: a\ncolumns: {a: b?c}\n", "name: a\nta\tble: b\n"])
def test_what_only_libyaml_takes_is_refused(text: str, tmp_path: Path) -> None:
    """With or without libyaml a file is right or wrong."""
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert str(outcome(path)).startswith("x.yaml:2: is not valid YAML")


def mistyped(text: str, chance: random.Random) -> str:
    """Return a text with a few signs added or replaced."""
    for _ in range(chance.choice((1, 2, 4))):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(SIGNS) + text[at + chance.choice((0, 1)) :]
    return text
