"""One request with everything that answering it needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.render.sentences import Sentences
from bot.rights import Rights, Viewer
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine import Asker
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.query import Member


@dataclass(frozen=True, slots=True)
class RequestContext:
    """A request, the workspace's services, what the answer may show, and the sentences of its language.

    Made once for each request. The rights are read when they are first needed: a request that needs none
    waits for no database.
    """

    request: Request
    services: Services
    rights: Rights
    sentences: Sentences

    @classmethod
    def of(cls, request: Request, services: Services) -> RequestContext:
        """Return the context of a request."""
        return RequestContext(
            request, services, services.rights(request), services.sentences(request.language)
        )

    def with_text(self, text: str) -> Self:
        """Return the context of another line of the same person, with the same rights."""
        return replace(self, request=replace(self.request, text=text))

    def owns_or_sees_everything(self, owner: str) -> bool:
        """Whether the asker is the owner of something that is set up, or an admin."""
        if owner == self.request.user:
            return True
        try:
            return self.rights.own.everything
        except ForbiddenError:
            return False

    @property
    def now(self) -> datetime:
        """When it was asked."""
        return self.request.now

    @property
    def today(self) -> date:
        """The day on which it was asked, in the business time zone."""
        return self.services.engine.today(self.request.now)

    @property
    def zone(self) -> ZoneInfo:
        """The asker's time zone as Slack says, the company's where it isn't known."""
        try:
            return ZoneInfo(self.request.zone) if self.request.zone else self.services.zone
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return self.services.zone

    @property
    def language(self) -> str:
        """The language of the answer."""
        return self.request.language

    @property
    def catalogue(self) -> Catalogue:
        """The metrics and everything else that the model files define."""
        return self.services.catalogue

    @property
    def is_public(self) -> bool:
        """Whether everybody in the channel reads the answer."""
        return self.request.via == "mention"

    @property
    def viewer(self) -> Viewer:
        """What the answer may show. Raises ForbiddenError if that is nothing."""
        return self.rights.viewer

    def members(self, viewer: Viewer | None = None) -> Mapping[str, Sequence[Member]]:
        """Return the names that the asker, or another viewer, may type, by dimension. Raises KpiError."""
        return self.services.members(self.now, viewer or self.viewer)

    def asker(self, viewer: Viewer | None = None) -> Asker:
        """Return which rep "me" is, and which reps mentions stand for, as a viewer sees them."""
        return self.services.asker(self.request.user, self.now, viewer or self.viewer)
