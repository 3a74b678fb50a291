"""Drafts of model files: columns, joins and keys under the model's own names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import EPOCHS, ColumnProfile, Inspection, Stored
from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.choices import Doubts
from kpi_engine.onboarding.proposals.links import Link, Links, spelling, spellings
from kpi_engine.onboarding.proposals.proposal import (
    ColumnProposal,
    HistoryProposal,
    JoinProposal,
    MeasureProposal,
    MembersProposal,
    ModelProposal,
    Option,
)
from kpi_engine.onboarding.proposals.roles import RoleTables
from kpi_engine.onboarding.proposals.words import MEMBER_OF, Role, snake, subject

_SINGULAR = {
    **MEMBER_OF,
    Role.ORDERS: "order",
    Role.LEADS: "lead",
    Role.OPPORTUNITIES: "opportunity",
    Role.LINES: "line",
}
_FACTS = frozenset(
    {
        "sales", "activity", "purchases", "baskets", "leads", "opportunities", "marketing_costs",
        "sales_costs", "service_costs", "contracts", "nps_answers",
    }
)  # fmt: skip
_NAMED_LABEL = 0.2
_KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Context:
    """Everything known about the database while it is being mapped."""

    inspection: Inspection
    links: Links
    roles: RoleTables
    doubts: Doubts

    @property
    def dialect(self) -> str:
        """SQLAlchemy's name of the database's SQL."""
        return self.inspection.picture.dialect

    def table(self, role: Role) -> TablePicture | None:
        """Return the table of a role."""
        return self.roles.tables.get(role)

    def profiles(self, table: TablePicture) -> list[ColumnProfile]:
        """Return the columns of a table as its sample shows them."""
        return list(self.inspection.profiles(table).values())


@dataclass(slots=True)
class ModelDraft:
    """The draft of a model file."""

    name: str
    table: TablePicture
    context: Context
    reasons: tuple[str, ...] = ()
    key: str = ""
    time: str | None = None
    grain: str = "day"
    where: str | None = None
    currency: str | None = None
    query: str | None = None
    columns: dict[str, ColumnProposal] = field(default_factory=dict)
    joins: dict[str, JoinProposal] = field(default_factory=dict)
    dimensions: dict[str, str] = field(default_factory=dict)
    history: HistoryProposal | None = None
    measures: dict[str, MeasureProposal] = field(default_factory=dict)
    members: MembersProposal | None = None
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    physical: dict[str, str] = field(default_factory=dict)

    def column(self, physical: str, wanted: str | None = None) -> str:
        """Return the model's name for a column of its table, which it gets where it has none."""
        for name, column in self.physical.items():
            if column == physical and wanted in (None, name):
                return name
        name = self._free(wanted or snake(physical))
        self.physical[name] = physical
        respelt = self._respelt(physical)
        if respelt:
            self.columns[name] = ColumnProposal(sql=respelt)
        elif name != physical:
            self.columns[name] = ColumnProposal(column=physical)
        return name

    def computed(self, wanted: str, sql: str, kind: str | None = None) -> str:
        """Return the model's name for an SQL expression."""
        made = ColumnProposal(sql=sql, type=kind)
        for name, column in self.columns.items():
            if column == made:
                return name
        name = self._free(wanted)
        self.columns[name] = made
        return name

    def moment(self, profile: ColumnProfile) -> str:
        """Return the model's name for a column with moments, turned into a form that can be compared."""
        physical = profile.column.name
        sql = meanings.time_sql(profile, self.context.dialect)
        if sql:
            if not profile.is_sure:
                self.note_doubt(
                    f"dates.{self.table.name}.{physical}",
                    "columns",
                    f"{physical}: the day and month are ambiguous; 31/10 is assumed.",
                )
            return self.computed(f"{snake(physical)}_iso", sql, "date")
        self._doubt_zone(profile)
        if profile.stored in EPOCHS:
            name = self.column(physical)
            kind = "epoch_seconds" if profile.stored is Stored.EPOCH_SECONDS else "epoch_milliseconds"
            self.columns[name] = ColumnProposal(column=physical, type=kind)
            return name
        name = self.column(physical)
        if profile.rows == 0:
            self.columns[name] = ColumnProposal(
                column=physical, type="date" if profile.stored is Stored.DATE else "timestamp"
            )
        return name

    def note(self, key: str, text: str) -> None:
        """Add a note above a key of the file."""
        if text not in self.notes.get(key, ()):
            self.notes[key] = (*self.notes.get(key, ()), text)

    def note_doubt(self, name: str, key: str, text: str) -> None:
        """Add a doubt without options at a key of this file."""
        self.context.doubts.note(name, (self.name, key), text)

    def join(self, link: Link, target: ModelDraft) -> str:
        """Return the name of the join along a link, which is made where it isn't there yet."""
        on = tuple(
            (self.column(own), target.column(other))
            for own, other in zip(link.columns, link.target_columns, strict=True)
        )
        for name, join in self.joins.items():
            if (join.model, join.on) == (target.name, on):
                return name
        role = self.context.roles.role_of(target.table)
        name = _SINGULAR[role] if role in _SINGULAR else "_".join(subject(link.columns[0]))
        name = snake(name)
        while name in self.joins:
            name += "_2"
        self.joins[name] = JoinProposal(target.name, on)
        self.doubt_missing(link)
        return name

    def frozen(self) -> ModelProposal:
        """Return the finished file."""
        return ModelProposal(
            name=self.name,
            key=self.key,
            reasons=self.reasons,
            table=None if self.query else self.table.name,
            schema=None if self.query else self.table.schema,
            query=self.query,
            time=self.time,
            grain=self.grain,
            where=self.where,
            currency=self.currency,
            columns=dict(self.columns),
            joins=dict(self.joins),
            dimensions=dict(self.dimensions),
            history=self.history,
            measures=dict(self.measures),
            members=self.members,
            notes=dict(self.notes),
        )

    def set_key(self) -> None:
        """Set the key, which tells rows apart."""
        key = self.context.links.key(self.table)
        if len(key) == 1:
            self.key = self.column(key[0])
            return
        quoted = {column.name: column.quoted for column in self.table.columns}
        if key:
            parts = [part for name in key for part in ("'-'", quoted[name])][1:]
            self.key = self.computed("row_key", meanings.join_sql(parts, self.context.dialect))
            self.note("key", f"{' and '.join(key)} together identify a row")
            return
        order = ", ".join(column.quoted for column in self.table.columns[:3] if column.kind != "binary")
        self.key = self.computed("row_key", f"row_number() over (order by {order})")
        self.note_doubt(
            f"key.{self.table.name}",
            "key",
            f"No column identifies the rows of {self.table.name}, so they are numbered. "
            "Are there duplicates?",
        )

    def _free(self, wanted: str) -> str:
        name = wanted
        while name in self.columns or name in self.physical:
            name += "_2"
        return name

    def _doubt_zone(self, profile: ColumnProfile) -> None:
        sample = next(iter(profile.values), None)
        zoned = getattr(sample, "tzinfo", None) is not None or (
            isinstance(sample, str) and sample[-1:] == "Z"
        )
        if profile.has_time_of_day and not zoned and profile.stored not in EPOCHS:
            name = profile.column.name
            self.note_doubt(
                f"zone.{self.table.name}",
                "time",
                f"{name} has no time zone; it is assumed to be local time of the business. "
                "If it is UTC, add: zone: UTC",
            )

    def doubt_missing(self, link: Link) -> None:
        """Doubt a link where some values lead nowhere, with the mend where they are only misspelt."""
        if not link.missing:
            return
        if not self._alike(link):
            self.note_doubt(_missing_name(link), "dimensions", _missing_text(link))

    def _respelt(self, physical: str) -> str | None:
        """Return the SQL that spells a column as the table that it points at, where that is chosen.

        Nothing is merged by itself: as it stands is the proposal.
        """
        links = self.context.links.of(self.table)
        link = next((link for link in links if link.columns == (physical,) and link.missing), None)
        alike = self._alike(link) if link else []
        if link is None or not alike:
            return None
        name = self.table.column(physical).quoted
        cases = [f"when {meanings.literal(wrong)} then {meanings.literal(right)}" for wrong, right in alike]
        sql = f"case {name} {' '.join(cases)} else {name} end"
        said = ", ".join(f"{wrong!r} as {right!r}" for wrong, right in alike)
        options = [
            Option(_KEEP, "keep them separate"),
            Option("respell", f'read {said}, under columns: {snake(physical)}: {{sql: "{sql}"}}'),
        ]
        place = (self.name, "dimensions")
        chosen = self.context.doubts.pick(_missing_name(link), place, _missing_text(link), options)
        return None if chosen == _KEEP else sql

    def _alike(self, link: Link) -> list[tuple[object, object]]:
        """Return values that the target has in another spelling."""
        target = self.context.links.target(link)
        profile = self.context.inspection.profiles(target)[link.target_columns[0]]
        known = spellings(profile.values)
        texts = [value for value in link.missing if isinstance(value, str)]
        return [(value, known[spelling(value)]) for value in texts if spelling(value) in known]


class ModelDrafts:
    """The model files of one proposal, by name."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.by_name: dict[str, ModelDraft] = {}
        self._plain: dict[str, ModelDraft] = {}
        self.meant: dict[str, str] = {}
        """Which column each dimension was read from first: it must mean the same everywhere."""

    def start(self, name: str, table: TablePicture, *reasons: str) -> ModelDraft:
        """Start the draft of a model over a table."""
        draft = ModelDraft(name, table, self.context, reasons)
        self.by_name[name] = draft
        draft.set_key()
        return draft

    def plain(self, table: TablePicture) -> ModelDraft:
        """Return the model of a table as other models join it: all its rows, and its members' names."""
        if table.name not in self._plain:
            role = self.context.roles.role_of(table)
            name = role.value if role else snake(table.name)
            if name in _FACTS:
                name = f"all_{name}"
            why = self.context.roles.reasons.get(role, ()) if role else ()
            self._plain[table.name] = draft = self.start(name, table, *(why or ("other models join it",)))
            if role in MEMBER_OF:
                self._add_members(draft, MEMBER_OF[role])
        return self._plain[table.name]

    def path(self, draft: ModelDraft, steps: tuple[Link, ...], physical: str) -> str:
        """Return the path from a draft over some links to a column, with every join that it needs."""
        names, current = [], draft
        for link in steps:
            target = self.plain(self.context.links.target(link))
            names.append(current.join(link, target))
            current = target
        return ".".join([*names, current.column(physical)])

    def required(self, draft: ModelDraft, link: Link) -> str:
        """Return the name of a join whose missing partners leave the row out."""
        name = draft.join(link, self.plain(self.context.links.target(link)))
        draft.joins[name] = replace(draft.joins[name], is_required=True)
        return name

    # members

    def _add_members(self, draft: ModelDraft, dimension: str) -> None:
        label = self._label(draft)
        if dimension != "rep":
            draft.members = MembersProposal(dimension, label)
            return
        hired, left = (self._active(draft, purpose) for purpose in ("hired", "left"))
        user = self._known_by(draft, meanings.SLACK_USER)
        email = None if user else self._known_by(draft, meanings.ADDRESS)
        draft.members = MembersProposal(dimension, label, hired, left, user, email)
        self._doubt_reps(draft)

    def _known_by(self, draft: ModelDraft, form: re.Pattern[str]) -> str | None:
        """Return the column by which Slack's people can be told: all its values have the form."""
        found = [
            profile
            for profile in self.context.profiles(draft.table)
            if profile.stored is Stored.TEXT
            and profile.values
            and all(form.fullmatch(str(value)) for value in profile.values)
        ]
        return draft.column(found[0].column.name) if found else None

    def _active(self, draft: ModelDraft, purpose: str) -> str | None:
        found = meanings.times(self.context.profiles(draft.table), purpose)
        if not found or not found[0].is_named:
            return None
        return draft.moment(found[0].profile)

    def _doubt_reps(self, draft: ModelDraft) -> None:
        """Add a doubt about members that no row names: they would appear in every leaderboard."""
        keys = self.context.links.key(draft.table)
        pointing = [link for link in self.context.links.to(draft.table) if link.target_columns == keys]
        profile = self.context.inspection.profiles(draft.table).get(keys[0]) if len(keys) == 1 else None
        if profile is None or not pointing:
            return
        named: set[object] = set()
        for link in pointing:
            source = next(t for t in self.context.inspection.picture.tables if t.name == link.table)
            counted = self.context.inspection.frequencies(source, link.columns[0], limit=5000)
            named |= {value for value, _ in counted}
        idle = [value for value in profile.values if value not in named]
        if idle:
            shown = ", ".join(str(value) for value in idle[:5]) + (", …" if len(idle) > 5 else "")  # noqa: PLR2004
            draft.note_doubt(
                f"idle.{draft.table.name}",
                "members",
                f"{len(idle)} of {len(profile.values)} occur nowhere ({draft.key} {shown}) and will be"
                " shown with 0. If they don't sell, exclude them with where:",
            )

    def _label(self, draft: ModelDraft) -> str:
        profiles = [p for p in self.context.profiles(draft.table) if p.stored is Stored.TEXT]
        words = meanings.NAMES
        first = meanings.named(profiles, meanings.FIRST_NAME)[:1]
        last = meanings.named(profiles, meanings.LAST_NAME)[:1]
        plain = [entry for entry in meanings.named(profiles, words) if entry.profile.nulls < 0.5]  # noqa: PLR2004
        own = [entry for entry in plain if _is_own_name(entry.name, draft)]
        if own and not (first and last and own[0].profile.nulls > _NAMED_LABEL):
            return draft.column(own[0].name)
        if first and last:
            parts = [first[0].profile.column.quoted, "' '", last[0].profile.column.quoted]
            return draft.computed("label", meanings.join_sql(parts, self.context.dialect))
        logins = meanings.named(profiles, meanings.LOGINS)
        found = [*plain, *logins]
        return draft.column(found[0].name) if found else draft.key


def _missing_name(link: Link) -> str:
    return f"missing.{link.table}.{link.columns[0]}"


def _missing_text(link: Link) -> str:
    shown = ", ".join(repr(value) for value in link.missing[:3])
    verb = "is" if len(link.missing) == 1 else "are"
    return f"{link.columns[0]}: {shown} {verb} missing in {link.target}; its columns show (none)."


def _is_own_name(name: str, draft: ModelDraft) -> bool:
    """Whether a column names the row itself, not a person's title or a contact."""
    words = subject(name)
    if words[0] in ("first", "last", "contact", "title", "user", "voornaam", "achternaam"):
        return (
            words == ("title",)
            and draft.members is None
            and not any(meanings.named([p], meanings.LAST_NAME) for p in draft.context.profiles(draft.table))
        )
    return True
