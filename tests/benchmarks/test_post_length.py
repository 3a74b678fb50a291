"""A post is measured as Slack shows it."""

from __future__ import annotations

from benchmarks.post_length import Length, length_of
from bot.render.document import Actions, Ask, Bold, Notes, Paragraph, Title
from bot.render.message import Message


def test_what_is_counted() -> None:
    """Each line of each block, without the marks of bold text and escapes; buttons aside."""
    parts = (
        Title("Week 47", "Data until Sunday"),
        Paragraph(((Bold("Sales"), " €103k & more <than> usual"), ("Orders 78",))),
        Actions("next", (Ask("Why sales", "why sales"), Ask("By rep", "sales by rep"))),
    )
    lines = ("Week 47", "Data until Sunday", "Sales €103k & more <than> usual", "Orders 78")
    text = "\n".join(lines)
    assert length_of(Message(parts, "en")) == Length(len(lines), len(text), len(text.split()), buttons=2)


def test_small_print_counts() -> None:
    """A block of it is one line."""
    assert length_of(Message((Notes(("Data until Sunday",)),), "en")).lines == 1
