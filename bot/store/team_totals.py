"""Team totals of closed months as they were first shown, kept in the store."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.store.keys import keys_of, keys_text
from bot.store.tables import team_members, team_totals
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import add_months
from kpi_engine.domain.query import Key
from kpi_engine.domain.team_totals import ERASED, MONTHS_KEPT, KeptMonths, KeptTotal

log = logging.getLogger(__name__)


class TeamTotalBook:
    """The kept team totals of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace."""
        self._engine = engine
        self._workspace = workspace

    def read(self, team: Key, metrics: Collection[str], months: Collection[date]) -> KeptMonths:
        """Return the totals of some metrics in every month, and those of every metric in some months.

        The members of every month are among them. Raises QueryError if the store doesn't answer.
        """
        totals, members = team_totals.c, team_members.c
        text = keys_text(team)
        wanted = or_(totals.metric.in_(metrics), totals.month.in_(months))
        of_team = select(team_totals).where(totals.workspace == self._workspace, totals.team == text, wanted)
        belonged = select(members.month, members.members).where(
            members.workspace == self._workspace, members.team == text
        )
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(of_team).mappings().all()
                known = connection.execute(belonged).all()
        except SQLAlchemyError as wrong:
            raise _unavailable(wrong) from wrong
        return KeptMonths(
            tuple(_total(row, team) for row in rows), {row[0]: tuple(keys_of(row[1])) for row in known}
        )

    def keep(
        self,
        team: Key,
        totals: Sequence[KeptTotal],
        members: Mapping[date, tuple[Key, ...]],
        now: datetime,
    ) -> None:
        """Keep totals, each with its month's `members` if these aren't kept yet; forget very old months.

        A month of which another process kept something meanwhile stays as it is, and nothing is kept of it.
        Raises QueryError if the store can't be written.
        """
        place = {"workspace": self._workspace, "team": keys_text(team), "kept_at": now}
        oldest = add_months(now.date().replace(day=1), -MONTHS_KEPT)
        try:
            with self._engine.begin() as connection:
                for table in (team_totals, team_members):
                    connection.execute(delete(table).where(table.c.month < oldest))
            for total in totals:
                frozen = members.get(total.month)
                try:
                    with self._engine.begin() as connection:
                        if frozen is not None:
                            row = {"month": total.month, "members": keys_text(list(frozen))}
                            connection.execute(insert(team_members).values(place | row))
                        connection.execute(insert(team_totals).values(place | _row(total)))
                except IntegrityError:  # another process was first
                    continue
        except SQLAlchemyError as wrong:
            raise _unavailable(wrong) from wrong


def forget_rep(connection: Connection, workspace: str, rep: Key) -> int:
    """Replace a rep's key wherever team totals have it; return in how many rows.

    The totals stay: each is a sum over four people or more. No further total is shown of their months.
    """
    changed = 0
    for table, columns in ((team_totals, ("contributors", "shown_to")), (team_members, ("members",))):
        is_text = table is team_totals
        rows = connection.execute(select(table).where(table.c.workspace == workspace)).mappings().all()
        for row in rows:
            known = {name: keys_of(row[name]) for name in columns}
            key = str(rep) if is_text else rep
            without = {
                name: [ERASED if entry == key else entry for entry in keys] for name, keys in known.items()
            }
            if without != known:
                this = [column == row[column.name] for column in table.primary_key]
                texts = {name: keys_text(keys) for name, keys in without.items()}
                connection.execute(update(table).where(*this).values(texts))
                changed += 1
    return changed


def _row(total: KeptTotal) -> dict[str, Any]:
    return {
        "metric": total.metric,
        "definition": total.definition,
        "month": total.month,
        "value": total.figure.value,
        "numerator": total.figure.numerator,
        "denominator": total.figure.denominator,
        "target": total.target,
        "contributors": keys_text(list(total.contributors)),
        "shown_to": keys_text(list(total.shown_to)),
    }


def _total(row: RowMapping, team: Key) -> KeptTotal:
    return KeptTotal(
        row["metric"],
        row["definition"],
        team,
        row["month"],
        Figure(row["value"], row["numerator"], row["denominator"]),
        row["target"],
        tuple(keys_of(row["contributors"])),
        tuple(keys_of(row["shown_to"])),
    )


def _unavailable(wrong: SQLAlchemyError) -> QueryError:
    log.warning("team totals can't be kept, so none is shown: %s", type(wrong).__name__)
    return QueryError(
        "I can't show your team's totals right now.", hint="Ask for your own figures, or try again later."
    )
