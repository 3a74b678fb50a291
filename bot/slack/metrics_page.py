"""`GET /metrics`: the measurements, for Prometheus."""

from __future__ import annotations

from hmac import compare_digest

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.runtime.measurements import Measurements
from bot.slack.web_server import Brake, Route, Trust

_A_SECOND, _LONGEST_SECONDS = 10, 0.5
"""How many requests a second are answered at once, and for how long others are held up."""


class MetricsPage:
    """The page, for who has the token; without a token for everyone who reaches the port."""

    def __init__(self, measurements: Measurements, token: str = "") -> None:
        """Take what is shown, and the token that is asked for."""
        self._measurements = measurements
        self._token = token

    def routes(self) -> dict[str, Route]:
        """Return the path to serve."""
        return {"/metrics": Route(("GET",), self._page, Brake(_A_SECOND, _LONGEST_SECONDS))}

    async def _page(self, request: web.BaseRequest, _trust: Trust) -> web.Response:
        if self._token and not self._is_known(request.headers.get("Authorization", "")):
            return web.json_response(
                {"error": "a bearer token is needed"}, status=401, headers={"WWW-Authenticate": "Bearer"}
            )
        return web.Response(body=self._measurements.page(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _is_known(self, authorization: str) -> bool:
        kind, _, given = authorization.partition(" ")
        return kind.lower() == "bearer" and compare_digest(given.strip().encode(), self._token.encode())
