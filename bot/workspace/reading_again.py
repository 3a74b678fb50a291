"""What a post says is never from memory: names, coverage and targets are read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.workspace.services import Services

_LONGEST = timedelta(minutes=1)
"""How old a reading may be that several posts share."""


@contextmanager
def reading_again(services: Services, since: datetime, now: datetime) -> Iterator[None]:
    """Use nothing within this block that was read before `since`, or more than a minute before `now`.

    `since` is the moment from which a post may be sent, so that posts which are due together share what they
    read. Raises KpiError where the names can't be read.
    """
    oldest = min(now, max(since, now - _LONGEST))
    with services.engine.afresh((now - oldest).total_seconds()):
        services.index.read_again(oldest, now)
        yield
