"""The audit: who asked what, without any figures. It can be shown and erased."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from queue import Full, Queue
from threading import Event, Thread

from sqlalchemy import Engine, insert, select

from bot.store.errors import StoreError
from bot.store.tables import audit

log = logging.getLogger(__name__)

_WAITING = 1000
"""How many entries may wait to be written; more are dropped and logged."""
_LONGEST = 2000
_AGAIN_SECONDS = 5.0

Count = Callable[[str, str], None]
"""Counts a question by how it was asked, and by its outcome."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One question in canonical words, or as typed if it can't be read.

    `channel` is a person's id if the answer went to their direct messages; `via` is how it was asked, or
    "subscription". `outcome` is answered, refused, failed or cancelled; `rows` is how many figures were
    shown, counting each period of each group. `reference` is what the log and an apology call the request,
    "" for one that had none.
    """

    person: str
    channel: str
    via: str
    question: str
    outcome: str
    rows: int
    milliseconds: int
    asked_at: datetime
    reference: str = ""


class AuditRows:
    """The questions of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose questions these are."""
        self._engine = engine
        self._workspace = workspace

    def write(self, entry: Entry) -> None:
        """Keep a question."""
        row = {
            "workspace": self._workspace,
            "person": entry.person,
            "channel": entry.channel,
            "via": entry.via,
            "question": entry.question[:_LONGEST],
            "outcome": entry.outcome,
            "rows": entry.rows,
            "milliseconds": entry.milliseconds,
            "asked_at": entry.asked_at,
            "reference": entry.reference,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(audit).values(row))

    def newest(
        self,
        limit: int,
        person: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
        reference: str = "",
    ) -> Sequence[Entry]:
        """Return the newest questions: of one person, in `[start, end)`, of one reference, where given."""
        column = audit.c
        wanted = select(audit).where(column.workspace == self._workspace)
        wanted = wanted.where(column.person == person) if person else wanted
        wanted = wanted.where(column.reference == reference) if reference else wanted
        wanted = wanted.where(column.asked_at >= start) if start else wanted
        wanted = wanted.where(column.asked_at < end) if end else wanted
        with self._engine.connect() as connection:
            found = connection.execute(wanted.order_by(column.id.desc()).limit(limit)).mappings()
            return [Entry(**{name: row[name] for name in Entry.__slots__}) for row in found]


class Audit:
    """Writes questions on a background thread: answers neither wait for it nor fail because of it.

    While the store is away, questions wait in memory and are written once it is back.
    """

    def __init__(self, rows: AuditRows, count: Count = lambda _via, _outcome: None) -> None:
        """Start the thread. `count` is told how each question was asked, and its outcome."""
        self._rows = rows
        self._count = count
        self._waiting: Queue[Entry | None] = Queue(_WAITING)
        self._closing = Event()
        self._thread = Thread(target=self._write_all, name="audit", daemon=True)
        self._thread.start()

    def note(self, entry: Entry) -> None:
        """Queue a question to be written; returns at once and never raises."""
        self._count(entry.via, entry.outcome)
        try:
            self._waiting.put_nowait(entry)
        except Full:
            log.warning("too many questions wait for the audit; one was not kept")

    def close(self, grace: float) -> None:
        """Write what is queued, for at most `grace` seconds."""
        self._closing.set()
        try:
            self._waiting.put(None, timeout=grace)
        except Full:
            log.warning("the audit can't keep up; the last questions were not kept")
            return
        self._thread.join(grace)

    def _write_all(self) -> None:
        lost = 0
        while (entry := self._waiting.get()) is not None:
            is_over = self._is_over(entry)
            while not is_over and not self._closing.is_set():
                self._closing.wait(_AGAIN_SECONDS)
                is_over = self._is_over(entry)
            lost += not is_over
        if lost:
            log.warning("%d questions could not be written to the audit: the store is away", lost)

    def _is_over(self, entry: Entry) -> bool:
        """Write a question; False if the store is away, so that it is to be tried again."""
        try:
            self._rows.write(entry)
        except StoreError:
            return False
        except Exception as wrong:  # noqa: BLE001 - the next questions are still to be written
            # a traceback could quote the question
            log.error("a question could not be written to the audit (%s)", type(wrong).__name__)  # noqa: TRY400
        return True
