"""Slack's limits on what an app posts, each with its page below docs.slack.dev.

Where copies of a page disagree, the smaller number holds.
"""

from __future__ import annotations

MESSAGE_TEXT = 4000  # messaging/: text of chat.postMessage
BLOCKS = 50  # reference/block-kit/blocks: blocks in a message
JSON_OF_BLOCKS = 13_000  # msg_blocks_too_long has been reported near there
ID = 255  # reference/block-kit/blocks: block_id, action_id
HEADER_TEXT = 150  # reference/block-kit/blocks/header-block
SECTION_TEXT = 3000  # reference/block-kit/blocks/section-block
FIELDS = 10
FIELD_TEXT = 2000
CONTEXT_ELEMENTS = 10  # reference/block-kit/blocks/context-block
ACTION_ELEMENTS = 25  # reference/block-kit/blocks/actions-block
BUTTON_TEXT = 75  # reference/block-kit/block-elements/button-element
BUTTON_VALUE = 2000
URL = 3000
ACCESSIBILITY_LABEL = 75
OPTIONS = 100  # reference/block-kit/block-elements/select-menu-element
OPTION_TEXT = 75  # reference/block-kit/composition-objects/option-object
OPTION_VALUE = 150
PLACEHOLDER = 150
OVERFLOW_OPTIONS = 5  # reference/block-kit/block-elements/overflow-menu-element
ALT_TEXT = 2000  # reference/block-kit/blocks/image-block
MARKDOWN_TEXT = 12_000  # reference/block-kit/blocks/markdown-block
CHARTS = 2  # reference/block-kit/blocks/data-visualization-block: in a message
CHART_TITLE = 50
CHART_LABEL = 20
CHART_AXIS = 50
CHART_SERIES = 6
CHART_POINTS = 20
TABLE_ROWS = 101  # reference/block-kit/blocks/data-table-block: with the header
TABLE_COLUMNS = 20
TABLE_CHARACTERS = 10_000
TABLE_CAPTION = 250
PLAIN_TABLE_ROWS = 100  # reference/block-kit/blocks/table-block
VIEW_TITLE = 24  # reference/views/modal-views: title, submit, close
VIEW_BLOCKS = 100
PRIVATE_METADATA = 3000
INPUT_LABEL = 2000  # reference/block-kit/blocks/input-block
INPUT_TEXT = 3000  # reference/block-kit/block-elements/plain-text-input-element
HISTORY_MESSAGES = 999  # reference/methods/conversations.history: limit
REPLY_MESSAGES = 1000  # reference/methods/conversations.replies: limit
CONTAINER_CHILDREN = 10  # reference/block-kit/blocks/container-block

_WORD = 0.6
"""A cut at a word may lose at most this much of the room."""


def shorten(text: str, limit: int) -> str:
    """Return text of at most `limit` characters, cut at a word where that loses little, ending in "…"."""
    if len(text) <= limit:
        return text
    if limit <= 0:
        return ""
    cut = text[: limit - 1]
    at = max(cut.rfind(" "), cut.rfind("\n"))
    return (cut[:at] if at > limit * _WORD else cut).rstrip() + "…"
