"""Why people sell less: their last two months beside the last two in which they nearly had their target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi_engine.answers.setting import Setting
from kpi_engine.domain.periods import Period, Window, window_of
from kpi_engine.domain.query import Filter, Key
from kpi_engine.domain.summary import Progress, SoldLess
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf
from kpi_engine.summaries.looking import PERSON
from kpi_engine.summaries.people import People, usual_months
from kpi_engine.summaries.sold import pieces_of, split_of, split_wanted

_MOST_PEOPLE = 5
"""So many people's reasons are read: a message names no more of them in full."""


@dataclass(frozen=True, slots=True)
class Split:
    """What is read to say why one person sells less."""

    key: Key
    against: Period
    pair: tuple[Window, Window]
    wanted: tuple[FiguresOf, ...]


def splits_of(
    setting: Setting, people: People, short: Sequence[Progress], readings: Readings
) -> tuple[Split, ...]:
    """Return what to read for the first people who are short, where they did well before."""
    question = people.aim.question
    pieces = pieces_of(setting, question)
    if pieces is None:
        return ()
    found = []
    for entry in short[:_MOST_PEOPLE]:
        against = usual_months(people, readings, entry.person.key)
        if against is None:
            continue
        pair = (Window(people.before.start, people.aim.window.end), window_of(against, question.today))
        filters = (*question.filters, Filter(PERSON, (entry.person,)))
        found.append(Split(entry.person.key, against, pair, split_wanted(question, pieces, filters, pair)))
    return tuple(found)


def reasons_of(splits: Sequence[Split], readings: Readings) -> Mapping[Key, SoldLess]:
    """Return what the change is made of, by person."""
    found = {}
    for entry in splits:
        made = split_of(entry.wanted, entry.pair, readings)
        before = readings.figures[entry.wanted[0]].total(entry.pair[1]).value
        if made is not None and before:
            found[entry.key] = SoldLess(made, before, entry.against)
    return found
