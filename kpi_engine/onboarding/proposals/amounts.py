"""What a row is worth: a column, or price times quantity less discount."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.drafts import Context, ModelDraft
from kpi_engine.onboarding.proposals.proposal import Option
from kpi_engine.onboarding.proposals.words import stems

_SAMPLE = 500
_CENT = 0.011
_MOSTLY = 0.95
_UNITS = frozenset({"unit", "per", "prijs", "price", "kostprijs", "inkoopprijs", "stuk"})


@dataclass(frozen=True, slots=True)
class Amount:
    """What a row is worth, as SQL over its table; `column` where it is a plain one."""

    sql: str
    reason: str
    column: str | None = None


def amount_of(context: Context, table: TablePicture, place: tuple[str, str]) -> Amount | None:
    """Return what a row of a table is worth; a doubt where two ways to tell disagree."""
    total, priced = total_of(context, table), _priced(context, table, place)
    if not total or not priced:
        return total or priced
    rows = context.inspection.pairs(table, (total.sql, priced.sql), _SAMPLE)
    same = sum(1 for a, b in rows if a is not None and b is not None and abs(float(a) - float(b)) < _CENT)
    if rows and same >= _MOSTLY * len(rows):
        return Amount(total.sql, f"{total.sql} is {priced.sql}", total.column)
    options = [Option(total.sql, total.sql), Option(priced.sql, priced.sql)]
    text = f"{total.sql} differs from {priced.sql}; the first is used. Which one is net of discount and VAT?"
    chosen = context.doubts.pick(f"amount.{table.name}", place, text, options)
    return total if chosen == total.sql else priced


def put(draft: ModelDraft, amount: Amount, wanted: str = "line_amount") -> str:
    """Return the draft's name for an amount."""
    if amount.column:
        return draft.column(amount.column)
    return draft.computed(wanted, amount.sql)


def cost_of(draft: ModelDraft) -> Amount | None:
    """Return what the goods of a row cost, where a column tells."""
    profiles = draft.context.profiles(draft.table)
    found = meanings.amounts(profiles, meanings.COST)
    if not found:
        return None
    quantity = meanings.amounts(profiles, meanings.QUANTITY)
    cost = found[0].profile.column
    if quantity and set(stems(cost.name)) & _UNITS:
        return Amount(
            f"{cost.quoted} * {quantity[0].profile.column.quoted}", f"{cost.name} is the cost of one piece"
        )
    if quantity:
        draft.note_doubt(
            f"cost.{draft.table.name}",
            "measures",
            f"{cost.name} is assumed to be the cost of the whole row, not of one piece.",
        )
    return Amount(cost.quoted, cost.name, cost.name)


def total_of(context: Context, table: TablePicture) -> Amount | None:
    """Return the amount that a row states itself; None where no column is called so."""
    found = meanings.amounts(context.profiles(table), meanings.TOTAL)
    if not found or found[0].rank >= meanings.UNNAMED / 2:
        return None
    part = found[0].profile.column
    if _is_in_cents(part.name):
        return Amount(f"{part.quoted} / 100.0", f"{part.name} is in cents")
    return Amount(part.quoted, part.name, part.name)


def _is_in_cents(name: str) -> bool:
    return stems(name)[-1] in ("cent", "cents", "centen")


def _priced(context: Context, table: TablePicture, place: tuple[str, str]) -> Amount | None:
    profiles = context.profiles(table)
    price, quantity = (
        meanings.amounts(profiles, meanings.PRICE),
        meanings.amounts(profiles, meanings.QUANTITY),
    )
    price = [entry for entry in price if not set(stems(entry.name)) & {"cost", "kostprijs", "inkoopprijs"}]
    if not price or not quantity:
        return None
    sql = f"{price[0].profile.column.quoted} * {quantity[0].profile.column.quoted}"
    discount = meanings.amounts(profiles, meanings.DISCOUNT)
    if discount:
        sql = _discounted(context, table, sql, discount[0], place)
    if _is_in_cents(price[0].name):
        sql = f"({sql}) / 100.0"
    return Amount(sql, "price times quantity" + (" less discount" if discount else ""))


def _discounted(
    context: Context, table: TablePicture, sql: str, discount: meanings.Ranked, place: tuple[str, str]
) -> str:
    name, numbers = discount.profile.column.quoted, discount.profile.numbers
    if discount.profile.nulls:
        name = f"coalesce({name}, 0)"
    words = set(stems(discount.name))
    part, percent, money = f"{sql} * (1 - {name})", f"{sql} * (1 - {name} / 100.0)", f"{sql} - {name}"
    if max(numbers, default=0) <= 1 and not words & {"pct", "percent", "percentage", "amount", "bedrag"}:
        return part
    if words & {"pct", "percent", "percentage", "kortingspercentage", "perc"}:
        return percent if max(numbers, default=0) > 1 else part
    if words & {"amount", "bedrag", "kortingsbedrag"}:
        return money
    options = [
        Option(percent, "percent"),
        Option(money, "an amount of money for the line"),
        Option(part, "a fraction of 1"),
    ]
    text = f"{discount.name} goes up to {max(numbers):g}, so it is assumed to be in percent."
    return context.doubts.pick(f"discount.{table.name}", place, text, options)
