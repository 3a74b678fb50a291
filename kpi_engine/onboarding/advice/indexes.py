"""Advise indexes: those that a trial shows to help, and where none can be tried those that should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from kpi_engine.onboarding.advice.advised import Advice, Measured, about
from kpi_engine.onboarding.advice.candidates import Candidate, candidates
from kpi_engine.onboarding.advice.ddl import WITH_INDEXES, analyze_ddl, index_ddl
from kpi_engine.onboarding.advice.questions import Question
from kpi_engine.onboarding.advice.tables import Tables
from kpi_engine.onboarding.advice.timing import Timed, slow
from kpi_engine.onboarding.advice.trial import Trial, can_try, trials


def advice(tables: Tables, today: date) -> Iterator[Advice]:
    """Yield the indexes to make, the one of the slowest question first.

    Raises DataError and WarehouseError where the database can't answer.
    """
    found = [entry for entry in candidates(tables) if tables.dialect(entry.owner) in WITH_INDEXES]
    questions = list(slow(tables, _questions(found), today))
    tried = list(trials(tables, found, questions, today))
    advised = []
    for entry in found:
        if can_try(tables, entry.owner):
            helped = [trial for trial in tried if any(entry is index for index in trial.indexes)]
            if helped:
                best = max(helped, key=_clearness)
                advised.append((best.timed, _advice(tables, entry, _on_a_copy(tables, entry, best))))
        else:
            slow_ones = (timed for own in entry.questions for timed in questions if timed.question == own)
            timed = next(slow_ones, None)
            if timed:
                measured = Measured(timed.question.words, timed.seconds)
                advised.append((timed, _advice(tables, entry, measured)))
    advised.sort(key=_order, reverse=True)
    yield from (entry for _, entry in advised)


def _clearness(trial: Trial) -> tuple[bool, float]:
    """Return what says which question shows best what an index gains: alone, and by how much."""
    return len(trial.indexes) == 1, trial.before / trial.after


def _order(advised: tuple[Timed, Advice]) -> float:
    return advised[0].order


def _questions(found: Sequence[Candidate]) -> Sequence[Question]:
    each: list[Question] = []
    for entry in found:
        each += [question for question in entry.questions if question not in each]
    return each


def _advice(tables: Tables, entry: Candidate, measured: Measured) -> Advice:
    message = entry.message
    if entry.included:
        message += f" With {', '.join(entry.included)} in the index too, the table itself isn't read."
    model, ddl = entry.questions[0].model, _ddl(tables, entry)
    return about(model, entry.place, message, ddl=ddl, measured=measured)


def _ddl(tables: Tables, entry: Candidate) -> str:
    warehouse = tables.warehouse(entry.owner)
    if warehouse is None:
        return ""
    dialect, table = warehouse.dialect, entry.table.name
    ddl = f"{index_ddl(dialect, table, entry.columns, entry.included)};"
    return f"{ddl} {analyze_ddl(dialect, table)};" if dialect.name == "sqlite" else ddl


def _on_a_copy(tables: Tables, entry: Candidate, best: Trial) -> Measured:
    others = tuple(_ddl(tables, other) for other in best.indexes if other is not entry)
    words, today = best.timed.question.words, best.timed.seconds
    return Measured(words, today, best.rows, best.before, best.after, others)
