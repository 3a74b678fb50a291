"""What a message shows in its blocks that its text doesn't say: a screen reader reads the text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isclose

from bot.render.block_kit import Block
from tests.bot.in_slack import Seen

_NUMBER = re.compile(r"\d(?:[\d.,\u202f]*\d)?")
_ROUNDED = 0.0051
"""Of a value, or half a unit: texts round where a chart draws the value itself."""

_BOUNDS = ("usual, from", "usual, to", "gebruikelijk, van", "gebruikelijk, tot")
"""The names of a chart's lines that bound the usual range."""


def unspoken(message: Seen) -> set[str]:
    """Return the numbers of the blocks that aren't in the text."""
    spoken = set(_NUMBER.findall(message.text))
    shown = {number for text in _texts(message.blocks) for number in _NUMBER.findall(text)}
    said = [_read(number) for number in spoken]
    drawn = {
        str(value)
        for value in _drawn(message.blocks)
        if not any(abs(abs(value) - told) <= max(0.51, abs(value) * _ROUNDED) for told in said)
    }
    return (shown - spoken) | drawn


def _texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        match block["type"]:
            case "section" | "header" | "context":
                for entry in [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]:
                    if isinstance(entry, Mapping):
                        yield str(entry["text"])
            case "data_table":
                yield block["caption"]
                for row in block["rows"]:
                    yield from (cell["text"] for cell in row)


def _drawn(blocks: tuple[Block, ...]) -> Iterator[float]:
    for block in blocks:
        if block["type"] == "data_visualization":
            for series in block["chart"]["series"]:
                values = [float(point["value"]) for point in series["data"]]
                is_bound = series["name"] in _BOUNDS
                yield from (
                    value for at, value in enumerate(values) if not (is_bound and _is_straight(at, values))
                )


def _is_straight(at: int, values: list[float]) -> bool:
    """Whether a bound lies exactly on the line between its neighbours: it only bridges a gap, and says nothing."""
    is_inside = 0 < at < len(values) - 1
    return is_inside and isclose(2 * values[at], values[at - 1] + values[at + 1], rel_tol=1e-12)


def _read(number: str) -> float:
    """Return a number as English and Dutch people write it; three digits at the end are thousands."""
    parts = re.split(r"[.,\u202f]", number)
    is_whole = len(parts) == 1 or len(parts[-1]) == 3
    return float("".join(parts)) if is_whole else float(f"{''.join(parts[:-1])}.{parts[-1]}")
