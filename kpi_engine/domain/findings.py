"""Findings shown next to a figure; each is implemented by a module of kpi_engine.answers.findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from kpi_engine.domain.figure import Figure

if TYPE_CHECKING:
    from kpi_engine.domain.answer import Answer


class Finding(ABC):
    """Additional information about an answer. Subclasses are frozen dataclasses.

    `name` identifies the finding in scripts. `is_made_of` is True for findings that describe the
    components of the figure; they are shown before comparisons and targets.
    """

    __slots__ = ()

    name: ClassVar[str]
    is_made_of: ClassVar[bool] = False

    @abstractmethod
    def words(self, answer: Answer) -> tuple[str, ...]:
        """Return the finding as sentences (translatable.said); `answer` is the answer it belongs to."""

    def headline(self, answer: Answer) -> tuple[str, Figure] | None:  # noqa: ARG002 - for findings that have one
        """Return what is told in place of the answer's figure, and the figure that this is; None mostly."""
        return None

    @abstractmethod
    def fields(self) -> Mapping[str, object]:
        """Return the fields for scripts: numbers, texts, periods, figures or tuples of these, by name."""
