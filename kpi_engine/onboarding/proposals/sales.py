"""Propose the models of what was sold: sales, activity, purchases and baskets."""

from __future__ import annotations

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import Stored
from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.amounts import Amount, amount_of, cost_of, put, total_of
from kpi_engine.onboarding.proposals.drafts import ModelDraft, ModelDrafts
from kpi_engine.onboarding.proposals.histories import add_history
from kpi_engine.onboarding.proposals.links import Link
from kpi_engine.onboarding.proposals.proposal import MeasureProposal, Option
from kpi_engine.onboarding.proposals.reach import add_dimensions, nearest
from kpi_engine.onboarding.proposals.spans import gap_note
from kpi_engine.onboarding.proposals.statuses import add_counted, set_currency
from kpi_engine.onboarding.proposals.taken_off import Refunds, leave_out, refunds_of
from kpi_engine.onboarding.proposals.words import Role

_SAME = 0.01


def propose_sales(drafts: ModelDrafts) -> None:
    """Add what the tables of orders and lines give."""
    context = drafts.context
    orders, lines = context.table(Role.ORDERS), context.table(Role.LINES)
    if orders is None:
        return
    link = (
        next((link for link in context.links.of(lines) if link.target == orders.name), None)
        if lines
        else None
    )
    if lines and link and _line_value(drafts, orders, lines):
        _on_lines(drafts, orders, lines, link)
    else:
        _on_orders(drafts, orders)


def _line_value(drafts: ModelDrafts, orders: TablePicture, lines: TablePicture) -> bool:
    """Whether the lines, not the orders, say what was sold."""
    context, place = drafts.context, ("sales", "measures")
    line = amount_of(context, lines, place)
    header = total_of(context, orders)
    if line is None or header is None:
        return line is not None
    total, sum_of_lines = (
        context.inspection.total(orders, header.sql),
        context.inspection.total(lines, line.sql),
    )
    if total is None or sum_of_lines is None or abs(total - sum_of_lines) <= _SAME * abs(total):
        return True
    text = (
        f"The lines add up to {sum_of_lines:,.0f}, {header.sql} of {orders.name} to {total:,.0f}. "
        "The lines are used, because they have products. Which one is net of VAT and freight?"
    )
    options = [
        Option("lines", f"the lines of {lines.name}"),
        Option("orders", f"{header.sql} of {orders.name}"),
    ]
    return context.doubts.pick("sales.value", place, text, options) == "lines"


def _header(drafts: ModelDrafts, orders: TablePicture) -> ModelDraft:
    """The model of orders that lines are joined to: only orders that count."""
    draft = drafts.plain(orders)
    if draft.time is None:
        draft.time = _time(draft)
        add_counted(draft)
    return draft


def _time(draft: ModelDraft, purpose: str = "ordered") -> str:
    found = meanings.times(draft.context.profiles(draft.table), purpose)
    best = found[0]
    others = [entry.name for entry in found[1:]]
    close = [entry for entry in found[1:] if entry.rank - best.rank < 1 or best.rank >= meanings.UNNAMED]
    if close:
        options = [Option(entry.name, entry.name) for entry in (best, *close)]
        name = draft.context.doubts.pick(
            f"time.{draft.table.name}.{purpose}",
            (draft.name, "time"),
            f"{best.name} is assumed to be the date of each row.",
            options,
        )
        best = next(entry for entry in found if entry.name == name)
    if others:
        draft.note(
            "time", f"other dates: {', '.join(entry.name for entry in found if entry.name != best.name)}"
        )
    return draft.moment(best.profile)


def _on_lines(drafts: ModelDrafts, orders: TablePicture, lines: TablePicture, link: Link) -> None:
    header = _header(drafts, orders)
    reasons = (*drafts.context.roles.reasons[Role.LINES], "lines have the product and the price paid")
    draft = drafts.start("sales", lines, *reasons)
    _place_line(drafts, draft, link, header)
    add_dimensions(drafts, draft)
    amount = amount_of(drafts.context, lines, ("sales", "measures"))
    refunds = refunds_of(draft, orders, amount, link)
    if refunds and refunds.is_left_out:
        leave_out(header, refunds.kept)
    if amount:
        _add_value(draft, amount, refunds)
    set_currency(
        draft, orders if not meanings.named(drafts.context.profiles(lines), meanings.CURRENCY) else None
    )
    is_order = f"not ({refunds.of_amount})" if refunds else None
    _add_orders(draft, "order_id", is_order)
    _activity(drafts, orders, header, refunds)
    if "product" in draft.dimensions and amount:

        def place(bought: ModelDraft) -> None:
            _place_line(drafts, bought, link, header)
            if is_order:
                leave_out(bought, is_order)

        _purchases(drafts, draft, place, amount)
        _baskets(drafts, orders, lines, link, refunds)


def _place_line(drafts: ModelDrafts, draft: ModelDraft, link: Link, header: ModelDraft) -> None:
    """Join a line to its order: number, required join, moment."""
    if len(link.columns) == 1:
        draft.column(link.columns[0], "order_id")
    else:
        parts = [part for name in link.columns for part in ("'-'", draft.table.column(name).quoted)][1:]
        draft.computed("order_id", meanings.join_sql(parts, drafts.context.dialect))
    join = drafts.required(draft, link)
    draft.note(
        "joins", f"required: lines of orders that don't count in models/{header.name}.yaml are left out"
    )
    draft.time = f"{join}.{header.time}"


def _on_orders(drafts: ModelDrafts, orders: TablePicture) -> None:
    draft = drafts.start("sales", orders, *drafts.context.roles.reasons[Role.ORDERS])
    draft.time = _time(draft)
    add_counted(draft)
    number = _order_number(draft)
    if number:
        draft.note("measures", f"a row is a line; {number} says which lines belong to one order")
    add_dimensions(drafts, draft)
    amount = amount_of(drafts.context, orders, ("sales", "measures"))
    refunds = refunds_of(draft, orders, amount)
    if refunds and refunds.is_left_out:
        leave_out(draft, refunds.kept)
    if amount:
        _add_value(draft, amount, refunds)
        set_currency(draft)
    kept = refunds.kept if refunds and not refunds.is_left_out else None
    _add_orders(draft, number or draft.key, kept)
    _activity(drafts, orders, draft, refunds)
    if number and amount and "product" in draft.dimensions:

        def place(bought: ModelDraft) -> None:
            bought.time, bought.where = _time(bought), draft.where
            _order_number(bought)
            if kept:
                leave_out(bought, kept)

        _purchases(drafts, draft, place, amount)
    elif amount and not number:
        add_single_purchases(drafts, draft, amount, kept)


def _order_number(draft: ModelDraft) -> str | None:
    """Return the column that says which rows are one order, where a row is only a line of it."""
    key = draft.context.links.key(draft.table)
    for entry in meanings.named(draft.context.profiles(draft.table), meanings.ORDER_NUMBER):
        repeats = 1 < len(entry.profile.values) < entry.profile.rows * (1 - entry.profile.nulls)
        if repeats and (entry.name,) != key and entry.profile.stored in (Stored.TEXT, Stored.NUMBER):
            return draft.column(entry.name, "order_id")
    return None


def _add_value(draft: ModelDraft, amount: Amount, refunds: Refunds | None) -> None:
    signed = refunds.signed(amount) if refunds else amount
    draft.measures["value"] = MeasureProposal("sum", put(draft, signed))
    draft.note("measures", f"value: {signed.reason}")
    cost = cost_of(draft)
    if cost:
        signed = refunds.signed(cost) if refunds else cost
        draft.measures["cost"] = MeasureProposal("sum", put(draft, signed, "line_cost"))


def _add_orders(draft: ModelDraft, number: str, where: str | None) -> None:
    draft.measures["orders"] = MeasureProposal("count_distinct", number, where=where)
    customer = draft.dimensions.get("customer")
    if customer:
        draft.measures["new_customers"] = MeasureProposal(
            "count_distinct", customer, where=where, first=(customer, number)
        )


def _activity(
    drafts: ModelDrafts, table: TablePicture, counted: ModelDraft, refunds: Refunds | None = None
) -> None:
    """Rows that count, as signs of life of a customer, split by what belongs to the customer."""
    draft = drafts.start("activity", table, "an order shows that its customer is active (churn)")
    if not add_activity(drafts, draft, counted):
        del drafts.by_name["activity"]
    elif refunds and not refunds.is_left_out:
        leave_out(draft, refunds.kept)


def add_activity(drafts: ModelDrafts, draft: ModelDraft, counted: ModelDraft) -> bool:
    """Fill the model of activity like one of the same table that counts; False where no customer is known."""
    _copy_counted(draft, counted)
    link, path = _customer_link(drafts, draft)
    if path is None:
        return False
    add_dimensions(drafts, draft, only_behind=link) if link else draft.dimensions.update(customer=path)
    customer = draft.dimensions.get("customer", path)
    draft.measures["customers"] = MeasureProposal("count_distinct", customer)
    draft.measures["new_customers"] = MeasureProposal("count_distinct", customer, first=(customer, draft.key))
    found = gap_note(drafts.context, draft, customer)
    if found:
        draft.note("measures", found)
    return True


def _copy_counted(draft: ModelDraft, counted: ModelDraft) -> None:
    """Let the same rows count at the same moment as in another model of the table."""
    draft.where = counted.where
    time = (counted.time or "").rpartition(".")[2]
    draft.time = time
    if time in counted.columns:
        draft.columns[time] = counted.columns[time]
    draft.physical.setdefault(time, counted.physical.get(time, time))


def _customer_link(drafts: ModelDrafts, draft: ModelDraft) -> tuple[Link | None, str | None]:
    customers = drafts.context.table(Role.CUSTOMERS)
    for link in drafts.context.links.of(draft.table):
        if customers and link.target == customers.name and len(link.columns) == 1:
            return link, draft.column(link.columns[0])
    found = nearest(drafts.context, draft.table, "customer")
    return None, draft.column(found.column) if found and not found.steps else None


def _purchases(drafts: ModelDrafts, sales: ModelDraft, place: object, amount: Amount) -> None:
    draft = drafts.start(
        "purchases",
        sales.table,
        "the same lines, by order: which products are bought together, and what customers buy next",
    )
    if callable(place):
        place(draft)
    add_dimensions(drafts, draft)
    _leave_credits_out(draft, amount)
    draft.currency = sales.currency
    draft.measures["value"] = MeasureProposal("sum", put(draft, amount))
    if not add_history(drafts, draft, "order_id", amount):
        draft.note("measures", "upsell and cross-sell need the customer of each order")


def add_single_purchases(
    drafts: ModelDrafts, sales: ModelDraft, amount: Amount, kept: str | None = None
) -> None:
    """Add purchases where each row is an order of one product: what comes next counts."""
    if not {"customer", "category"} <= sales.dimensions.keys():
        return
    draft = drafts.start("purchases", sales.table, "the same rows again: what customers buy next")
    _copy_counted(draft, sales)
    if kept:
        leave_out(draft, kept)
    add_dimensions(drafts, draft)
    _leave_credits_out(draft, amount)
    draft.currency = sales.currency
    add_history(drafts, draft, draft.key, amount)


def _leave_credits_out(draft: ModelDraft, amount: Amount) -> None:
    """A credit takes back what was bought; it is no order, and nothing is sold up or across by it."""
    words = (*meanings.QUANTITY, *meanings.PRICE, *meanings.TOTAL)
    amounts = meanings.amounts(draft.context.profiles(draft.table), words)
    if min((number for entry in amounts for number in entry.profile.numbers), default=0) < 0:
        kept = f"({amount.sql}) >= 0"
        draft.where = f"{draft.where} and {kept}" if draft.where else kept
        draft.note("where", "rows below 0 are credits, not purchases")


def _baskets(
    drafts: ModelDrafts,
    orders: TablePicture,
    lines: TablePicture,
    link: Link,
    refunds: Refunds | None = None,
) -> None:
    """Orders with the number of their product categories, where products have categories."""
    context = drafts.context
    products = context.table(Role.PRODUCTS)
    to_product = next(
        (part for part in context.links.of(lines) if products and part.target == products.name), None
    )
    if products is None or to_product is None:
        return
    category = nearest(context, products, "category")
    if category is None or category.steps:
        return
    draft = drafts.start(
        "baskets", orders, "orders with the number of their product categories (attach rate)"
    )
    header = drafts.plain(orders)
    draft.time, draft.where = _time(draft), header.where
    if refunds and not refunds.is_left_out:
        leave_out(draft, refunds.kept)
    add_dimensions(drafts, draft, without=frozenset({"product", "category"}))
    draft.query = _basket_query(draft, lines, link, products, to_product, category.column)
    draft.columns, draft.where, draft.notes = {}, None, {}
    draft.measures["orders"] = MeasureProposal("count")
    draft.measures["combined"] = MeasureProposal("count", where="categories >= 2")


def _basket_query(
    draft: ModelDraft,
    lines: TablePicture,
    link: Link,
    products: TablePicture,
    to_product: Link,
    category: str,
) -> str:
    quoted = {column.name: column.quoted for column in draft.table.columns}
    selected = {name: quoted[column] for name, column in draft.physical.items()}
    selected |= {name: f"({column.sql})" for name, column in draft.columns.items() if column.sql}
    ties = [f"o.tie_{i} = l.{lines.column(own).quoted}" for i, own in enumerate(link.columns)]
    alias = draft.context.inspection.picture.alias
    inner = [f"{sql} as {alias(name)}" for name, sql in selected.items()]
    inner += [f"{quoted[other]} as tie_{i}" for i, other in enumerate(link.target_columns)]
    names = ", ".join(f"o.{alias(name)}" for name in selected)
    bought = [
        f"p.{products.column(other).quoted} = l.{lines.column(own).quoted}"
        for own, other in zip(to_product.columns, to_product.target_columns, strict=True)
    ]
    where = f" where {draft.where}" if draft.where else ""
    rows = [  # names are quoted by the database's own rules
        f"select {names}, count(distinct p.{products.column(category).quoted}) as categories",
        f"from (select {', '.join(inner)} from {draft.table.quoted}{where}) o",  # noqa: S608
        f"join {lines.quoted} l on {' and '.join(ties)}",
        f"left join {products.quoted} p on {' and '.join(bought)}",
        f"group by {names}",
    ]
    return "\n".join(rows)
