"""The places of a leaderboard as people read them: before the names, "2=" where one is shared."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from rich.console import Console

from bot.conversation.dispatch import answers_of
from bot.render import block_kit
from bot.render.answer import answer_message
from bot.render.contract import answer_json
from bot.render.plain_text import text_of
from bot.render.terminal import print_answers
from bot.runtime.clock import Clock
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.answer import Answer

SOURCES = "leads by source 2026-10 table"


def asked(line: str, services: Services, clock: Clock) -> Answer:
    (answer,) = answers_of(Request("", "", "", line, "cli", clock(), "en"), services)
    return answer


@pytest.mark.parametrize(("language", "title"), [("en", "Place"), ("nl", "Plaats")])
def test_a_table_has_a_column_of_places(
    language: str, title: str, demo_services: Services, monday: Clock
) -> None:
    answer = asked(SOURCES, demo_services, monday)
    message = answer_message([answer], demo_services.sentences(language))
    blocks = block_kit.payload(message).blocks
    (table,) = [block for block in blocks if block["type"] == "data_table"]
    heads, first, second, *_ = [[cell["text"] for cell in row] for row in table["rows"]]
    assert heads[:2] == [title, "Source" if language == "en" else "Bron"]
    assert first[:3] == ["1", "Fairs", "294"]
    assert second[:2] == ["2=", "Website"]


def test_a_list_for_screen_readers_is_numbered_by_places(demo_services: Services, monday: Clock) -> None:
    answer = asked(SOURCES, demo_services, monday)
    lines = text_of(answer_message([answer], demo_services.sentences("en"))).splitlines()
    assert any(line.startswith("1 Fairs: 294") for line in lines)
    assert any(line.startswith("2= Website: 49") for line in lines)
    assert not any(line.startswith("3. ") for line in lines)


def test_a_terminal_has_them_too(demo_services: Services, monday: Clock) -> None:
    file = StringIO()
    print_answers(
        Console(file=file, width=200),
        (asked(SOURCES, demo_services, monday),),
        demo_services.sentences("en"),
    )
    assert any(line.split()[:2] == ["2=", "Website"] for line in file.getvalue().splitlines())


def test_without_a_clear_difference_there_is_a_sentence_and_no_column(
    demo_services: Services, monday: Clock
) -> None:
    answer = asked("leads by rep 2026-10 top 5", demo_services, monday)
    text = text_of(answer_message([answer], demo_services.sentences("en")))
    assert "No clear differences among all 17: the order may be chance." in text
    assert "\n1. " in text
    assert "Place" not in json.dumps(
        block_kit.payload(answer_message([answer], demo_services.sentences("en"))).blocks
    )


def test_a_tie_that_is_cut_off_is_told_without_its_place(demo_services: Services, monday: Clock) -> None:
    """There is no column of places to which "this place" could refer."""
    answer = asked("sales by product 2026-10 top 5", demo_services, monday)
    text = text_of(answer_message([answer], demo_services.sentences("en")))
    assert "The first 11 of 16 don't clearly differ: the order among them may be chance." in text


def test_what_a_margin_is_made_of_is_money(demo_services: Services, monday: Clock) -> None:
    answer = asked("profit_margin 2026-10", demo_services, monday)
    assert "25.5% (€127,055 of €498,260)" in text_of(answer_message([answer], demo_services.sentences("en")))


def test_groups_without_a_score_are_explained(demo_services: Services, monday: Clock) -> None:
    """A column of dashes says nothing; nor is there such a sentence where every group has its score."""
    text = text_of(
        answer_message([asked("nps by rep 2026-10", demo_services, monday)], demo_services.sentences("en"))
    )
    assert "Under 10 answers there is no score." in text
    whole = text_of(
        answer_message([asked("nps by region 2026-10", demo_services, monday)], demo_services.sentences("en"))
    )
    assert "there is no score" not in whole


def test_how_many_cases_it_takes_is_about_so_many(demo_services: Services, monday: Clock) -> None:
    answer = asked("contract_churn 2026-10", demo_services, monday)
    text = text_of(answer_message([answer], demo_services.sentences("en")))
    assert "Too few cases (865) to show a clear change: it takes about 3,000." in text


def test_scripts_get_place_and_tie(demo_services: Services, monday: Clock) -> None:
    groups = answer_json(asked(SOURCES, demo_services, monday), demo_services.sentences("en"))["groups"]
    assert [(group["place"], group["tied"]) for group in groups[:3]] == [(1, False), (2, True), (2, True)]
    by_week = answer_json(
        asked("leads by rep 2026-W46", demo_services, monday), demo_services.sentences("en")
    )
    assert {(group["place"], group["tied"]) for group in by_week["groups"]} == {(None, False)}
