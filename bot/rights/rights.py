"""What one person may see in one request, by where the answer is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from bot.rights.channels import channel_viewer, narrower
from bot.rights.roles import Account, Roles, Staff, require_member, viewer_of
from bot.rights.viewer import EVERYTHING, NOTHING, Viewer
from kpi_engine.domain.errors import ForbiddenError


@dataclass(frozen=True)
class Rights:
    """The rights of one person in one request. Each viewer is worked out once, when it is first needed.

    `account` None is the operator at the command line, who sees everything. `channel` is the channel where
    others read the answer (None for a private answer), `is_shared` as Slack says: with another organisation.
    `read_staff` returns the reps and teams; it may read the database and raise KpiError.
    """

    account: Account | None
    roles: Roles
    read_staff: Callable[[], Staff]
    channel: str | None = None
    is_shared: bool = False
    _known: dict[str, Viewer | ForbiddenError] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def staff(self) -> Staff:
        """The reps and teams. Raises KpiError."""
        return self.read_staff()

    def require_member(self) -> None:
        """Raise ForbiddenError for people who may not ask anything; reads no reps."""
        if self.account is not None:
            require_member(self.account.user, self.account.membership, self.roles)

    @property
    def own(self) -> Viewer:
        """What the person may see, wherever they ask. Raises ForbiddenError if that is nothing."""
        account = self.account
        if account is None:
            return EVERYTHING
        return self._once("own", lambda: viewer_of(account, self.roles, self.staff))

    def require_role(self) -> None:
        """Raise ForbiddenError if the person may see no figures at all."""
        _ = self.own

    @property
    def viewer(self) -> Viewer:
        """What the answer may show: `own`, in public narrowed to what the channel's readers may see.

        Raises ForbiddenError if that is nothing.
        """
        channel = self.channel
        if self.account is None or channel is None:
            return self.own
        return self._once("answer", lambda: self._narrowed(channel, is_shared=self.is_shared))

    @property
    def viewer_or_nothing(self) -> Viewer:
        """The same for what people without a role get too: NOTHING instead of an error."""
        try:
            return self.viewer
        except ForbiddenError:
            return NOTHING

    def in_channel(self, channel: str) -> Viewer:
        """Return what may be posted to a channel for them. Raises ForbiddenError if that is nothing."""
        return self._once(f"in {channel}", lambda: self._narrowed(channel, is_shared=False))

    def _narrowed(self, channel: str, *, is_shared: bool) -> Viewer:
        own = self.own  # refused before the channel is judged
        return narrower(own, channel_viewer(channel, self.roles, self.staff, is_shared=is_shared))

    def _once(self, place: str, made: Callable[[], Viewer]) -> Viewer:
        """Return the viewer of a place or raise its refusal, a new error each time: callers change it."""
        if place not in self._known:
            try:
                self._known[place] = made()
            except ForbiddenError as refused:
                self._known[place] = refused
        found = self._known[place]
        if isinstance(found, ForbiddenError):
            raise ForbiddenError(found.message, hint=found.hint, suggestions=found.suggestions)
        return found
