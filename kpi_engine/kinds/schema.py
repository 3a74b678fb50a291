"""What every metric's file has, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.metrics import Direction, Kind, MeasureRef, Unit
from kpi_engine.domain.models import Model
from kpi_engine.domain.titles import Title

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""Lower case letters, digits and underscores."""


_MOST_DAYS, _MOST_MONTHS = 36_500, 1_200


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

    def ref_in(self, model: str | None) -> MeasureRef:
        """Return the measure of the same name in another model; None is its own."""
        return MeasureRef(model or self.model, self.measure)


class HorizonFile(File):
    """A length of time: `365` days, `{days: 365}` or `{months: 12}`."""

    days: int | None = Field(default=None, ge=0, le=_MOST_DAYS)
    months: int | None = Field(default=None, gt=0, le=_MOST_MONTHS)

    @model_validator(mode="after")
    def _has_one_unit(self) -> HorizonFile:
        if (self.days is None) == (self.months is None):
            raise ValueError("write days or months")
        return self

    def horizon(self) -> Horizon:
        """Return the plain value."""
        return Horizon(self.days, self.months)


def _with_unit(value: object) -> object:
    return value if value is None or isinstance(value, Mapping | HorizonFile) else {"days": value}


def _not_empty(file: HorizonFile) -> HorizonFile:
    if file.days == 0:
        raise ValueError("must be at least one day")
    return file


ApartFile = Annotated[
    HorizonFile,
    BeforeValidator(
        _with_unit, json_schema_input_type=Annotated[int, Field(ge=0, le=_MOST_DAYS)] | HorizonFile
    ),
]
"""A number of days, or days or months by name; 0 days mean the same day only."""

WithinFile = Annotated[
    HorizonFile,
    BeforeValidator(
        _with_unit, json_schema_input_type=Annotated[int, Field(gt=0, le=_MOST_DAYS)] | HorizonFile
    ),
    AfterValidator(_not_empty),
]
"""A number of days, or days or months by name; at least one."""


def sum_of(refs: Iterable[MeasureRef]) -> str:
    """Return measures as a formula writes their sum, in brackets where there are several."""
    names = [f"{ref.model}.{ref.measure}" for ref in refs]
    return f"({' + '.join(names)})" if len(names) > 1 else names[0]


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
        default=None, description="only these dimensions; default: all that every model of the metric has"
    )
    owner: str | None = None
    source: str | None = Field(default=None, description="where the definition is documented")
    format: Literal[1] = 1

    def spec(self) -> Kind:
        """Return the kind's own part of the file."""
        raise TypeError("each kind's file says what its spec is")

    def spec_with(self, models: Mapping[str, Model]) -> Kind:  # noqa: ARG002 - for kinds with optional parts
        """Return the kind's own part without the optional measures that nobody maps."""
        return self.spec()

    def lacks(self, models: Mapping[str, Model]) -> tuple[str, ...]:  # noqa: ARG002 - for kinds that need more
        """Return what else than measures the metric needs and nobody maps."""
        return ()
