"""Refunds that are rows of their own type with a positive amount: they are taken off, and are no orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import Stored
from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.amounts import Amount
from kpi_engine.onboarding.proposals.drafts import ModelDraft
from kpi_engine.onboarding.proposals.links import Link
from kpi_engine.onboarding.proposals.proposal import Option
from kpi_engine.onboarding.proposals.refunds import may_hold_types, refunded_among, refunds_among

_SAMPLE = 2_000
_TAKE_OFF, _LEAVE_OUT, _KEEP = "take off", "leave out", "keep"


@dataclass(frozen=True, slots=True)
class Refunds:
    """What is done with refunds.

    `kept` is the condition that an order is none, `of_amount` that a row with an amount is one.
    `is_left_out`: their amounts don't count at all.
    """

    kept: str
    of_amount: str
    is_left_out: bool

    def signed(self, amount: Amount) -> Amount:
        """Return an amount that is negative in the rows of refunds."""
        if self.is_left_out:
            return amount
        sql = f"case when {self.of_amount} then -abs({amount.sql}) else {amount.sql} end"
        return Amount(sql, f"{amount.reason}; refunds are taken off")


def refunds_of(
    draft: ModelDraft, orders: TablePicture, amount: Amount | None, link: Link | None = None
) -> Refunds | None:
    """Return what to do with the refunds among orders; None where there are none, or they are negative.

    `link` leads from the table of the draft to the orders, where the amounts are those of lines.
    """
    context = draft.context
    if amount is None or (link and len(link.columns) > 1):
        return None
    for profile in context.profiles(orders):
        if profile.stored is not Stored.TEXT or not may_hold_types(profile.column.name):
            continue
        counts = context.inspection.frequencies(orders, profile.column.name)
        values = [str(value) for value, _ in counts if value is not None]
        refunds, refunded = refunds_among(values), refunded_among(values)
        name = profile.column.quoted
        for found, is_own_row in ((refunds, True), (refunded, False)):
            if not found or len(found) == len(values):
                continue
            listed = ", ".join(meanings.literal(value) for value in found)
            of_order = f"{name} in ({listed})"
            of_amount = of_order
            if link:
                target = orders.column(link.target_columns[0]).quoted
                own = draft.table.column(link.columns[0]).quoted
                of_amount = f"{own} in (select {target} from {orders.quoted} where {of_order})"  # noqa: S608
            if not _are_positive(draft, amount, of_amount):
                continue
            kept = f"coalesce({name}, '') not in ({listed})"
            choice = _chosen(draft, profile.column.name, found, is_own_row=is_own_row)
            if choice != _KEEP:
                return Refunds(kept, of_amount, choice == _LEAVE_OUT)
    return None


def leave_out(draft: ModelDraft, condition: str) -> None:
    """Let only the rows count for which a condition holds as well."""
    draft.where = f"{draft.where} and {condition}" if draft.where else condition


def _are_positive(draft: ModelDraft, amount: Amount, condition: str) -> bool:
    """Whether most amounts of the refunds are above 0, as far as a sample tells."""
    rows = draft.context.inspection.pairs(draft.table, (amount.sql,), _SAMPLE, condition)
    amounts = [float(row[0]) for row in rows if row[0] is not None]
    return sum(value > 0 for value in amounts) > sum(value < 0 for value in amounts)


def _chosen(draft: ModelDraft, column: str, values: Sequence[str], *, is_own_row: bool) -> str:
    """Settle what refunds mean: a row of its own is taken off, a sale that was given back is left out."""
    shown = ", ".join(values)
    best = _TAKE_OFF if is_own_row else _LEAVE_OUT
    options = [
        Option(_TAKE_OFF, "take their amounts off sales"),
        Option(_LEAVE_OUT, "leave them out"),
        Option(_KEEP, "count them as sales"),
    ]
    options.sort(key=lambda option: option.value != best)
    text = f"{column}: the amounts of {shown} are positive. They are assumed to be refunds" + (
        ", which are taken off sales and are no orders." if is_own_row else ": sales that were given back."
    )
    return draft.context.doubts.pick(
        f"refunds.{draft.table.name}.{column}", (draft.name, "measures"), text, options
    )
