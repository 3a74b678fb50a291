"""Whether what is added up is numbers: '1,000,000' is 1 for SQLite and MySQL, and none for others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Column, Location, Model, Path
from kpi_engine.proofs.proof import Proof, dotted, quoted, wrong
from kpi_engine.proofs.schema import Schema
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.joins import counted_rows, model_behind
from kpi_engine.sql.number_texts import TEXTS_READ, is_plain

_TEXT = re.compile(r"'(?:[^']|'')*'")
_CAST = re.compile(r"\bcast\s*\(", re.IGNORECASE)
_AS_NUMBER = re.compile(
    r"\s+as\s+(real|float|double|numeric|decimal|number|integer|int|bigint|signed|unsigned)\b", re.IGNORECASE
)
_LEFT = re.compile(r"(?<![\w.\"'])(?P<name>[A-Za-z_]\w*)\s*[*/]")
_RIGHT = re.compile(r"[*/]\s*(?P<name>[A-Za-z_]\w*)(?![\w.(])")
_FORGIVING = frozenset({"sqlite", "mysql", "mariadb"})
"""The dialects that cast as much of a text as looks like a number, and take the rest for 0."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A part of an amount that is taken as a number: a stored column, or an expression that is cast.

    `owner` is the model whose table has it.
    """

    owner: Model
    column: Column

    def rows(self) -> Any:
        """Return the counted rows of its table with the operand as `value`."""
        entry = Column("value", self.column.physical, self.column.sql)
        return counted_rows(self.owner, [entry], {}).subquery("operands")


def is_misread(text: str) -> bool:
    """Whether a text is a number for people that a database would cut off, such as '1,000' or '€ 5'."""
    return not is_plain(text) and any(character.isdigit() for character in text)


def operands(proof: Proof, schema: Schema, model: Model, of: Path) -> tuple[Operand, ...]:
    """Return the parts of the amount at a path that may be text, and that the database takes for numbers."""
    owner = model_behind(proof.models, model, of[:-1])
    entry = owner.columns.get(of[-1], Column(of[-1], of[-1], None))
    if entry.sql is None:
        return (Operand(owner, entry),) if _may_hold_text(proof, schema, owner, entry) else ()
    if proof.reader.warehouse(owner).dialect_name not in _FORGIVING:
        return ()  # it refuses the cast itself
    found = [Operand(owner, column) for column in _in_expression(entry.sql)]
    return tuple(
        operand
        for operand in found
        if _may_hold_text(proof, schema, owner, operand.column) and _is_there(proof, operand)
    )


def alarm(operand: Operand) -> Select[Any]:
    """Return a statement of one value, which is text where the operand holds any that begins with a digit."""
    rows = operand.rows()
    return select(func.max(rows.c.value)).select_from(rows)


def rings(value: object) -> bool:
    """Whether the value of an alarm tells that there is text."""
    return isinstance(value, str)


def misread(
    proof: Proof, operand: Operand, conditions: Sequence[ColumnElement[bool]] = ()
) -> tuple[str, ...]:
    """Return different texts of an operand that would be cut off."""
    rows = operand.rows()
    texts = select(rows.c.value).select_from(rows).where(rows.c.value >= literal(""), *conditions)
    read = proof.read(operand.owner, texts.group_by(exactly(rows.c.value)).limit(TEXTS_READ))
    return tuple(str(row[0]) for row in read if is_misread(str(row[0])))


def problems(proof: Proof, schema: Schema, model: Model, location: Location, of: Path) -> Iterator[Problem]:
    """Return the texts in an amount that would be cut off."""
    for operand in operands(proof, schema, model, of):
        if broken := misread(proof, operand):
            yield wrong(
                model,
                location,
                f"{dotted(of)} holds text that isn't a plain number ({quoted(broken)}): it would be left"
                " out, cut off or added up as 0.",
                "Derive a number with sql: that removes thousands separators and has a decimal point.",
            )


def _in_expression(sql: str) -> Iterator[Column]:
    """Yield what an expression takes as numbers: what it casts, and the columns that it multiplies."""
    bare = _TEXT.sub(lambda found: "'" + "_" * (len(found[0]) - 2) + "'", sql)
    for begin in _CAST.finditer(bare):
        inner = _inner(bare, begin.end())
        if inner is not None:
            yield Column("cast", None, sql[begin.end() : inner])
    names = (found["name"] for shape in (_LEFT, _RIGHT) for found in shape.finditer(bare))
    for name in dict.fromkeys(names):
        yield Column(f"{name} in", name, None)


def _inner(sql: str, start: int) -> int | None:
    """Return where the operand of a cast to a number ends that begins at `start`; None for another cast."""
    depth = 0
    for place in range(start, len(sql)):
        if depth == 0 and _AS_NUMBER.match(sql, place):
            return place
        depth += {"(": 1, ")": -1}.get(sql[place], 0)
        if depth < 0:
            return None
    return None


def _may_hold_text(proof: Proof, schema: Schema, owner: Model, column: Column) -> bool:
    """Whether a column may hold text: in SQLite any may, elsewhere only one that is declared so."""
    dialect = proof.reader.warehouse(owner).dialect_name
    if dialect == "sqlite" or column.physical is None:
        return True
    kind = schema.declared(owner, column.physical)
    return kind == "text" or (kind == "unknown" and dialect in _FORGIVING)


def _is_there(proof: Proof, operand: Operand) -> bool:
    """Whether an operand can be read at all: it may be a word of SQL."""
    try:
        rows = operand.rows()
        proof.read(operand.owner, select(rows.c.value).select_from(rows).limit(1))
    except DataError:
        return False
    return True
