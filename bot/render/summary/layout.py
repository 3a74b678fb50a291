"""The order of a post's lines: a template, which an operator may replace.

A template is Jinja text. Each name holds lines of the post (see `post.blocks_of`), and each line of what it
makes is a line of the post. It may hold text of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from bot.render.document import Line, spans_of
from bot.render.sentences import Sentences
from bot.render.texts import shipped_template
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import Problem
from kpi_engine.domain.summary import Summary

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

LINES = (
    "judgement",
    "lead",
    "result",
    "pace",
    "targets",
    "change",
    "data",
    "exceptions",
    "profit",
    "customers",
    "cohort",
    "score",
    "usual",
    "pairs",
    "wins",
    "shortfalls",
    "calls",
    "win",
)
"""The names that a template may use."""

_MARK = re.compile(r"\x02(\d+)\x03")
"""Stands for a line in the text that a template makes."""


@dataclass(slots=True)
class _Marks:
    """The lines that a template was given, each with the mark that stands for it."""

    lines: list[Line] = field(default_factory=list)

    def of(self, line: Line) -> str:
        """Return the mark of a line."""
        self.lines.append(line)
        return f"\x02{len(self.lines) - 1}\x03"


def arranged(summary: Summary, blocks: Mapping[str, Sequence[Line]], sentences: Sentences) -> list[Line]:
    """Return the lines of a post in the order of its template.

    Raises jinja2.TemplateError where an operator's template can't be filled; `check` finds that first.
    """
    marks = _Marks()
    named = {name: [marks.of(line) for line in found] for name, found in blocks.items()}
    text = _environment().from_string(template_of(summary)).render(language=sentences.language, **named)
    return [_line(row, marks) for row in text.splitlines() if row.strip()]


def template_of(summary: Summary) -> str:
    """Return the template of a summary: the operator's of its name, else the shipped one of its kind."""
    spec = summary.spec
    if spec.template is not None:
        return spec.template.text
    length = "month" if spec.schedule.is_long else "week"
    kind = length if spec.audience == "channel" else f"{spec.audience}_{length}"
    return shipped_template(f"summary_{kind}")


def names_in(template: str) -> frozenset[str]:
    """Return the names of the lines that a template uses."""
    from jinja2.meta import find_undeclared_variables

    return frozenset(find_undeclared_variables(_environment().parse(template))) & frozenset(LINES)


def template_problems(catalogue: Catalogue) -> tuple[Problem, ...]:
    """Return a problem for each operator's template that can't be read, or names lines that don't exist."""
    templates = [spec.template for spec in catalogue.summaries.values() if spec.template is not None]
    if not templates:
        return ()
    from jinja2 import TemplateSyntaxError
    from jinja2.meta import find_undeclared_variables

    found = []
    for template in templates:
        place, known = template.place, ", ".join(LINES)
        try:
            parsed = _environment().parse(template.text)
        except TemplateSyntaxError as wrong:
            found.append(Problem(place.file, wrong.lineno, f"isn't a template: {wrong.message}.", ""))
            continue
        unknown = sorted(find_undeclared_variables(parsed) - {*LINES, "language"})
        found += [
            Problem(place.file, 1, f'has no lines named "{name}".', f"Use {known} or language.")
            for name in unknown
        ]
    return tuple(found)


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )


def _line(row: str, marks: _Marks) -> Line:
    """Return a row of a template's text as a line, with the lines that its marks stand for."""
    spans: list[object] = []
    end = 0
    for found in _MARK.finditer(row):
        spans += [row[end : found.start()]] if row[end : found.start()] else []
        spans += spans_of(marks.lines[int(found.group(1))])
        end = found.end()
    spans += [row[end:]] if row[end:] else []
    return tuple(spans)  # type: ignore[arg-type]
