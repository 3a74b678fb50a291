"""How long questions take today on the database itself, and how times are taken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from statistics import median
from time import perf_counter

from kpi_engine.domain.errors import DataError, WarehouseError, WarehouseTimeoutError
from kpi_engine.onboarding.advice.questions import Question
from kpi_engine.onboarding.advice.tables import Tables

log = logging.getLogger(__name__)

_QUICK_SECONDS = 0.01
"""A question that takes less needs nothing to make it faster."""
_SLOW_SECONDS = 0.5
"""A question that takes longer is asked once."""
_RUNS = 5
"""Other times are medians of so many runs, after one that isn't counted."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A question and how many seconds it takes today; None: longer than a statement may."""

    question: Question
    seconds: float | None

    @property
    def order(self) -> float:
        """The seconds, so that they can be compared."""
        return float("inf") if self.seconds is None else self.seconds


def slow(tables: Tables, questions: Iterable[Question], today: date) -> Iterator[Timed]:
    """Yield the questions that take long enough for an index to matter."""
    for question in questions:
        warehouse = tables.reader.warehouse(question.model)
        try:
            statement = question.statement(tables.reader, warehouse, today)
            if statement is None:
                continue
            seconds = median_of(lambda: warehouse.read(statement), perf_counter)  # noqa: B023 - run here
        except WarehouseTimeoutError:
            yield Timed(question, None)
        except (DataError, WarehouseError) as wrong:
            log.info("the question %s can't be timed: %s", question.words, wrong)
        else:
            if seconds >= _QUICK_SECONDS:
                yield Timed(question, seconds)


def median_of(run: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return the median time of some runs by a clock; of the first alone if it is slow."""
    first = _once(run, clock)
    return first if first > _SLOW_SECONDS else median(_once(run, clock) for _ in range(_RUNS))


def _once(run: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    run()
    return clock() - start
