"""What the bot listens on: a port for Slack's requests and the health checks, perhaps one for the metrics."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack

from bot.runtime.measurements import Measurements
from bot.runtime.settings import Settings, SettingsError
from bot.slack.health import HealthCheck, Probe, States
from bot.slack.metrics_page import MetricsPage
from bot.slack.receiving import SlackReceiver
from bot.slack.web_server import Route, WebServer

log = logging.getLogger(__name__)

_DEFAULT_PORT = 3000


class Ports:
    """The web servers of a bot. All its methods belong to one event loop.

    `port` is the one of Slack's requests and the health checks, `metrics_port` the one of the metrics; None
    where that isn't served.
    """

    def __init__(
        self,
        settings: Settings,
        probes: Mapping[str, Probe],
        states: States,
        receiver: SlackReceiver | None,
        measurements: Measurements,
        grace: float,
    ) -> None:
        """Listen to nothing yet. `receiver` is None in Socket Mode.

        `grace` is how many seconds running requests get when a server stops.
        """
        self._settings = settings
        self._probes = probes
        self._states = states
        self._receiver = receiver
        self._measurements = measurements
        self._grace = grace
        self._servers: list[WebServer] = []
        self.port: int | None = None
        self.metrics_port: int | None = None

    async def open(self, stack: AsyncExitStack) -> None:
        """Listen until the stack is closed. Raises SettingsError if a port is taken."""
        settings = self._settings
        token = settings.kpi_metrics_token
        metrics = MetricsPage(self._measurements, token.get_secret_value() if token else "").routes()
        is_apart = settings.kpi_metrics_port is not None
        if self._receiver is not None or settings.port is not None:
            health = HealthCheck(self._probes, self._states)
            stack.push_async_callback(health.close)
            slack = {} if self._receiver is None else self._receiver.routes()
            beside = metrics if token is not None and not is_apart else {}
            port = _DEFAULT_PORT if settings.port is None else settings.port
            self.port = await self._serve({**health.routes(), **slack, **beside}, port, "PORT", stack)
            self.metrics_port = self.port if beside else None
        if settings.kpi_metrics_port is not None:
            self.metrics_port = await self._serve(
                metrics, settings.kpi_metrics_port, "KPI_METRICS_PORT", stack
            )

    async def stop(self) -> None:
        """Take nothing new."""
        for server in self._servers:
            await server.stop()

    async def _serve(
        self, routes: Mapping[str, Route], port: int, setting: str, stack: AsyncExitStack
    ) -> int:
        server = WebServer(routes)
        try:
            bound = await server.start(self._settings.host, port, grace=self._grace)
        except OSError as taken:
            raise SettingsError(
                f"The bot can't listen on port {port}.", hint=f"Set {setting} to a free port."
            ) from taken
        self._servers.append(server)
        stack.push_async_callback(server.stop)
        log.info("listening on port %d", bound)
        return bound
