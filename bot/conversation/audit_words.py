"""What the audit keeps of an answer: its question and its size, never its figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.render.why import shows_parts
from bot.rights import EVERYTHING
from bot.workspace.context import RequestContext
from bot.workspace.read_line import parsed
from kpi_engine import canonical
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.summary import Summary


def words_of(answers: Sequence[Answer]) -> str:
    """Return the questions of answers in canonical words."""
    return "; ".join(canonical(answer.query) for answer in answers)


def rows_of(answers: Iterable[Answer]) -> int:
    """Return how many figures answers show, counting each period of each group."""
    return sum(
        sum(max(1, len(group.series)) for group in answer.groups) or max(1, len(answer.series))
        for answer in answers
    )


def rows_of_summary(summary: Summary) -> int:
    """Return how many figures a summary shows."""
    return sum(rows_of(section.answers) for section in summary.sections)


def rows_of_change(explanation: Explanation, *, is_whole: bool = False) -> int:
    """Return how many parts of a change are shown: by one dimension, or by all of them (`is_whole`).

    Where none are, the change itself is one figure.
    """
    one = explanation.breakdowns[:1] if shows_parts(explanation) else ()
    shown = explanation.breakdowns if is_whole else one
    return max(1, sum(len(entry.parts) for entry in shown))


def asked_words(context: RequestContext, line: str) -> str:
    """Return a question in canonical words, read with the names of everyone. Raises QueryError.

    The audit thus has the question even if its asker was refused.
    """
    return canonical(parsed(line, context, EVERYTHING, offers=False))
