"""Propose model files for a database from its names, keys, links and values."""

from __future__ import annotations

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import Inspection
from kpi_engine.onboarding.proposals.choices import Choices, Doubts
from kpi_engine.onboarding.proposals.deals import propose_deals, propose_leads
from kpi_engine.onboarding.proposals.drafts import Context, ModelDraft, ModelDrafts
from kpi_engine.onboarding.proposals.links import Links
from kpi_engine.onboarding.proposals.others import propose_answers, propose_contracts, propose_costs
from kpi_engine.onboarding.proposals.proposal import Proposal
from kpi_engine.onboarding.proposals.roles import RoleTables, assign_roles
from kpi_engine.onboarding.proposals.sales import propose_sales
from kpi_engine.onboarding.proposals.spans import day_of

_MOST_TABLES = 200
"""The most tables that are looked at; those with business words in their names come first."""

_MAIN = ("sales", "opportunities", "leads", "marketing_costs", "nps_answers")


def propose(inspection: Inspection, choices: Choices) -> Proposal:
    """Return the model files for a database; `choices` settle doubts by name, others get the best guess."""
    tables = _looked_at(inspection)
    doubts = Doubts(choices)
    links = Links(inspection, tables)
    roles = assign_roles(inspection, links, tables, doubts)
    drafts = ModelDrafts(Context(inspection, links, roles, doubts))
    propose_sales(drafts)
    propose_deals(drafts)
    propose_leads(drafts)
    propose_costs(drafts)
    propose_contracts(drafts)
    propose_answers(drafts)
    models = tuple(draft.frozen() for draft in drafts.by_name.values())
    written = {model.name for model in models}
    left = tuple(doubt for doubt in doubts.collected if doubt.model in written or not doubt.key)
    return Proposal(models, left, _skipped(tables, drafts, roles), _newest(drafts))


def _looked_at(inspection: Inspection) -> tuple[TablePicture, ...]:
    """Return the tables, or the views where there are only views."""
    tables = [entry for entry in inspection.picture.tables if not entry.is_view]
    return tuple((tables or list(inspection.picture.tables))[:_MOST_TABLES])


def _skipped(tables: tuple[TablePicture, ...], drafts: ModelDrafts, roles: RoleTables) -> tuple[str, ...]:
    used = {draft.table.name for draft in drafts.by_name.values()}
    unused = [entry.name for entry in tables if entry.name not in used]
    known = {entry.name for entry in roles.tables.values()}
    return tuple(sorted(unused, key=lambda name: (name not in known, name)))


def _newest(drafts: ModelDrafts) -> str | None:
    """Return the last day of the data that most questions will be about."""
    for name in _MAIN:
        draft = drafts.by_name.get(name)
        if draft is None or draft.time is None:
            continue
        *steps, column = draft.time.split(".")
        owner: ModelDraft = draft
        for step in steps:
            owner = drafts.by_name[owner.joins[step].model]
        made = owner.columns.get(column)
        sql = made.sql if made and made.sql else owner.table.column(owner.physical[column]).quoted
        day = day_of(drafts.context.inspection.newest(owner.table, sql))
        if day:
            return day.isoformat()
    return None
