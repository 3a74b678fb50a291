"""How long Slack takes to answer, and how often it takes no more, by method of its Web API."""

from __future__ import annotations

import re
from time import perf_counter
from types import SimpleNamespace

import aiohttp
from yarl import URL

from bot.runtime.measurements import Measurements

_METHOD = re.compile(r"[a-z]+(\.[a-zA-Z]+)+")
_OTHER, _NO_ANSWER = "other", "none"
"""Labels of files and response addresses, whose paths are secrets, and of calls that got no answer."""


def measured_calls(measurements: Measurements, api_url: str) -> aiohttp.TraceConfig:
    """Return what a session needs so that its calls are measured."""
    trace, api = aiohttp.TraceConfig(), URL(api_url)

    def note(context: SimpleNamespace, url: URL, status: str) -> None:
        measurements.called(_method(url, api), status, perf_counter() - context.started)

    async def started(
        _session: aiohttp.ClientSession, context: SimpleNamespace, _: aiohttp.TraceRequestStartParams
    ) -> None:
        context.started = perf_counter()

    async def ended(
        _session: aiohttp.ClientSession, context: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        note(context, ended.url, str(ended.response.status))

    async def failed(
        _session: aiohttp.ClientSession, context: SimpleNamespace, failed: aiohttp.TraceRequestExceptionParams
    ) -> None:
        note(context, failed.url, _NO_ANSWER)

    trace.on_request_start.append(started)
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return trace


def _method(url: URL, api: URL) -> str:
    if url.origin() != api.origin() or not url.path.startswith(api.path):
        return _OTHER
    method = url.path[len(api.path) :]
    return method if _METHOD.fullmatch(method) else _OTHER
