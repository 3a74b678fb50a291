"""Somebody's own settings, with buttons to change them; and how the bot is set up, for admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.render.document import Actions, Ask, Bold, Paragraph, Part
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.texts import LANGUAGE_NAMES

AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Setup:
    """How the bot is set up in a workspace; `data_until` by table."""

    zone: str
    language: str
    default_role: str
    command: str
    data_until: Mapping[str, datetime | None]


def settings_message(chosen: str, setup: Setup | None, sentences: Sentences, *, is_new: bool) -> Message:
    """Return a person's settings. `chosen` is a language or AUTOMATIC; `is_new`: it was chosen just now."""
    say = sentences.say
    labels = {AUTOMATIC: say("automatic, from your Slack settings"), **LANGUAGE_NAMES}
    language = say("Language: {language}").format(language=labels[chosen])
    head = say("Your settings are saved.") if is_new else say("Your settings")
    others = [choice for choice in labels if choice != chosen]
    short = {AUTOMATIC: say("Automatic"), **LANGUAGE_NAMES}
    asks = tuple(Ask(short[choice], f"settings language {choice}") for choice in others)
    shown: list[Part] = [Paragraph((_bold(head), language)), Actions("settings", asks)]
    if setup:
        shown.append(Paragraph((_bold(say("This workspace")), *_told(setup, sentences))))
    return Message(tuple(shown), sentences.language)


def _bold(text: str) -> tuple[Bold]:
    return (Bold(text),)


def _told(setup: Setup, sentences: Sentences) -> list[str]:
    say = sentences.say
    until = [moment for moment in setup.data_until.values() if moment]
    language = LANGUAGE_NAMES.get(setup.language, setup.language)
    without = say("everything") if setup.default_role == "admin" else say("nothing")
    loaded = sentences.formats.moment(max(until)) if until else say("no data yet")
    return [
        say("Time zone: {zone}").format(zone=setup.zone),
        say("Business language: {language}").format(language=language),
        say("Members without a role see: {role}").format(role=without),
        say("Command: {command}").format(command=setup.command),
        say("Newest data: {moment} (status shows each table)").format(moment=loaded),
    ]
