"""A shorter time limit for the statements of a block than the database's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_limit: ContextVar[float | None] = ContextVar("time_limit", default=None)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Stop each statement that this thread starts within the block after so many seconds.

    A statement that is stopped raises WarehouseTimeoutError. A longer limit than that of the database has
    no effect.
    """
    token = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(token)


def shorter(limit: float | None) -> float | None:
    """Return the limit of the statements of this block if it is shorter; None is no limit."""
    own = _limit.get()
    return limit if own is None else own if limit is None else min(limit, own)
