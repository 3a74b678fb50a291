"""Propose the models of leads and deals, and what makes a lead a customer."""

from __future__ import annotations

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import ColumnProfile, Stored
from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.amounts import amount_of, put
from kpi_engine.onboarding.proposals.drafts import ModelDraft, ModelDrafts
from kpi_engine.onboarding.proposals.proposal import MeasureProposal, Option
from kpi_engine.onboarding.proposals.reach import add_dimensions
from kpi_engine.onboarding.proposals.sales import add_activity, add_single_purchases
from kpi_engine.onboarding.proposals.spans import conversion_note
from kpi_engine.onboarding.proposals.statuses import (
    Status,
    add_counted,
    add_unmarked,
    condition,
    set_currency,
    status_of,
)
from kpi_engine.onboarding.proposals.words import Role


def propose_deals(drafts: ModelDrafts) -> None:
    """Add opportunities; and, where no table holds orders, sales and activity of the won ones."""
    context = drafts.context
    deals = context.table(Role.OPPORTUNITIES)
    if deals is None:
        return
    draft = drafts.start("opportunities", deals, *context.roles.reasons[Role.OPPORTUNITIES])
    opened = _time(draft, "created", frozenset())
    draft.time = draft.moment(opened)
    draft.measures["created"] = MeasureProposal("count")
    add_unmarked(draft)
    add_dimensions(drafts, draft)
    status = status_of(context, deals)
    won = _won(draft, status)
    if status is None or not won:
        draft.note_doubt(
            "won",
            "measures",
            f"No column of {deals.name} says which deals were won; won and win_rate are left out.",
        )
        return
    closed = _closed(draft, opened)
    _add_closed(draft, status, won, closed)
    if context.table(Role.ORDERS) is None:
        _sales_of_won(drafts, deals, condition(status, won), closed)
    if context.table(Role.LEADS) is None:
        _leads_of_deals(drafts, deals, condition(status, won), opened, closed)


def _time(draft: ModelDraft, purpose: str, without: frozenset[str]) -> ColumnProfile:
    """Return the column that tells when; the others are named in a note."""
    found = [t for t in meanings.times(draft.context.profiles(draft.table), purpose) if t.name not in without]
    best = found[0]
    if best.rank >= meanings.UNNAMED and len(found) > 1:
        options = [Option(entry.name, entry.name) for entry in found]
        text = f"{best.name} is assumed to be when each row was {purpose}."
        name = draft.context.doubts.pick(
            f"time.{draft.table.name}.{purpose}", (draft.name, "time"), text, options
        )
        best = next(entry for entry in found if entry.name == name)
    others = [entry.name for entry in found if entry.name != best.name]
    if others:
        draft.note("time", f"other dates: {', '.join(others)}")
    return best.profile


def _won(draft: ModelDraft, status: Status | None) -> tuple[object, ...]:
    if status is None:
        return ()
    draft.note(
        "measures",
        f"{status.profile.column.name}: " + ", ".join(f"{value} {count:,}" for value, count in status.counts),
    )
    sure = status.values("won")
    if len(sure) == 1:
        return sure
    best = sure or status.values("counted")
    options = [Option(str(value), f"{value} ({count:,})") for value, count in status.counts]
    text = f"Which values of {status.profile.column.name} mean a deal is won?"
    chosen = draft.context.doubts.settle(
        "won", (draft.name, "measures"), text, options, tuple(map(str, best)), takes_many=True
    )
    return tuple(value for value, _ in status.counts if str(value) in chosen)


def _closed(draft: ModelDraft, opened: ColumnProfile) -> ColumnProfile:
    found = meanings.times(draft.context.profiles(draft.table), "closed")
    closed = next((entry.profile for entry in found if entry.is_named and entry.profile != opened), None)
    if closed is None:
        draft.note_doubt(
            "closed", "measures", f"No date says when a deal was closed; {opened.column.name} is used."
        )
        return opened
    return closed


def _add_closed(draft: ModelDraft, status: Status, won: tuple[object, ...], closed: ColumnProfile) -> None:
    lost = tuple(value for value in status.values("lost", "out") if value not in won)
    time = draft.moment(closed)
    draft.measures["won"] = MeasureProposal("count", where=condition(status, won), time=time)
    draft.measures["closed"] = MeasureProposal("count", where=condition(status, (*won, *lost)), time=time)
    if draft.time and time != draft.time:
        for name, agg in (("days_to_won", "median"), ("mean_days_to_won", "avg")):
            draft.measures[name] = MeasureProposal(
                agg, time, since=draft.time, where=condition(status, won), time=time
            )
    if not lost:
        draft.note_doubt(
            "lost",
            "measures",
            f"No value of {status.profile.column.name} says that a deal was lost, so the win rate is 100 %.",
        )


def _sales_of_won(drafts: ModelDrafts, deals: TablePicture, won: str, closed: ColumnProfile) -> None:
    draft = drafts.start("sales", deals, "no table has orders, so won deals are the sales")
    add_unmarked(draft)
    draft.where = f"{won} and {draft.where}" if draft.where else won
    draft.time = draft.moment(closed)
    add_dimensions(drafts, draft)
    amount = amount_of(drafts.context, deals, ("sales", "measures"))
    if amount:
        draft.measures["value"] = MeasureProposal("sum", put(draft, amount))
        set_currency(draft)
    draft.measures["orders"] = MeasureProposal("count_distinct", draft.key)
    customer = draft.dimensions.get("customer")
    if customer:
        draft.measures["new_customers"] = MeasureProposal(
            "count_distinct", customer, first=(customer, draft.key)
        )
    activity = drafts.start("activity", deals, "a won deal shows that its customer is active (churn)")
    if not add_activity(drafts, activity, draft):
        del drafts.by_name["activity"]
    if amount:
        add_single_purchases(drafts, draft, amount)


def _leads_of_deals(
    drafts: ModelDrafts, deals: TablePicture, won: str, opened: ColumnProfile, closed: ColumnProfile
) -> None:
    draft = drafts.start("leads", deals, "no table has leads, so deals are followed from opened to won")
    draft.time = draft.moment(opened)
    add_unmarked(draft)
    draft.measures["created"] = MeasureProposal("count")
    _add_converted(draft, f"case when {won} then {_sql(closed, draft)} end", opened, closed)
    add_dimensions(drafts, draft)
    draft.note_doubt(
        "leads",
        "name",
        f"No table has leads, so every deal of {deals.name} counts as one. "
        "Is that what you call a lead? If not, delete this file.",
    )


def _sql(profile: ColumnProfile, draft: ModelDraft) -> str:
    return meanings.time_sql(profile, draft.context.dialect) or profile.column.quoted


def _add_converted(draft: ModelDraft, sql: str, opened: ColumnProfile, closed: ColumnProfile) -> None:
    draft.computed("converted_at", sql, _column_type(closed))
    found = conversion_note(draft, _sql(opened, draft), sql)
    if found:
        draft.note("columns", found)


def _column_type(profile: ColumnProfile) -> str:
    """Return the type that a model file gives to moments of a stored form."""
    kinds = {
        Stored.EPOCH_SECONDS: "epoch_seconds",
        Stored.EPOCH_MILLISECONDS: "epoch_milliseconds",
        Stored.TIMESTAMP: "timestamp",
    }
    return kinds.get(profile.stored, "timestamp" if profile.has_time_of_day else "date")


def propose_leads(drafts: ModelDrafts) -> None:
    """Add the model of leads, and what tells that one became a customer."""
    context = drafts.context
    table = context.table(Role.LEADS)
    if table is None:
        return
    draft = drafts.start("leads", table, *context.roles.reasons[Role.LEADS])
    opened = _time(draft, "created", frozenset())
    draft.time = draft.moment(opened)
    add_counted(draft, out=("out",), about="leads")
    draft.measures["created"] = MeasureProposal("count")
    add_dimensions(drafts, draft)
    qualified = _told(draft, "qualified")
    if qualified:
        name = draft.moment(qualified)
        if name != "qualified_at":
            draft.computed("qualified_at", _sql(qualified, draft), _column_type(qualified))
        draft.measures["qualified"] = MeasureProposal("count", time="qualified_at")
    converted = _told(draft, "converted")
    if converted and converted.column.name == "converted_at":
        draft.moment(converted)
        found = conversion_note(draft, _sql(opened, draft), _sql(converted, draft))
        if found:
            draft.note("measures", found)
    elif converted:
        _add_converted(draft, _sql(converted, draft), opened, converted)
    else:
        _converted_by_deals(draft, opened)


def _told(draft: ModelDraft, purpose: str) -> ColumnProfile | None:
    found = meanings.times(draft.context.profiles(draft.table), purpose)
    return found[0].profile if found and found[0].is_named else None


def _converted_by_deals(draft: ModelDraft, opened: ColumnProfile) -> None:
    """Take the first won deal of a lead as the moment at which it became a customer."""
    context, deals = draft.context, draft.context.table(Role.OPPORTUNITIES)
    link = next((part for part in context.links.to(draft.table) if deals and part.table == deals.name), None)
    status = status_of(context, deals) if deals else None
    won = status.values("won") if status else ()
    closed = [t for t in meanings.times(context.profiles(deals), "closed") if t.is_named] if deals else []
    if deals is None or link is None or status is None or not won or not closed or len(link.columns) != 1:
        draft.note_doubt(
            "converted",
            "columns",
            "No date says when a lead became a customer; conversion needs a column converted_at.",
        )
        return
    own = f"{draft.table.quoted}.{draft.table.column(link.target_columns[0]).quoted}"
    when = _sql(closed[0].profile, draft)
    parts = [
        f"select min({when}) from {deals.quoted}",  # noqa: S608 - names quoted by the database's own rules
        f"where {deals.quoted}.{deals.column(link.columns[0]).quoted} = {own} and {condition(status, won)}",
    ]
    draft.note("columns", f"a lead becomes a customer when its deal in {deals.name} is won")
    _add_converted(draft, f"({' '.join(parts)})", opened, closed[0].profile)
