"""Whether Slack would take a payload: the stand-in and the tests refuse what Slack refuses.

The shapes are from docs.slack.dev (reference/block-kit and the pages named beside them); the numbers are
those of `bot.slack_limits`.
"""

from bot.playground.slack_validators.payload import message_violations
from bot.playground.slack_validators.suggestion import suggestion_violations
from bot.playground.slack_validators.view import view_violations
from bot.playground.slack_validators.violation import Violation

__all__ = ["Violation", "message_violations", "suggestion_violations", "view_violations"]
