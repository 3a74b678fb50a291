"""Reads that a subscription is sent only if a figure has changed: "only when changed"."""

from __future__ import annotations

from dataclasses import replace

from bot.subscriptions.schedule_line import OrderLine, PartialOrder, Step
from kpi_engine import SCHEDULES, phrase_end


def read_changes(line: OrderLine, at: int, read: PartialOrder) -> Step | None:
    """Read "only when changed" and "alleen bij verandering"."""
    after = phrase_end(SCHEDULES.only_changes, line.words, at)
    return None if after is None else (replace(read, only_changes=True), after)
