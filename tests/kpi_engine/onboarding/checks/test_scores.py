"""Answers that lie between the classes of a score, or beside its scale."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kpi_engine.onboarding.checks.test_advice_followed import Followed
from tests.shop import Tables

ANSWERS = """name: nps_answers
table: answers
key: id
time: at
columns:
  score: Score
measures:
  answers: {agg: count, where: '"Score" is not null'}
  promoters: {agg: count, where: "Score between 9 and 10"}
  detractors: {agg: count, where: "Score between 0 and 6"}
  delivered: {agg: count}
  answered: {agg: count}
"""


def _answers(*scores: float | None) -> Tables:
    rows = [(place, "2026-02-05", score) for place, score in enumerate(scores)]
    return {"answers": ("id INTEGER, at TEXT, Score REAL", rows)}


def test_half_points(tmp_path: Path) -> None:
    """6.5 is below 7 and 9.5 above 9; 8.5 is passive as it stands. Followed, the score is right."""
    shop = Followed(tmp_path, _answers(6.5, 8.5, 9.5, 3, None, 10, 6.25, 9.999), {"nps_answers": ANSWERS})
    problem = shop.found("no whole number from 0 to 10")
    assert "2 answers are no whole number from 0 to 10 (6.25, 6.5)" in problem.message
    assert (problem.is_warning, problem.is_note) == (True, False)
    shop.follow_where(problem)
    assert not [entry for entry in shop.problems() if "whole number" in entry.message]
    assert shop.value("nps 2026-02") == 0


def test_promoters_by_their_numbers(tmp_path: Path) -> None:
    """9.5 is neither 9 nor 10."""
    answers = ANSWERS.replace("between 9 and 10", "in (9, 10)")
    shop = Followed(tmp_path, _answers(9.5, 3), {"nps_answers": answers})
    assert "1 answers are no whole number from 0 to 10 (9.5)" in shop.found("whole number").message


@pytest.mark.parametrize("scores", [(11, 3, 9), (75, 40, 9), (-1, 9, 3)])
def test_another_scale(tmp_path: Path, scores: tuple[float, ...]) -> None:
    """An answer beyond 10 or below 0 is none of these classes."""
    shop = Followed(tmp_path, _answers(*scores), {"nps_answers": ANSWERS})
    assert "map a score from 0 to 10" in shop.found("whole number").fix


def test_whole_answers(tmp_path: Path) -> None:
    """Passives are 7 and 8; also where the classes are cut elsewhere than at whole numbers."""
    shop = Followed(tmp_path, _answers(7, 8, 9, 0, None), {"nps_answers": ANSWERS})
    assert not [entry for entry in shop.problems() if "whole" in entry.message]
