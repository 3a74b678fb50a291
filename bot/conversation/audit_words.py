"""What the audit keeps of an answer: its words and its size, never its figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.rights.access import EVERYTHING
from bot.workspace.read_line import parsed
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.summary import Summary
from kpi_engine.language.parser import canonical


def words_of(answers: Sequence[Answer]) -> str:
    """Return the questions of answers, canonical."""
    return "; ".join(canonical(answer.query) for answer in answers)


def rows_of(answers: Iterable[Answer]) -> int:
    """Return how many figures answers show, each group's periods one by one."""
    return sum(
        sum(max(1, len(group.series)) for group in answer.groups) or max(1, len(answer.series))
        for answer in answers
    )


def rows_of_summary(summary: Summary) -> int:
    """Return how many figures a summary shows."""
    return sum(rows_of(section.answers) for section in summary.sections)


def rows_of_change(explanation: Explanation, *, is_whole: bool = False) -> int:
    """Return how many parts of a change are shown: by one dimension, or (`is_whole`) by each of them."""
    shown = explanation.breakdowns if is_whole else explanation.breakdowns[:1]
    return max(1, sum(len(entry.parts) for entry in shown))


def asked_words(request: Request, line: str, services: Services) -> str:
    """Return a question of somebody's in canonical words, read with everybody's names. Raises QueryError.

    For those who read the audit: they see what was asked for, also where it was refused.
    """
    return canonical(parsed(line, request, EVERYTHING, services, offers=False))
