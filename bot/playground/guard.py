"""The playground is for its own page: what other sites make a browser send to it is refused.

It listens on this machine only, but every page that is open in a browser here can reach it: by a request
across sites, by a name that resolves to this machine (DNS rebinding), by a WebSocket, or in a frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_OWN_FETCHES = frozenset({"same-origin", "none"})
"""What browsers say of a request of the page itself, and of an address that was typed (Sec-Fetch-Site)."""

_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def guard(app: web.Application) -> None:
    """Let an application answer the page that it serves, and programs that aren't browsers, only."""
    app.middlewares.append(_only_own)
    app.on_response_prepare.append(_with_headers)


@web.middleware
async def _only_own(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not is_own(request.method, request.path, request.headers):
        return web.json_response({"ok": False, "error": "This is for the playground's own page."}, status=403)
    return await handler(request)


def is_own(method: str, path: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is to this machine by its own name, and of the page that is served here if of any.

    A link of another site may open the page itself.
    """
    host = headers.get("Host", "")
    if _hostname(host) not in _HERE:
        return False
    origin = headers.get("Origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return False
    if headers.get("Sec-Fetch-Site", "none") in _OWN_FETCHES:
        return True
    return method == "GET" and path == "/" and headers.get("Sec-Fetch-Mode") == "navigate"


def _hostname(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


async def _with_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
