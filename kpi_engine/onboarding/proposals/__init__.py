"""Model files for a database that was not made for us: proposed from its names, keys, links and values."""

from __future__ import annotations

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import Inspection
from kpi_engine.onboarding.proposals.choices import Choices, Desk
from kpi_engine.onboarding.proposals.deals import propose_deals, propose_leads
from kpi_engine.onboarding.proposals.drafts import Book, Draft, World
from kpi_engine.onboarding.proposals.links import Links
from kpi_engine.onboarding.proposals.others import propose_answers, propose_contracts, propose_costs
from kpi_engine.onboarding.proposals.proposal import Proposal
from kpi_engine.onboarding.proposals.roles import Cast, cast
from kpi_engine.onboarding.proposals.sales import propose_sales
from kpi_engine.onboarding.proposals.spans import day_of

MOST_TABLES = 200
"""More tables than this are not all looked at: those that business words name come first."""

_MAIN = ("sales", "opportunities", "leads", "marketing_costs", "nps_answers")


def propose(inspection: Inspection, choices: Choices) -> Proposal:
    """Return the model files for a database; `choices` settle doubts by name, others get the best guess."""
    tables = _looked_at(inspection)
    desk = Desk(choices)
    links = Links(inspection, tables)
    roles = cast(inspection, links, tables, desk)
    book = Book(World(inspection, links, roles, desk))
    propose_sales(book)
    propose_deals(book)
    propose_leads(book)
    propose_costs(book)
    propose_contracts(book)
    propose_answers(book)
    models = tuple(draft.frozen() for draft in book.drafts.values())
    written = {model.name for model in models}
    doubts = tuple(doubt for doubt in desk.doubts if doubt.model in written or not doubt.key)
    return Proposal(models, doubts, _skipped(tables, book, roles), _newest(book))


def _looked_at(inspection: Inspection) -> tuple[TablePicture, ...]:
    """Tables, or views where there are only views."""
    tables = [entry for entry in inspection.picture.tables if not entry.is_view]
    return tuple((tables or list(inspection.picture.tables))[:MOST_TABLES])


def _skipped(tables: tuple[TablePicture, ...], book: Book, roles: Cast) -> tuple[str, ...]:
    used = {draft.table.name for draft in book.drafts.values()}
    unused = [entry.name for entry in tables if entry.name not in used]
    known = {entry.name for entry in roles.tables.values()}
    return tuple(sorted(unused, key=lambda name: (name not in known, name)))


def _newest(book: Book) -> str | None:
    """Return the last day of the data that most questions will be about."""
    for name in _MAIN:
        draft = book.drafts.get(name)
        if draft is None or draft.time is None:
            continue
        *steps, column = draft.time.split(".")
        owner: Draft = draft
        for step in steps:
            owner = book.drafts[owner.joins[step].model]
        made = owner.columns.get(column)
        sql = made.sql if made and made.sql else owner.table.column(owner.physical[column]).quoted
        day = day_of(book.world.inspection.newest(owner.table, sql))
        if day:
            return day.isoformat()
    return None
