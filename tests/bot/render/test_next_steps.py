"""The buttons under an answer: which, in which order, how many, and that each of them works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.conversation.dispatch import answers_of, dispatch
from bot.playground.slack_validators import message_violations
from bot.render.answer import answer_message
from bot.render.message import Message
from bot.rights import Membership
from bot.runtime.clock import Clock
from bot.store.audit import Audit, AuditRows, Entry
from bot.workspace.request import Request, Via
from bot.workspace.services import Services
from kpi_engine.domain.query import Filter, Member
from tests.bot.in_slack import in_slack


def request(line: str, monday: Clock, via: Via = "command", language: str = "en") -> Request:
    return Request("T0", "", "C0", line, via, monday(), language, Membership.FULL)


class Kept(AuditRows):
    """An audit in memory."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def write(self, entry: Entry) -> None:
        self.entries.append(entry)


def rows(message: Message) -> list[Sequence[dict[str, Any]]]:
    return [block["elements"] for block in in_slack(message).blocks if block["type"] == "actions"]


def labels(message: Message) -> list[list[str]]:
    return [[entry["text"]["text"] for entry in row] for row in rows(message)]


@pytest.mark.parametrize(
    ("line", "via", "shown"),
    [
        (
            "sales last month",
            "command",
            [
                ["Why", "By rep", "By region", "By source", "Last 12 months", "Edit"],
                ["Share", "CSV", "XLSX", "SQL", "Definition", "Alert"],
            ],
        ),
        (
            "sales last month",
            "mention",
            [
                ["Why", "By rep", "By region", "By source", "Last 12 months"],
                ["CSV", "XLSX", "Definition", "Alert"],
            ],
        ),
        (
            "sales by region last month",
            "dm",
            [
                ["Why", "By rep", "By source", "Last 12 months", "Only the total", "Edit"],
                ["Chart", "Share", "CSV", "XLSX", "SQL", "Definition", "Alert"],
            ],
        ),
        (
            "sales last month vs previous",
            "mention",
            [
                ["Why", "By rep", "By region", "By source", "Last 12 months", "vs last year"],
                ["CSV", "XLSX", "Definition", "Alert"],
            ],
        ),
        (
            "sales by region last month chart",
            "mention",
            [
                ["Why", "By rep", "By source", "Last 12 months", "Only the total"],
                ["Table", "CSV", "XLSX", "Definition", "Alert"],
            ],
        ),
        ("sales,leads last month", "command", [["Sales", "New leads"], ["Share", "CSV", "XLSX", "SQL"]]),
        ("sales,leads last month", "mention", [["Sales", "New leads"], ["CSV", "XLSX"]]),
        ("sales by customer 2026-10", "mention", None),
        ("pairs", "mention", [["CSV", "XLSX", "Definition"]]),
    ],
)
def test_which_buttons_stand_under_which_answer(
    line: str, via: Via, shown: list[list[str]] | None, demo_services: Services, monday: Clock
) -> None:
    """What to ask next, then the ways out; Share and SQL only where nobody else reads along."""
    found = labels(dispatch(request(line, monday, via), demo_services))
    if shown is not None:
        assert found == shown
    else:
        count = len(answers_of(request(line, monday), demo_services)[0].groups)
        assert found[1] == ["Chart", f"All {count:,} as CSV", "XLSX", "Definition", "Alert"]


def test_numbers_on_buttons_are_by_locale(demo_services: Services, monday: Clock) -> None:
    """In Dutch a point between thousands."""
    found = labels(dispatch(request("omzet per klant vorige maand", monday, language="nl"), demo_services))
    count = len(answers_of(request("sales by customer 2026-10", monday), demo_services)[0].groups)
    assert f"Alle {count:,} als CSV".replace(",", ".") in found[1]


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "line",
    [
        "sales last month vs previous",
        "conversion by rep",
        "sales per month chart",
        "leads per week table",
        "sales by product top 5 chart",
        "sales,orders by region last month",
        "sales all time",
        "churn",
        "nps",
        "pairs",
    ],
)
def test_every_button_asks_what_can_be_answered(
    line: str, language: str, demo_services: Services, monday: Clock
) -> None:
    """At most six questions a row and seven ways out, short enough for a phone, each a line that is answered."""
    found = rows(dispatch(request(line, monday, language=language), demo_services))
    assert found
    kept = Kept()
    audit = Audit(kept)
    services = replace(demo_services, audit=audit)
    for row in found:
        assert len(row) <= 7
        assert len(row) <= 6 or row[-1]["action_id"] == "alert:new"
        for button in row:
            assert len(button["text"]["text"]) <= 22
            typed = f"{button['value']} share" if button["action_id"] == "share" else button["value"]
            dispatch(request(typed, monday, language=language), services)
    audit.close(10)
    assert [entry.question for entry in kept.entries if entry.outcome != "answered"] == []
    ids = [button["action_id"] for row in found for button in row]
    assert len(set(ids)) == len(ids), "two presses of different buttons are never one"


@pytest.mark.parametrize("reps", [1, 20, 28, 33, 36, 200])
def test_long_questions_keep_slacks_limits(reps: int, demo_services: Services, monday: Clock) -> None:
    """What fits in no button, or in no message, is left out: the ways out stay longest."""
    (answer,) = answers_of(request("sales by region last month vs previous", monday), demo_services)
    members = tuple(Member(number, f"{number:03} {'Wolfeschlegelstein' * 3}") for number in range(reps))
    filters = (Filter("rep", members),)
    long = replace(answer, query=replace(answer.query, filters=filters), filters=filters)
    message = answer_message((long,), demo_services.sentences("en"), is_private=True)
    assert in_slack(message).plain
    for variant in in_slack(message).variants:
        assert message_violations(variant.payload) == ()
    names = [name for row in labels(message) for name in row]
    assert ("CSV" in names) is (reps < 33)
    assert ("XLSX" in names) is (reps in (1, 20))
    assert "Definition" in names
