"""Who may see what, as access.yaml lists it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kpi_engine.domain.models import Location


@dataclass(frozen=True, slots=True)
class People:
    """Whose figures: everybody's, or those of whole teams and of some reps, by key or name as text."""

    teams: tuple[str, ...] = ()
    reps: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class AccessList:
    """Who may see what, by Slack id: what access.yaml says.

    `guests` are guests and people of other organisations who may have the role that the rep table gives.
    `lines` holds the line of each path into the file.
    """

    admins: frozenset[str] = frozenset()
    leads: Mapping[str, People] = field(default_factory=dict)
    reps: Mapping[str, str] = field(default_factory=dict)
    guests: frozenset[str] = frozenset()
    channels: Mapping[str, People] = field(default_factory=dict)
    file: str = "access.yaml"
    lines: Mapping[Location, int] = field(default_factory=dict)

    @property
    def people(self) -> frozenset[str]:
        """Everybody who is listed by id."""
        return self.admins | self.guests | frozenset(self.leads) | frozenset(self.reps)
