"""What keeps a name from the database from being read as Slack's markup."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([*_~`])")
_WORD_JOINER = "\u2060"


def escaped(text: str) -> str:
    """Return text whose `&`, `<` and `>` are shown as they are: it pings nobody and links nowhere.

    https://docs.slack.dev/messaging/formatting-message-text/#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marked_down(text: str) -> str:
    """Return text for a mrkdwn field: escaped, and its asterisks and underscores not read as style.

    Slack has no escape for these; an invisible word joiner beside them keeps them from pairing.
    """
    return _MARKS.sub(_WORD_JOINER + r"\1" + _WORD_JOINER, escaped(text))


def code(text: str) -> str:
    """Return text as an inline code span."""
    return "`" + escaped(text).replace("`", "'").replace("\n", " ") + "`"


def shown_line(line: str) -> str:
    """Return a line that may be sent as people read it: with a channel's name for the markup of its id."""
    return re.sub(r"<#([A-Z0-9]+)(?:\|([^>]*))?>", lambda found: f"#{found.group(2) or found.group(1)}", line)
