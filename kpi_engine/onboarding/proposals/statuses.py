"""Find which rows count: statuses, marks of tests and deletions, currencies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kpi_engine.database.table_schema import TablePicture
from kpi_engine.onboarding.inspection import ColumnProfile, Stored
from kpi_engine.onboarding.proposals import columns as meanings
from kpi_engine.onboarding.proposals.drafts import Context, ModelDraft
from kpi_engine.onboarding.proposals.proposal import Option
from kpi_engine.onboarding.proposals.words import stems

_MOST_VALUES = 25
_NOBODY = "(none)"
_MARKS = frozenset(
    {"test", "spam", "deleted", "verwijderd", "cancelled", "canceled", "geannuleerd", "duplicate", "dubbel"}
)


@dataclass(frozen=True, slots=True)
class Status:
    """A column whose values say how far a row is, with their counts, most frequent first."""

    profile: ColumnProfile
    counts: tuple[tuple[object, int], ...]

    def values(self, *classes: str) -> tuple[object, ...]:
        """Return the values of some classes of meanings.VALUE_WORDS."""
        return tuple(
            value for value, _ in self.counts if value is not None and meanings.meaning(value) in classes
        )


def status_of(context: Context, table: TablePicture) -> Status | None:
    """Return the status column of a table; a column of many or of no telling values is none."""
    profiles = [p for p in context.profiles(table) if p.stored in (Stored.TEXT, Stored.NUMBER)]
    for entry in meanings.named(profiles, meanings.STATUS):
        if not 0 < len(entry.profile.values) <= _MOST_VALUES:
            continue
        counts = context.inspection.frequencies(table, entry.name)
        told = [value for value, _ in counts if value is not None and meanings.meaning(value)]
        if told or (entry.profile.stored is Stored.NUMBER and stems(entry.name)[-1] in ("status", "stage")):
            return Status(entry.profile, counts)
    return None


def condition(status: Status, values: Collection[object]) -> str:
    """Return the SQL condition that a status is one of some values (None: that it is empty)."""
    name = status.profile.column.quoted
    listed = [meanings.literal(value) for value in values if value is not None]
    parts = [f"{name} in ({', '.join(listed)})"] if len(listed) > 1 else [f"{name} = {v}" for v in listed]
    if None in values:
        parts.append(f"{name} is null")
    return f"({' or '.join(parts)})" if len(parts) > 1 else parts[0]


def add_unmarked(draft: ModelDraft) -> None:
    """Leave out only the rows that are marked as test, deleted and the like."""
    draft.where = " and ".join(_unmarked(draft)) or None


def add_counted(
    draft: ModelDraft, *, out: tuple[str, ...] = ("out", "lost", "waiting"), about: str = "orders"
) -> None:
    """Let only the rows count whose status and marks say so; a doubt where a status doesn't tell."""
    context = draft.context
    parts = _unmarked(draft)
    status = status_of(context, draft.table)
    if status:
        chosen = _counted(draft, status, out, about)
        if len(chosen) < len(status.counts):
            parts.append(condition(status, chosen))
    draft.where = " and ".join(parts) or None


def _counted(draft: ModelDraft, status: Status, out: tuple[str, ...], about: str) -> tuple[object, ...]:
    best = [value for value, _ in status.counts if value is None or meanings.meaning(value) not in out]
    column = status.profile.column.name
    shown = ", ".join(f"{_text(value)} {count:,}" for value, count in status.counts)
    clear = (
        ("counted", "won", "out", "lost")
        if "lost" in out
        else ("counted", "won", "lost", "out", "waiting", "credit")
    )
    unsure = [value for value, _ in status.counts if value is None or meanings.meaning(value) not in clear]
    draft.note("where", f"{column}: {shown}")
    if not unsure or (
        about != "orders" and not any(meanings.meaning(v) in out for v, _ in status.counts if v is not None)
    ):
        return tuple(best)
    text = f"Which values of {column} count as {about}? Unsure about {', '.join(map(_text, unsure))}."
    options = [Option(_text(value), f"{_text(value)} ({count:,})") for value, count in status.counts]
    chosen = draft.context.doubts.settle(
        f"status.{draft.table.name}.{column}",
        (draft.name, "where"),
        text,
        options,
        tuple(map(_text, best)),
        takes_many=True,
    )
    return tuple(value for value, _ in status.counts if _text(value) in chosen)


def _text(value: object) -> str:
    return _NOBODY if value is None else str(value)


def _unmarked(draft: ModelDraft) -> list[str]:
    """Conditions that leave out rows marked as test, deleted and the like."""
    parts = []
    for profile in draft.context.profiles(draft.table):
        words = set(stems(profile.column.name))
        if not words & _MARKS or profile.stored is Stored.TEXT:
            continue
        name = profile.column.quoted
        if meanings.is_moment(profile):
            parts.append(f"{name} is null")
        elif profile.stored is Stored.FLAG:
            parts.append(f"{name} is not true")
        elif set(profile.numbers) <= {0, 1} and profile.numbers:
            parts.append(f"coalesce({name}, 0) = 0")
        else:
            continue
        draft.note("where", f"rows marked in {profile.column.name} are left out")
    return parts


def set_currency(draft: ModelDraft, table: TablePicture | None = None) -> None:
    """Find the currency of the amounts: a column's, a name's, else asked once for the whole database."""
    context, source = draft.context, table or draft.table
    found = meanings.named(
        [p for p in context.profiles(source) if p.stored is Stored.TEXT], meanings.CURRENCY
    )
    codes = context.inspection.frequencies(source, found[0].name) if found else ()
    known = [(str(code).upper(), count) for code, count in codes if code and len(str(code)) == 3]  # noqa: PLR2004
    if len(known) > 1 and source is draft.table:
        options = [Option(code, f"{code} ({count:,} rows)") for code, count in known]
        text = f"{found[0].name} has several currencies; only amounts in one currency can be added up."
        draft.currency = context.doubts.pick(
            f"currency.{source.name}", (draft.name, "currency"), text, options
        )
        stored = next(code for code, _ in codes if str(code).upper() == draft.currency)
        only = f"{found[0].profile.column.quoted} = {meanings.literal(stored)}"
        draft.where = f"({draft.where}) and {only}" if draft.where else only
    elif known:
        draft.currency = known[0][0]
    else:
        options = [Option(code, code) for code in ("EUR", "USD", "GBP", "CHF")]
        draft.currency = context.doubts.pick(
            "currency",
            (draft.name, "currency"),
            "No column gives the currency of amounts; EUR is assumed.",
            options,
        )
