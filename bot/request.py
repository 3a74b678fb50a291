"""What somebody asked, before it is understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.access import Membership

Via = Literal["command", "mention", "dm", "action", "home", "cli"]


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, or a modal that was sent: its action, what it carries, what was typed.

    `message_ts` is that of the message it stands in, in the request's channel; `is_public`: others see it as
    well. `fields` are a modal's, by action: what was typed or chosen, without those left empty.
    """

    action: str
    value: str
    message_ts: str
    typed: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One line of text, or one press: who sent it, where, how and when.

    `workspace`, `user` and `channel` are Slack ids, empty for the command line. `now` is
    zone-aware. `membership` is what Slack says about the person.
    """

    workspace: str
    user: str
    channel: str
    text: str
    via: Via
    now: datetime
    language: str
    membership: Membership = Membership.UNKNOWN
    press: Press | None = None
