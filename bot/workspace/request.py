"""What somebody asked, before it is understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.rights.access import Account, Membership

Via = Literal["command", "mention", "dm", "action", "home", "cli"]


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, or a modal that was sent: its action, what it carries, what was typed.

    `message_ts` is that of the message it stands in, in the request's channel, `thread` its thread's;
    `is_public`: others see it as well. `given` is what stands in a modal's inputs, by action, and `metadata`
    what the modal carries.
    """

    action: str
    value: str
    message_ts: str
    typed: str = ""
    thread: str = ""
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    metadata: str = ""
    is_public: bool = False

    @property
    def fields(self) -> Mapping[str, str]:
        """What was typed or chosen in a modal, by action, where something was; of several the first."""
        return {action: values[0] for action, values in self.given.items() if values}


@dataclass(frozen=True, slots=True)
class Request:
    """One line of text, or one press: who sent it, where, how and when.

    `workspace`, `user` and `channel` are Slack ids, empty for the command line. `now` is
    zone-aware. `membership` is what Slack says about the person, and `email` their address where the
    app may see it. `is_shared`: Slack says that people of other organisations are in the channel.
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
    email: str = ""
    is_shared: bool = False

    @property
    def account(self) -> Account:
        """Who asks, as Slack tells them."""
        return Account(self.user, self.membership, self.email)
