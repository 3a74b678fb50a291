"""A message is a document: any medium can be rendered from it, and nothing in it is Slack's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from html import escape

import pytest

from bot.conversation.dispatch import dispatch
from bot.render import block_kit, plain_text
from bot.render.document import (
    Actions,
    Ask,
    Bold,
    Breakdown,
    Cell,
    Channel,
    Code,
    Facts,
    Heading,
    Headline,
    Line,
    Listing,
    Notes,
    Paragraph,
    Person,
    Point,
    Quote,
    Row,
    Scores,
    Section,
    Series,
    Simple,
    Source,
    Table,
    filled,
    simple,
    spans_of,
)
from bot.render.message import Message
from bot.render.replies import error_message
from bot.rights import Membership
from bot.runtime.clock import Clock
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import QueryError
from tests.bot.in_slack import in_slack
from tests.bot.render.test_messages import LINES


def html(message: Message) -> str:
    """A renderer of another medium, from the document alone."""
    return "\n".join(map(_html, simple(message.parts)))


def _html(part: Simple) -> str:
    match part:
        case Heading(text):
            return f"<h1>{escape(text)}</h1>"
        case Paragraph(lines) | Listing(lines) | Notes(lines):
            return "".join(f"<p>{_line(line)}</p>" for line in lines)
        case Source(question, details):
            return f"<small><code>{escape(question)}</code> {escape(', '.join(details))}</small>"
        case Headline(subject, value, made_of):
            return f"<h2>{escape(', '.join(subject))}: {escape(value)}</h2><p>{escape(made_of)}</p>"
        case Facts(facts):
            return "".join(f"<dt>{escape(fact.name)}<dd>{escape(fact.value)}" for fact in facts)
        case Scores(scores):
            return "".join(f"<li>{escape(plain_text.score_line(score))}" for score in scores)
        case Breakdown(groups=Table(columns=columns, rows=rows)):
            cells = (columns, *([cell.text for cell in row.cells] for row in rows))
            return "".join(f"<tr>{''.join(f'<td>{escape(text)}' for text in row)}" for row in cells)
        case Breakdown(series=series):
            return "".join(f"<li>{escape(f'{at.name}: {at.said}')}" for line in series for at in line.points)
        case Actions(buttons=buttons):
            asks = (entry for entry in buttons if isinstance(entry, Ask))
            return "".join(f"<a href='?q={escape(ask.line)}'>{escape(ask.label)}</a>" for ask in asks)
    return ""


def _line(line: Line) -> str:
    tags = {Bold: "b", Code: "code"}
    return "".join(
        escape(span)
        if isinstance(span, str)
        else f"<{tags[type(span)]}>{escape(span.text)}</{tags[type(span)]}>"  # type: ignore[index,union-attr]
        for span in spans_of(line)
    )


def _request(line: str, clock: Clock, language: str = "en") -> Request:
    return Request("T0", "", "C0", line, "command", clock(), language, Membership.FULL)


def test_an_answer_is_rendered_for_another_medium(demo_services: Services, monday: Clock) -> None:
    """Its question, its figure, its groups and its buttons."""
    shown = html(dispatch(_request("sales by region last month", monday), demo_services))
    assert "<code>sales by region 2026-10</code>" in shown
    assert "<h2>Sales, October 2026: €" in shown
    assert "<tr><td>Region<td>Sales" in shown
    assert "<dt>vs previous (September 2026)<dd>€" in shown
    over_time = html(dispatch(_request("sales per month", monday), demo_services))
    assert "<li>October 2026: €" in over_time


def test_a_summary_is_rendered_for_another_medium(demo_services: Services, monday: Clock) -> None:
    """The post with its judgement, its lines and the question why; its details with their scores."""

    def after_week_49() -> datetime:
        return monday().replace(year=2025, month=12, day=8)

    shown = html(dispatch(_request("summary weekly", after_week_49), demo_services))
    assert shown.startswith(
        "<p><b>Week 49 (1–7 Dec): an ordinary week, but look at Phone and Free trial. December: "
    )
    assert "<p><b>Sales</b> €" in shown
    assert "<p><b>Phone</b> new leads 7, below the usual 13 to 33</p>" in shown
    assert "<p><b>As usual</b> orders 125 · new customers 19 · " in shown
    assert "<a href='?q=why leads 2025-W49'>Why new leads</a>" in shown
    assert "<a href='?q=summary weekly details'>All figures</a>" in shown
    details = html(dispatch(_request("summary weekly details", after_week_49), demo_services))
    assert "<h1>Weekly sales summary: week 49 (1–7 Dec 2025)</h1>" in details
    assert "<li>Sales: €" in details


def test_an_error_is_rendered_for_another_medium(demo_services: Services) -> None:
    """With that medium's escapes, and whole lines to press."""
    wrong = QueryError("No <such> *thing*.", hint="Try & see:", suggestions=("sales",))
    shown = html(error_message(wrong, demo_services.sentences("en")))
    assert shown == "<p>No &lt;such&gt; *thing*.</p><p>Try &amp; see:</p>\n<a href='?q=sales'>sales</a>"


def _texts(value: object) -> Iterator[str]:
    """Yield every text of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from _texts(entry)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))


@pytest.mark.parametrize("line", LINES[::3])
def test_a_document_holds_raw_text(line: str, demo_services: Services, monday: Clock) -> None:
    """Nothing of it is escaped or marked up: that is each renderer's own business."""
    message = dispatch(_request(line, monday, "nl"), demo_services)
    for text in _texts(message.parts):
        assert not any(sign in text for sign in ("&lt;", "&gt;", "&amp;", "\u2060", "<@", "<!"))
    assert hash(message.parts) == hash(dispatch(_request(line, monday, "nl"), demo_services).parts)


def test_spans_are_written_by_each_renderer() -> None:
    """A sentence of ours is filled with people, channels, code and text that is only text."""
    line = filled(
        "{who} asked `{x}` for *{what}* in {where}", who=Person("U1"), what="<b> & _c_", where=Channel("C1")
    )
    message = Message((Paragraph((line, (Bold("now"), " ", Code("a`b")), (Quote("so"),))),))
    assert plain_text.text_of(message) == "<@U1> asked `{x}` for *<b> & _c_* in <#C1>\nnow a`b\n> so"
    shown = in_slack(message)
    assert shown.text == "<@U1> asked `{x}` for *&lt;b&gt; &amp; _c_* in <#C1>\nnow a`b\n> so"
    (section,) = shown.blocks
    assert section["text"]["text"].startswith("<@U1> asked `{x}` for ")
    assert "&lt;b&gt; &amp; \u2060_\u2060c\u2060_\u2060" in section["text"]["text"]
    assert section["text"]["text"].endswith("*now* `a'b`\n> so")


def _list(metric: str, *other: str) -> Breakdown:
    rows = (Row((Cell("Retail"), Cell("€1"), *(Cell("+2%") for _ in other)), value="€1"),)
    table = Table(metric, ("Segment", metric, *other), rows, names=1, total=1)
    return Breakdown(metric, metric, metric, "Period", "table", table)


def test_a_section_says_once_what_its_lines_share() -> None:
    """The title of the only other column, a figure's name where there are several, a year, a usual range."""

    def said(*breakdowns: Breakdown) -> list[str]:
        section = Section("Profit by segment", "Profit", ("Profit",), breakdowns=breakdowns)
        return list(map(plain_text.written, plain_text.lines((section,), brief=True)))

    assert said(_list("Profit", "Vs previous")) == [
        "Profit by segment (vs previous)",
        "1. Retail: €1; +2%",
    ]
    assert said(
        _list("Profit"), _list("Cost", "Vs previous"), _list("Sales", "Vs previous", "Of target")
    ) == [
        "Profit by segment",
        "Profit:",
        "1. Retail: €1",
        "Cost (vs previous):",
        "1. Retail: €1; +2%",
        "Sales:",
        "1. Retail: €1; vs previous +2%; of target +2%",
    ]
    names = (("Nov 2025*", ""), ("Dec 2025", "€1 to €3"), ("Jan 2026", ""), ("Feb 2026*", "€2 to €4"))
    points = tuple(Point(name, name, name, "", "€2", 2.0, 2.0, usual) for name, usual in names)
    chart = Breakdown(
        "Profit",
        "Profit",
        "Profit",
        "Period",
        "chart",
        None,
        (Series("Profit", (), points),),
        usual_titles=("Usual", "from", "to"),
    )
    assert said(chart) == [
        "Profit by segment",
        "Nov 2025* €2; Dec €2 (usual €1 to €3); Jan 2026 €2; Feb* €2 (€2 to €4)",
    ]


def test_what_stands_below_a_message_is_never_cut() -> None:
    """Whose it is, or that its data is made up, is read however long the rest is."""
    message = Message(
        (Paragraph(("word " * 2000,)),), head=("Shared by somebody",), foot=("Made up.", "The end.")
    )
    payload = block_kit.payload(message)
    assert payload.text.startswith("Shared by somebody\nword")
    assert payload.text.endswith("…\nMade up.\nThe end.")
    assert len(payload.text) <= 4000
