"""What was proved of the rows, and the mistakes that were found in them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.store.errors import StoreError
from bot.store.tables import mistakes, proofs
from kpi_engine.domain.errors import Problem

log = logging.getLogger(__name__)

_KEPT = timedelta(days=7)
_AT_ONCE = 200
"""The keys that are looked up in one statement."""
_LONGEST_SUBJECT = 300


class StoredProofs:
    """Proofs that outlive a process, such as one question of the command line."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose database it is."""
        self._engine = engine
        self._workspace = workspace

    def known(self, keys: Collection[str], since: date) -> Mapping[str, bool]:
        """Return which of some proofs made on `since` or later held; a store that fails knows none."""
        every = list(keys)
        found: dict[str, bool] = {}
        try:
            with self._engine.connect() as connection:
                for start in range(0, len(every), _AT_ONCE):
                    wanted = select(proofs.c.key, proofs.c.holds).where(
                        proofs.c.workspace == self._workspace,
                        proofs.c.key.in_(every[start : start + _AT_ONCE]),
                        proofs.c.day >= since,
                    )
                    found |= {str(row[0]): bool(row[1]) for row in connection.execute(wanted)}
        except StoreError:
            return {}  # that the store is away has been logged
        except SQLAlchemyError as wrong:
            log.warning("the proofs can't be read: %s", wrong)
        return found

    def keep(self, held: Mapping[str, bool], day: date) -> None:
        """Keep whether some proofs held on a day; old ones are forgotten. A store that fails keeps none."""
        if not held:
            return
        own = proofs.c.workspace == self._workspace
        rows = [
            {"workspace": self._workspace, "key": key, "holds": holds, "day": day}
            for key, holds in held.items()
        ]
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(proofs).where(own, proofs.c.day < day - _KEPT))
                for start in range(0, len(rows), _AT_ONCE):
                    part = rows[start : start + _AT_ONCE]
                    keys = [row["key"] for row in part]
                    connection.execute(delete(proofs).where(own, proofs.c.key.in_(keys)))
                    connection.execute(insert(proofs), part)
        except StoreError:
            return
        except SQLAlchemyError as wrong:  # also where another process keeps the same at the same time
            log.warning("the proofs can't be kept: %s", wrong)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in the rows: where it is, what is wrong and how to mend it. `mended_at` None: it is there."""

    id: int
    subject: str
    message: str
    fix: str
    found_at: datetime
    mended_at: datetime | None


class MistakeBook:
    """The mistakes in the rows of one workspace's database."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace."""
        self._engine = engine
        self._workspace = workspace

    def found(
        self, problems: Iterable[Problem], now: datetime
    ) -> tuple[tuple[Mistake, ...], tuple[Mistake, ...]]:
        """Write down what is wrong now; return the mistakes that are new, and those that are mended."""
        there = {_subject(problem): problem for problem in problems}
        open_ones = {entry.subject: entry for entry in self._read(mistakes.c.mended_at.is_(None))}
        mended = [entry for subject, entry in open_ones.items() if subject not in there]
        fresh = [subject for subject in there if subject not in open_ones]
        with self._engine.begin() as connection:
            for entry in mended:
                ended = update(mistakes).where(mistakes.c.id == entry.id).values(mended_at=now)
                connection.execute(ended)
            for subject in fresh:
                row = {
                    "workspace": self._workspace,
                    "subject": subject,
                    "message": str(there[subject].message),
                    "fix": str(there[subject].fix),
                    "found_at": now,
                }
                connection.execute(insert(mistakes).values(row))
        new = [entry for entry in self._read(mistakes.c.mended_at.is_(None)) if entry.subject in fresh]
        return tuple(new), tuple(mended)

    def since(self, moment: datetime) -> Sequence[Mistake]:
        """Return the mistakes that were found or mended after a moment."""
        return self._read((mistakes.c.found_at > moment) | (mistakes.c.mended_at > moment))

    def of(self, number: int) -> Mistake | None:
        """Return a mistake by its number."""
        return next(iter(self._read(mistakes.c.id == number)), None)

    def _read(self, condition: object) -> list[Mistake]:
        own = mistakes.c.workspace == self._workspace
        wanted = select(mistakes).where(own, condition).order_by(mistakes.c.id)  # type: ignore[arg-type]
        with self._engine.connect() as connection:
            return [
                Mistake(
                    row["id"], row["subject"], row["message"], row["fix"], row["found_at"], row["mended_at"]
                )
                for row in connection.execute(wanted).mappings()
            ]


def _subject(problem: Problem) -> str:
    """Return what stays the same of a mistake while its counts change: its place, and its first words."""
    words = " ".join(word for word in problem.message.split()[:4] if not any(map(str.isdigit, word)))
    return f"{problem.file}:{problem.line} {words}"[:_LONGEST_SUBJECT]
