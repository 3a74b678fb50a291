"""Files of targets between their preview and the press that sets them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, insert, select

from bot.store.tables import target_files

_KEPT_FOR = timedelta(hours=1)
_NAME, _METRIC = 200, 100


@dataclass(frozen=True, slots=True)
class TargetFile:
    """A file that somebody (a Slack user id) dropped, and the metric that they named beside it."""

    person: str
    name: str
    metric: str
    content: bytes


class TargetFiles:
    """The files of one workspace that wait."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose files these are."""
        self._engine = engine
        self._workspace = workspace

    def keep(self, file: TargetFile, now: datetime) -> str:
        """Keep a file for an hour, and return the token by which it is taken. Older ones are deleted."""
        token = secrets.token_urlsafe(12)
        row = {
            "workspace": self._workspace,
            "token": token,
            "person": file.person,
            "name": file.name[:_NAME],
            "metric": file.metric[:_METRIC],
            "content": file.content,
            "until": now + _KEPT_FOR,
        }
        with self._engine.begin() as connection:
            connection.execute(delete(target_files).where(target_files.c.until <= now))
            connection.execute(insert(target_files).values(row))
        return token

    def person(self, token: str, now: datetime) -> str | None:
        """Return whose file waits under a token; None if none does, or its time is over."""
        of_it = self._of(token)
        wanted = select(target_files.c.person).where(*of_it, target_files.c.until > now)
        with self._engine.connect() as connection:
            return connection.execute(wanted).scalar()

    def take(self, token: str, now: datetime) -> TargetFile | None:
        """Return the file that waits under a token and delete it: only the first caller gets it."""
        of_it = self._of(token)
        wanted = select(target_files).where(*of_it, target_files.c.until > now)
        with self._engine.begin() as connection:
            row = connection.execute(wanted).mappings().first()
            if not connection.execute(delete(target_files).where(*of_it)).rowcount or row is None:
                return None
        return TargetFile(row["person"], row["name"], row["metric"], bytes(row["content"]))

    def _of(self, token: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return target_files.c.workspace == self._workspace, target_files.c.token == token
