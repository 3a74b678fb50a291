"""How many deliveries there are in which state, and since when the oldest has been due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine, func, select

from bot.store.deliveries import ENDED, State
from bot.store.post_tables import deliveries

_ROW = deliveries.c


def count_by_state(engine: Engine, workspace: str) -> Mapping[str, int]:
    """Return how many deliveries are in each state, also where there are none. Raises StoreError."""
    wanted = select(_ROW.state, func.count()).where(_ROW.workspace == workspace).group_by(_ROW.state)
    with engine.connect() as connection:
        counted = {str(state): count for state, count in connection.execute(wanted)}
    return {str(state): counted.get(str(state), 0) for state in State}


def oldest_due(engine: Engine, workspace: str, now: datetime) -> Mapping[str, datetime]:
    """Return the due time of the oldest delivery by state, of those that are due and not over.

    Raises StoreError.
    """
    wanted = (
        select(_ROW.state, func.min(_ROW.due_at))
        .where(_ROW.workspace == workspace, _ROW.state.not_in(ENDED), _ROW.due_at <= now)
        .group_by(_ROW.state)
    )
    with engine.connect() as connection:
        return {str(state): due for state, due in connection.execute(wanted)}
