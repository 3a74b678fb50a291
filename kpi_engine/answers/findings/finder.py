"""How a finding is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Never

from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Group
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import Wanted


def _nothing(*_: object) -> tuple[Never, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Finder:
    """The arithmetic of one finding, as pure functions of a question.

    `found` makes the findings out of what was read and the answer's own figure, `among` those out of its
    groups, every one that passed its sizes, in order. `wanted` says what has to be read for it;
    `wanted_then`, what else, once that is known.
    """

    found: Callable[[Question, Readings, Figure], Iterable[Finding]] = _nothing
    wanted: Callable[[Question], Iterable[Wanted]] = _nothing
    wanted_then: Callable[[Question, Readings], Iterable[Wanted]] = _nothing
    among: Callable[[Question, Sequence[Group]], Iterable[Finding]] = _nothing
