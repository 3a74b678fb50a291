"""What a command may use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.texts import language_of
from bot.rights import access
from bot.rights.access import EVERYTHING, NOTHING, Roles, Staff, Viewer
from bot.store.audit import Audit
from bot.store.preferences import Preferences
from bot.store.subscriptions import SubscriptionBook
from bot.store.targets import TargetBook
from bot.workspace.drivers import DriverIndex
from bot.workspace.members import MemberIndex
from bot.workspace.request import Request
from bot.workspace.surveys import Surveys
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.periods import IsWorkingDay
from kpi_engine.domain.query import Member
from kpi_engine.domain.translatable import said
from kpi_engine.engine import Engine
from kpi_engine.language.parser import Asker


@dataclass(frozen=True, slots=True)
class Services:
    """One workspace's engine, names and words.

    `command` is the slash command that people type. With `demo`, every message says that its data
    is made up. `surveys`, `audit`, `subscriptions` and `preferences` are there once the bot is connected to
    Slack, and so is `drivers`; `targets` where it has a store. `support` says who helps with it. `wake` has
    what is due sent now.
    """

    engine: Engine
    index: MemberIndex
    zone: ZoneInfo
    calendar: IsWorkingDay | None
    language: str
    command: str
    demo: bool = False
    surveys: Surveys | None = None
    support: str = ""
    roles: Roles = field(default_factory=Roles)
    audit: Audit | None = None
    targets: TargetBook | None = None
    subscriptions: SubscriptionBook | None = None
    preferences: Preferences | None = None
    drivers: DriverIndex | None = None
    wake: Callable[[], None] = lambda: None

    @property
    def catalogue(self) -> Catalogue:
        """Everything defined."""
        return self.engine.catalogue

    def close(self) -> None:
        """Close the databases."""
        self.engine.close()

    def sentences(self, language: str) -> Sentences:
        """Return the words of a language."""
        return Sentences(Formats(language_of(language), self.zone), self.catalogue)

    def staff(self, now: datetime) -> Staff:
        """Return the sales people."""
        return self.index.names(now).staff

    def viewer(self, request: Request) -> Viewer:
        """Return what a request's answer may show: what the asker may see, and in public the channel too.

        Raises ForbiddenError where that is nothing. The command line is the operator.
        """
        if request.via == "cli":
            return EVERYTHING
        staff = self.staff(request.now)
        asker = access.viewer_of(request.account, self.roles, staff)
        if request.via != "mention":
            return asker
        readers = access.channel_viewer(request.channel, self.roles, staff, is_shared=request.is_shared)
        return access.narrower(asker, readers)

    def drivers_of(self, answers: Sequence[Answer], viewer: Viewer, now: datetime) -> tuple[str, ...]:
        """Return the dimensions that say most about a single answer's change, as far as they are known."""
        if self.drivers is None or len(answers) != 1:
            return ()
        return self.drivers.order(answers[0].metric, viewer, now)

    def viewer_or_nothing(self, request: Request) -> Viewer:
        """Return the same for what those without a role get as well: they see nothing."""
        try:
            return self.viewer(request)
        except ForbiddenError:
            return NOTHING

    def asker(self, user: str, now: datetime, viewer: Viewer = EVERYTHING) -> Asker:
        """Return which rep a Slack user is, and who mentions stand for, as far as the viewer sees them."""
        people = self.index.names(now).people
        if not viewer.everything:
            people = {name: member for name, member in people.items() if member in viewer.people}
        return Asker(viewer.own or people.get(user), people)

    def members(self, now: datetime, viewer: Viewer = EVERYTHING) -> dict[str, Sequence[Member]]:
        """Return the names that a viewer may type."""
        return dict(access.seen_members(self.index.names(now).members, viewer))


def surveys_of(services: Services) -> Surveys:
    """Return the surveys. Raises QueryError on the command line, which is nobody in Slack."""
    if services.surveys is None:
        raise QueryError(
            "Surveys are sent from Slack.",
            hint=said("Type {command} nps send there.", command=services.command),
        )
    return services.surveys


def targets_of(services: Services) -> TargetBook:
    """Return the book of targets. Raises QueryError where the bot has no store to keep it in."""
    if services.targets is None:
        raise QueryError(
            "Targets are kept in the bot's own store, and there is none here.",
            hint=said("Set them in Slack, with {command} target.", command=services.command),
        )
    return services.targets


def subscriptions_of(services: Services) -> SubscriptionBook:
    """Return the subscriptions. Raises QueryError on the command line, which is nobody in Slack."""
    if services.subscriptions is None:
        raise QueryError(
            "People subscribe in Slack.",
            hint=said("Type {command} subscribe weekly there.", command=services.command),
        )
    return services.subscriptions


def preferences_of(services: Services) -> Preferences:
    """Return what people chose. Raises QueryError on the command line, which is nobody in Slack."""
    if services.preferences is None:
        raise QueryError(
            "People have their settings in Slack.",
            hint=said("Type {command} settings there.", command=services.command),
        )
    return services.preferences
