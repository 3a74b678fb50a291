"""Each part of a document as blocks, and as the blocks of workspaces that refuse the newer types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.render.block_kit import blocks, figures
from bot.render.block_kit.blocks import Block
from bot.render.block_kit.figures import Shown
from bot.render.block_kit.inputs import input_block
from bot.render.block_kit.markup import code, escaped, marked_down, mrkdwn
from bot.render.document import (
    ActionRows,
    Actions,
    Answered,
    Breakdown,
    CodeBlock,
    Definition,
    Fact,
    Facts,
    Glossary,
    Heading,
    Headline,
    Input,
    Listing,
    Notes,
    Page,
    Paragraph,
    Part,
    Score,
    Scoreboard,
    Scores,
    Section,
    Source,
    SummaryNotes,
    Table,
    Title,
)
from bot.render.plain_text import cut_question

_JSON_OF_BUTTONS = 6000
"""Characters for the buttons of a message that share their room."""
_JSON_OF_BUTTON = 150
"""Beside its label and its line."""
_CODE_OF_SECTION = 2900


def shown(parts: Sequence[Part]) -> list[Shown]:
    """Return the blocks of a document, in both forms."""
    return [block for part in parts for block in _shown(part)]


def forms(found: Sequence[Shown]) -> tuple[list[Block], list[Block]]:
    """Return the blocks, and those without the newer types."""
    return [entry.block for entry in found], [entry.plain for entry in found]


def _shown(part: Part) -> Sequence[Shown]:
    match part:
        case Breakdown():
            figure = figures.breakdown(part)
            return [figure] if figure else []
        case Table():
            return [figures.table(part)]
        case Answered() | Title() | SummaryNotes():
            return shown(part.parts)
        case Section():
            return list(_section(part))
    return _same(_plain(part))


def _same(found: Sequence[Block]) -> list[Shown]:
    return [Shown(block, block) for block in found]


def _plain(part: Part) -> Sequence[Block]:  # noqa: C901, PLR0911, PLR0912 - one case a part
    """Return the blocks of a part that is made of the older types."""
    match part:
        case Heading(text):
            return [blocks.header(text)]
        case Paragraph(lines):
            return [blocks.section("\n".join(map(mrkdwn, lines)))]
        case Listing(lines, title):
            head = [f"*{marked_down(title)}*"] if title else []
            return [*map(blocks.section, blocks.packed([*head, *map(mrkdwn, lines)]))]
        case Notes(lines):
            return blocks.contexts([*map(mrkdwn, lines)])
        case CodeBlock(text):
            return list(_code(text))
        case Source():
            return _source(part)
        case Headline():
            return [blocks.section(_headline(part))]
        case Facts():
            return _facts(part)
        case Scores(scores):
            return blocks.sections([*map(_score, scores)])
        case Scoreboard():
            return list(_scoreboard(part))
        case Definition():
            return _definition(part)
        case Glossary(terms, notes):
            entries = [
                f"{code(term.name)} *{marked_down(term.title)}*"
                + (f". {marked_down(term.meaning)}" if term.meaning else "")
                for term in terms
            ]
            return [
                *map(blocks.section, blocks.packed(entries)),
                *blocks.contexts([*map(marked_down, notes)]),
            ]
        case Actions():
            return blocks.button_row(part)
        case ActionRows():
            return _rows(part)
        case Page():
            return list(_page(part))
        case Input():
            return [input_block(part)]
    return []


def _source(part: Source) -> list[Block]:
    """Return line 1: the question in absolute words, and how far the data is loaded."""
    return blocks.contexts(
        ["  ·  ".join([code(cut_question(part.question)), *map(marked_down, part.details)])]
    )


def _headline(part: Headline) -> str:
    metric, *named = map(marked_down, part.subject)
    made_of = f"  {marked_down(part.made_of)}" if part.made_of else ""
    return (
        f"*{metric}*" + "".join(f"  ·  {name}" for name in named) + f"\n*{marked_down(part.value)}*{made_of}"
    )


def _facts(part: Facts) -> list[Block]:
    return blocks.sections([*map(_fact, part.facts)])


def _fact(fact: Fact) -> str:
    """Return a fact as a small heading above its value."""
    if not fact.value:
        return marked_down(fact.name)
    name = fact.name[:1].upper() + fact.name[1:]
    return f"*{marked_down(name)}*\n{marked_down(fact.value)}"


def _score(score: Score) -> str:
    when = f" · {score.period}" if score.period else ""
    made_of = f"  {marked_down(score.made_of)}" if score.is_likely else ""
    lines = [
        f"*{marked_down(score.metric)}*{marked_down(when)}",
        f"*{marked_down(score.value)}*{made_of}",
        *([marked_down(score.verdict[:1].upper() + score.verdict[1:])] if score.verdict else []),
        *(marked_down(f"{change.baseline}: {change.words}") for change in score.changes),
    ]
    return "\n".join([*lines, *([marked_down(score.target)] if score.target else [])])


def _scoreboard(part: Scoreboard) -> Iterator[Block]:
    yield from _source(part.source)
    if part.topic:
        yield blocks.section("  ·  ".join(f"*{marked_down(name)}*" for name in part.topic))
    yield from blocks.sections([*map(_score, part.scores)])
    yield from blocks.contexts([*map(marked_down, part.notes)])


def _section(part: Section) -> Iterator[Shown]:
    if part.scores:
        scores = blocks.sections([*map(_score, part.scores)])
        yield from _same([blocks.section(f"*{marked_down(part.title)}*"), *scores])
    yield from shown(part.breakdowns)


def _definition(part: Definition) -> list[Block]:
    term, facts = part.term, part.facts
    title = f"*{marked_down(term.title)}*  {code(term.name)}\n{marked_down(term.meaning)}"
    lines = [f"*{marked_down(fact.name)}:* {marked_down(fact.value)}" for fact in facts]
    return [blocks.section(title), blocks.section("\n".join(lines))]


def _code(text: str) -> Iterator[Block]:
    for part in blocks.packed(escaped(text).split("\n"), _CODE_OF_SECTION):
        yield blocks.section(f"```\n{part}\n```")


def _rows(part: ActionRows) -> list[Block]:
    """Return rows of buttons that share their room; the last row comes first where it is short."""
    room, found = _JSON_OF_BUTTONS, list[list[Block]]()
    for row in reversed(part.rows):
        fitting = []
        for button in blocks.buttons(row):
            size = len(button.value) + len(button.label) + _JSON_OF_BUTTON
            if size <= room:
                fitting.append(button)
                room -= size
        found.insert(0, blocks.button_row(Actions(row.name, tuple(fitting))))
    return [block for row in found for block in row]


def _page(part: Page) -> Iterator[Block]:
    if part.title:
        yield blocks.section(f"*{marked_down(part.title)}*")
    for item in part.items:
        yield blocks.section(mrkdwn(item.line))
        yield from blocks.button_row(item.actions)
    if part.more_button:
        yield from blocks.button_row(Actions("more", (part.more_button,)))
