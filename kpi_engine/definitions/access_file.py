"""The shape of access.yaml: who may see what, by Slack id."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from kpi_engine.definitions.model_files import KeyText, SlackUser
from kpi_engine.domain.access import AccessList, People
from kpi_engine.kinds.schema import File

SlackChannel = Annotated[
    str, Field(pattern=r"^[CG][A-Z0-9]{2,}$", description="a Slack channel id (C0123ABCD)")
]


class PeopleFile(File):
    """Whose figures a person may see: those of everyone in some teams, and of single reps."""

    teams: tuple[KeyText, ...] = Field(default=(), description="teams by key or name, as in the database")
    reps: tuple[KeyText, ...] = Field(default=(), description="reps by key or name, as in the database")

    @model_validator(mode="after")
    def _somebody(self) -> PeopleFile:
        if not self.teams and not self.reps:
            raise ValueError("add teams: or reps:, such as teams: [North]")
        return self


class AccessFile(File):
    """Who may see what."""

    admins: tuple[SlackUser, ...] = Field(default=(), description="people who see everything")
    leads: dict[SlackUser, PeopleFile] = Field(
        default={}, description="the people whose figures each lead sees"
    )
    reps: dict[SlackUser, KeyText] = Field(
        default={}, description="which rep each person is (key or name), if the reps table doesn't say"
    )
    guests: tuple[SlackUser, ...] = Field(
        default=(),
        description="guests and people from other organisations who may have the role that the "
        "reps table gives them",
    )
    channels: dict[SlackChannel, Literal["everything", "nothing"] | PeopleFile] = Field(
        default={}, description="what people in a channel may see"
    )
    format: Literal[1] = 1

    @model_validator(mode="after")
    def _one_role(self) -> AccessFile:
        twice = sorted({*self.admins} & {*self.leads} | {*self.admins} & {*self.reps})
        if twice:
            raise ValueError(f"{twice[0]} is listed as an admin and as something else; keep one")
        return self

    def listed(self) -> AccessList:
        """Return what the file says, as plain values."""
        return AccessList(
            admins=frozenset(self.admins),
            leads={user: _people(entry) for user, entry in self.leads.items()},
            reps=dict(self.reps),
            guests=frozenset(self.guests),
            channels={
                channel: People(everything=entry == "everything")
                if isinstance(entry, str)
                else _people(entry)
                for channel, entry in self.channels.items()
            },
        )


def _people(entry: PeopleFile) -> People:
    return People(entry.teams, entry.reps)
