"""What every metric's file has, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kpi_engine.catalogue import Direction, Kind, MeasureRef, Title, Unit

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""Lower case letters, digits and underscores."""


class File(BaseModel):
    """Anything read from YAML: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TitleFile(File):
    """A name for people in English and, if you like, in Dutch."""

    en: str
    nl: str = ""

    def title(self) -> Title:
        """Return the plain value."""
        return Title(self.en, self.nl)


class MeasureRefFile(File):
    """A measure of a model."""

    model: Name
    measure: Name

    def ref(self) -> MeasureRef:
        """Return the plain value."""
        return MeasureRef(self.model, self.measure)


class MetricFile(File):
    """What every metric has; each kind adds its own keys."""

    name: Name
    kind: str
    title: TitleFile
    description: TitleFile
    unit: Unit
    better: Direction = Field(description="which way is good: up, down or neutral")
    aliases: tuple[str, ...] = Field(default=(), description="other words people type for it, any language")
    dimensions: tuple[Name, ...] | None = Field(
        default=None, description="only these; without it all that every model of the metric has"
    )
    owner: str | None = None
    source: str | None = Field(default=None, description="where the definition is written down")
    format: Literal[1] = 1

    def spec(self) -> Kind:
        """Return the kind's own part of the file."""
        raise TypeError("each kind's file says what its spec is")

    def spec_with(self, is_mapped: Callable[[MeasureRef], bool]) -> Kind:  # noqa: ARG002 - for kinds with optional parts
        """Return the kind's own part without the optional measures that nobody maps."""
        return self.spec()
