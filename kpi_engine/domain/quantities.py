"""Values in translatable sentences: amounts, counts, shares, periods and figures.

Values are language-neutral; the code that shows a sentence formats them for its language. `str` returns
a form that doesn't depend on a country.
"""

from __future__ import annotations

from dataclasses import dataclass

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.periods import ONE_DAY, Period


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217)."""

    value: float
    currency: str

    def __str__(self) -> str:
        return f"{self.value:,.2f} {self.currency}"


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things, shown without decimals."""

    value: float

    def __str__(self) -> str:
        return f"{self.value:,.0f}"


@dataclass(frozen=True, slots=True)
class Share:
    """A share, 0..1, shown in percent with one decimal."""

    value: float

    def __str__(self) -> str:
        return f"{100 * self.value:.1f}%"


@dataclass(frozen=True, slots=True)
class RoundShare:
    """A share, 0..1, shown in whole percent."""

    value: float

    def __str__(self) -> str:
        return f"{100 * self.value:.0f}%"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a unit; `currency` is set for money."""

    value: float
    unit: Unit
    currency: str | None = None

    def __str__(self) -> str:
        match self.unit:
            case "money":
                return str(Money(self.value, self.currency or ""))
            case "share":
                return str(Share(self.value))
            case "days":
                return f"{self.value:,g} days"
        return f"{self.value:,g}"


@dataclass(frozen=True, slots=True)
class Span:
    """A period, shown by its name."""

    period: Period

    def __str__(self) -> str:
        if self.period.start is None or self.period.end is None:
            return "all time"
        last = self.period.end - ONE_DAY
        return f"{self.period.start.isoformat()} to {last.isoformat()}"


@dataclass(frozen=True, slots=True)
class FigureValue:
    """The value of a figure of an answer's metric."""

    figure: Figure

    def __str__(self) -> str:
        return "no data" if self.figure.value is None else f"{self.figure.value:,g}"


@dataclass(frozen=True, slots=True)
class FigureParts:
    """The components of a figure of an answer's metric: its cases, and the range of a rate."""

    figure: Figure

    def __str__(self) -> str:
        above, below = self.figure.numerator, self.figure.denominator
        return "" if above is None or below is None else f"{above:,g} of {below:,g}"
