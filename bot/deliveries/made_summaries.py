"""Summaries made for deliveries: what earlier posts to the same place told isn't repeated."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.rights import Viewer
from bot.store.deliveries import Delivery
from bot.store.told import ToldFindings, findings_of
from bot.workspace.services import Services
from bot.workspace.summaries import summary_of
from kpi_engine.domain.periods import Period
from kpi_engine.domain.posts import SummarySpec
from kpi_engine.domain.query import Member
from kpi_engine.domain.summary import Summary

_KEPT = 20
"""Summaries that are kept for their threads; one that another process posted is never taken."""


@dataclass(frozen=True, slots=True)
class MadeSummaries:
    """Makes the summaries of one workspace's deliveries, and keeps each until its thread is posted."""

    services: Services
    told: ToldFindings
    _made: dict[int, Summary] = field(default_factory=dict)

    def make(
        self,
        delivery: Delivery,
        spec: SummarySpec,
        viewer: Viewer,
        now: datetime,
        period: Period | None,
        rep: Member | None = None,
    ) -> Summary:
        """Return the summary of a delivery as a viewer may see it; note what it tells. Raises KpiError.

        `rep` is the rep that the reader of a private summary is.
        """
        services, what = self.services, delivery.what
        before = self.told.before(what.subscription, what.target, delivery.due_at)
        made = summary_of(
            services.engine, spec, services.members(now), now, viewer, rep=rep, period=period, told=before
        )
        self.told.note(delivery.id, findings_of(made.candidates))
        self._made[delivery.id] = made
        for oldest in list(self._made)[:-_KEPT]:
            self._made.pop(oldest, None)  # another thread may have dropped it
        return made

    def taken(self, post: Delivery) -> Summary | None:
        """Return the summary that this process made for a post, once; None if it made none."""
        return self._made.pop(post.id, None)
