"""What can be pressed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.render.document.prose import Heading, Paragraph
from bot.render.document.spans import Line

_CHANNEL = re.compile(r"<#([A-Z0-9]+)(?:\|([^>]*))?>")
"""A channel in a line that was typed into Slack, or may be sent as if it was."""


def readable_line(line: str) -> str:
    """Return a line that may be sent as people read it: with a channel's name, or its id, after a #."""
    return _CHANNEL.sub(lambda found: f"#{found.group(2) or found.group(1)}", line)


@dataclass(frozen=True, slots=True)
class Ask:
    """A button that asks a whole question (or sends a whole line)."""

    label: str
    line: str
    style: Literal["primary", "danger"] | None = None

    @property
    def typed(self) -> str:
        """The line as people read it."""
        return readable_line(self.line)


@dataclass(frozen=True, slots=True)
class Button:
    """A button that does something; `action` says what, `value` what it is done with.

    `spoken` is what a screen reader says, where the label alone says too little.
    """

    label: str
    action: str
    value: str
    style: Literal["primary", "danger"] | None = None
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Actions:
    """A row of buttons; `name` tells the rows of a message apart.

    `are_listed`: their lines are also read aloud, because the text before them announces them.
    """

    name: str
    buttons: tuple[Ask, ...] | tuple[Button, ...]
    are_listed: bool = False


@dataclass(frozen=True, slots=True)
class ActionRows:
    """Rows of buttons that share the room there is; where it is short, the buttons of the last row stay."""

    rows: tuple[Actions, ...]

    @property
    def parts(self) -> tuple[Actions, ...]:
        """The same in simpler parts."""
        return self.rows


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a page: a line and the buttons that act on it."""

    line: Line
    actions: Actions


@dataclass(frozen=True, slots=True)
class Page:
    """Some of many items: those from place `first` (0) on. Where fewer fit, the page ends earlier.

    `after` is how many more follow them. `more` (with {count}) is the label and `more_line` (with {place})
    the line of the button that asks for the next page.
    """

    title: str
    items: tuple[Item, ...]
    first: int
    after: int
    more: str
    more_line: str

    @property
    def more_button(self) -> Ask | None:
        """The button that asks for the next page; None on the last one."""
        if self.after <= 0:
            return None
        place = self.first + len(self.items) + 1
        return Ask(self.more.format(count=self.after), self.more_line.format(place=place))

    @property
    def parts(self) -> tuple[Heading | Paragraph | Actions, ...]:
        """The same in simpler parts."""
        items = [part for item in self.items for part in (Paragraph((item.line,)), item.actions)]
        more = (Actions("more", (self.more_button,)),) if self.more_button else ()
        return (*([Heading(self.title)] if self.title else []), *items, *more)
