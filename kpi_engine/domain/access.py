"""Who may see what, as access.yaml lists it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kpi_engine.domain.models import Location


@dataclass(frozen=True, slots=True)
class People:
    """The people whose figures may be seen: everyone, or listed teams and reps, by key or name as text."""

    teams: tuple[str, ...] = ()
    reps: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class AccessList:
    """The contents of access.yaml: who may see what, by Slack id.

    `guests` lists guests and people of other organisations who may use the role given by the rep table.
    `lines` maps each path in the file to its line number.
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
        """Every Slack user id in the list."""
        return self.admins | self.guests | frozenset(self.leads) | frozenset(self.reps)
