"""The composition root, which constructs everything, and the running bot."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine as StoreEngine

from bot.deliveries.alert_looks import AlertLooks
from bot.deliveries.alert_posts import AlertPosts
from bot.deliveries.beside_posts import beside_posts
from bot.deliveries.content import Content, LanguageOf
from bot.deliveries.crew import Bell
from bot.deliveries.deliverer import Deliverer
from bot.deliveries.handover_offers import HandoverOffers
from bot.deliveries.incident_notices import IncidentNotices
from bot.deliveries.made_summaries import MadeSummaries
from bot.deliveries.mistake_notices import MistakeNotices
from bot.deliveries.pace import Pace
from bot.deliveries.scheduler import Scheduler
from bot.deliveries.shortfall_notices import ShortfallNotices
from bot.deliveries.standing import DATA_SECONDS, STORE_SECONDS, StandingLook
from bot.deliveries.subscription_planning import TICK_SECONDS, SubscriptionPlanner
from bot.deliveries.subscription_posts import SubscriptionPosts
from bot.deliveries.summary_details import SummaryDetails
from bot.deliveries.summary_posts import SummaryPosts
from bot.deliveries.survey_prompts import SurveyPrompts
from bot.deliveries.sweep import Sweep
from bot.deliveries.troubles import Troubles
from bot.operations.check import InSlack
from bot.runtime.clock import Clock
from bot.runtime.measurements import measured
from bot.runtime.pool import Pool
from bot.runtime.settings import Settings, SettingsError
from bot.slack.call_times import measured_calls
from bot.slack.client import Slack, ThreadedSlack, http_session
from bot.slack.interrupted import SIGN_OF_LIFE_SECONDS, Interrupted
from bot.slack.listeners import MOST_TURNS, Listeners
from bot.slack.outlet import SlackOutlet
from bot.slack.own_identity import known_identity
from bot.slack.people import Identity
from bot.slack.ports import Ports
from bot.slack.receiving import SlackReceiver, taken_envelope
from bot.slack.signature import SignatureCheck
from bot.slack.socket_mode import NotNowError, SocketMode
from bot.slack.token_check import TokenCheck
from bot.slack.turns import Patience, two_seconds
from bot.store import database
from bot.store.alerts import AlertBook
from bot.store.audit import Audit, AuditRows
from bot.store.claims import Claims
from bot.store.deliveries import (
    ALERT,
    DETAILS,
    HANDOVER,
    INCIDENT,
    MISTAKE,
    PROMPT,
    SHORTFALL,
    SUBSCRIPTION,
    SUMMARY,
    Deliveries,
)
from bot.store.delivery_desk import DeliveryDesk
from bot.store.due_subscriptions import DueSubscriptions
from bot.store.errors import StoreError
from bot.store.incidents import IncidentBook
from bot.store.open_questions import OpenQuestions, Owner
from bot.store.preferences import Preferences
from bot.store.proofs import MistakeBook
from bot.store.responses import ResponseBook
from bot.store.seen import Seen
from bot.store.subscriptions import SubscriptionBook
from bot.store.told import ToldFindings
from bot.workspace.drivers import DriverIndex
from bot.workspace.kept_proofs import KeptProofs
from bot.workspace.opening import STORE, with_store
from bot.workspace.services import Services, preferences_of
from bot.workspace.surveys import Surveys

log = logging.getLogger(__name__)

_GRACE_SECONDS = 8
_STORE_THREADS = 2
_PONG_SECONDS = 60
_SWEPT_AT = time(3, 30)
"""When what is kept long enough is deleted each day, in the business time zone."""


async def asked_slack(token: str, settings: Settings, clock: Clock) -> InSlack:
    """Return which scopes Slack says the bot has. Never raises."""
    async with http_session(settings.slack_api_url) as session:
        try:
            identity = await Slack(token, settings.slack_api_url, session, clock).identity()
        except NotNowError as later:
            return InSlack(unsaid=f"Slack can't be reached ({later})")
        except SettingsError as refused:
            return InSlack(refused=refused)
    if identity.scopes is None:
        return InSlack(unsaid="Slack doesn't say the app's scopes")
    return InSlack(identity.scopes)


@dataclass(frozen=True, slots=True)
class Running:
    """A connected bot: who it is, and the port it listens on (None in Socket Mode without PORT).

    `post_summary` posts the summary with a name to its first channel at once.
    """

    identity: Identity
    port: int | None
    post_summary: Callable[[str], str]


class Bot:
    """A bot from its start to its stop, in one event loop."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        store: StoreEngine,
        clock: Clock,
        patience: Patience = two_seconds,
    ) -> None:
        """Connect to nothing yet. Raises SettingsError if Slack's settings are incomplete.

        `patience` returns when it is time to say that a question takes longer.
        """
        if settings.slack_bot_token is None:
            raise SettingsError(
                "SLACK_BOT_TOKEN isn't set.", hint="See “Connect Slack” in the README, or try kpi-bot demo."
            )
        if settings.slack_app_token is None and settings.slack_signing_secret is None:
            raise SettingsError(
                "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set.",
                hint="Set one of them; see “Connect Slack” in the README.",
            )
        self._settings = settings
        self._services = services
        self._store = store
        self._clock = clock
        self._patience = patience
        self._token = settings.slack_bot_token.get_secret_value()
        self._pool = Pool(settings.kpi_pool_size)
        self._store_pool = Pool(_STORE_THREADS, waiting=MOST_TURNS)  # who waits for it was let in already
        self._socket: SocketMode | None = None
        self._receiver: SlackReceiver | None = None
        if settings.slack_app_token is None and settings.slack_signing_secret is not None:
            check = SignatureCheck(settings.slack_signing_secret.get_secret_value(), clock)
            self._receiver = SlackReceiver(check)
        self._token_check = TokenCheck()
        self._measurements = measured(clock, self._pool, self._store_pool)

    async def run(
        self, stop: asyncio.Event, *, ready: Callable[[Running], None] | None = None, every: float = 60
    ) -> None:
        """Serve until `stop` is set, then finish the running answers within ten seconds.

        `ready` is called once the bot is connected. Every `every` seconds it checks what is due. Raises
        KpiError if Slack refuses for good or the port is taken.
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(self._measurements.counting_lines())
            probes = {"database": self._services.engine.answers, "store": self._store_answers}
            ports = Ports(
                self._settings, probes, self._states, self._receiver, self._measurements, _GRACE_SECONDS / 4
            )
            await ports.open(stack)  # before Slack is reached, so that its absence can be seen
            api = self._settings.slack_api_url
            session = await stack.enter_async_context(
                http_session(api, measured_calls(self._measurements, api))
            )
            slack = Slack(self._token, api, session, self._clock)
            identity = await known_identity(slack.identity, stop)
            if identity is None:
                return
            self._token_check.accepted(slack.identity)
            stack.push_async_callback(self._token_check.close)
            scheduler = Scheduler(self._clock, every=every)
            planned = Bell()
            services = self._in_workspace(identity, _waking(planned, scheduler), stack)
            services.index.remembered(self._clock())  # start reading now, so that the first window isn't late
            seen = Seen(self._store, identity.workspace)
            people, pools = slack.people(identity), (self._pool, self._store_pool)
            asked = OpenQuestions(self._store, identity.workspace, Owner.this_process())
            listeners = Listeners(
                slack,
                people,
                services,
                *pools,
                seen,
                asked,
                self._clock,
                patience=self._patience,
                measurements=self._measurements,
            )
            for pool in pools:
                stack.push_async_callback(pool.close, _GRACE_SECONDS / 4)
            stack.push_async_callback(listeners.finish, _GRACE_SECONDS / 2)
            poster = ThreadedSlack(slack, people, asyncio.get_running_loop())
            deliveries = Deliveries(self._store, identity.workspace)
            made = MadeSummaries(services, ToldFindings(self._store, identity.workspace))
            summaries = SummaryPosts(services, deliveries, made)
            deliverer = self._deliverer(
                services,
                summaries,
                poster,
                identity,
                SlackOutlet(slack, identity, asyncio.get_running_loop()),
                planned,
            )
            connecting = self._connect(slack, listeners, stop)
            if self._receiver is not None:
                self._receiver.open(listeners.take)
            stack.push_async_callback(ports.stop)  # nothing new while the running answers end
            interrupted = Interrupted(
                asked, services, poster, self._language_of(services, poster), self._clock
            )
            scheduler.start(deliverer.tick)
            deliverer.start()
            scheduler.beside(interrupted.look, SIGN_OF_LIFE_SECONDS)
            scheduler.beside(AlertLooks(services, deliveries, poster.account, self._clock).look, every)
            scheduler.daily(Sweep(self._store, self._settings.retention, self._clock).run, _SWEPT_AT)
            if ports.metrics_port is not None:
                self._measure_beside(scheduler, services, identity)
            stack.push_async_callback(_stopped, scheduler, deliverer)
            _say_hello(identity, self._services)
            if ready:
                ready(
                    Running(
                        identity, ports.port, lambda name: summaries.post_now(name, poster, self._clock())
                    )
                )
            await _until(stop, connecting)

    def _measure_beside(self, scheduler: Scheduler, services: Services, identity: Identity) -> None:
        """Look now and then at what the metrics tell of the store and of the data."""
        look = StandingLook(self._store, identity.workspace, services, self._measurements, self._clock)
        scheduler.beside(look.look_at_store, STORE_SECONDS)
        scheduler.beside(look.look_at_data, DATA_SECONDS)

    def _in_workspace(self, identity: Identity, wake: Callable[[], None], stack: AsyncExitStack) -> Services:
        """Return the services with what belongs to this workspace, such as surveys and subscriptions."""
        settings = self._settings
        services = with_store(self._services, settings, self._store, identity.workspace)
        stack.callback(services.engine.close_database, STORE)
        surveys = Surveys(
            responses=ResponseBook(self._store, identity.workspace),
            lists=services.catalogue.surveys,
            senders=settings.survey_senders,
            quiet=timedelta(days=settings.kpi_survey_quiet_days),
            company=identity.workspace_name,
            bot_user=identity.bot_user,
            wake=wake,
        )
        audit = Audit(AuditRows(self._store, identity.workspace), self._measurements.asked)
        stack.callback(audit.close, _GRACE_SECONDS / 4)
        return replace(
            services,
            surveys=surveys,
            audit=audit,
            subscriptions=SubscriptionBook(self._store, identity.workspace),
            incidents=IncidentBook(self._store, identity.workspace),
            desk=DeliveryDesk(self._store, identity.workspace),
            alerts=AlertBook(self._store, identity.workspace),
            preferences=Preferences(self._store, identity.workspace),
            drivers=DriverIndex(services.engine),
            wake=wake,
        )

    def _language_of(self, services: Services, poster: ThreadedSlack) -> LanguageOf:
        def language_of(user: str) -> str | None:
            chosen = preferences_of(services).language(user, self._clock())
            return chosen or poster.language(user)

        return language_of

    def _deliverer(
        self,
        services: Services,
        summaries: SummaryPosts,
        poster: ThreadedSlack,
        identity: Identity,
        outlet: SlackOutlet,
        planned: Bell,
    ) -> Deliverer:
        language_of = self._language_of(services, poster)
        deliveries = summaries.deliveries
        place = (self._store, identity.workspace)
        mistakes, responses = MistakeBook(*place), ResponseBook(*place)
        planner = SubscriptionPlanner(services, deliveries, DueSubscriptions(*place), TICK_SECONDS)
        posts = SubscriptionPosts(services, deliveries, poster.account, language_of, summaries.made, planner)
        troubles = Troubles(services, poster.account, responses.sender_of)
        contents: dict[str, Content] = {
            SUMMARY: summaries,
            PROMPT: SurveyPrompts(services, responses, language_of),
            SUBSCRIPTION: posts,
            DETAILS[SUMMARY]: SummaryDetails(services, deliveries, SUMMARY, lambda _: True, summaries.again),
            DETAILS[SUBSCRIPTION]: SummaryDetails(
                services, deliveries, SUBSCRIPTION, posts.is_summary, posts.again
            ),
            **beside_posts(services, deliveries, {SUMMARY: summaries, SUBSCRIPTION: posts.gate}),
            ALERT: AlertPosts(services, deliveries, poster.account, language_of),
            HANDOVER: HandoverOffers(services, language_of),
            SHORTFALL: ShortfallNotices(services, deliveries, poster.account, language_of),
            MISTAKE: MistakeNotices(
                services, deliveries, mistakes, KeptProofs(services.engine, mistakes), language_of
            ),
            INCIDENT: IncidentNotices(
                services, deliveries, troubles, language_of, lambda: made.circuit.because
            ),
        }
        claims = Claims(*place, f"{socket.gethostname()}:{os.getpid()}")
        pace = Pace(self._settings.kpi_posts_per_minute)
        made = Deliverer(claims, contents, outlet, self._clock, pace, planned, services.engine.sharing)
        return made

    def _connect(self, slack: Slack, listeners: Listeners, stop: asyncio.Event) -> Callable[[], Any] | None:
        """Return the function that keeps a Socket Mode connection, None in HTTP mode."""
        token = self._settings.slack_app_token
        if token is None:
            return None
        mode = SocketMode(
            partial(slack.socket_address, token.get_secret_value()), partial(taken_envelope, listeners.take)
        )
        self._socket = mode

        async def connected() -> None:
            stopping = asyncio.create_task(stop.wait())
            stopping.add_done_callback(lambda _: mode.stop())
            try:
                await mode.run()
            finally:
                stopping.cancel()

        return connected

    def _states(self) -> dict[str, bool]:
        """Whether Slack accepts the token, and in Socket Mode whether the bot is connected."""
        states = {"token": self._token_check.is_accepted()}
        if self._receiver is None:
            age = None if self._socket is None else self._socket.pong_age()
            states["socket"] = age is not None and age < _PONG_SECONDS
        return states

    def _store_answers(self) -> bool:
        try:
            database.revision(self._store)
        except StoreError:
            return False
        return True


def _waking(planned: Bell, scheduler: Scheduler) -> Callable[[], None]:
    """Return what wakes the bot: what somebody pressed a button for doesn't wait for the tick."""

    def wake() -> None:
        planned.ring()
        scheduler.wake()

    return wake


async def _stopped(scheduler: Scheduler, deliverer: Deliverer) -> None:
    """Let a running tick and running posts end: they need this loop, and their rows the store."""
    with suppress(TimeoutError):
        await asyncio.gather(
            asyncio.to_thread(deliverer.stop, _GRACE_SECONDS / 2),
            asyncio.wait_for(asyncio.to_thread(scheduler.stop), _GRACE_SECONDS / 2),
        )


async def _until(stop: asyncio.Event, connecting: Callable[[], Any] | None) -> None:
    """Wait until `stop` is set. Raises KpiError if Slack refuses the connection for good."""
    if connecting is None:
        await stop.wait()
        return
    await connecting()


def _say_hello(identity: Identity, services: Services) -> None:
    """Log where the bot is connected, and what it lacks there."""
    log.info("connected to %s as %s", identity.workspace_name, identity.bot_user)
    roles = services.roles
    if roles.default == "admin":
        log.warning(
            "full members without a role see every figure, and everyone in a channel that isn't listed, "
            "guests included, can read what is posted there"
        )
    if not any(spec.channels for spec in services.catalogue.summaries.values()):
        log.warning("no summary has a channel: copy summaries/ and add your channel's id")
    if identity.scopes is None:
        return  # Slack didn't say them
    if "users:read" not in identity.scopes:
        log.warning("without the scope users:read, only people listed in access.yaml get answers")
    members = [table for model in services.catalogue.models.values() for table in model.members.values()]
    if any(table.email for table in members) and "users:read.email" not in identity.scopes:
        log.warning(
            "without the scope users:read.email, the bot can't recognise reps by their e-mail address"
        )
