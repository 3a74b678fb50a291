"""The plot of how CPU grows with the number of rows, as SVG: a panel for each database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

_SVG = "http://www.w3.org/2000/svg"
_WIDTH, _HEIGHT = 420, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 170, 46, 46
_APART = 13
"""How far apart labels are at least."""
_PRODUCT, _BY_HAND = "#2563eb", "#9ca3af"


@dataclass(frozen=True, slots=True)
class Line:
    """The seconds of CPU of one side for a question, by number of rows; CPU grows as rows to `exponent`."""

    panel: str
    name: str
    is_product: bool
    points: Sequence[tuple[int, float]]
    exponent: float


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where values stand: powers of ten, from the first to the last one."""

    low: int
    high: int
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def svg(lines: Sequence[Line]) -> str:
    """Return the plot."""
    panels = list(dict.fromkeys(line.panel for line in lines))
    rows = _powers([at for line in lines for at, _ in line.points])
    seconds = _powers([spent for line in lines for _, spent in line.points])
    width = max(1, len(panels)) * (_WIDTH + _LEFT + _RIGHT)
    height = _HEIGHT + _TOP + _BOTTOM
    parts = [
        f'<svg xmlns="{_SVG}" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        left = number * (_WIDTH + _LEFT + _RIGHT) + _LEFT
        across = _Scale(*rows, left, left + _WIDTH)
        upwards = _Scale(*seconds, _TOP + _HEIGHT, _TOP)
        parts += [*_frame(panel, across, upwards)]
        parts += [*_drawn([line for line in lines if line.panel == panel], across, upwards)]
    return "\n".join([*parts, "</svg>", ""])


def _powers(values: Sequence[float]) -> tuple[int, int]:
    if not values:
        return 0, 1
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _frame(panel: str, across: _Scale, upwards: _Scale) -> Iterator[str]:
    title = f"{panel}: CPU by rows (blue: kpi-bot with exponent, grey: by hand)"
    yield f'<text x="{across.start}" y="{_TOP - 20}" font-size="13" font-weight="bold">{title}</text>'
    for power in range(upwards.low, upwards.high + 1):
        y = upwards.at(10.0**power)
        yield f'<path d="M{across.start} {y:.1f}H{across.end}" stroke="#e5e7eb"/>'
        label = f"{10.0**power:g} s" if power >= 0 else f"{10.0 ** (power + 3):g} ms"
        yield f'<text x="{across.start - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#4b5563">{label}</text>'
    for power in range(across.low, across.high + 1):
        x = across.at(10.0**power)
        yield f'<path d="M{x:.1f} {upwards.start}V{upwards.end}" stroke="#e5e7eb"/>'
        yield (
            f'<text x="{x:.1f}" y="{upwards.start + 18}" text-anchor="middle" fill="#4b5563">'
            f"{10**power:,}</text>"
        )


def _drawn(lines: Sequence[Line], across: _Scale, upwards: _Scale) -> Iterator[str]:
    for line in sorted(lines, key=lambda line: line.is_product):
        places = " ".join(f"{across.at(at):.1f},{upwards.at(spent):.1f}" for at, spent in line.points)
        colour = _PRODUCT if line.is_product else _BY_HAND
        yield f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    labelled = [line for line in lines if line.is_product]
    wanted = sorted(((upwards.at(line.points[-1][1]), line) for line in labelled), key=lambda entry: entry[0])
    lowest = 0.0
    for y, line in wanted:
        placed = max(y, lowest)
        lowest = placed + _APART
        x = across.at(line.points[-1][0]) + 6
        text = f"{line.name} {line.exponent:.2f}"
        yield f'<text x="{x:.1f}" y="{placed + 4:.1f}" fill="{_PRODUCT}">{text}</text>'
