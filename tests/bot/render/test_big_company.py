"""A big company with long and awkward names: every message is taken, says what it shows, and pings nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from bot.conversation.dispatch import answers_of, dispatch
from bot.conversation.home import home
from bot.playground.slack_validators import message_violations, view_violations
from bot.render.answer import answer_message
from bot.render.message import Message
from bot.render.summary import details_message, summary_message
from bot.render.texts import LANGUAGES
from bot.rights import EVERYTHING, Membership
from bot.workspace.request import Request
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from tests.bot import big_company
from tests.bot.conftest import MONDAY
from tests.bot.in_slack import in_slack, view_of
from tests.bot.render.spoken import unspoken

QUESTIONS = (
    "sales",
    "sales by rep",
    "sales by rep top 100",
    "sales by region top 200",
    "sales by customer top 100",
    "sales by rep,region top 50",
    "sales by rep chart top 50",
    "sales by rep per month",
    "sales by rep per month table top 50",
    "sales by rep per week last 60 weeks top 20",
    "leads by region last month vs target",
    "conversion by rep top 100",
    "conversion by source,technique",
    "nps by rep last year",
    "profit by customer",
    "churn by region",
    "pairs",
    "cost_per_lead by source",
    "sales,leads,orders,conversion,nps,profit by rep",
    "sales,leads,orders by region per month table",
    "sales,leads,conversion,win_rate,orders,profit,cac,churn,nps,new_customers,opportunities,won,prospects",
)
REPLIES = (
    "why sales by rep",
    "why conversion by customer",
    "why sales",
    "targets",
    "targets sales",
    "list",
    "help",
    "status",
    "define sales",
    "define pairs",
    "sales rep:wolfeschlegel",
    "sales rep:nobody",
    "sales wolfeschlegel",
    "summary",
    "",
)


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    services = big_company.company(tmp_path_factory.mktemp("big"))
    yield services
    services.engine.close()


def _request(line: str, language: str = "en") -> Request:
    return Request("T0", "U0BIG00001", "C0", line, "command", MONDAY, language, Membership.FULL)


def _refused(message: Message) -> list[str]:
    """Return what is wrong with a message: Slack's limits, a mention, a number that isn't in the text."""
    shown = in_slack(message)
    variants = [shown, *([shown.plain] if shown.plain else [])]
    found = [str(violation) for variant in variants for violation in message_violations(variant.payload)]
    found += [f"{len(variant.blocks)} blocks" for variant in variants if len(variant.blocks) > 25]
    pings = [text for text in _marked(message) if any(sign in text for sign in ("<!", "<@", "<#"))]
    found += [f"obeyed: {text!r}" for variant in variants for text in _obeyed(variant.payload)]
    return found + pings + [f"unspoken: {number}" for number in sorted(unspoken(shown))]


def _obeyed(payload: object) -> Iterator[str]:
    """Yield the texts with a character that is obeyed instead of shown, and those whose addresses become links."""
    match payload:
        case str():
            if re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", payload):
                yield payload
        case {"type": "mrkdwn", "text": text, **rest} if not rest.get("verbatim"):
            yield str(text)
        case Mapping():
            yield from (text for entry in payload.values() for text in _obeyed(entry))
        case list() | tuple():
            yield from (text for entry in payload for text in _obeyed(entry))


def _marked(message: Message) -> Iterator[str]:
    """Yield the texts that Slack reads for mentions."""
    yield in_slack(message).text
    for block in in_slack(message).blocks:
        for entry in [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]:
            if isinstance(entry, dict) and entry.get("type") == "mrkdwn":
                yield entry["text"]


def test_the_company_is_big(big: Services) -> None:
    """Two hundred of each, with names of sixty characters."""
    members = big.members(MONDAY)
    for dimension in ("rep", "region"):
        assert len(members[dimension]) == big_company.SIZE
        assert {len(member.label.replace("[U+202E]", "x")) for member in members[dimension]} <= set(
            range(50, 61)
        )
    assert len(members["customer"]) > big_company.SIZE


@pytest.mark.parametrize("line", QUESTIONS)
def test_every_answer_fits(line: str, big: Services) -> None:
    """In each language, with the newer blocks and without, buttons and all."""
    answers = answers_of(_request(line), big)
    for language in LANGUAGES:
        message = answer_message(answers, big.sentences(language))
        assert _refused(message) == [], language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", REPLIES)
def test_every_reply_fits(line: str, language: str, big: Services) -> None:
    """Errors with suggestions, why, targets, the list."""
    assert _refused(dispatch(_request(line, language), big)) == []


@pytest.mark.parametrize("name", ["weekly", "monthly"])
def test_every_summary_fits(name: str, big: Services) -> None:
    """What isn't in the text isn't in the blocks either, and both say so."""
    spec = spec_named(big.catalogue, name)
    summary = summary_of(big.engine, spec, big.members(MONDAY), MONDAY, EVERYTHING)
    for language in LANGUAGES:
        sentences = big.sentences(language)
        assert _refused(summary_message(summary, sentences)) == [], language
        assert _refused(details_message(summary, sentences)) == [], language


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_tab_fits(language: str, big: Services) -> None:
    """With a rep's own numbers and examples that name somebody."""
    tab = home(replace(_request("", language), via="home"), big)
    assert view_violations(view_of(tab)) == ()


def test_what_is_left_out_is_counted(big: Services) -> None:
    """In the text and beside the table: how many there are, and how to see others."""
    (answer,) = answers_of(_request("sales by rep top 100"), big)
    message = answer_message((answer,), big.sentences("en"))
    (table,) = [block for block in in_slack(message).blocks if block["type"] == "data_table"]
    shown = len(table["rows"]) - 1
    assert 10 < shown < 100
    assert f"{shown} of 100 shown, as many as fit; add a filter to see others." in in_slack(message).text
    assert f"{shown} of 100 shown" in str(in_slack(message).blocks)
    assert in_slack(message).text.count("Wolfe") + len(big_company.AWKWARD) >= shown
