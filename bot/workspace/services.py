"""What the bot answers with: the engine, the names, the words and the store of one workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.render.demo_mark import marked
from bot.render.formats import Formats
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.texts import language_of
from bot.rights import EVERYTHING, Account, RememberedTotals, Rights, Roles, Staff, Viewer, visible_members
from bot.runtime.settings import Patience
from bot.store.alerts import AlertBook
from bot.store.audit import Audit
from bot.store.delivery_desk import DeliveryDesk
from bot.store.incidents import IncidentBook
from bot.store.missing_days import MissingDayBook
from bot.store.posted import PostedFigures
from bot.store.preferences import Preferences
from bot.store.subscriptions import SubscriptionBook
from bot.store.target_files import TargetFiles
from bot.store.targets import TargetBook
from bot.workspace.drivers import DriverIndex
from bot.workspace.members import MemberIndex
from bot.workspace.request import Request
from bot.workspace.surveys import Surveys
from kpi_engine import Asker, Engine
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Member
from kpi_engine.domain.team_totals import KeptTotals
from kpi_engine.domain.translatable import said
from kpi_engine.domain.workdays import WorkingDays


@dataclass(frozen=True, slots=True)
class Services:
    """One workspace's engine, names and words.

    `command` is the slash command that people type. With `demo`, every message says that its data is made
    up. `surveys`, `audit`, `subscriptions`, `alerts`, `preferences`, `drivers`, `incidents` (what went wrong)
    and `desk` (the deliveries) are set once the bot is connected to Slack, `targets`, `target_files`, `holes`
    (missing days) and `posted` (figures of posts) once it has a store. `totals` (of teams, as they were first
    shown) are then kept in it as well. `patience` is that of posts whose files and subscriptions say nothing
    else. `support` says who helps with the bot, `admin_channel` is where the admins are told of troubles ("":
    in private). `wake` sends what is due now.
    """

    engine: Engine
    index: MemberIndex
    zone: ZoneInfo
    calendar: WorkingDays | None
    language: str
    command: str
    demo: bool = False
    surveys: Surveys | None = None
    support: str = ""
    admin_channel: str = ""
    roles: Roles = field(default_factory=Roles)
    audit: Audit | None = None
    targets: TargetBook | None = None
    holes: MissingDayBook | None = None
    posted: PostedFigures | None = None
    target_files: TargetFiles | None = None
    subscriptions: SubscriptionBook | None = None
    incidents: IncidentBook | None = None
    desk: DeliveryDesk | None = None
    alerts: AlertBook | None = None
    preferences: Preferences | None = None
    drivers: DriverIndex | None = None
    totals: KeptTotals = field(default_factory=RememberedTotals)
    patience: Patience = field(default_factory=Patience)
    wake: Callable[[], None] = lambda: None

    @property
    def catalogue(self) -> Catalogue:
        """The metrics and everything else that the model files define."""
        return self.engine.catalogue

    def close(self) -> None:
        """Close the databases."""
        self.engine.close()

    def sentences(self, language: str) -> Sentences:
        """Return the sentences of a language."""
        return Sentences(Formats(language_of(language), self.zone), self.catalogue)

    def marked(self, message: Message, sentences: Sentences) -> Message:
        """Return a message as it is sent: about the demo company, with the line that says so."""
        return marked(message, sentences) if self.demo else message

    def staff(self, now: datetime) -> Staff:
        """Return the reps and teams. Raises KpiError."""
        return self.index.names(now).staff

    def rights(self, request: Request) -> Rights:
        """Return the rights of a request; reads nothing yet. The command line is the operator's."""
        channel = request.channel if request.via == "mention" else None
        if request.via == "cli":
            return Rights(None, self.roles, lambda: self.staff(request.now))
        return self.rights_of(request.account, request.now, channel=channel, is_shared=request.is_shared)

    def rights_of(
        self, account: Account, now: datetime, *, channel: str | None = None, is_shared: bool = False
    ) -> Rights:
        """Return the rights of a person; others read the answer in `channel` (None: it is private)."""
        return Rights(account, self.roles, lambda: self.staff(now), channel=channel, is_shared=is_shared)

    def drivers_of(self, answers: Sequence[Answer], viewer: Viewer, now: datetime) -> tuple[str, ...]:
        """Return the dimensions that explain a single answer's change best, if they are known already."""
        if self.drivers is None or len(answers) != 1:
            return ()
        return self.drivers.order(answers[0].metric, viewer, now)

    def asker(self, user: str, now: datetime, viewer: Viewer = EVERYTHING) -> Asker:
        """Return which rep a Slack user is, and which reps mentions stand for, if the viewer sees them."""
        people = self.index.names(now).people
        if not viewer.everything:
            people = {name: member for name, member in people.items() if member in viewer.people}
        return Asker(viewer.own or people.get(user), people)

    def members(self, now: datetime, viewer: Viewer = EVERYTHING) -> dict[str, Sequence[Member]]:
        """Return the names that a viewer may type."""
        return dict(visible_members(self.index.names(now).members, viewer))


def surveys_of(services: Services) -> Surveys:
    """Return the surveys. Raises QueryError on the command line, which sends none."""
    if services.surveys is None:
        raise QueryError(
            "Surveys are sent from Slack.",
            hint=said("Type {command} nps send there.", command=services.command),
        )
    return services.surveys


def targets_of(services: Services) -> TargetBook:
    """Return the book of targets. Raises QueryError if the bot has no store to keep it in."""
    if services.targets is None:
        raise QueryError(
            "Targets are kept in the bot's own store, which isn't available here.",
            hint=said("Set them in Slack, with {command} target.", command=services.command),
        )
    return services.targets


def subscriptions_of(services: Services) -> SubscriptionBook:
    """Return the subscriptions. Raises QueryError on the command line, where nobody subscribes."""
    if services.subscriptions is None:
        raise QueryError(
            "Subscribe in Slack.",
            hint=said("Type {command} subscribe weekly there.", command=services.command),
        )
    return services.subscriptions


def incidents_of(services: Services) -> IncidentBook:
    """Return what went wrong. Raises QueryError on the command line, which posts nothing."""
    if services.incidents is None:
        raise _in_slack(services)
    return services.incidents


def desk_of(services: Services) -> DeliveryDesk:
    """Return the deliveries. Raises QueryError on the command line, which posts nothing."""
    if services.desk is None:
        raise _in_slack(services)
    return services.desk


def _in_slack(services: Services) -> QueryError:
    return QueryError(
        "Posts are sent from Slack.", hint=said("Type {command} status there.", command=services.command)
    )


def alerts_of(services: Services) -> AlertBook:
    """Return the alerts. Raises QueryError on the command line, where nobody is alerted."""
    if services.alerts is None:
        raise QueryError(
            "Set up alerts in Slack.",
            hint=said("Type {command} alert sales unusual there.", command=services.command),
        )
    return services.alerts


def preferences_of(services: Services) -> Preferences:
    """Return people's own settings. Raises QueryError on the command line, where nobody has any."""
    if services.preferences is None:
        raise QueryError(
            "Change your settings in Slack.",
            hint=said("Type {command} settings there.", command=services.command),
        )
    return services.preferences
