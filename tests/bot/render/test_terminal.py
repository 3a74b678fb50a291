"""What a terminal prints: the document's own text, with no sign of Slack's."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from bot.conversation.dispatch import answers_of, dispatch
from bot.render.terminal import print_answers, print_message
from bot.runtime.clock import Clock
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.answer import Verdict


def _request(line: str, clock: Clock) -> Request:
    return Request("", "", "", line, "cli", clock(), "en")


def _console() -> tuple[Console, StringIO]:
    file = StringIO()
    return Console(file=file, width=200), file


@pytest.mark.parametrize("line", ["define average_order_value", "sales <b> & x"])
def test_signs_are_printed_as_they_are(line: str, demo_services: Services, monday: Clock) -> None:
    """`<>` in a definition's formula, and what was typed, are no markup here."""
    console, file = _console()
    print_message(console, dispatch(_request(line, monday), demo_services))
    assert "<" in file.getvalue()
    assert not any(sign in file.getvalue() for sign in ("&lt;", "&gt;", "&amp;"))


def test_every_group_is_printed(demo_services: Services, monday: Clock) -> None:
    """Where there is room, nothing is cut, and each row has its word."""
    (answer,) = answers_of(_request("sales by customer last month", monday), demo_services)
    console, file = _console()
    print_answers(console, (answer,), demo_services.sentences("en"))
    assert len(answer.groups) > 10
    for group in answer.groups:
        assert str(group.labels[0] or "(none)") in file.getvalue()
    assert {group.verdict for group in answer.groups} <= {
        Verdict.TOO_FEW,
        Verdict.NEW,
        Verdict.SAME,
        Verdict.NO_DATA,
    }
    assert "too few to say (it takes about" in file.getvalue()
