"""Titles in each language, and the places of definitions in files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The file and line of a definition, for messages to the operator."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Title:
    """A display name by language; English is always present."""

    en: str
    nl: str = ""

    def in_language(self, language: str) -> str:
        """Return the title in `language`, or in English if there is none."""
        return self.nl if language.startswith("nl") and self.nl else self.en

    def lower(self) -> Title:
        """Return the name as written within a sentence."""
        return Title(self.en.lower(), self.nl.lower())

    def __str__(self) -> str:
        return self.en
