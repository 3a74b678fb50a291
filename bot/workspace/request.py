"""A request as it comes in, before its words are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.rights import Account, Membership

Via = Literal["command", "mention", "dm", "action", "home", "cli"]


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, or a modal that was submitted: its action, its value, what was typed.

    `message_ts` identifies the message of the button in the request's channel, `thread` that message's
    thread; `is_public`: others see the message too. `given` has the values of a modal's inputs by action,
    `metadata` the modal's private metadata.
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
        """The first value of each input of a modal that has one, by action."""
        return {action: values[0] for action, values in self.given.items() if values}


@dataclass(frozen=True, slots=True)
class Request:
    """One line of text, or one press: who sent it, where, how and when.

    `workspace`, `user` and `channel` are Slack ids, empty for the command line. `now` is
    zone-aware. `membership` is what Slack says about the person, `email` their address if the app
    may see it. `is_shared`: Slack says that the channel is shared with another organisation. `zone` is the
    name of the person's time zone, "" if Slack doesn't say.
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
    zone: str = ""

    @property
    def account(self) -> Account:
        """Who asks, as Slack describes them."""
        return Account(self.user, self.membership, self.email)
