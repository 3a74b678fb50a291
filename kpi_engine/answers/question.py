"""One question about one metric, with everything that its words leave open made explicit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kpi_engine.answers.reach import metric_within, models_of, refuse_unreachable
from kpi_engine.answers.setting import SERIES_LENGTH, Setting
from kpi_engine.answers.size_filter import refuse_unsized
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import ALL_TIME, Grain, IsWorkingDay, Period, Window, window_of
from kpi_engine.domain.query import Filter, Query, Scope
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import said


@dataclass(frozen=True, slots=True)
class Question:
    """What every step of an answer knows of the question.

    `query` is as it was asked, `period` and `window` are what that means on the day `today` of the
    business zone; `filters` are the query's and those of the scope. A brief question wants its figure and
    comparisons alone.
    """

    metric: Metric
    query: Query
    scope: Scope
    filters: tuple[Filter, ...]
    period: Period
    window: Window
    today: date
    catalogue: Catalogue
    is_working_day: IsWorkingDay | None
    is_brief: bool = False

    @property
    def is_about_one_figure(self) -> bool:
        """Whether findings belong beside its figure: a split or a series has its own table."""
        return not (self.query.by or self.query.per or self.window.is_empty or self.is_brief)

    @property
    def is_today_alone(self) -> bool:
        """Whether the day that is still running is asked for, of which no part of an earlier day is like."""
        return self.window.end is not None and self.window.end > self.today

    @property
    def withholds_parts(self) -> bool:
        """Whether the metric has parts that are made from rows which the asker may not see."""
        return self.metric.spec != self.catalogue.metrics[self.metric.name].spec

    @property
    def models(self) -> list[Model]:
        """The models of the metric's measures, one for each measure."""
        return models_of(self.catalogue, self.metric)

    @property
    def yields(self) -> Title | None:
        """The title of what the metric's cost is spent for; None where it is no cost of a count."""
        counted = self.metric.yields
        return None if counted is None else self.catalogue.counted_as(counted)

    @property
    def money(self) -> str:
        """The currency of the metric's amounts, also where its own value is none."""
        return self.models[0].currency


def question_of(
    setting: Setting, query: Query, scope: Scope, now: datetime, *, is_brief: bool = False
) -> Question:
    """Return the question that a query about one metric asks. Raises QueryError where it can't be asked."""
    catalogue, today = setting.catalogue, setting.today(now)
    metric = metric_within(catalogue, query.metrics[0], scope)
    refuse_unsized(catalogue, query)
    refuse_unreachable(catalogue, metric, query, scope)
    period = query.period or _default_period(catalogue, metric, query, today)
    if metric.spec.compares_ends and period.is_all_time:
        raise QueryError(
            said(
                "{metric} compares the start and end of a period, and all time has neither.",
                metric=metric.title,
            ),
            hint="Ask for a month or a year.",
        )
    return Question(
        metric=metric,
        query=query,
        scope=scope,
        filters=(*query.filters, *scope.filters),
        period=period,
        window=window_of(period, today),
        today=today,
        catalogue=catalogue,
        is_working_day=setting.is_working_day,
        is_brief=is_brief,
    )


def _default_period(catalogue: Catalogue, metric: Metric, query: Query, today: date) -> Period:
    models = catalogue.models
    have_time = all(
        models[ref.model].measures[ref.measure].time or models[ref.model].time
        for ref in metric.spec.measures()
    )
    if not have_time:
        return ALL_TIME
    if query.per:
        return metric.spec.default_period(today, query.per, SERIES_LENGTH)
    return metric.spec.default_period(today, Grain.MONTH, 1)
