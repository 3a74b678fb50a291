"""Questions that aren't answered yet, so that the asker can be told if the bot is killed.

A question is written when it is taken and deleted when it is answered. One that is left is claimed by a
delete before its asker is told: so nobody is told twice, whichever process finds it.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from sqlalchemy import ColumnElement, Engine, Insert, and_, delete, insert, select, update

from bot.store.errors import StoreError
from bot.store.tables import open_questions

_ALIVE_FOR = timedelta(seconds=90)
"""After this time without a sign of life, a process on another machine counts as killed."""
_TOLD_FOR = timedelta(days=7)
"""Older questions are forgotten without a word."""
_LINE, _FILE = 2000, 200
_ROW = open_questions.c


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question, or a dropped `file`, and how to reach its asker.

    `is_open`: the answer belongs into the channel, in its `thread`; else to the person alone, by the
    `response_url` while that is valid. `line` is empty if it is too long to be asked again.
    """

    token: str
    person: str
    channel: str
    thread: str | None
    is_open: bool
    response_url: str
    line: str
    file: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """One process: the machine (with its space of process numbers), its number there, and a random mark."""

    machine: str
    pid: int
    mark: str

    @classmethod
    def this_process(cls) -> Owner:
        """Return the process that calls."""
        return cls(_machine(), os.getpid(), secrets.token_hex(4))

    @property
    def name(self) -> str:
        """As it is kept."""
        return f"{self.machine[:150]} {self.pid} {self.mark}"

    def sees_dead(self, name: str) -> bool:
        """Whether the process with a name is known to have ended: it was on this machine and isn't there."""
        machine, _, rest = name.rpartition(" ")[0].rpartition(" ")
        if machine != self.machine[:150] or not rest.isdecimal() or name == self.name:
            return False
        return int(rest) == self.pid or not _runs(int(rest))


class OpenQuestions:
    """The open questions of one workspace; safe to share between threads."""

    def __init__(self, engine: Engine, workspace: str, owner: Owner) -> None:
        """Take the store, the workspace, and the process that asks."""
        self._engine = engine
        self._workspace = workspace
        self._owner = owner
        self._mine: set[str] = set()
        self._over: set[str] = set()
        self._lock = Lock()

    def beginning(self, question: OpenQuestion) -> Insert:
        """Return the statement that keeps a question, which this process begins to answer; see `began`."""
        row = {
            "workspace": self._workspace,
            "token": question.token,
            "person": question.person,
            "channel": question.channel,
            "thread": question.thread,
            "is_open": question.is_open,
            "response_url": question.response_url,
            "line": question.line if len(question.line) <= _LINE else "",
            "file": question.file[:_FILE],
            "asked_at": question.asked_at,
            "owner": self._owner.name,
            "alive_until": question.asked_at + _ALIVE_FOR,
        }
        return insert(open_questions).values(row)

    def began(self, question: OpenQuestion) -> None:
        """Note that the statement of `beginning` was executed."""
        with self._lock:
            self._mine.add(question.token)

    def begin(self, question: OpenQuestion) -> None:
        """Keep a question by itself. While the store is away, it isn't kept."""
        try:
            with self._engine.begin() as connection:
                connection.execute(self.beginning(question))
        except StoreError:
            return
        self.began(question)

    def end(self, token: str) -> None:
        """Forget a question that was answered; if the store is away, the next sign of life does it."""
        with self._lock:
            if token not in self._mine:
                return
            self._mine.discard(token)
            self._over.add(token)
        try:
            self._forget([token])
        except StoreError:
            return

    def keep_alive(self, now: datetime) -> None:
        """Say that this process still works on its questions. Raises StoreError."""
        with self._lock:
            mine, over = tuple(self._mine), tuple(self._over)
        if over:
            self._forget(over)
        if mine:
            change = update(open_questions).where(self._are(mine)).values(alive_until=now + _ALIVE_FOR)
            with self._engine.begin() as connection:
                connection.execute(change)

    def left(self, now: datetime) -> Sequence[OpenQuestion]:
        """Return the questions of processes that were killed, the oldest first. Raises StoreError."""
        others = and_(_ROW.workspace == self._workspace, _ROW.owner != self._owner.name)
        with self._engine.connect() as connection:
            rows = connection.execute(select(open_questions).where(others).order_by(_ROW.asked_at)).mappings()
            return [
                OpenQuestion(**{name: row[name] for name in OpenQuestion.__slots__})
                for row in rows
                if row["alive_until"] < now or self._owner.sees_dead(row["owner"])
            ]

    def take(self, question: OpenQuestion, now: datetime) -> bool:
        """Claim a question whose asker is to be told; False if another process was first, or it is old."""
        with self._engine.begin() as connection:
            statement = delete(open_questions).where(self._are([question.token]))
            is_first = connection.execute(statement).rowcount == 1
        return is_first and now - question.asked_at <= _TOLD_FOR

    def _forget(self, tokens: Sequence[str]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(open_questions).where(self._are(tokens)))
        with self._lock:
            self._over.difference_update(tokens)

    def _are(self, tokens: Sequence[str]) -> ColumnElement[bool]:
        return and_(_ROW.workspace == self._workspace, _ROW.token.in_(tokens))


def _machine() -> str:
    """Return this machine's name; on Linux with its space of process numbers: containers have their own."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return f"{socket.gethostname()}{space}".replace(" ", "")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
