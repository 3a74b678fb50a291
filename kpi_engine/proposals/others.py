"""Costs and answers: what marketing spent, what customers said."""

from __future__ import annotations

from datetime import date, datetime

from kpi_engine.proposals import columns as meanings
from kpi_engine.proposals.drafts import Book, Draft
from kpi_engine.proposals.proposal import MeasureProposal
from kpi_engine.proposals.reach import add_dimensions
from kpi_engine.proposals.roles import is_nps
from kpi_engine.proposals.spans import day_of
from kpi_engine.proposals.statuses import set_currency
from kpi_engine.proposals.words import Role

_COST_DIMENSIONS = frozenset({"customer", "product", "category"})


def propose_marketing_costs(book: Book) -> None:
    """Add what marketing cost, by month where every row stands for one."""
    table = book.world.table(Role.MARKETING_COSTS)
    if table is None:
        return
    draft = book.start("marketing_costs", table, *book.world.cast.reasons[Role.MARKETING_COSTS])
    profiles = book.world.profiles(table)
    time = meanings.times(profiles, "booked")[0].profile
    draft.time = draft.moment(time)
    days = [day_of(value) for value in time.values if isinstance(value, str | date | datetime)]
    if days and all(day is not None and day.day == 1 for day in days) and not meanings.time_sql(time, ""):
        draft.grain = "month"
        draft.note(
            "grain", f"every {time.column.name} is the first of a month: a row stands for the whole month"
        )
    spent = meanings.amounts(profiles, meanings.SPEND)[0].profile.column
    draft.measures["amount"] = MeasureProposal("sum", draft.column(spent.name))
    set_currency(draft)
    add_dimensions(book, draft, without=_COST_DIMENSIONS)


def propose_answers(book: Book) -> None:
    """Add the answers to the question whether people recommend, 0 to 10."""
    table = book.world.table(Role.ANSWERS)
    if table is None:
        return
    draft = book.start("nps_answers", table, *book.world.cast.reasons[Role.ANSWERS])
    profiles = book.world.profiles(table)
    score = next(
        entry.profile.column for entry in meanings.named(profiles, meanings.SCORE) if is_nps(entry.profile)
    )
    draft.time = draft.moment(meanings.times(profiles, "answered")[0].profile)
    draft.measures["answers"] = MeasureProposal("count", where=f"{score.quoted} is not null")
    draft.measures["promoters"] = MeasureProposal("count", where=f"{score.quoted} between 9 and 10")
    draft.measures["detractors"] = MeasureProposal("count", where=f"{score.quoted} between 0 and 6")
    draft.note_doubt(
        "nps",
        "measures",
        f"{score.name} must be the answer to whether people would recommend you, 0 to 10; "
        "else delete this file.",
    )
    _add_sent(draft, score.quoted)
    add_dimensions(book, draft, without=frozenset({"product", "category"}))


def _add_sent(draft: Draft, score: str) -> None:
    sent = meanings.times(draft.world.profiles(draft.table), "sent")
    if not sent or not sent[0].is_named:
        draft.note("measures", "the response rate needs the moment at which each survey was sent")
        return
    time = draft.moment(sent[0].profile)
    draft.measures["delivered"] = MeasureProposal("count", time=time)
    draft.measures["answered"] = MeasureProposal("count", time=time, where=f"{score} is not null")
