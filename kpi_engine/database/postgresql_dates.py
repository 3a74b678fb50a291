"""Dates of PostgreSQL that Python has no value for: infinity, years before 1 and after 9999.

psycopg refuses them, and with them every row that was read. They come as the text that the server sent.
"""

from __future__ import annotations

from typing import Any

from psycopg import DataError
from psycopg.abc import Buffer
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader


class _Dates(DateLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


class _Moments(TimestampLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


class _ZonedMoments(TimestamptzLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except DataError:
            return bytes(data).decode()


def load_every_date(raw: Any) -> None:
    """Make a connection of psycopg give dates that Python can't hold as text."""
    for name, loader in (("date", _Dates), ("timestamp", _Moments), ("timestamptz", _ZonedMoments)):
        raw.adapters.register_loader(name, loader)
