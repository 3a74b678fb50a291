"""Write a proposed model as a commented YAML file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap

import yaml

from kpi_engine.onboarding.proposals.proposal import (
    ColumnProposal,
    Doubt,
    HistoryProposal,
    JoinProposal,
    MeasureProposal,
    ModelProposal,
)

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*$")
_WORDS_WITH_A_MEANING = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_WIDTH = 110
_ENDLESS = 1_000_000


def model_file(model: ModelProposal, doubts: Mapping[int, Doubt]) -> str:
    """Return the text of a model file; of all `doubts`, by number, this file's become comments."""
    own = {number: doubt for number, doubt in doubts.items() if doubt.model == model.name}
    lines = list(_comment(f"{'; '.join(model.reasons)}." if model.reasons else ""))
    for key, part in _parts(model):
        lines += [line for note in model.notes.get(key, ()) for line in _comment(note)]
        lines += [
            line
            for number, doubt in own.items()
            if doubt.key == key
            for line in _comment(f"doubt {number}: {doubt_text(doubt)}")
        ]
        lines += part
    shown = {key for key, _ in _parts(model)}
    for number, doubt in own.items():
        if doubt.key not in shown:
            lines += _comment(f"doubt {number}: {doubt_text(doubt)}")
    return "\n".join(lines) + "\n"


def scalar(value: str) -> str:
    """Return a text as YAML that every parser reads as that text."""
    if _PLAIN.match(value) and value.lower() not in _WORDS_WITH_A_MEANING:
        return value
    return str(yaml.safe_dump(value, default_style='"', allow_unicode=True, width=_ENDLESS)).strip()


def doubt_text(doubt: Doubt) -> str:
    """Return what is doubted, with what could be meant instead."""
    others = [option.label for option in doubt.options if option.value not in doubt.chosen]
    text = doubt.text
    if doubt.takes_many:
        text += f" Counted: {', '.join(doubt.chosen) or 'none'}."
    elif others:
        text += f" Other options: {', '.join(others)}."
    return text


def _comment(text: str) -> Iterator[str]:
    # what a database holds may not be printable, and YAML takes no such character, not even in a comment
    shown = "".join(part if part.isprintable() else " " for part in text)
    for line in wrap(shown, _WIDTH - 2, break_long_words=False, break_on_hyphens=False):
        yield f"# {line}"


def _parts(model: ModelProposal) -> Iterator[tuple[str, list[str]]]:
    """Each top-level key of the file with its lines, in the order of docs/models.md."""
    plain = {
        "name": model.name,
        "table": model.table,
        "schema": model.schema,
        "key": model.key,
        "time": model.time,
        "grain": model.grain if model.grain != "day" else None,
        "where": model.where,
        "currency": model.currency,
    }
    for key, value in plain.items():
        if value is not None:
            yield key, [f"{key}: {scalar(value)}"]
        if key == "table" and model.query:
            yield "query", ["query: |", *(f"  {line}" for line in model.query.splitlines())]
    blocks: tuple[tuple[str, Iterable[str]], ...] = (
        ("columns", (f"{name}: {_column(entry)}" for name, entry in model.columns.items())),
        ("joins", (f"{name}: {_join(entry)}" for name, entry in model.joins.items())),
        ("dimensions", (f"{name}: {scalar(path)}" for name, path in model.dimensions.items())),
        ("history", _history(model.history)),
        ("measures", (f"{name}: {_measure(entry)}" for name, entry in model.measures.items())),
        ("members", _members(model)),
    )
    for key, entries in blocks:
        lines = [f"  {entry}" for entry in entries]
        if lines:
            yield key, [f"{key}:", *lines]


def _column(entry: ColumnProposal) -> str:
    if entry.column and not entry.type:
        return scalar(entry.column)
    return _flow(("column", entry.column), ("sql", entry.sql), ("type", entry.type))


def _join(entry: JoinProposal) -> str:
    on = ", ".join(f"{own}: {other}" for own, other in entry.on)
    required = ", required: true" if entry.is_required else ""
    return f"{{model: {entry.model}, on: {{{on}}}{required}}}"


def _history(found: HistoryProposal | None) -> Iterator[str]:
    if found is None:
        return
    paths = {
        "customer": found.customer,
        "order": found.order,
        "category": found.category,
        "level": found.level,
    }
    yield from (f"{key}: {scalar(path)}" for key, path in paths.items() if path)
    if found.min_uplift is not None:
        yield f"min_uplift: {found.min_uplift:g}"
    if found.mark:
        marks = {"upsell": found.mark.upsell, "cross_sell": found.mark.cross_sell}
        values = (f"{key}: [{', '.join(map(scalar, marked))}]" for key, marked in marks.items() if marked)
        yield f"mark: {{column: {scalar(found.mark.column)}, {', '.join(values)}}}"


def _measure(entry: MeasureProposal) -> str:
    parts = (("of", entry.of), ("since", entry.since), ("until", entry.until), ("time", entry.time))
    conditions = (("where", entry.where), ("when", entry.when))
    text = _flow(("agg", entry.agg), *parts, *conditions)
    if entry.first:
        per, event = entry.first
        text = f"{text[:-1]}, first: {{per: {scalar(per)}, event: {scalar(event)}}}}}"
    return text


def _members(model: ModelProposal) -> Iterator[str]:
    found = model.members
    if found:
        spans = (("active_from", found.active_from), ("active_until", found.active_until))
        known_by = (("user", found.user), ("email", found.email))
        yield f"{found.dimension}: {_flow(('label', found.label), *spans, *known_by)}"


def _flow(*parts: tuple[str, str | None]) -> str:
    return "{" + ", ".join(f"{key}: {scalar(value)}" for key, value in parts if value is not None) + "}"
