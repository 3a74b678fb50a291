"""What would make questions faster, for a terminal and for scripts (docs/json.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.render.check_report import indented
from bot.render.contract import Json
from kpi_engine import Advice, Measured


def advice_json(advised: Sequence[Advice] | None) -> list[Json] | None:
    """Return the advice as JSON values; None where mistakes come first."""
    if advised is None:
        return None
    return [
        {
            "file": entry.file,
            "line": entry.line,
            "message": entry.message,
            "fix": entry.fix,
            "ddl": entry.ddl,
            "measured": _measured_json(entry.measured) if entry.measured else None,
        }
        for entry in advised
    ]


def _measured_json(measured: Measured) -> Json:
    return {
        "question": measured.question,
        "today_ms": _milliseconds(measured.today),
        "rows": measured.rows or None,
        "before_ms": _milliseconds(measured.before),
        "after_ms": _milliseconds(measured.after),
        "together": list(measured.together),
    }


def advice_lines(advised: Sequence[Advice] | None, width: int | None) -> Iterator[str]:
    """Yield the advice, wrapped to `width` columns where that is given; None: mistakes come first.

    A statement stays on one line, so that it can be copied.
    """
    if advised is None:
        yield "Advice needs model files without mistakes."
    elif not advised:
        yield "No advice: no index or statistics would make questions noticeably faster."
    else:
        yield "Advice (nothing was changed; give the statements to the owner of the database):"
        for entry in advised:
            yield from indented([f"{entry.file}:{entry.line}: {entry.message}", entry.fix], width)
            if entry.ddl:
                yield f"    {entry.ddl}"
            if entry.measured:
                yield from indented([_measured_text(entry.measured)], width, first="    ")


def _measured_text(measured: Measured) -> str:
    took = "longer than a statement may" if measured.today is None else _duration(measured.today)
    today = f"Today “{measured.question}” takes {took}."
    if measured.before is None or measured.after is None:
        return f"{today} The gain isn't measured: this database can't try an index without writing."
    tried = (
        f"{today} On a copy of {measured.rows:,} rows in memory it takes {_duration(measured.before)} of CPU "
        f"without the index and {_duration(measured.after)} with it ({measured.before / measured.after:,.1f} "
        "times faster)"
    )
    return f"{tried}, together with {' '.join(measured.together)}" if measured.together else f"{tried}."


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.2g} ms"  # noqa: PLR2004 - two digits


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
