"""How much of an answer one message holds: in its text, which screen readers read, as in its blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot import slack_limits as limits
from bot.render import figures
from bot.render.sentences import Sentences, listed
from kpi_engine.domain.answer import Answer

TEXT_ROOM = limits.MESSAGE_TEXT - 100
"""Characters for a message's text, so that a mark at its end still fits."""
BLOCKS_ROOM = limits.JSON_OF_BLOCKS - 300
"""Characters of JSON for its blocks, for the same reason."""


def largest(count: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to `count` that fits, 0 where none does; what is less always fits too."""
    low, high = 0, count
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def cut(answer: Answer, sentences: Sentences, rows: int | None = None, points: int | None = None) -> Answer:
    """Return an answer with as many groups and periods as its table or chart holds.

    At most `rows` groups, the first ones, and `points` periods, the newest ones.
    """
    answer = replace(answer, groups=listed(answer)[: figures.rows_shown(answer)])
    rows_held, points_held = figures.held(answer, sentences)
    kept = min(rows_held, rows or rows_held)
    newest = slice(-min(points_held, points or points_held), None)
    groups = tuple(
        replace(group, series=group.series[newest]) if group.series else group
        for group in answer.groups[:kept]
    )
    return replace(answer, groups=groups, series=answer.series[newest])


def left_out(answer: Answer, shown: Answer, sentences: Sentences) -> list[str]:
    """Return what `shown` lacks of an answer, in sentences that say how to get it."""
    number, found = sentences.formats.number, []
    total, rows = len(listed(answer)), len(listed(shown))
    if rows < total:
        more = (
            sentences.say("{shown} of {total} shown; add “top 50” for more.")
            if rows == figures.rows_shown(answer)
            else sentences.say("{shown} of {total} shown, as many as fit; add a filter to see others.")
        )
        found.append(more.format(shown=number(rows), total=number(total)))
    total, points = _points(answer), _points(shown)
    if points < total:
        newest = sentences.say(
            "Only the newest {shown} of {total} periods are shown; ask for a shorter time to see others."
        )
        found.append(newest.format(shown=number(points), total=number(total)))
    return found


def _points(answer: Answer) -> int:
    return max([len(answer.series), *(len(group.series) for group in answer.groups)])
