"""How long an answer takes on the demo company: `make bench`.

Prints median and 95th percentile in milliseconds of parsing, answering and rendering, after one
run to warm up. No test looks at a clock; compare figures of one machine only.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.conversation.dispatch import answers_of, dispatch
from bot.playground.company.build import build
from bot.playground.demo import demo_services
from bot.render.answer import answer_message
from bot.runtime.clock import fixed_clock
from bot.runtime.settings import Settings
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.language.parser import NOBODY, parse

LINES = (
    "conversion rep:anna",
    "sales by region last month",
    "sales by rep per month last 12 months",
    "leads per week last 52 weeks",
    "cost_per_lead by source",
    "sales,leads,conversion,win_rate",
    "summary weekly",
)
RUNS = 15


def _measured(work: Callable[[], Any]) -> tuple[float, float]:
    work()
    spent = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        spent.append((time.perf_counter() - started) * 1000)
    spent.sort()
    return statistics.median(spent), spent[int(0.95 * (len(spent) - 1))]


def _row(name: str, work: Callable[[], Any]) -> None:
    median, high = _measured(work)
    print(f"{name:<52} {median:>9.1f} {high:>9.1f}")


def _question(line: str, request: Request, services: Services) -> None:
    asked = replace(request, text=line)
    members, today = services.members(request.now), services.engine.today(request.now)
    _row(f"parse   {line}", lambda: parse(line, services.catalogue, members, NOBODY, today))
    _row(f"answer  {line}", lambda: answers_of(asked, services))
    answers = answers_of(asked, services)
    _row(f"render  {line}", lambda: answer_message(answers, services.sentences("en")))


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        build(Path(folder) / "company.sqlite", date(2026, 11, 22))
        print(f"building the demo company: {time.perf_counter() - started:.1f} s")
    settings = Settings.load(env_file=None)
    now = fixed_clock(datetime(2026, 11, 23, 7, 0), settings.zone)()  # noqa: DTZ001 - the clock adds the zone
    services = demo_services(settings, now)
    request = Request("", "", "", "", "cli", now, "en")
    print(f"{'milliseconds':<52} {'median':>9} {'p95':>9}")
    for line in LINES:
        if line.startswith("summary"):
            _row(f"whole   {line}", lambda line=line: dispatch(replace(request, text=line), services))  # type: ignore[misc]
        else:
            _question(line, request, services)
    services.engine.close()


if __name__ == "__main__":
    main()
