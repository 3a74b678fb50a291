"""What can be filled in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One of the choices of a menu; `key` tells it apart from others with the same text."""

    text: str
    value: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu of options. `most` is how many may be chosen, 0 for one."""

    options: tuple[Option, ...]
    chosen: tuple[str, ...] = ()
    most: int = 0


@dataclass(frozen=True, slots=True)
class Search:
    """A menu whose options are searched while somebody types. `most` is how many may be chosen, 0 for one."""

    chosen: tuple[Option, ...] = ()
    most: int = 0


@dataclass(frozen=True, slots=True)
class TextField:
    """A field to type in."""

    initial: str
    longest: int
    is_multiline: bool = False
    is_focused: bool = False


@dataclass(frozen=True, slots=True)
class ChannelPicker:
    """A menu of the channels that the bot can post in."""

    initial: str = ""


@dataclass(frozen=True, slots=True)
class PeoplePicker:
    """A menu of the people of the workspace, of whom at most so many are chosen."""

    initial: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class TimePicker:
    """A time of day, "08:30"."""

    initial: str


@dataclass(frozen=True, slots=True)
class Input:
    """Something that a form asks for. `name` identifies it and `action` what comes back of it.

    `is_optional` is None where it isn't said. `is_live`: the form changes as soon as it is filled in.
    """

    name: str
    label: str
    field: Menu | Search | TextField | ChannelPicker | PeoplePicker | TimePicker
    action: str = ""
    placeholder: str = ""
    hint: str = ""
    is_optional: bool | None = None
    is_live: bool = False
