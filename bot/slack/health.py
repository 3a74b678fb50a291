"""The health checks: `GET /livez` (the process runs) and `GET /readyz` (everything that it needs works)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from aiohttp import web

from bot.runtime.pool import Pool
from bot.slack.web_server import Brake, Route, Trust

log = logging.getLogger(__name__)

Probe = Callable[[], bool]
"""Whether a part works; may block, and may raise."""
States = Callable[[], Mapping[str, bool]]
"""Whether parts work of which that is known at once, by name."""

_KEPT_SECONDS = 5.0
_WAIT_SECONDS = 2.0
_A_SECOND, _LONGEST_SECONDS = 50, 0.5
"""How many checks a second are answered at once, and for how long others are held up."""


class HealthCheck:
    """What was found of the parts in the last seconds. All its methods belong to one event loop.

    Anyone can ask, so asking costs nothing: one probe runs at a time, on threads of its own, and what it
    found is kept for some seconds.
    """

    def __init__(
        self,
        probes: Mapping[str, Probe],
        states: States,
        *,
        kept: float = _KEPT_SECONDS,
        wait: float = _WAIT_SECONDS,
    ) -> None:
        """Take the probes by name, and the states of the parts that need no probe.

        A verdict is `kept` for so many seconds; a part that doesn't answer within `wait` seconds is down.
        """
        self._probes = probes
        self._states = states
        self._kept = kept
        self._wait = wait
        self._pool = Pool(len(probes))
        self._works: dict[str, bool] = {}
        self._begun = self._ended = float("-inf")
        self._probing: asyncio.Task[None] | None = None

    def routes(self) -> dict[str, Route]:
        """Return the paths to serve."""
        brake = Brake(_A_SECOND, _LONGEST_SECONDS)
        return {
            "/livez": Route(("GET", "HEAD"), _livez, brake),
            "/readyz": Route(("GET", "HEAD"), self._readyz, brake),
            "/healthz": Route(("GET", "HEAD"), self._readyz, brake),  # its earlier name
        }

    async def parts(self) -> dict[str, bool]:
        """Return whether each part works, as found in the last seconds. Never raises."""
        now = asyncio.get_running_loop().time()
        if self._probing is None and now - self._ended > self._kept:
            self._works, self._begun = {}, now
            self._probing = asyncio.create_task(self._probe())
        if self._probing is not None:
            left = self._begun + self._wait - now
            if left > 0:
                await asyncio.wait({self._probing}, timeout=left)
        return {name: self._works.get(name, False) for name in self._probes}

    async def close(self) -> None:
        """Probe no more."""
        if self._probing is not None:
            self._probing.cancel()
        await self._pool.close(0)

    async def _readyz(self, _: web.BaseRequest, _trust: Trust) -> web.Response:
        parts = {**await self.parts(), **self._states()}
        words = {name: "ok" if works else "down" for name, works in parts.items()}
        is_ready = all(parts.values())
        return web.json_response(
            {"status": "ok" if is_ready else "down", **words}, status=200 if is_ready else 503
        )

    async def _probe(self) -> None:
        try:
            await asyncio.gather(*(self._probe_one(name, probe) for name, probe in self._probes.items()))
        finally:
            self._probing, self._ended = None, asyncio.get_running_loop().time()

    async def _probe_one(self, name: str, probe: Probe) -> None:
        try:
            self._works[name] = await self._pool.run(probe)
        except Exception as wrong:  # noqa: BLE001 - whatever is wrong with it, it doesn't work
            log.warning("%s could not be checked (%s)", name, type(wrong).__name__)
            self._works[name] = False


async def _livez(_: web.BaseRequest, _trust: Trust) -> web.Response:
    return web.json_response({"status": "ok"})
