"""Of the rows that entered in the period, the share that succeeded within a number of days or months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.metrics import Kind, MeasureRef, Need, Success, Weighed, Within, YoungEntries
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import ONE_DAY, AnyGrain, Grain, Period, Window, last_complete, shift, start_of
from kpi_engine.domain.translatable import said
from kpi_engine.kinds.ratio import joined_rate, rate_figure
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile, WithinFile


@dataclass(frozen=True, slots=True)
class Cohort(Kind):
    """The share of `entered` whose `succeeded` falls on the day they entered or later, within `within`.

    Only rows whose window is over are judged. `within` None means ever: all are judged at once.
    """

    entered: MeasureRef
    succeeded: str
    within: Horizon | None

    is_share = True

    @property
    def matures(self) -> bool:
        """Whether there is a window to wait for."""
        return self.within is not None

    @property
    def success(self) -> Success:
        """What is entered, and when an entry succeeded."""
        return Success(self.entered, tuple(self.succeeded.split(".")))

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the entries' measure."""
        return (self.entered,)

    def mature_until(self, today: date) -> date | None:
        """Return the first day of entry whose window isn't over yet at the end of yesterday.

        The window of an entry begins with its own day.
        """
        if self.within is None:
            return None
        day = self.within.before(today)  # where months are clamped, off by some days
        while self.within.after(day) > today:
            day -= ONE_DAY
        while self.within.after(day) <= today:
            day += ONE_DAY
        return day

    def needs(self, today: date) -> tuple[Need, ...]:
        """Return the judged entries, those of them that succeeded, and the ones still maturing."""
        cut = self.mature_until(today)
        within = Within(self.success.at, self.within)
        judged = (
            Need("numerator", self.entered, within=within, until=cut),
            Need("denominator", self.entered, until=cut),
        )
        return judged if cut is None else (*judged, Need("maturing", self.entered, since=cut))

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the rate of the judged; `parts` holds how many are judged and how many mature still."""
        figure = rate_figure(values["numerator"], values["denominator"], share=True)
        if self.within is None:
            return figure
        return replace(figure, parts={"mature": values["denominator"], "maturing": values["maturing"]})

    def weighed(self) -> Weighed:
        """Return the succeeded over the judged."""
        return Weighed({"numerator": 1}, {"denominator": 1})

    def joined(self, figures: Sequence[Figure], models: Mapping[str, Model]) -> Figure | None:
        """Return the rate of the entries of all months, where they add up."""
        return joined_rate(figures, share=True) if self.adds_up(models) else None

    def default_period(self, today: date, grain: AnyGrain, count: int) -> Period:
        """Return the newest `count` grains in which every entry's window is over."""
        cut = self.mature_until(today)
        return last_complete(grain, today if cut is None else cut, count)

    def maturing(self, today: date) -> tuple[YoungEntries, ...]:
        """Return the complete months that aren't mature yet, oldest first, with the age all have reached."""
        cut = self.mature_until(today)
        if cut is None:
            return ()
        months = []
        start = start_of(Grain.MONTH, cut)
        while (end := shift(Grain.MONTH, start, 1)) <= today:
            months.append(self._young(Period(start, end, Grain.MONTH), today))
            start = end
        return tuple(months)

    def young_in(self, window: Window, today: date) -> YoungEntries | None:
        """Return the entries of a window of which most aren't mature, at the age that all have reached.

        Where the last of them are so young that this would say little, only the first half of the days.
        """
        start, end, cut = window.start, window.end, self.mature_until(today)
        if start is None or end is None or cut is None or window.is_empty or end > today:
            return None
        days = (end - start).days
        if 2 * (end - max(start, cut)).days <= days:
            return None
        if 2 * (today - end).days < days and days > 1:
            return self._young(Period(start, start + (days + 1) // 2 * ONE_DAY, Grain.DAY), today)
        return self._young(Period(start, end, Grain.DAY), today)

    def _young(self, period: Period, today: date) -> YoungEntries:
        age = (today - period.bounds()[1]).days + 1
        return YoungEntries(period, age, replace(self, within=Horizon(days=age)))

    def formula(self) -> str:
        """Return which entries count as succeeded."""
        entered = f"{self.entered.model}.{self.entered.measure}"
        if self.within is None:
            return said("{entered} with a {succeeded} / {entered}", entered=entered, succeeded=self.succeeded)
        if self.within.days is not None:
            return said(
                "{entered} whose {succeeded} is 0 to {last} days after its own day / {entered}",
                entered=entered,
                succeeded=self.succeeded,
                last=self.within.days - 1,
            )
        return said(
            "{entered} whose {succeeded} is less than {within} after its own day / {entered}",
            entered=entered,
            succeeded=self.succeeded,
            within=self.within.words(),
        )

    def refuses(self, model: Model, dimension: str) -> str | None:
        """Return the reason where only the successes have the dimension."""
        if model.dimensions[dimension].success_only:
            return said("only successes have it, so every rate would be 100%")
        return None


class CohortFile(MetricFile):
    """A metric that follows entries to their success."""

    kind: Literal["cohort"]
    entered: MeasureRefFile
    succeeded: str = Field(description="a time column of the same model: when the entry succeeded")
    within: WithinFile | None = Field(
        description="days an entry has to succeed, or {months: 3}; null means ever"
    )

    def spec(self) -> Cohort:
        """Return the kind's own part of the file."""
        within = self.within.horizon() if self.within else None
        return Cohort(self.entered.ref(), self.succeeded, within)
