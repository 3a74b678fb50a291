"""Whether the answer to a live search would be taken (docs.slack.dev, block_suggestion payloads)."""

from __future__ import annotations

from typing import Any

from bot.playground.slack_validators.shapes import SUGGESTED
from bot.playground.slack_validators.violation import Violation, distinct


def suggestion_violations(answer: Any) -> tuple[Violation, ...]:
    """Return what Slack would refuse of the options for what was typed. Never raises."""
    found = list(SUGGESTED(answer, "answer"))
    if not found:
        found += distinct([option["value"] for option in answer["options"]], "answer.options", "value")
    return tuple(found)
