"""References: a short id that one request, or one delivery, has in the log, in the audit and in apologies.

It travels as a context variable: into the tasks that a task starts, and into the threads of `Pool`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("reference", default="")


def new_reference() -> str:
    """Return a reference that no other request has."""
    return secrets.token_hex(4)


def current_reference() -> str:
    """Return the reference of what is being worked on, "" outside of any request and delivery."""
    return _current.get()


@contextmanager
def referring_to(reference: str) -> Iterator[None]:
    """Work on what has this reference until the block ends."""
    before = _current.set(reference)
    try:
        yield
    finally:
        _current.reset(before)
