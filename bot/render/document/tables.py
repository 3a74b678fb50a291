"""Tables and charts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text, and the number that it shows (None: it sorts as text)."""

    text: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change against a baseline, with its verdict; `brief` says it in fewer words.

    `words` are empty where the change says nothing: there is nothing to compare with.
    """

    baseline: str
    words: str
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """What there is to say about a row in full: what its figure is made of, its changes and its target."""

    made_of: str
    changes: tuple[Change, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    `value` is its figure in words; `detail` says more than its cells hold; `said` is the row in one line,
    where that isn't made of these. `drawn` is the number that a chart shows of it, None where it has none.
    `place` is its place on a board.
    """

    cells: tuple[Cell, ...]
    value: str = ""
    detail: Detail | None = None
    said: str = ""
    drawn: float | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column titles, of which the first `names` columns name each row.

    `total` is how many rows there would be in all. `place_title` heads the rows' places, empty where they
    have none.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    names: int
    total: int = 0
    place_title: str = ""

    @property
    def with_places(self) -> Table:
        """The table with the places of its rows, if they have any, as a column before the names."""
        if not self.place_title:
            return self
        return replace(
            self,
            columns=(self.place_title, *self.columns),
            rows=tuple(replace(row, cells=(Cell(row.place), *row.cells)) for row in self.rows),
            names=self.names + 1,
            place_title="",
        )


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of one period: the period's full, short and shortest name, the value in words and in a cell.

    `drawn` is the number that a chart shows, `value` the one that a table sorts by; None without one. `usual`
    is the usual range in words and `usual_drawn` as a chart shows it, empty and None without one.
    """

    name: str
    short: str
    label: str
    said: str
    cell: str
    drawn: float | None
    value: float | None
    usual: str = ""
    usual_drawn: tuple[float, float] | None = None
    is_unusual: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A figure over time, of the whole or of one group (`labels` name it)."""

    name: str
    labels: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A figure by group, over time, or both, to be shown as a table or as a chart.

    `metric` is its title and `axis` the same with its unit; `period_title` heads a column of periods. `rest`
    says, where fewer rows are shown than there are, how to get the others. `usual_titles` head the usual
    range of a series in a table, and name its lower and its upper line in a chart.
    """

    title: str
    metric: str
    axis: str
    period_title: str
    form: Literal["table", "chart"]
    groups: Table | None
    series: tuple[Series, ...] = ()
    rest: str = ""
    usual_titles: tuple[str, str, str] = ("", "", "")
