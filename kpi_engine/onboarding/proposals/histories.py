"""Propose the history of a model: what a customer's earlier orders say about a line."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_engine.onboarding.inspection import ColumnProfile, Stored
from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.amounts import Amount, put
from kpi_engine.onboarding.proposals.drafts import ModelDraft, ModelDrafts
from kpi_engine.onboarding.proposals.links import spelling
from kpi_engine.onboarding.proposals.proposal import HistoryProposal, MarkProposal, MeasureProposal
from kpi_engine.onboarding.proposals.reach import reached
from kpi_engine.onboarding.proposals.words import Role, stems

_UPLIFT = 0.10
_HALF = 0.5
_MOST_MARKS = 12
_COSTS = frozenset({"cost", "kostprijs", "inkoopprijs"})
_MARK_WORDS = {"upsell": ("upsell",), "cross_sell": ("crosssell", "crossell", "kruisverkoop")}


def add_history(drafts: ModelDrafts, draft: ModelDraft, order: str, amount: Amount) -> bool:
    """Add the history of a model whose dimensions are there, with what it counts; False without customers.

    `order` is the draft's name for what tells orders apart, `amount` what a row is worth.
    """
    customer, category = draft.dimensions.get("customer"), draft.dimensions.get("category")
    if customer is None:
        return False
    mark = _mark(draft)
    level, uplift = _level(drafts, draft, amount) if category else (None, None)
    if category:
        draft.note(
            "history", "cross-sell: a category that none of the customer's earlier orders (of all time) has"
        )
    draft.history = HistoryProposal(customer, order, category, level, uplift, mark)
    counts = {"existing_buyers": "existing"}
    if level or (mark and mark.upsell):
        counts["upsold"] = "upsell"
    if category or (mark and mark.cross_sell):
        counts["cross_sold"] = "cross_sell"
    value = put(draft, amount)
    for name, when in counts.items():
        draft.measures[name] = MeasureProposal("count_distinct", customer, when=when)
        if when != "existing":
            draft.measures[f"{when}_value"] = MeasureProposal("sum", value, when=when)
    return True


def _level(drafts: ModelDrafts, draft: ModelDraft, amount: Amount) -> tuple[str | None, float | None]:
    """Return what is compared with the customer's last order of the category, and how far above counts."""
    products = drafts.context.table(Role.PRODUCTS)
    steps = next((steps for steps, entry in reached(drafts.context, draft.table) if entry == products), None)
    if products and steps is not None:
        for profile in _telling(meanings.amounts(drafts.context.profiles(products), meanings.TIER)):
            name = profile.column.name
            draft.note("history", f"upsell: a higher {name} of {products.name} than in the last order")
            return drafts.path(draft, steps, name), 0
        for profile in _telling(meanings.amounts(drafts.context.profiles(products), meanings.LIST_PRICE)):
            name = profile.column.name
            draft.note(
                "history",
                f"upsell: {name} of {products.name} is today's list price; with it, a discount or a rise"
                " in price between two orders isn't an upsell",
            )
            return drafts.path(draft, steps, name), _UPLIFT
    quantity = meanings.amounts(draft.context.profiles(draft.table), meanings.QUANTITY)
    if not quantity:
        draft.note(
            "history", "no tier, list price or quantity, so upsell can't be derived from what was bought"
        )
        return None, None
    draft.note_doubt(
        f"level.{draft.table.name}",
        "history",
        "No list price that differs between products was found. Upsell uses the price paid per unit, with"
        " which the end of a discount or a price rise looks like an upsell.",
    )
    # a price per unit is no whole number, also where both are
    pieces = quantity[0].profile.column.quoted
    return draft.computed("unit_paid", f"({amount.sql}) * 1e0 / nullif({pieces}, 0)", "number"), _UPLIFT


def _telling(found: list[meanings.Ranked]) -> Iterator[ColumnProfile]:
    """The columns that differ between products and are mostly filled."""
    for entry in found:
        is_cost = bool(set(stems(entry.name)) & _COSTS)
        if len(entry.profile.values) > 1 and entry.profile.nulls < _HALF and not is_cost:
            yield entry.profile


def _mark(draft: ModelDraft) -> MarkProposal | None:
    """Return the column in which the source itself says what was sold up or across."""
    for profile in draft.context.profiles(draft.table):
        if profile.stored is not Stored.TEXT or len(profile.values) > _MOST_MARKS:
            continue
        said = {
            when: tuple(str(value) for value in profile.values if any(w in spelling(value) for w in words))
            for when, words in _MARK_WORDS.items()
        }
        if any(said.values()):
            name = draft.column(profile.column.name)
            draft.note("history", f"{name} marks lines itself: a mark decides, unmarked lines are compared")
            return MarkProposal(name, said["upsell"], said["cross_sell"])
    return None
