"""Slack's limits on what an app posts, and whether a payload keeps them.

The numbers are from docs.slack.dev (reference/block-kit and the pages named beside them); where copies of a
page disagree, the smaller number holds.
"""

from bot.slack_limits.numbers import (
    ACCESSIBILITY_LABEL,
    BUTTON_TEXT,
    BUTTON_VALUE,
    CHART_AXIS,
    CHART_LABEL,
    CHART_POINTS,
    CHART_SERIES,
    CHART_TITLE,
    CHARTS,
    CONTEXT_ELEMENTS,
    FIELD_TEXT,
    FIELDS,
    HEADER_TEXT,
    INPUT_LABEL,
    JSON_OF_BLOCKS,
    MESSAGE_TEXT,
    OPTION_TEXT,
    OPTION_VALUE,
    OPTIONS,
    PLACEHOLDER,
    SECTION_TEXT,
    TABLE_CAPTION,
    TABLE_COLUMNS,
    TABLE_ROWS,
    shorten,
)
from bot.slack_limits.payload import message_violations
from bot.slack_limits.suggestion import suggestion_violations
from bot.slack_limits.view import view_violations
from bot.slack_limits.violation import Violation

__all__ = [
    "ACCESSIBILITY_LABEL",
    "BUTTON_TEXT",
    "BUTTON_VALUE",
    "CHARTS",
    "CHART_AXIS",
    "CHART_LABEL",
    "CHART_POINTS",
    "CHART_SERIES",
    "CHART_TITLE",
    "CONTEXT_ELEMENTS",
    "FIELDS",
    "FIELD_TEXT",
    "HEADER_TEXT",
    "INPUT_LABEL",
    "JSON_OF_BLOCKS",
    "MESSAGE_TEXT",
    "OPTIONS",
    "OPTION_TEXT",
    "OPTION_VALUE",
    "PLACEHOLDER",
    "SECTION_TEXT",
    "TABLE_CAPTION",
    "TABLE_COLUMNS",
    "TABLE_ROWS",
    "Violation",
    "message_violations",
    "shorten",
    "suggestion_violations",
    "view_violations",
]
