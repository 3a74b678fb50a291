"""Which technique does best: in one sentence, or what it would take to tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.playground.company import demo_database
from bot.render import finding_words
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from kpi_engine.answers.findings.best_member import BestMember
from tests.kpi_engine.answers.test_demo_numbers import END
from tests.shop import BRUSSELS, SHIPPED, Shop


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def said(shop: Shop, line: str, language: str = "en") -> list[str]:
    answer = shop.ask(line)
    sentences = Sentences(Formats(language, BRUSSELS), shop.catalogue)
    return [
        finding_words.words(entry, answer, sentences)
        for entry in answer.findings
        if isinstance(entry, BestMember)
    ]


def test_one_month_does_not_tell_which_technique_is_best(shop: Shop) -> None:
    """16 of 62 against 24 of 109: a difference of 4 points at 22 % takes thousands of leads."""
    (words,) = said(shop, "conversion by technique 2026-07")
    assert words == (
        "Can't tell yet which is best: about 1,700 more cases each would show a difference of 4 points."
    )
    (dutch,) = said(shop, "conversion by technique 2026-07", "nl")
    assert dutch.startswith("Nog niet te zeggen wat het best werkt")
    codes = [note.code for note in shop.ask("conversion by technique 2026-07").notes]
    assert "one_band" not in codes, "said once"


def test_years_tell(shop: Shop) -> None:
    found = [
        entry
        for entry in shop.ask("conversion by technique 2024-01..2026-07").findings
        if isinstance(entry, BestMember)
    ]
    assert found
    (entry,) = found
    assert entry.clearly_behind
    assert entry.more is None
    (words,) = said(shop, "conversion by technique 2024-01..2026-07")
    assert words == "Free trial is clearly better than Phone; no other difference with it is clear."


@pytest.mark.parametrize(
    "line",
    ["conversion by rep 2026-07", "conversion by technique 2026-07 top 2", "leads by technique 2026-07"],
)
def test_people_lists_and_counts_have_no_best_member(line: str, shop: Shop) -> None:
    assert said(shop, line) == []
