"""What would make questions faster, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_engine.domain.models import Location, Model


@dataclass(frozen=True, slots=True)
class Measured:
    """How long a question takes: `today` on the database itself, in seconds, as a median.

    `today` is None where it takes longer than a statement may. `before` and `after` are the median seconds of
    CPU without and with what is advised, on a copy of `rows` rows in memory; None where it can't be tried so.
    `together` are the statements of the other indexes that the copy had at the end, if it takes several.
    """

    question: str
    today: float | None = None
    rows: int = 0
    before: float | None = None
    after: float | None = None
    together: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that would make questions faster, at the line of a model file that it is about.

    `ddl` is for whoever owns the database; the bot never runs it. `fix` is for the model file.
    """

    file: str
    line: int
    message: str
    ddl: str = ""
    fix: str = ""
    measured: Measured | None = None


def about(
    model: Model,
    location: Location,
    message: str,
    *,
    ddl: str = "",
    fix: str = "",
    measured: Measured | None = None,
) -> Advice:
    """Return an advice at a key of a model's file."""
    place = model.at(*location)
    return Advice(place.file, place.line, message, ddl, fix, measured)
