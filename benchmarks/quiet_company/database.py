"""The company as an SQLite file that grows: on each day it holds what was known then."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from datetime import date
from pathlib import Path

from benchmarks.quiet_company.calendar import number
from benchmarks.quiet_company.profiles import Profile, Story
from benchmarks.quiet_company.rows import Form, forms
from bot.playground.company.tables import INDEXES, SCHEMA


class GrowingDatabase:
    """A company's database, up to a day that is moved on; `path` is a new file."""

    def __init__(self, path: Path, profile: Profile, story: Story | None = None) -> None:
        self.url = f"sqlite:///{path}"
        self._forms = forms(profile, story)
        self._places = dict.fromkeys(self._forms, 0)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(f"pragma synchronous = off; {SCHEMA}")

    def load_until(self, day: date) -> None:
        """Add what becomes known up to the start of a day. Days only move on."""
        is_new = not any(self._places.values())
        self._connection.execute("begin")
        for table, every in self._forms.items():
            start = self._places[table]
            end = bisect_left(every, number(day), lo=start, key=_since)
            if end > start:
                marks = ", ".join("?" * len(every[start].row))
                statement = f"insert or replace into {table} values ({marks})"
                self._connection.executemany(statement, [form.row for form in every[start:end]])
                self._places[table] = end
        self._connection.execute("commit")
        if is_new:
            self._connection.executescript(f"{INDEXES} analyze;")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _since(form: Form) -> int:
    return form.since
