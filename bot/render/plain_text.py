"""A document as text: all that a screen reader or a notification reads, and what a terminal prints.

Every number that another renderer shows stands in these lines, at least in the fewer words of `brief`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.render.document import (
    ActionRows,
    Actions,
    Answered,
    Ask,
    Breakdown,
    Channel,
    Code,
    CodeBlock,
    Definition,
    Facts,
    Glossary,
    Heading,
    Headline,
    Input,
    Line,
    Listing,
    Notes,
    Page,
    Paragraph,
    Part,
    Person,
    Point,
    Quote,
    Row,
    Score,
    Scoreboard,
    Scores,
    Section,
    Source,
    Spoken,
    SummaryNotes,
    Table,
    Term,
    Title,
    joined,
    spans_of,
)
from bot.render.formats import NO_VALUE
from bot.render.message import Message
from bot.slack_limits import shorten

_QUESTION_SHOWN = 400
"""Characters of a question; a longer one is cut."""


def text_of(message: Message) -> str:
    """Return a whole message as text."""
    return "\n".join(map(written, (*message.head, *lines(message.parts), *message.foot)))


def written(line: Line) -> str:
    """Return a line without styles; people and channels stand as their ids in angle brackets."""
    return "".join(map(_written, spans_of(line)))


def _written(span: object) -> str:
    match span:
        case str():
            return span
        case Code(text, is_quoted=True):
            return f"`{text}`"
        case Person(name):
            return f"<@{name}>"
        case Channel(name):
            return f"<#{name}>"
        case Quote(text):
            return f"> {text}"
    return str(getattr(span, "text", span))


def lines(parts: Sequence[Part], *, brief: bool = False) -> list[Line]:
    """Return the lines of a document; `brief` says the same in fewer words."""
    found: list[Line] = []
    for part in parts:
        if isinstance(part, Answered) and found:
            found.append("")
        found += _lines(part, brief=brief)
    return found


def _lines(part: Part, *, brief: bool) -> Sequence[Line]:  # noqa: C901, PLR0911, PLR0912 - one case a part
    match part:
        case Heading(text):
            return [text]
        case Paragraph(said, runs_on=runs_on, is_repeat=is_repeat):
            return [] if is_repeat else [joined(said, " ")] if runs_on else said
        case Listing(said, title):
            return (title, *said) if title else said
        case Notes(said) | Spoken(said):
            return said
        case CodeBlock(text):
            return ["```", text, "```"]
        case Source(question, details):
            return [" · ".join([cut_question(question), *details])]
        case Headline():
            return [_headline(part)]
        case Facts(facts):
            return [fact.line for fact in facts]
        case Scores(scores):
            return [score_line(score, brief=brief) for score in scores]
        case Table():
            return [f"{part.caption}:", *(row.said or _cells_line(row, part) for row in part.rows)]
        case Breakdown():
            return list(_breakdown(part, brief=brief))
        case Answered():
            return lines(part.parts, brief=brief)
        case Scoreboard():
            return list(_scoreboard(part)) if brief else lines(part.answers)
        case Title(text, until):
            return [f"{text} · {until}"]
        case Section():
            return list(_section(part, brief=brief))
        case SummaryNotes(remarks, notes, coming):
            return [*(note.line for note in notes), *coming, *remarks]
        case Definition(term, facts):
            return [f"{term.title}: {term.meaning}", *(fact.line for fact in facts)]
        case Glossary(terms, notes):
            return [*map(_term, terms), *notes]
        case Actions(_, buttons, are_listed=True):
            return [f"- {entry.typed}" for entry in buttons if isinstance(entry, Ask) and entry.line]
        case Page():
            more = [part.more_button.label] if part.more_button else []
            return [part.title, *(item.line for item in part.items), *more]
        case Actions() | ActionRows() | Input():
            return []


def cut_question(question: str) -> str:
    """Return a question as far as it is shown above its answer."""
    return shorten(question, _QUESTION_SHOWN)


def _headline(part: Headline) -> str:
    made_of = f" ({part.made_of})" if part.made_of else ""
    return f"{', '.join(part.subject)}: {part.value}{made_of}"


def _breakdown(part: Breakdown, *, brief: bool) -> Iterator[str]:
    if part.groups:
        yield from numbered(part.groups, brief=brief)
    for series in part.series:
        if series.labels:
            yield f"{series.name}: " + "; ".join(f"{point.short} {point.cell}" for point in series.points)
        else:
            yield from (_period_line(point, part.usual_titles[0]) for point in series.points)


def _period_line(point: Point, usual: str) -> str:
    """Return a period with its figure, and its usual range in brackets."""
    return f"{point.name}: {point.said}" + (f" ({usual.lower()} {point.usual})" if point.usual else "")


def numbered(table: Table, *, brief: bool) -> Iterator[str]:
    """Yield the rows of a table as a list, numbered by their places where members of a board have some."""
    for number, row in enumerate(table.rows, 1):
        place = row.place if table.place_title else f"{number}."
        yield f"{place} {_cells_line(row, table) if brief else _row_line(row, table)}"


def _row_line(row: Row, table: Table) -> str:
    """Return everything there is to say about a row, in one line."""
    detail = row.detail
    if detail is None:
        return _cells_line(row, table)
    made_of = f" ({detail.made_of})" if detail.made_of else ""
    changes = [f"{change.baseline} {change.words}" for change in detail.changes if change.words]
    target = [detail.target] if detail.target else []
    return "; ".join([f"{_name(row, table)}: {row.value}{made_of}", *changes, *target])


def _name(row: Row, table: Table) -> str:
    return " · ".join(cell.text for cell in row.cells[: table.names])


def _cells_line(row: Row, table: Table) -> str:
    """Return what the cells of a row say, in one line with the titles of their columns."""
    own = table.names + 1
    named = zip(table.columns[own:], row.cells[own:], strict=True)
    parts = [f"{_inside(title)} {cell.text}".strip() for title, cell in named if cell.text != NO_VALUE]
    return "; ".join([f"{_name(row, table)}: {row.value}", *parts])


def score_line(score: Score, *, brief: bool = False, baselines: Sequence[str] = ()) -> str:
    """Return a score in one line; `baselines` are said already, in the order of its changes."""
    name = ", ".join(part for part in (score.metric, score.filters, score.period) if part)
    made_of = score.brief_made_of if brief else score.made_of
    is_shown = made_of and (score.is_likely or (score.period and not brief))
    head = f"{name}: {score.value}" + (f" ({made_of})" if is_shown else "")
    is_said = brief and tuple(change.baseline for change in score.changes) == tuple(baselines)
    changes = [
        ("" if is_said else f"{change.baseline} ") + (change.brief if brief else change.words)
        for change in score.changes
    ]
    target = score.brief_target if brief else score.target
    return "; ".join(part for part in (head, score.verdict, *changes, target) if part)


def _term(term: Term) -> str:
    return f"{term.name}: {term.title}" + (f". {term.meaning}" if term.meaning else "")


def _scoreboard(part: Scoreboard) -> Iterator[str]:
    yield " · ".join([cut_question(part.source.question), *part.source.details])
    if part.topic:
        yield ", ".join(part.topic)
    yield from map(score_line, part.scores)
    yield from part.notes


def _section(part: Section, *, brief: bool) -> Iterator[str]:
    common = _common_baselines(part.scores) if brief else ()
    only = part.breakdowns[0].groups if len(part.breakdowns) == 1 else None
    others = (*common, *([title] if only and (title := _only_other(only)) else []))
    yield f"{part.title} ({', '.join(others)})" if others else part.title
    for score in part.scores:
        yield score_line(score, brief=brief, baselines=common)
    for breakdown in part.breakdowns:
        if breakdown.groups:
            yield from _list(breakdown, breakdown.groups, is_only=breakdown.groups is only)
        else:
            points = [point for series in breakdown.series for point in series.points]
            yield "; ".join(_brief_points(points, breakdown.usual_titles[0]))


def _list(breakdown: Breakdown, groups: Table, *, is_only: bool) -> Iterator[str]:
    """Yield the groups of one of a section's figures in few words, below its name unless it is the only one.

    The title of a single other column stands above, so that no line repeats it.
    """
    title, own = _only_other(groups), groups.names + 1
    if not is_only:
        yield f"{breakdown.metric} ({title}):" if title else f"{breakdown.metric}:"
    yield from numbered(replace(groups, columns=(*groups.columns[:own], "")) if title else groups, brief=True)


def _only_other(groups: Table) -> str:
    """Return the title of the only column beside names and figure; empty where there are none or several."""
    others = groups.columns[groups.names + 1 :]
    return _inside(others[0]) if len(others) == 1 else ""


def _inside(title: str) -> str:
    """Return a title as it stands inside a line."""
    return title[:1].lower() + title[1:]


def _brief_points(points: Sequence[Point], usual: str) -> Iterator[str]:
    """Yield periods with their figures and usual ranges in brackets; the first says what these are."""
    is_named, year = False, ""
    for point in points:
        name, _, last = point.short.rpartition(" ")
        star = "*" if last.endswith("*") else ""
        is_same_year, year = year == last.removesuffix("*"), last.removesuffix("*")
        word = "" if is_named else f"{usual.lower()} "
        shown = f"{name}{star}" if is_same_year else point.short
        yield f"{shown} {point.cell}" + (f" ({word}{point.usual})" if point.usual else "")
        is_named = is_named or bool(point.usual)


def _common_baselines(scores: Sequence[Score]) -> tuple[str, ...]:
    """Return what all scores of a section are compared with; said once, it needn't stand in each line."""
    found = {tuple(change.baseline for change in score.changes) for score in scores if score.changes}
    return found.pop() if len(found) == 1 else ()
