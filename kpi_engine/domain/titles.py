"""Names of things in each language, and where in a file a thing was defined."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition stands, for messages to the operator."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Title:
    """A name for people, by language; English is always there."""

    en: str
    nl: str = ""

    def in_language(self, language: str) -> str:
        """Return the title in `language`, else in English."""
        return self.nl if language.startswith("nl") and self.nl else self.en

    def lower(self) -> Title:
        """Return the name as it stands inside a sentence."""
        return Title(self.en.lower(), self.nl.lower())

    def __str__(self) -> str:
        return self.en
