"""The statements that were run for an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class RunStatement:
    """One statement that was run on a database.

    `rows` is how many rows it returned, `seconds` how long it took, `figures` how many of the request's
    figures came out of it. Its text is made only when it is asked for.
    """

    database: str
    rows: int
    seconds: float
    figures: int
    render: Callable[[], str]

    @property
    def sql(self) -> str:
        """The statement with its values written in."""
        return self.render()
