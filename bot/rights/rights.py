"""What one person may see in one request, by where the answer is read."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

from bot.rights.channels import channel_viewer, narrower
from bot.rights.roles import Account, Roles, Staff, require_member, viewer_of
from bot.rights.viewer import EVERYTHING, NOTHING, Viewer
from kpi_engine.domain.errors import ForbiddenError


class Rights:
    """The rights of one person in one request. Each viewer is worked out once, when it is first needed."""

    def __init__(
        self,
        account: Account | None,
        roles: Roles,
        read_staff: Callable[[], Staff],
        *,
        channel: str | None = None,
        is_shared: bool = False,
    ) -> None:
        """Read nothing yet.

        `account` None is the operator at the command line, who sees everything. Others read the answer in
        `channel` (None: it is private); `is_shared`: Slack says that it is shared with another organisation.
        `read_staff` returns the reps and teams; it may read the database and raise KpiError.
        """
        self._account = account
        self._roles = roles
        self._read_staff = read_staff
        self._channel = channel
        self._is_shared = is_shared
        self._staff: Staff | None = None
        self._known: dict[str, Viewer | ForbiddenError] = {}

    @property
    def staff(self) -> Staff:
        """The reps and teams. Raises KpiError."""
        # not a cached_property: before Python 3.12 its lock is shared by all instances, so that a question
        # could not be cancelled while another one reads the names
        if self._staff is None:
            self._staff = self._read_staff()
        return self._staff

    def require_member(self) -> None:
        """Raise ForbiddenError for people who may not ask anything; reads no reps."""
        if self._account is not None:
            require_member(self._account.user, self._account.membership, self._roles)

    @property
    def own(self) -> Viewer:
        """What the person may see, wherever they ask. Raises ForbiddenError if that is nothing."""
        account = self._account
        if account is None:
            return EVERYTHING
        return self._once("own", lambda: viewer_of(account, self._roles, self.staff))

    def require_role(self) -> None:
        """Raise ForbiddenError if the person may see no figures at all."""
        _ = self.own

    @property
    def viewer(self) -> Viewer:
        """What the answer may show: `own`, in public narrowed to what the channel's readers may see.

        Raises ForbiddenError if that is nothing.
        """
        if self._account is None or self._channel is None:
            return self.own
        return self.in_channel(self._channel)

    @property
    def viewer_or_nothing(self) -> Viewer:
        """The same for what people without a role get too: NOTHING instead of an error."""
        try:
            return self.viewer
        except ForbiddenError:
            return NOTHING

    def in_channel(self, channel: str) -> Viewer:
        """Return what may be posted to a channel for them. Raises ForbiddenError if that is nothing."""
        is_shared = self._is_shared and channel == self._channel
        return self._once(f"in {channel}", lambda: self._narrowed(channel, is_shared=is_shared))

    def _narrowed(self, channel: str, *, is_shared: bool) -> Viewer:
        own = self.own  # refused before the channel is judged
        return narrower(own, channel_viewer(channel, self._roles, self.staff, is_shared=is_shared))

    def _once(self, place: str, made: Callable[[], Viewer]) -> Viewer:
        """Return the viewer of a place or raise its refusal, a copy each time: callers change it."""
        if place not in self._known:
            try:
                self._known[place] = made()
            except ForbiddenError as refused:
                self._known[place] = refused
        found = self._known[place]
        if isinstance(found, ForbiddenError):
            raise copy(found)
        return found
