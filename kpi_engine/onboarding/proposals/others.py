"""Propose the models of costs, contracts and survey answers."""

from __future__ import annotations

from datetime import date, datetime

from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.drafts import ModelDraft, ModelDrafts
from kpi_engine.onboarding.proposals.proposal import MeasureProposal
from kpi_engine.onboarding.proposals.reach import add_dimensions
from kpi_engine.onboarding.proposals.roles import is_nps
from kpi_engine.onboarding.proposals.spans import day_of
from kpi_engine.onboarding.proposals.statuses import set_currency
from kpi_engine.onboarding.proposals.words import Role

_LEFT_OUT = {
    Role.MARKETING_COSTS: frozenset({"customer", "product", "category"}),
    Role.SALES_COSTS: frozenset({"customer", "product", "category", "source", "campaign", "segment"}),
    Role.SERVICE_COSTS: frozenset({"product", "category", "campaign"}),
}
"""Dimensions by which a cost isn't split, even where its table leads there."""


def propose_costs(drafts: ModelDrafts) -> None:
    """Add what marketing, selling and serving cost, by month where every row stands for one."""
    for role, without in _LEFT_OUT.items():
        table = drafts.context.table(role)
        if table is not None:
            draft = drafts.start(role, table, *drafts.context.roles.reasons[role])
            _book_amounts(draft)
            add_dimensions(drafts, draft, without=without)
    draft_of_service = drafts.by_name.get(Role.SERVICE_COSTS)
    if draft_of_service and "customer" not in draft_of_service.dimensions:
        del drafts.by_name[
            Role.SERVICE_COSTS
        ]  # a cost without a customer can't be subtracted from a customer's profit


def _book_amounts(draft: ModelDraft) -> None:
    profiles = draft.context.profiles(draft.table)
    time = meanings.times(profiles, "booked")[0].profile
    draft.time = draft.moment(time)
    days = [day_of(value) for value in time.values if isinstance(value, str | date | datetime)]
    if days and all(day is not None and day.day == 1 for day in days) and not meanings.time_sql(time, ""):
        draft.grain = "month"
        draft.note(
            "grain", f"every {time.column.name} is the first of a month, so a row stands for the whole month"
        )
    spent = meanings.amounts(profiles, meanings.SPEND)[0].profile.column
    draft.measures["amount"] = MeasureProposal("sum", draft.column(spent.name))
    set_currency(draft)


def propose_contracts(drafts: ModelDrafts) -> None:
    """Add contracts with their first and last day, where they say whose they are."""
    table = drafts.context.table(Role.CONTRACTS)
    if table is None:
        return
    draft = drafts.start(Role.CONTRACTS, table, *drafts.context.roles.reasons[Role.CONTRACTS])
    profiles = draft.context.profiles(table)
    end = meanings.ends(profiles)[0].profile
    begun = [entry.profile for entry in meanings.times(profiles, "begun") if entry.name != end.column.name]
    add_dimensions(drafts, draft)
    customer = draft.dimensions.get("customer")
    if customer is None or not begun:
        del drafts.by_name[Role.CONTRACTS]
        return
    draft.time = draft.moment(begun[0])
    draft.measures["customers"] = MeasureProposal("count_distinct", customer, until=draft.moment(end))
    draft.note_doubt(
        "contract.end",
        "measures",
        f"{end.column.name} is assumed to be the last day of a contract. If it is the first day without, "
        "derive the day before with sql:.",
    )


def propose_answers(drafts: ModelDrafts) -> None:
    """Add the answers to the question whether people recommend, 0 to 10."""
    table = drafts.context.table(Role.ANSWERS)
    if table is None:
        return
    draft = drafts.start("nps_answers", table, *drafts.context.roles.reasons[Role.ANSWERS])
    profiles = drafts.context.profiles(table)
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
        "if it isn't, delete this file.",
    )
    _add_sent(draft, score.quoted)
    add_dimensions(drafts, draft, without=frozenset({"product", "category"}))


def _add_sent(draft: ModelDraft, score: str) -> None:
    sent = meanings.times(draft.context.profiles(draft.table), "sent")
    if not sent or not sent[0].is_named:
        draft.note("measures", "the response rate needs the moment at which each survey was sent")
        return
    time = draft.moment(sent[0].profile)
    draft.measures["delivered"] = MeasureProposal("count", time=time)
    draft.measures["answered"] = MeasureProposal("count", time=time, where=f"{score} is not null")
