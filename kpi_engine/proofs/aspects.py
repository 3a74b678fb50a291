"""The proof of each subject: its alarm, the closer look where that rings, and the words of the check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Location, Model, time_paths
from kpi_engine.proofs import classes, currencies, numbers, offsets, repeats
from kpi_engine.proofs.proof import Proof
from kpi_engine.proofs.schema import Schema
from kpi_engine.proofs.subjects import Subject


@dataclass(frozen=True, slots=True)
class Alarm:
    """The statements whose values tell whether a subject needs a closer look, over the rows of `model`.

    Without statements the database itself proves it.
    """

    subject: Subject
    model: Model
    selects: tuple[Select[Any], ...]


def alarm_of(subject: Subject, proof: Proof, schema: Schema) -> Alarm:
    """Return the alarm of a subject. Raises DataError and WarehouseError."""
    model = proof.models[subject.model]
    selects: tuple[Select[Any] | None, ...]
    match subject.aspect:
        case "join":
            join = model.joins[subject.name]
            model = proof.models[join.model]
            selects = (repeats.alarm(proof, schema, model, [other for _, other in join.on]),)
        case "key":
            selects = (repeats.alarm(proof, schema, model, [model.key]),)
        case "currency":
            selects = currencies.alarm(proof, schema, model, subject.name)
        case "numbers":
            parts = numbers.operands(proof, schema, model, subject.path)
            model = parts[0].owner if parts else model
            selects = tuple(map(numbers.alarm, parts))
        case "classes":
            selects = classes.alarms(proof, model, subject.name, subject.path[0])
        case "offsets":
            selects = (offsets.alarm(proof, model, subject.path),)
    return Alarm(subject, model, tuple(entry for entry in selects if entry is not None))


def rings(alarm: Alarm, values: Sequence[Any], proof: Proof) -> bool:
    """Whether the values of an alarm's statements ask for a closer look."""
    match alarm.subject.aspect:
        case "currency":
            return currencies.rings(proof.models[alarm.subject.model], values)
        case "numbers":
            return any(map(numbers.rings, values))
        case _:
            return any(values)


def is_broken(subject: Subject, proof: Proof, schema: Schema) -> bool:
    """Whether the rows contradict a subject whose alarm rings. Raises DataError and WarehouseError."""
    model = proof.models[subject.model]
    match subject.aspect:
        case "join" | "key" | "classes":
            return True  # their alarms are the proof
        case "offsets":
            stored = offsets.stored_as_text(proof, model, subject.path)
            return stored is not None and offsets.any_astray(proof, model, subject.path, stored)
        case "numbers":
            parts = numbers.operands(proof, schema, model, subject.path)
            return any(numbers.misread(proof, operand) for operand in parts)
        case "currency":
            return any(True for _ in currencies.problems(proof, schema, model, subject.name))


def problems_of(subject: Subject, proof: Proof, schema: Schema) -> Iterator[Problem]:
    """Yield what the rows contradict, as `kpi-bot check` says it. Raises DataError and WarehouseError."""
    model = proof.models[subject.model]
    match subject.aspect:
        case "join":
            yield from repeats.join_problems(proof, model, subject.name)
        case "key":
            yield from repeats.key_problems(proof, model)
        case "currency":
            yield from currencies.problems(proof, schema, model, subject.name)
        case "numbers":
            location: Location = ("measures", subject.name, "of")
            yield from numbers.problems(proof, schema, model, location, subject.path)
        case "classes":
            pass  # the words of a score are the check's own
        case "offsets":
            stored = offsets.stored_as_text(proof, model, subject.path)
            if stored is not None:
                location = time_paths(model).get(subject.path, ("columns", subject.path[-1]))
                yield from offsets.problems(proof, model, subject.path, location, stored)
