"""Every part that a document may have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.render.document.actions import ActionRows, Actions, Page
from bot.render.document.answers import (
    Answered,
    Headline,
    Scoreboard,
    Scores,
    Section,
    Source,
    SummaryNotes,
    Title,
)
from bot.render.document.inputs import Input
from bot.render.document.prose import (
    CodeBlock,
    Definition,
    Facts,
    Glossary,
    Heading,
    Listing,
    Notes,
    Paragraph,
    Spoken,
)
from bot.render.document.tables import Breakdown, Table

Simple = (
    Heading
    | Paragraph
    | Listing
    | Notes
    | Spoken
    | CodeBlock
    | Facts
    | Source
    | Headline
    | Scores
    | Table
    | Breakdown
    | Actions
    | Input
)
Composite = Answered | Scoreboard | Title | Section | SummaryNotes | Definition | Glossary | ActionRows | Page
"""Parts that are made of simpler ones (`parts`), for renderers that need to know no more."""
Part = Simple | Composite


def simple(parts: Sequence[Part]) -> Iterator[Simple]:
    """Yield the parts of a document with the composite ones taken apart."""
    for part in parts:
        if isinstance(part, Composite):
            yield from part.parts
        else:
            yield part
