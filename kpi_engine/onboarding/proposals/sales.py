"""What was sold: sales, activity, purchases and baskets, from orders, their lines, or won deals."""

from __future__ import annotations

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import Stored
from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.amounts import Amount, amount_of, cost_of, put, total_of
from kpi_engine.onboarding.proposals.drafts import Book, Draft
from kpi_engine.onboarding.proposals.histories import add_history
from kpi_engine.onboarding.proposals.links import Link
from kpi_engine.onboarding.proposals.proposal import MeasureProposal, Option
from kpi_engine.onboarding.proposals.reach import add_dimensions, nearest
from kpi_engine.onboarding.proposals.spans import gap_note
from kpi_engine.onboarding.proposals.statuses import add_counted, set_currency
from kpi_engine.onboarding.proposals.words import Role

_SAME = 0.01


def propose_sales(book: Book) -> None:
    """Add what the tables of orders and lines give."""
    world = book.world
    orders, lines = world.table(Role.ORDERS), world.table(Role.LINES)
    if orders is None:
        return
    link = (
        next((link for link in world.links.of(lines) if link.target == orders.name), None) if lines else None
    )
    if lines and link and _line_value(book, orders, lines):
        _on_lines(book, orders, lines, link)
    else:
        _on_orders(book, orders)


def _line_value(book: Book, orders: TablePicture, lines: TablePicture) -> bool:
    """Whether the lines, not the orders, say what was sold."""
    world, place = book.world, ("sales", "measures")
    line = amount_of(world, lines, place)
    header = total_of(world, orders)
    if line is None or header is None:
        return line is not None
    total, sum_of_lines = world.inspection.total(orders, header.sql), world.inspection.total(lines, line.sql)
    if total is None or sum_of_lines is None or abs(total - sum_of_lines) <= _SAME * abs(total):
        return True
    text = (
        f"The lines add up to {sum_of_lines:,.0f}, {header.sql} of {orders.name} to {total:,.0f}. "
        "The lines are taken: they know products. Which one is net of VAT and freight?"
    )
    options = [
        Option("lines", f"the lines of {lines.name}"),
        Option("orders", f"{header.sql} of {orders.name}"),
    ]
    return world.desk.pick("sales.value", place, text, options) == "lines"


def _header(book: Book, orders: TablePicture) -> Draft:
    """The model of orders that lines are joined to: only orders that count."""
    draft = book.plain(orders)
    if draft.time is None:
        draft.time = _time(draft)
        add_counted(draft)
    return draft


def _time(draft: Draft, purpose: str = "ordered") -> str:
    found = meanings.times(draft.world.profiles(draft.table), purpose)
    best = found[0]
    others = [entry.name for entry in found[1:]]
    close = [entry for entry in found[1:] if entry.rank - best.rank < 1 or best.rank >= meanings.UNNAMED]
    if close:
        options = [Option(entry.name, entry.name) for entry in (best, *close)]
        name = draft.world.desk.pick(
            f"time.{draft.table.name}.{purpose}",
            (draft.name, "time"),
            f"{best.name} is taken as the date of each row.",
            options,
        )
        best = next(entry for entry in found if entry.name == name)
    if others:
        draft.note(
            "time", f"other dates: {', '.join(entry.name for entry in found if entry.name != best.name)}"
        )
    return draft.moment(best.profile)


def _on_lines(book: Book, orders: TablePicture, lines: TablePicture, link: Link) -> None:
    header = _header(book, orders)
    reasons = (*book.world.cast.reasons[Role.LINES], "lines know the product and the price paid")
    draft = book.start("sales", lines, *reasons)
    _place_line(book, draft, link, header)
    add_dimensions(book, draft)
    amount = amount_of(book.world, lines, ("sales", "measures"))
    if amount:
        _add_value(draft, amount)
    set_currency(draft, orders if not meanings.named(book.world.profiles(lines), meanings.CURRENCY) else None)
    _add_orders(draft, "order_id")
    _activity(book, orders, header)
    if "product" in draft.dimensions and amount:
        _purchases(book, draft, lambda bought: _place_line(book, bought, link, header), amount)
        _baskets(book, orders, lines, link)


def _place_line(book: Book, draft: Draft, link: Link, header: Draft) -> None:
    """Tie a line to its order: number, required join, moment."""
    if len(link.columns) == 1:
        draft.column(link.columns[0], "order_id")
    else:
        parts = [part for name in link.columns for part in ("'-'", draft.table.column(name).quoted)][1:]
        draft.computed("order_id", meanings.join_sql(parts, book.world.dialect))
    join = book.required(draft, link)
    draft.note(
        "joins", f"required: lines of orders that don't count in models/{header.name}.yaml are left out"
    )
    draft.time = f"{join}.{header.time}"


def _on_orders(book: Book, orders: TablePicture) -> None:
    draft = book.start("sales", orders, *book.world.cast.reasons[Role.ORDERS])
    draft.time = _time(draft)
    add_counted(draft)
    number = _order_number(draft)
    if number:
        draft.note("measures", f"a row is a line: {number} says which lines belong to one order")
    add_dimensions(book, draft)
    amount = amount_of(book.world, orders, ("sales", "measures"))
    if amount:
        _add_value(draft, amount)
        set_currency(draft)
    _add_orders(draft, number or draft.key)
    _activity(book, orders, draft)
    if number and amount and "product" in draft.dimensions:
        _purchases(book, draft, lambda bought: _copy_place(draft, bought), amount)
    elif amount and not number:
        add_single_purchases(book, draft, amount)


def _copy_place(draft: Draft, bought: Draft) -> None:
    bought.time, bought.where = _time(bought), draft.where
    _order_number(bought)


def _order_number(draft: Draft) -> str | None:
    """Return the column that says which rows are one order, where a row is only a line of it."""
    key = draft.world.links.key(draft.table)
    for entry in meanings.named(draft.world.profiles(draft.table), meanings.ORDER_NUMBER):
        repeats = 1 < len(entry.profile.values) < entry.profile.rows * (1 - entry.profile.nulls)
        if repeats and (entry.name,) != key and entry.profile.stored in (Stored.TEXT, Stored.NUMBER):
            return draft.column(entry.name, "order_id")
    return None


def _add_value(draft: Draft, amount: Amount) -> None:
    draft.measures["value"] = MeasureProposal("sum", put(draft, amount))
    draft.note("measures", f"value: {amount.reason}")
    cost = cost_of(draft)
    if cost:
        draft.measures["cost"] = MeasureProposal("sum", put(draft, cost, "line_cost"))


def _add_orders(draft: Draft, number: str) -> None:
    draft.measures["orders"] = MeasureProposal("count_distinct", number)
    customer = draft.dimensions.get("customer")
    if customer:
        draft.measures["new_customers"] = MeasureProposal(
            "count_distinct", customer, first=(customer, number)
        )


def _activity(book: Book, table: TablePicture, counted: Draft) -> None:
    """Rows that count, as signs of life of a customer, split by what belongs to the customer."""
    draft = book.start("activity", table, "an order is a sign of life of its customer (churn)")
    if not add_activity(book, draft, counted):
        del book.drafts["activity"]


def add_activity(book: Book, draft: Draft, counted: Draft) -> bool:
    """Fill the model of activity like one of the same table that counts; False where no customer is known."""
    _copy_counted(draft, counted)
    link, path = _customer_link(book, draft)
    if path is None:
        return False
    add_dimensions(book, draft, only_behind=link) if link else draft.dimensions.update(customer=path)
    customer = draft.dimensions.get("customer", path)
    draft.measures["customers"] = MeasureProposal("count_distinct", customer)
    draft.measures["new_customers"] = MeasureProposal("count_distinct", customer, first=(customer, draft.key))
    found = gap_note(book.world, draft, customer)
    if found:
        draft.note("measures", found)
    return True


def _copy_counted(draft: Draft, counted: Draft) -> None:
    """Let the same rows count at the same moment as in another model of the table."""
    draft.where = counted.where
    time = (counted.time or "").rpartition(".")[2]
    draft.time = time
    if time in counted.columns:
        draft.columns[time] = counted.columns[time]
    draft.physical.setdefault(time, counted.physical.get(time, time))


def _customer_link(book: Book, draft: Draft) -> tuple[Link | None, str | None]:
    customers = book.world.table(Role.CUSTOMERS)
    for link in book.world.links.of(draft.table):
        if customers and link.target == customers.name and len(link.columns) == 1:
            return link, draft.column(link.columns[0])
    found = nearest(book.world, draft.table, "customer")
    return None, draft.column(found.column) if found and not found.steps else None


def _purchases(book: Book, sales: Draft, place: object, amount: Amount) -> None:
    draft = book.start(
        "purchases",
        sales.table,
        "the same lines, by order: which products are bought together, and what customers buy next",
    )
    if callable(place):
        place(draft)
    add_dimensions(book, draft)
    _leave_credits_out(draft, amount)
    draft.currency = sales.currency
    draft.measures["value"] = MeasureProposal("sum", put(draft, amount))
    if not add_history(book, draft, "order_id", amount):
        draft.note("measures", "upsell and cross-sell need to know the customer of an order")


def add_single_purchases(book: Book, sales: Draft, amount: Amount) -> None:
    """Add purchases where each row is an order of one product: nothing is bought together, but what next?"""
    if not {"customer", "category"} <= sales.dimensions.keys():
        return
    draft = book.start("purchases", sales.table, "the same rows again: what customers buy next")
    _copy_counted(draft, sales)
    add_dimensions(book, draft)
    _leave_credits_out(draft, amount)
    draft.currency = sales.currency
    add_history(book, draft, draft.key, amount)


def _leave_credits_out(draft: Draft, amount: Amount) -> None:
    """A credit takes back what was bought; it is no order, and nothing is sold up or across by it."""
    words = (*meanings.QUANTITY, *meanings.PRICE, *meanings.TOTAL)
    amounts = meanings.amounts(draft.world.profiles(draft.table), words)
    if min((number for entry in amounts for number in entry.profile.numbers), default=0) < 0:
        kept = f"({amount.sql}) >= 0"
        draft.where = f"{draft.where} and {kept}" if draft.where else kept
        draft.note("where", "rows below 0 are credits, which are no purchases")


def _baskets(book: Book, orders: TablePicture, lines: TablePicture, link: Link) -> None:
    """Orders with the number of their product categories, where products have categories."""
    world = book.world
    products = world.table(Role.PRODUCTS)
    to_product = next(
        (part for part in world.links.of(lines) if products and part.target == products.name), None
    )
    if products is None or to_product is None:
        return
    category = nearest(world, products, "category")
    if category is None or category.steps:
        return
    draft = book.start("baskets", orders, "orders with the number of their product categories (attach rate)")
    header = book.plain(orders)
    draft.time, draft.where = _time(draft), header.where
    add_dimensions(book, draft, without=frozenset({"product", "category"}))
    draft.query = _basket_query(draft, lines, link, products, to_product, category.column)
    draft.columns, draft.where, draft.notes = {}, None, {}
    draft.measures["orders"] = MeasureProposal("count")
    draft.measures["combined"] = MeasureProposal("count", where="categories >= 2")


def _basket_query(
    draft: Draft, lines: TablePicture, link: Link, products: TablePicture, to_product: Link, category: str
) -> str:
    quoted = {column.name: column.quoted for column in draft.table.columns}
    selected = {name: quoted[column] for name, column in draft.physical.items()}
    selected |= {name: f"({column.sql})" for name, column in draft.columns.items() if column.sql}
    ties = [f"o.tie_{i} = l.{lines.column(own).quoted}" for i, own in enumerate(link.columns)]
    alias = draft.world.inspection.picture.alias
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
