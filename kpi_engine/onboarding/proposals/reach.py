"""Find the dimensions of a table: its own columns, and those behind many-to-one links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import Stored
from kpi_engine.onboarding.proposals.drafts import Context, ModelDraft, ModelDrafts
from kpi_engine.onboarding.proposals.links import Link
from kpi_engine.onboarding.proposals.proposal import Option
from kpi_engine.onboarding.proposals.statuses import status_of
from kpi_engine.onboarding.proposals.words import DIMENSION_WORDS, MEMBER_OF, Role, word_rank

_DEEPEST = 3
_STEP = 0.6
_LISTED = -3.0
_MOSTLY_EMPTY = 20.0
"""What an almost empty column adds to its rank: more than any difference between words."""
_CLOSE = 1.0
_OF_PRODUCTS = frozenset({"product", "category"})
_PRODUCT_SIDE = frozenset({Role.PRODUCTS, Role.CATEGORIES})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that may be a dimension's key: the links to its table, itself, and the members' own link."""

    steps: tuple[Link, ...]
    table: TablePicture
    column: str
    cost: float
    members: Link | None = None

    @property
    def title(self) -> str:
        """The column as people know it."""
        return f"{self.table.name}.{self.column}"


def add_dimensions(
    drafts: ModelDrafts,
    draft: ModelDraft,
    *,
    only_behind: Link | None = None,
    without: frozenset[str] = frozenset(),
) -> None:
    """Add every dimension that the draft's table leads to; `only_behind` one link, where that is given."""
    for dimension in DIMENSION_WORDS:
        if dimension in without or (only_behind and dimension in _OF_PRODUCTS):
            continue
        found = sorted(_candidates(drafts.context, draft.table, dimension), key=lambda entry: entry.cost)
        if only_behind:
            found = [entry for entry in found if _is_behind(entry, only_behind, dimension)]
        meant = [entry for entry in found if entry.title == drafts.meant.get(dimension)]
        if only_behind and dimension in drafts.meant and not meant and dimension != "rep":
            continue  # by another column it would mean something else than elsewhere
        if found:
            chosen = meant[0] if meant else _chosen(drafts.context, draft, dimension, found)
            drafts.meant.setdefault(dimension, chosen.title)
            draft.dimensions[dimension] = _path(drafts, draft, chosen)


def nearest(context: Context, table: TablePicture, dimension: str) -> Candidate | None:
    """Return the column that fits a dimension best."""
    return min(_candidates(context, table, dimension), key=lambda entry: entry.cost, default=None)


def _is_behind(entry: Candidate, link: Link, dimension: str) -> bool:
    if entry.steps[:1] == (link,):
        return True
    return dimension == "customer" and not entry.steps and entry.column in link.columns


def _chosen(context: Context, draft: ModelDraft, dimension: str, found: list[Candidate]) -> Candidate:
    best = found[0]
    titles = {entry.title: entry for entry in reversed(found)}
    near = [
        entry for entry in titles.values() if entry.cost <= best.cost + _CLOSE and entry.title != best.title
    ]
    if near:
        options = [Option(entry.title, entry.title) for entry in [best, *sorted(near, key=lambda e: e.cost)]]
        text = f"{dimension.capitalize()} can come from several columns; {best.title} is used."
        name = f"dimension.{dimension}.{draft.table.name}"
        return titles[context.doubts.pick(name, (draft.name, "dimensions"), text, options)]
    if dimension == "rep" and best.steps and context.roles.role_of(best.table) is Role.CUSTOMERS:
        text = f"rep is the customer's current rep ({best.title}), not the one who made the sale."
        draft.note_doubt(f"owner.{best.title}", "dimensions", text)
    return best


def _path(drafts: ModelDrafts, draft: ModelDraft, entry: Candidate) -> str:
    link = entry.members
    if link is None:
        return drafts.path(draft, entry.steps, entry.column)
    draft.doubt_missing(link)
    target = drafts.context.links.target(link)
    key = drafts.context.links.key(target)
    drafts.plain(target)
    if len(key) == 1 and link.target_columns != key:
        # the link leads by another unique column: the member's key stands behind it
        return drafts.path(draft, (*entry.steps, link), key[0])
    return drafts.path(draft, entry.steps, entry.column)


def _candidates(context: Context, table: TablePicture, dimension: str) -> Iterator[Candidate]:
    words = DIMENSION_WORDS[dimension]
    for steps, entry in reached(context, table):
        passed = {context.roles.role_of(context.links.target(link)) for link in steps}
        if passed & _PRODUCT_SIDE and dimension not in _OF_PRODUCTS:
            continue
        if MEMBER_OF.get(context.roles.role_of(entry) or Role.LINES) == dimension and steps:
            continue  # its key stands on the table before
        far = _STEP * len(steps) - (0.5 if Role.CUSTOMERS in passed else 0.0)
        linked: set[str] = set()
        for link in context.links.of(entry):
            role = context.roles.role_of(context.links.target(link))
            linked |= set(link.columns)
            if len(link.columns) == 1 and role and MEMBER_OF.get(role) == dimension:
                rank = word_rank(link.columns[0], words)
                cost = _LISTED + far + (2.0 if rank is None else min(rank, 8) / 8)
                yield Candidate(steps, entry, link.columns[0], cost, link)
        status = status_of(context, entry)
        if status:
            linked.add(status.profile.column.name)
        for profile in context.profiles(entry):
            rank = word_rank(profile.column.name, words)
            if rank is None or profile.column.name in linked or profile.stored is not Stored.TEXT:
                continue
            empty = _MOSTLY_EMPTY if profile.nulls > 0.3 else 0.0  # noqa: PLR2004
            if len(profile.values) > 1:
                yield Candidate(steps, entry, profile.column.name, rank + far + empty)


def reached(context: Context, table: TablePicture) -> Iterator[tuple[tuple[Link, ...], TablePicture]]:
    """Yield every table that links lead to, nearest first, with the links; the table itself comes first."""
    queue: list[tuple[tuple[Link, ...], TablePicture]] = [((), table)]
    while queue:
        steps, entry = queue.pop(0)
        yield steps, entry
        if len(steps) < _DEEPEST:
            passed = {table.name, *(link.target for link in steps)}
            queue += [
                ((*steps, link), context.links.target(link))
                for link in context.links.of(entry)
                if link.target not in passed
            ]
