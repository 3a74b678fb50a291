"""Missing days in words: the year is left out only where it can't be mistaken."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.missing import days_in_words, year_of
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.periods import Window

DAYS = [date(2024, 11, 14), date(2024, 11, 15), date(2025, 11, 13), date(2025, 11, 14)]


@pytest.mark.parametrize(
    ("window", "year"),
    [
        (Window(date(2025, 1, 1), date(2026, 1, 1)), 2025),
        (Window(date(2024, 11, 1), date(2026, 11, 1)), None),
        (Window(date(2025, 11, 1), date(2026, 11, 1)), None),
        (Window(None, date(2026, 11, 1)), None),
        (Window(date(2026, 11, 24), date(2026, 11, 24)), None),
    ],
)
def test_the_year_of_a_window_within_one_year(window: Window, year: int | None) -> None:
    """A window that ends on 1 January is still of the year before; one of several years has none."""
    assert year_of(window) == year


def test_days_of_several_years_are_told_with_each() -> None:
    """In November 2026, "Thu 13 Nov" would be read as that of this month."""
    sentences = Sentences(Formats("en", ZoneInfo("Europe/Brussels")), Catalogue({}, {}, {}))
    assert days_in_words(DAYS, sentences, None) == "Thu 14, Fri 15 Nov 2024, Thu 13 and Fri 14 Nov 2025"
    assert days_in_words(DAYS[2:], sentences, 2025) == "Thu 13 and Fri 14 Nov"
