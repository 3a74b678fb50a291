"""The words of all languages: a language is one module, and no other module has words of its own."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Grain
from kpi_engine.language.folding import fold
from kpi_engine.language.lexicon import LANGUAGES, together
from kpi_engine.language.lexicon.dutch import DUTCH
from kpi_engine.language.lexicon.english import ENGLISH
from kpi_engine.language.lexicon.shape import AmountWords, Lexicon, Offered, PeriodWords
from kpi_engine.language.parser import parse_period
from tests.kpi_engine.language.typed_lines import TODAY
from tests.shop import SHIPPED

ROOT = Path(__file__).parents[3]

ESPERANTO = """
from dataclasses import replace
from kpi_engine.domain.periods import Grain
from kpi_engine.domain.query import Baseline
from kpi_engine.language.lexicon.english import ENGLISH
from kpi_engine.language.lexicon.shape import *

ESPERANTO = Lexicon(
    "eo",
    replace(ENGLISH.offered, last="lastaj", units={**ENGLISH.offered.units, Grain.MONTH: "monatoj"}),
    QuestionWords(
        by=frozenset({"lau"}),
        versus=frozenset({"kontrau"}),
        baselines={("celo",): Baseline.TARGET},
        fillers=frozenset({"montru"}),
    ),
    PeriodWords(
        units={"monato": Grain.MONTH, "monatoj": Grain.MONTH},
        plurals=frozenset({"monatoj"}),
        weekdays={"lundo": 0},
        last=frozenset({"lasta", "lastaj"}),
    ),
    DoubtWords(few=frozenset({"kelkaj"})),
    SuggestionWords(single_units=("monato",), plural_units=("monatoj",)),
    AmountWords({"mil": 1_000}),
    ScheduleWords(every=frozenset({"ciu"}), here=frozenset({"ci-tie"})),
)
"""

READS_ESPERANTO = """
import sys
from datetime import date
from pathlib import Path

from bot.subscriptions.schedule_words import every_words, read_order, scheduled, WEEKLY
from kpi_engine.definitions.loader import load
from kpi_engine.domain.errors import QueryError
from kpi_engine.language.parser import NOBODY, canonical, parse

catalogue = load(Path(sys.argv[1]), Path(sys.argv[1]))
for line in (
    "montru sales laŭ region lasta monato kontraŭ celo",
    "sales by rep sales:>300mil lastaj 2 monatoj",
    "sales lasta monatu",
    "sales lastaj monatoj",
    "sales by regoin laŭ rep vorige maand",
):
    try:
        print(canonical(parse(line, catalogue, {}, NOBODY, date(2026, 11, 23))))
    except QueryError as refused:
        print(*refused.suggestions, sep=" | ")
ordered = read_order("sales ĉiu lundo 9:00 ĉi-tie")
print(ordered.what, ordered.is_here, every_words(scheduled(ordered, WEEKLY)))
"""


def test_a_third_language_is_one_more_module_and_its_name(tmp_path: Path) -> None:
    """Its lines are read, alone and mixed with the others, and so are its doubts and schedules."""
    shutil.copytree(
        ROOT / "kpi_engine", tmp_path / "kpi_engine", ignore=shutil.ignore_patterns("__pycache__")
    )
    lexicon = tmp_path / "kpi_engine" / "language" / "lexicon"
    (lexicon / "esperanto.py").write_text(ESPERANTO, encoding="utf-8")
    registry = lexicon / "__init__.py"
    named = "from kpi_engine.language.lexicon.esperanto import ESPERANTO\n\nLANGUAGES = (ENGLISH, DUTCH, ESPERANTO)"
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.replace("LANGUAGES = (ENGLISH, DUTCH)", named), encoding="utf-8")
    read = subprocess.run(
        [sys.executable, "-c", READS_ESPERANTO, str(SHIPPED)],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.stderr == ""
    assert read.stdout.splitlines() == [
        "sales by region 2026-10 vs target",
        "sales sales:>300000 by rep 2026-09..2026-10",
        "sales lasta monato | sales lasta month | sales last month",
        "sales lastaj 3 monatoj | sales lastaj 6 monatoj | sales lastaj 12 monatoj",
        "sales by region laŭ rep vorige maand",
        "sales True every monday 09:00",
    ]


def _words(value: object) -> Iterator[str]:
    """Yield every word of a lexicon, or of a part of one."""
    if isinstance(value, str):
        yield from value.split(" ")
    elif isinstance(value, Mapping):
        for word, meaning in value.items():
            yield from _words(word)
            yield from _words(meaning if isinstance(meaning, tuple) else ())
    elif is_dataclass(value) and not isinstance(value, type):
        for entry in fields(value):
            yield from _words(getattr(value, entry.name))
    elif isinstance(value, (tuple, frozenset, list)):
        for entry in value:
            yield from _words(entry)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_words_are_written_as_typed_words_are_compared(language: Lexicon) -> None:
    """In lower case and without accents: another word would never be found."""
    written = list(_words([getattr(language, entry.name) for entry in fields(language)[2:]]))
    assert [word for word in written if fold(word) != word] == []


def test_two_languages_may_not_read_a_word_differently() -> None:
    """Which of them is meant would depend on their order."""
    with pytest.raises(ValueError, match="'mio'"):
        together([AmountWords({"mio": 1_000_000}), AmountWords({"mio": 1_000})])
    joined = together([PeriodWords(months={"may": 5}), PeriodWords(months={"mei": 5, "may": 5})])
    assert joined.months == {"may": 5, "mei": 5}


@pytest.mark.parametrize("offered", [language.offered for language in LANGUAGES])
def test_offered_periods_can_be_read(offered: Offered) -> None:
    """With its own units, as many as are counted."""
    for grain in Grain:
        period = parse_period(f"{offered.last} 3 {offered.units[grain]}", TODAY)
        assert period.grain is grain
    for words in offered.until_now:
        assert parse_period(words, TODAY)
    with pytest.raises(QueryError):
        parse_period(f"{offered.last} 3", TODAY)


def _literals(module: Path) -> Iterator[str]:
    """Yield the texts of a module but for its docstrings and the names of its command."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    passed = {
        id(inner)
        for node in ast.walk(tree)
        for inner in (
            ast.walk(node)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Verb"
            else ast.walk(node.value)
            if isinstance(node, ast.Expr)
            else ()
        )
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield node.value


def test_no_other_module_has_dutch_words() -> None:
    """They would be missing in a third language."""
    english = set(_words(ENGLISH))
    dutch = {word for word in _words(DUTCH) if len(word) > 2 and word.isalpha()} - english
    assert len(dutch) > 200
    folders = ("kpi_engine/language", "bot/subscriptions", "bot/conversation/commands")
    modules = [
        module
        for folder in folders
        for module in sorted((ROOT / folder).rglob("*.py"))
        if module.parent.name != "lexicon"
    ]
    assert len(modules) > 40
    found = {
        f"{module.relative_to(ROOT)}: {text!r}"
        for module in modules
        for text in _literals(module)
        if dutch & set(re.findall(r"[^\W\d_]+", text.lower()))
    }
    assert found == set()
