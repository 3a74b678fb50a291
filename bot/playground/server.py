"""Serve the playground: the real bot over the demo company, with a stand-in for Slack in the browser."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import yaml
from aiohttp import web
from pydantic import SecretStr

from bot.app import Bot, Running
from bot.playground.guard import guard
from bot.playground.sender import NotTakenError, Sender
from bot.playground.standin import StandIn
from bot.playground.workspace import Channel, Person, Workspace
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings, SettingsError, shipped_config
from bot.slack.turns import Patience, two_seconds
from bot.store import database
from bot.workspace.services import Services
from kpi_engine.domain.errors import KpiError

_PAGE = Path(__file__).with_name("page")
_HOST = "127.0.0.1"
_SALES_CHANNEL = "C0DEMOSALES"
_BOT_USER, _BOT_NAME, _TEAM = "U0KPIBOT", "kpi-bot", "T0DEMO"
_SCOPES = (
    "commands,chat:write,app_mentions:read,im:history,channels:history,groups:history,users:read,"
    "files:read,files:write,im:write"
)
_PORTS_TRIED = 20
_LARGEST_FILE = 2**28
_LONG_POLL_SECONDS = 25
_CHECKS_A_SECOND = 10
_FIRST_PERSON = "Anna"
_PEOPLE_SHOWN = 6
_DUTCH = "nl-BE"


@dataclass(frozen=True, slots=True)
class DemoAddress:
    """Where the playground is served."""

    port: int

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://{_HOST}:{self.port}"


async def play(
    settings: Settings,
    services: Services,
    clock: Clock,
    port: int,
    stop: asyncio.Event,
    ready: Callable[[DemoAddress], None],
    patience: Patience = two_seconds,
    host: str = _HOST,
) -> None:
    """Serve the playground until `stop` is set; the next free port where `port` is taken.

    `ready` is told the address once the bot is connected to the stand-in; `patience` as of `Bot`. `host` is
    the address that is listened on. Raises SettingsError where no port is free.
    """
    async with AsyncExitStack() as stack:
        token, secret = "xoxb-playground", secrets.token_hex(16)
        people = await asyncio.to_thread(_people, services, clock)
        workspace = _workspace(people, clock)
        standin = StandIn(workspace, token, _SCOPES)
        app = web.Application(client_max_size=_LARGEST_FILE)
        guard(app)
        app.add_routes(standin.routes())
        playground = _Playground(workspace, services.command)
        app.add_routes(playground.routes())
        bound = await _serve(app, host, port, stack)
        address = DemoAddress(bound)
        folder = stack.enter_context(TemporaryDirectory(prefix="kpi-bot-demo-"))
        store = database.open_store(f"sqlite:///{folder}/store.sqlite")
        stack.callback(store.dispose)
        database.migrate(store)
        session = await stack.enter_async_context(aiohttp.ClientSession())

        def connected(running: Running) -> None:
            app_url = f"http://{_HOST}:{running.port}/slack/events"
            sender = Sender(standin, session, app_url, address.url, secret, services.command)
            playground.connect(sender, running.post_summary)
            ready(address)

        senders = ",".join(person.user for person in people)
        bot = Bot(_settings(settings, token, secret, address, senders), services, store, clock, patience)
        await bot.run(stop, ready=connected)


class _Playground:
    """The page, and what it may ask of the stand-in."""

    def __init__(self, workspace: Workspace, command: str) -> None:
        """Serve the page; nothing can be sent before `connect`."""
        self._workspace = workspace
        self._command = command
        self._shortcuts = _shortcuts()
        self._sender: Sender | None = None
        self._post_summary: Callable[[str], str] | None = None

    def connect(self, sender: Sender, post_summary: Callable[[str], str]) -> None:
        """Take the connected app: how things are sent to it, and how a summary is posted now."""
        self._sender, self._post_summary = sender, post_summary

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes to serve."""
        return [
            web.get("/", self._index),
            web.static("/page", _PAGE),
            web.get("/playground/state", self._state),
            web.post("/playground/send", self._send),
            web.post("/playground/drop", self._drop),
            web.post("/playground/click", self._click),
            web.post("/playground/modal", self._modal),
            web.post("/playground/choice", self._choice),
            web.post("/playground/suggestions", self._suggestions),
            web.post("/playground/shortcut", self._shortcut),
            web.post("/playground/home", self._home),
            web.post("/playground/summary", self._summary),
        ]

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(_PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def _state(self, request: web.Request) -> web.StreamResponse:
        after = request.query.get("after", "")
        if after.isdigit():
            for _ in range(_LONG_POLL_SECONDS * _CHECKS_A_SECOND):
                if self._workspace.version > int(after):
                    break
                await asyncio.sleep(1 / _CHECKS_A_SECOND)
        return web.json_response(self._shown())

    def _shown(self) -> dict[str, Any]:
        workspace = self._workspace
        return {
            "version": workspace.version,
            "command": self._command,
            "shortcuts": self._shortcuts,
            "bot": {"user": workspace.bot_user, "name": workspace.bot_name},
            "me": workspace.people[0].user,
            "people": [
                {"user": person.user, "name": person.name, "locale": person.locale}
                for person in workspace.people
            ],
            "channels": [asdict(channel) for channel in workspace.channels],
            "views": {
                user: {"id": view.id, "hash": view.hash, "content": view.content}
                for user, view in workspace.views.items()
            },
            "homes": {user: asdict(view) for user, view in workspace.homes.items()},
            "messages": [asdict(message) for message in workspace.messages],
            "calls": [asdict(call) for call in workspace.calls],
        }

    async def _send(self, request: web.Request) -> web.Response:
        given = await _given(request)
        channel, user, text = (str(given.get(name) or "") for name in ("channel", "user", "text"))
        if not text.strip():
            return _refused("Type something first.")
        try:
            if text.startswith("/"):
                await self._connected().command(channel, user, text.strip())
            else:
                await self._connected().message(channel, user, text, given.get("thread"))
        except NotTakenError as wrong:
            return _refused(str(wrong))
        return web.json_response({"ok": True})

    async def _drop(self, request: web.Request) -> web.Response:
        """Drop a file: its bytes are the body, the rest is in the query."""
        channel, user, name, text = (
            request.query.get(key, "") for key in ("channel", "user", "name", "text")
        )
        try:
            await self._connected().drop(channel, user, name or "file", await request.read(), text)
        except NotTakenError as wrong:
            return _refused(str(wrong))
        return web.json_response({"ok": True})

    async def _click(self, request: web.Request) -> web.Response:
        given = await _given(request)
        channel, user, ts, block = (
            str(given.get(name) or "") for name in ("channel", "user", "ts", "block_id")
        )
        action = given.get("action")
        try:
            await self._connected().click(
                channel, user, ts, block, action if isinstance(action, dict) else {}
            )
        except NotTakenError as wrong:
            return _refused(str(wrong))
        return web.json_response({"ok": True})

    async def _modal(self, request: web.Request) -> web.Response:
        """Send the modal that is open before somebody; close it where there are no `values`."""
        given = await _given(request)
        user, values = str(given.get("user") or ""), given.get("values")
        if not isinstance(values, dict):
            self._workspace.close_view(user)
            return web.json_response({"ok": True})
        try:
            errors = await self._connected().submit(user, values)
        except NotTakenError as wrong:
            return _refused(str(wrong))
        return web.json_response({"ok": True, "errors": errors})

    async def _choice(self, request: web.Request) -> web.Response:
        """Tell the app of a choice in the modal that is open before somebody."""
        given = await _given(request)
        values = given.get("values")
        try:
            await self._connected().choose(
                str(given.get("user") or ""),
                str(given.get("block_id") or ""),
                values if isinstance(values, dict) else {},
            )
        except NotTakenError as wrong:
            return _refused(str(wrong))
        return web.json_response({"ok": True})

    async def _suggestions(self, request: web.Request) -> web.Response:
        """Ask the app for the options of what somebody types into a menu."""
        given = await _given(request)
        user, block, action, typed = (
            str(given.get(name) or "") for name in ("user", "block_id", "action_id", "value")
        )
        try:
            options = await self._connected().suggest(user, block, action, typed)
        except NotTakenError as wrong:
            return _refused(str(wrong))
        return web.json_response({"ok": True, "options": options})

    async def _shortcut(self, request: web.Request) -> web.Response:
        """Use a shortcut: a global one, or one of a message where there is a `ts`."""
        given = await _given(request)
        user, channel, ts, callback = (
            str(given.get(name) or "") for name in ("user", "channel", "ts", "callback_id")
        )
        try:
            if ts:
                await self._connected().message_shortcut(channel, user, ts, callback)
            else:
                await self._connected().shortcut(user, callback)
        except NotTakenError as wrong:
            return _refused(str(wrong))
        return web.json_response({"ok": True})

    async def _home(self, request: web.Request) -> web.Response:
        """Open somebody's Home tab, or press a button on it where there is an `action`."""
        given = await _given(request)
        user, action = str(given.get("user") or ""), given.get("action")
        try:
            if isinstance(action, dict):
                await self._connected().click_home(user, str(given.get("block_id") or ""), action)
            else:
                await self._connected().open_home(user)
        except NotTakenError as wrong:
            return _refused(str(wrong))
        return web.json_response({"ok": True})

    async def _summary(self, request: web.Request) -> web.Response:
        given = await _given(request)
        if self._post_summary is None:
            return _refused("The bot is still starting.")
        try:
            await asyncio.to_thread(self._post_summary, str(given.get("name") or ""))
        except KpiError as wrong:
            return _refused(str(wrong))
        return web.json_response({"ok": True})

    def _connected(self) -> Sender:
        if self._sender is None:
            raise NotTakenError("The bot is still starting.")
        return self._sender


def _settings(settings: Settings, token: str, secret: str, address: DemoAddress, senders: str) -> Settings:
    """Return the settings of a bot in HTTP mode that talks to the stand-in; `senders` may send surveys."""
    return settings.model_copy(
        update={
            "slack_bot_token": SecretStr(token),
            "slack_app_token": None,
            "kpi_survey_senders": senders,
            "slack_signing_secret": SecretStr(secret),
            "slack_api_url": f"{address.url}/api/",
            "host": _HOST,
            "port": 0,
        }
    )


def _people(services: Services, clock: Clock) -> tuple[Person, ...]:
    """Return the reps who are in Slack: the one of the first question, others, the last of whom has Slack
    in Dutch, and the leads.
    """
    people = services.index.names(clock()).people
    named = [Person(user, member.label) for user, member in people.items()]
    named.sort(key=lambda person: (not person.name.startswith(_FIRST_PERSON), person.name))
    shown = named[:_PEOPLE_SHOWN]
    shown[-1:] = [replace(person, locale=_DUTCH) for person in shown[-1:]]
    leads = [person for person in named[_PEOPLE_SHOWN:] if person.user in services.roles.told_leads]
    return (*shown, *leads)


def _workspace(people: tuple[Person, ...], clock: Clock) -> Workspace:
    channels = (
        Channel(_SALES_CHANNEL, "sales"),
        Channel("C0DEMOGENERAL", "general"),
        *(Channel(f"D{person.user[1:]}", _BOT_NAME, "direct", person.user) for person in people),
    )
    return Workspace(_TEAM, _BOT_USER, _BOT_NAME, people, channels, clock)


async def _serve(app: web.Application, host: str, port: int, stack: AsyncExitStack) -> int:
    """Listen on the first free port from `port` on, and return it."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    for candidate in range(port, port + _PORTS_TRIED):
        try:
            await web.TCPSite(runner, host, candidate).start()
        except OSError:
            continue
        return int(runner.addresses[0][1])
    raise SettingsError(
        f"Ports {port} to {port + _PORTS_TRIED - 1} are all taken.", hint="Choose another port with --port."
    )


def _shortcuts() -> list[dict[str, str]]:
    """Return the shortcuts of the app's manifest, as Slack shows them."""
    manifest = yaml.safe_load((shipped_config() / "slack-manifest.yaml").read_text(encoding="utf-8"))
    return [dict(entry) for entry in manifest["features"]["shortcuts"]]


async def _given(request: web.Request) -> dict[str, Any]:
    try:
        found = await request.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refused(sentence: str) -> web.Response:
    return web.json_response({"ok": False, "error": sentence})
