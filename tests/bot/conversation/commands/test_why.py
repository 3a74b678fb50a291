"""`why` as people get it: the table with its sum, the buttons, Dutch, and what is refused."""

from __future__ import annotations

import csv
from io import StringIO
from math import fsum

import pytest

from bot.conversation.commands.why import values
from bot.conversation.dispatch import dispatch
from bot.conversation.registry import context_of
from bot.render.block_kit import Block
from bot.render.message import Message
from bot.rights import Membership
from bot.runtime.clock import Clock
from bot.workspace.request import Request
from bot.workspace.services import Services
from tests.bot.in_slack import in_slack

SIMPSON = "why conversion 2025-07..2025-10 vs 2025-03..2025-06"


def _said(line: str, services: Services, clock: Clock, language: str = "en") -> Message:
    request = Request("T0", "", "C0", line, "command", clock(), language, Membership.FULL)
    return dispatch(request, services)


def _table(message: Message) -> Block:
    (table,) = [block for block in in_slack(message).blocks if block["type"] == "data_table"]
    return table


def _buttons(message: Message) -> dict[str, str]:
    return {
        element["text"]["text"]: element["value"]
        for block in in_slack(message).blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }


def test_the_table_shows_ten_members_the_others_and_the_sum(demo_services: Services, monday: Clock) -> None:
    """The printed rows add up to the printed sum."""
    rows = _table(_said("why sales 2026-09 by customer", demo_services, monday))["rows"][1:]
    assert len(rows) == 12
    assert rows[-2][0]["text"].endswith(" others")
    assert rows[-1][0]["text"] == "Sum"
    assert fsum(row[1]["value"] for row in rows[:-1]) == pytest.approx(rows[-1][1]["value"], abs=1e-6)


def test_a_refusal_of_the_newer_blocks_is_answered_in_fixed_width(
    demo_services: Services, monday: Clock
) -> None:
    """The plain variant holds the same table."""
    message = _said("why sales 2026-09 by region", demo_services, monday)
    assert in_slack(message).plain is not None
    assert not [block for block in in_slack(message).plain.blocks if block["type"] == "data_table"]
    assert any("Sum" in str(block) for block in in_slack(message).plain.blocks)


def test_a_rate_names_its_mix_and_its_own_rates(demo_services: Services, monday: Clock) -> None:
    """Of a share there are two more columns."""
    titles = [
        cell["text"]
        for cell in _table(_said("why win_rate by region 2026-Q3", demo_services, monday))["rows"][0]
    ]
    assert titles[1:] == ["Part, in points", "Now", "Before", "By its own rate", "By its weight"]


def test_dutch_is_answered_in_dutch(demo_services: Services, monday: Clock) -> None:
    """The verb and the words."""
    text = in_slack(_said("waarom omzet per regio vorige maand", demo_services, monday, "nl")).text
    assert "De verandering per" in text
    assert "Som: " in text
    assert "Een jaar eerder" in text


def test_an_answer_offers_why(demo_services: Services, monday: Clock) -> None:
    """The button carries the whole line, and the line is answered."""
    buttons = _buttons(_said("sales 2026-09 by region", demo_services, monday))
    assert buttons["Why"] == "why sales 2026-09"
    assert in_slack(_said(buttons["Why"], demo_services, monday)).text.startswith("why sales 2026-09")
    assert "Why" not in _buttons(_said("sales_cycle 2026-09", demo_services, monday))
    assert "Why" not in _buttons(_said("sales all time", demo_services, monday))


def test_the_buttons_of_an_explanation_lead_on(demo_services: Services, monday: Clock) -> None:
    """By the next dimensions, and back to the figure."""
    buttons = _buttons(_said(SIMPSON, demo_services, monday))
    assert buttons["Only the total"] == SIMPSON.removeprefix("why ")
    by = [line for line in buttons.values() if line.startswith("why conversion by ")]
    assert len(by) == 2
    for line in by:
        assert "Sum: −3.0" in in_slack(_said(line, demo_services, monday)).text


def test_skipped_dimensions_are_named(demo_services: Services, monday: Clock) -> None:
    """Orders by product don't add up, and the answer says so."""
    text = in_slack(_said("why orders 2026-09", demo_services, monday)).text
    assert "Not split by product, category: those groups don't add up to the total." in text


def test_suggestions_of_a_mistyped_why_stay_a_why(demo_services: Services, monday: Clock) -> None:
    """Each button asks why again."""
    lines = _buttons(_said("why salse 2026-09", demo_services, monday)).values()
    assert lines
    assert all(line.startswith("why ") for line in lines)
    assert _buttons(_said("why sales,leads", demo_services, monday)) == {
        "why sales": "why sales",
        "why leads": "why leads",
    }


def test_the_values_for_scripts_hold_every_part(demo_services: Services, monday: Clock) -> None:
    """The parts of each breakdown make the comparison's change."""
    request = Request("", "", "", "", "cli", monday(), "en")
    found = values(context_of(request, demo_services), "sales 2026-09").json()
    assert found["question"] == "why sales 2026-09"
    assert found["comparison"] == found["answer"]["comparisons"][0]
    for breakdown in found["breakdowns"]:
        assert fsum(part["part"] for part in breakdown["parts"]) == pytest.approx(
            found["comparison"]["change"], abs=1e-6
        )
    assert set(found["season"]) == {"period", "value", "comparison"}
    assert found["sql"]


def test_the_parts_can_be_taken_along(demo_services: Services, monday: Clock) -> None:
    """As a file of every part, as the SQL; a workbook is offered as CSV."""
    message = _said("why sales 2026-09", demo_services, monday)
    buttons = _buttons(message)
    assert list(buttons)[-4:] == ["Share", "CSV", "SQL", "Definition"]
    files = _said(buttons["CSV"], demo_services, monday).files
    assert files is not None
    (file,) = files.files
    assert file.name == "why-sales-2026-09.csv"
    rows = list(csv.DictReader(StringIO(file.content.decode("utf-8-sig"))))
    assert {row["dimension"] for row in rows} >= {"rep", "customer", "product", "source"}
    by_rep = [float(row["part"]) for row in rows if row["dimension"] == "rep"]
    assert fsum(by_rep) == pytest.approx(115_875, abs=1)
    assert "SELECT" in str(_said(buttons["SQL"], demo_services, monday))
    assert (
        "why sales 2026-09 csv" in _buttons(_said("why sales 2026-09 xlsx", demo_services, monday)).values()
    )
    assert in_slack(_said("why sales 2026-09 csv sql", demo_services, monday)).text.startswith(
        "Pick one: csv, xlsx, sql or share"
    )


def test_the_audit_has_the_canonical_question_of_a_why(demo_services: Services, monday: Clock) -> None:
    """Not the words that were typed."""
    assert _said("waarom omzet 2026-09 per verkoper", demo_services, monday).question == (
        "why sales by rep 2026-09"
    )


def test_it_begins_with_a_sentence_that_can_be_repeated(demo_services: Services, monday: Clock) -> None:
    """The story stands above the figure."""
    lines = in_slack(_said(SIMPSON, demo_services, monday)).text.splitlines()
    assert lines[1].startswith("With the same mix conversion would have risen 3.2 points (0.3 to 6.1)")
    assert lines[2].startswith("Conversion, Jul–Oct 2025")


def test_without_a_clear_change_the_movers_are_behind_a_button(
    demo_services: Services, monday: Clock
) -> None:
    """No story and no table, until it is asked for."""
    message = _said("why nps 2026-Q3", demo_services, monday)
    assert "Nothing to explain: no clear change" in in_slack(message).text
    assert "The change by" not in in_slack(message).text
    buttons = _buttons(message)
    movers = _said(buttons["Largest movers"], demo_services, monday)
    assert "Nothing to explain" in in_slack(movers).text
    assert "The change by" in in_slack(movers).text


@pytest.mark.parametrize(
    ("line", "label", "sign"),
    [
        ("why is revenue down", "Why down in ", -1),
        ("why did sales drop", "Why down in ", -1),
        ("waarom daalt de omzet", "Why down in ", -1),
        ("why are leads up", "Why up in ", 1),
    ],
)
def test_a_direction_is_heard(
    line: str, label: str, sign: int, demo_services: Services, monday: Clock
) -> None:
    """Where it isn't so, that is said, and a period is offered in which it is."""
    message = _said(line, demo_services, monday)
    first = in_slack(message).text.splitlines()[1]
    assert ("down" if sign < 0 else "up") in first
    (offered,) = [entry for name, entry in _buttons(message).items() if name.startswith(label)]
    request = Request("", "", "", "", "cli", monday(), "en")
    found = values(context_of(request, demo_services), offered.removeprefix("why ")).json()
    assert sign * found["comparison"]["change"] > 0


def test_two_levels_down_and_back_by_buttons(demo_services: Services, monday: Clock) -> None:
    """Each level is a question of its own; the second offers no third."""
    top = _buttons(_said(SIMPSON, demo_services, monday))
    assert top["Why: Oost"] == "why conversion region:Oost 2025-07..2025-10 vs 2025-03..2025-06"
    below = _buttons(_said(top["Why: Oost"], demo_services, monday))
    assert below["One level up"] == SIMPSON
    deepest = _buttons(
        _said(f"{top['Why: Oost']}".replace("region:Oost", "region:Oost segment:Care"), demo_services, monday)
    )
    assert not [name for name in deepest if name.startswith("Why: ")]


def test_missing_days_have_no_table(demo_services: Services, monday: Clock) -> None:
    """Of half a week no member is shown as its cause."""
    message = _said("why sales 2026-W46", demo_services, monday)
    text = in_slack(message).text
    assert text.splitlines()[1].startswith("Incomplete: no orders for Thu 12 and Fri 13 Nov.")
    assert "The change by" not in text
    assert "Largest movers" not in _buttons(message)
