"""Where answers to one command or press may be sent: only to Slack.

A response URL comes with a request and is posted figures to, so it isn't believed because it is there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp

from bot.runtime.errors import DeliveryError
from bot.slack.refusals import refused_by_slack, webhook_code

log = logging.getLogger(__name__)

_SECONDS = 20
_HTTPS, _OK = 443, 200


def is_response_address(url: object, api_url: str) -> bool:
    """Whether a response URL is on Slack's host for them, or on the host of the configured Web API.

    The first is hooks.slack.com, or hooks.slack-gov.com beside an API at slack-gov.com, over HTTPS; the
    second must have the API's scheme and port too.
    """
    found, api = _split(url), _split(api_url)
    if found is None or api is None:
        return False
    if _origin(found) == _origin(api):
        return True
    hosts = {"hooks.slack.com"} | ({"hooks.slack-gov.com"} if api.hostname == "slack-gov.com" else set())
    return found.scheme == "https" and found.hostname in hosts and _port(found) == _HTTPS


def require_response_address(url: object, api_url: str) -> None:
    """Raise DeliveryError, for another way to be tried, unless figures may be sent to a response URL."""
    if not is_response_address(url, api_url):
        log.warning("a response address isn't Slack's (%s)", shown_host(url))
        raise DeliveryError(
            "That response address isn't Slack's.", outcome="not_sent", permanent=True, reason="foreign_url"
        )


async def responded(session: aiohttp.ClientSession, url: str, body: Mapping[str, Any]) -> None:
    """Send a message to a response URL, and nowhere else that it may point to. Raises DeliveryError."""
    timeout = aiohttp.ClientTimeout(total=_SECONDS, sock_connect=5)
    async with session.post(url, json=body, timeout=timeout, allow_redirects=False) as answer:
        said = await answer.text()
    if answer.status != _OK or '"ok":false' in said.replace(" ", ""):
        raise refused_by_slack(answer.status, webhook_code(said), answer.headers)


def shown_host(url: object) -> str:
    """Return the host of an address for the log; the path may be a secret."""
    found = _split(url)
    return ascii((found.hostname or "")[:80]) if found else "it can't be read"


def _split(url: object) -> SplitResult | None:
    """Return the parts of an address without a user name, None if it isn't one."""
    # urlsplit drops line breaks and tabs, and takes a backslash for part of the host
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        return None
    try:
        found = urlsplit(url)
        _port(found)
    except ValueError:
        return None
    return None if not found.hostname or "@" in found.netloc else found


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port or (_HTTPS if parts.scheme == "https" else 80)
