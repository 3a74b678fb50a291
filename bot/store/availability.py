"""Whether the store answers: a failure costs one log line, and the next callers don't wait for it again.

A locked file makes each writer wait, and a server that is gone each caller. So after a failure everybody is
refused at once for a few seconds, except for one caller who tries again. Reading and writing are told apart:
a file that is full, locked or read-only can still be read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock, get_ident
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, event
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DataError, DisconnectionError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.store.errors import StoreAwayError

log = logging.getLogger(__name__)

_REFUSED_SECONDS = 3.0
_FILE, _WROTE = "kpi_bot_file", "kpi_bot_wrote"


class Availability:
    """What is known of one store; safe to share between threads."""

    def __init__(self, file: Path | None = None, seconds: Callable[[], float] = monotonic) -> None:
        """Take the store's file, None for a server; `seconds` is the clock that refusals are measured by."""
        self._file = file
        self._seconds = seconds
        self._lock = Lock()
        self._again_at: dict[str, float] = {}
        self._trying: dict[str, int] = {}
        self._has_file = self._number() is not None

    def require(self, what: str) -> None:
        """Raise StoreAwayError if `what` (reading or writing) failed just now; one thread at a time tries."""
        if what not in self._again_at:
            return
        with self._lock:
            again_at, now = self._again_at.get(what), self._seconds()
            if again_at is None or self._trying.get(what) == get_ident():
                return
            if now < again_at:
                raise StoreAwayError
            self._again_at[what], self._trying[what] = now + _REFUSED_SECONDS, get_ident()

    def works(self, what: str) -> None:
        """Note that reading or writing works; said once after it failed."""
        if not self._again_at:
            return
        with self._lock:
            was_away = self._again_at.pop(what, None) is not None
            self._trying.pop(what, None)
        if was_away:
            log.warning("%s the store works again", what)

    def failed(self, what: str, reason: str) -> StoreAwayError:
        """Note that reading or writing failed, said once until it works again; return the error to raise."""
        with self._lock:
            is_news = what not in self._again_at
            self._again_at[what] = self._seconds() + _REFUSED_SECONDS
            self._trying.pop(what, None)
        if is_news:
            log.warning("%s the store fails (%s); I answer without it as far as I can", what, reason)
        return StoreAwayError()

    def file_of_connection(self) -> int | None:
        """Return which file a new connection has opened."""
        number = self._number()
        self._has_file = self._has_file or number is not None
        return number

    def require_file(self) -> None:
        """Raise StoreAwayError if the file was there and is gone: opening it would make an empty one."""
        if self._has_file and self._number() is None:
            raise self.failed(READING, "its file is gone; put it back, or restart the bot to begin a new one")

    def is_still(self, number: int | None) -> bool:
        """Whether a file that was opened is still the store's: a deleted one keeps nothing."""
        return self._number() == number

    def _number(self) -> int | None:
        try:
            return None if self._file is None else self._file.stat().st_ino
        except OSError:
            return None


READING, WRITING = "reading", "writing to"
"""What can fail by itself."""


def pool_that_refuses(known: Availability) -> type[QueuePool]:
    """Return the kind of pool whose connections aren't waited for while the store is away."""

    class Refusing(QueuePool):
        def connect(self) -> Any:
            known.require(READING)
            known.require_file()
            try:
                return super().connect()
            except PoolTimeoutError as late:
                raise known.failed(READING, "no connection is free") from late

    return Refusing


def watch(engine: Engine, known: Availability) -> None:
    """Tell `known` what becomes of an engine's statements, and raise its errors as StoreAwayError."""
    _watch_files(engine, known)
    _watch_statements(engine, known)

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> StoreAwayError | None:
        wrong = context.sqlalchemy_exception
        if wrong is None or isinstance(wrong, IntegrityError) or context.is_pre_ping:
            return None
        if not _is_of_the_whole(wrong):
            log.warning("a statement of the store failed (%s)", _reason(wrong))
            return StoreAwayError()
        is_of_writing = context.connection is not None and not context.is_disconnect and _is_write(context)
        return known.failed(WRITING if is_of_writing else READING, _reason(wrong))


def _watch_files(engine: Engine, known: Availability) -> None:
    @event.listens_for(engine, "connect")
    def opened(_connection: object, record: Any) -> None:
        record.info[_FILE] = known.file_of_connection()

    @event.listens_for(engine, "checkout")
    def checked_out(_connection: object, record: Any, _proxy: object) -> None:
        if not known.is_still(record.info.get(_FILE)):
            raise DisconnectionError  # it holds a file that was deleted or replaced


def _watch_statements(engine: Engine, known: Availability) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def executing(*given: Any) -> None:
        if _writes(given[4]):
            known.require(WRITING)

    @event.listens_for(engine, "after_cursor_execute")
    def executed(*given: Any) -> None:
        if _writes(given[4]):
            given[0].info[_WROTE] = True
        else:
            known.works(READING)

    @event.listens_for(engine, "commit")
    def committed(connection: Connection) -> None:
        known.works(READING)
        if connection.info.pop(_WROTE, False):  # one that wrote nothing says nothing of writing
            known.works(WRITING)

    @event.listens_for(engine, "rollback")
    def rolled_back(connection: Connection) -> None:
        connection.info.pop(_WROTE, None)


def _is_of_the_whole(wrong: Exception) -> bool:
    """Whether any other statement would fail as well, unlike one with a table or a value that is wrong."""
    return not isinstance(wrong, ProgrammingError | DataError) and "no such" not in str(
        getattr(wrong, "orig", "")
    )


def _writes(context: Any) -> bool:
    return bool(context is not None and (context.isinsert or context.isupdate or context.isdelete))


def _is_write(context: ExceptionContext) -> bool:
    """Whether a failure is of a change, or of its commit, which has no statement."""
    return context.statement is None or _writes(context.execution_context)


def _reason(wrong: Exception) -> str:
    """Return why the store failed, without the values of a row: PostgreSQL quotes them in its details."""
    original = getattr(wrong, "orig", None)
    name = type(original or wrong).__name__
    if not isinstance(wrong, OperationalError):
        return str(getattr(original, "sqlstate", None) or name)
    lines = str(original).strip().splitlines()
    return f"{name}: {lines[0][:200]}" if lines else name
