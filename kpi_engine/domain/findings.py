"""What an answer says beside its figure; each finding is a module of kpi_engine.answers.findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from kpi_engine.domain.answer import Answer


class Finding(ABC):
    """What doesn't fit in one number: a frozen dataclass with its name, its words and its fields.

    `name` is what scripts know it by. `is_made_of`: it says what the answer's own figure is made of, so
    that it comes before comparisons and targets.
    """

    __slots__ = ()

    name: ClassVar[str]
    is_made_of: ClassVar[bool] = False

    @abstractmethod
    def words(self, answer: Answer) -> tuple[str, ...]:
        """Return the finding as sentences (translatable.said) beside the answer that it belongs to."""

    @abstractmethod
    def fields(self) -> Mapping[str, object]:
        """Return what scripts are told: names with numbers, texts, periods, figures or tuples of these."""
