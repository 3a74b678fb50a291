"""Lines as Slack reads them. What keeps a name from being read as markup is here and nowhere else."""

from __future__ import annotations

import re

from bot.render.document import Bold, Channel, Code, Line, Markup, Person, Quote, Span, spans_of
from kpi_engine.domain.visible_text import visible_lines

_MARKS = re.compile(r"([*_~`])")
_WORD_JOINER = "\u2060"


def escaped(text: str) -> str:
    """Return text whose `&`, `<` and `>` are shown as they are: it pings nobody and links nowhere.

    https://docs.slack.dev/messaging/formatting-message-text/#escaping
    """
    return visible_lines(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marked_down(text: str) -> str:
    """Return text for a mrkdwn field: escaped, and its asterisks and underscores not read as style.

    Slack has no escape for these; an invisible word joiner beside them keeps them from pairing.
    """
    return _MARKS.sub(_WORD_JOINER + r"\1" + _WORD_JOINER, escaped(text))


def code(text: str) -> str:
    """Return text as an inline code span."""
    return "`" + escaped(text).replace("`", "'").replace("\n", " ") + "`"


def mrkdwn(line: Line) -> str:
    """Return a line for a mrkdwn field."""
    return marked_down(line) if isinstance(line, str) else "".join(map(_mrkdwn, spans_of(line)))


def _mrkdwn(span: Span) -> str:
    match span:
        case str():
            return marked_down(span)
        case Bold(text):
            return f"*{marked_down(text)}*"
        case Code(text):
            return code(text)
        case Quote(text):
            return f"> {marked_down(text)}"
    return _reference(span)


def _reference(span: Person | Channel | Markup) -> str:
    """Return what Slack reads as more than text."""
    match span:
        case Person(name):
            return f"<@{name}>"
        case Channel(name):
            return f"<#{name}>"
        case Markup(text):
            return text


def top_level(line: Line) -> str:
    """Return a line for a message's top-level text, in which Slack reads mentions but which has no style."""
    return escaped(line) if isinstance(line, str) else "".join(map(_top_level, line))


def _top_level(span: Span) -> str:
    match span:
        case str():
            return escaped(span)
        case Code(text, is_quoted):
            return f"`{escaped(text)}`" if is_quoted else escaped(text)
        case Bold(text):
            return escaped(text)
        case Quote(text):
            return f"> {escaped(text)}"
    return _reference(span)
