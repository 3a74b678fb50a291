"""Which groups of an answer pass the sizes that a question names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kpi_engine.analysis.score import FEW_ANSWERS
from kpi_engine.domain.answer import Group, Note
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.query import Query, Sized
from kpi_engine.reading.frames import GroupKey


def refuse_unsized(catalogue: Catalogue, query: Query) -> None:
    """Raise QueryError for sizes that nothing can be chosen by: without a split, or of pairs."""
    if query.sizes and not query.by:
        raise QueryError(
            "A size filters the groups of a split, but the question has no split.",
            hint="Add a split, for example by rep.",
        )
    named = (*query.metrics, *(size.metric for size in query.sizes))
    if query.sizes and any(catalogue.metrics[name].spec.lists_groups for name in named):
        raise QueryError("Pairs can't be filtered by size.", hint="Ask for pairs without a size.")


def passing(
    groups: Sequence[Group],
    sizes: Sequence[Sized],
    metric: str,
    catalogue: Catalogue,
    others: Mapping[str, Mapping[GroupKey, Figure]],
) -> list[Group]:
    """Return the groups whose own figures pass every size.

    `others` holds the figures of each metric that isn't the answer's, by the groups' keys; a group that it
    doesn't have has no data, which never passes; neither does a score of so few answers that it is none.
    """
    kept = list(groups)
    for size in sizes:
        figures = (
            {group.keys: group.figure for group in groups} if size.metric == metric else others[size.metric]
        )
        is_score = catalogue.metrics[size.metric].unit == "score"
        kept = [
            group
            for group in kept
            if (figure := figures.get(group.keys)) is not None
            and size.holds(figure.value)
            and not (is_score and (figure.denominator or 0) < FEW_ANSWERS)
        ]
    return kept


def sized_note(query: Query, passed: int, every: int) -> list[Note]:
    """Say how many of how many groups passed, and how many of them the top of the list shows."""
    if not query.sizes:
        return []
    shown = min(passed, query.top.count) if query.top else passed
    return [Note("sized", {"count": passed, "of": every, "shown": shown})]
