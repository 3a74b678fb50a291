"""Every kind of message says in its text all the numbers that its blocks show, in each language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.dispatch import answers_of, dispatch
from bot.conversation.home import home
from bot.playground.slack_validators import message_violations, view_violations
from bot.render.answer import answer_message
from bot.render.message import Message
from bot.render.replies import error_message, unexpected_message
from bot.render.summary import details_message, summary_message
from bot.render.survey import preview_message, prompt_message, sending_message, thanks_message
from bot.render.texts import LANGUAGES
from bot.rights import EVERYTHING, Membership
from bot.runtime.clock import Clock
from bot.store import database
from bot.store.survey_records import Plan, Response
from bot.store.targets import TargetBook
from bot.workspace.request import Request
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine.definitions.loader import load
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.posts import Contact
from tests.bot.conftest import MONDAY
from tests.bot.in_slack import in_slack, view_of
from tests.bot.render.spoken import unspoken
from tests.shop import SHIPPED

METRICS = sorted(load(SHIPPED, SHIPPED).metrics) or ["sales"]
FORMS = ("", "by rep", "by customer", "per month", "by rep per month table", "by rep chart")
LONG_FORMS = (
    "by customer top 100",
    "by region,source",
    "per day last 400 days",
    "per month table",
    "per day last 200 days table",
    "by rep per month",
    "by rep per week last 60 weeks",
    "by customer top 60 chart",
    "this month",
    "vs 2026-01",
)
OF_EACH_UNIT = ("sales", "conversion", "nps", "sales_cycle")
"""Metrics that are asked in the long forms as well, which take a while."""
REPLIES = (
    "sales,leads,conversion,win_rate,orders",
    "sales,leads,orders,won per month",
    "sales,leads,orders by rep per month last 12 months table",
    "sales,orders,profit by customer top 90",
    "acquisition_return,attach_rate,cac,churn,conversion,lead_quality,leads,nps,orders,profit,sales,win_rate,won",
    "rep:me this month sales",
    "",
    "why sales",
    "why sales by customer",
    "why conversion vs last year",
    "why nps 2026-Q3",
    "why pairs",
    "targets",
    "targets sales 2026-10",
    "target sales rep:anna 300k",
    "define churn",
    "define profit",
    "define pairs",
    "define upsell_rate",
    "list",
    "help",
    "status",
    "summary",
    "conversoin",
    "rep:jan sales",
    "sales rep:nobody",
    "sales csv",
    "sales foo:bar",
    "nps send",
)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[TargetBook]:
    engine = database.open_store(f"sqlite:///{tmp_path}/store.sqlite")
    database.migrate(engine)
    yield TargetBook(engine, "T0")
    engine.dispose()


def request(line: str, language: str = "en", user: str = "U0DEMOANNA") -> Request:
    return Request("T0", user, "C0", line, "command", MONDAY, language, Membership.FULL)


def refused(message: Message) -> list[str]:
    """Return what is wrong with a message, with the newer blocks and without them."""
    shown = in_slack(message)
    variants = [shown, *([shown.plain] if shown.plain else [])]
    found = [str(violation) for variant in variants for violation in message_violations(variant.payload)]
    found += [f"{len(variant.blocks)} blocks" for variant in variants if len(variant.blocks) > 25]
    return found + [f"unspoken: {number}" for number in sorted(unspoken(shown))]


@pytest.mark.parametrize("metric", METRICS)
def test_every_answer_says_what_it_shows(metric: str, demo_services: Services) -> None:
    """Each metric: alone, split, over time, as a table and as a chart."""
    answered = 0
    for form in (*FORMS, *(LONG_FORMS if metric in OF_EACH_UNIT else ())):
        try:
            answers = answers_of(request(f"{metric} {form}"), demo_services)
        except QueryError as wrong:
            for language in LANGUAGES:
                assert refused(error_message(wrong, demo_services.sentences(language))) == [], (
                    form,
                    language,
                )
            continue
        answered += 1
        for language in LANGUAGES:
            message = answer_message(answers, demo_services.sentences(language))
            assert refused(message) == [], (form, language)
    assert answered >= (1 if metric == "pairs" else 2)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", REPLIES)
def test_every_reply_says_what_it_shows(
    line: str, language: str, demo_services: Services, book: TargetBook
) -> None:
    """Whatever else can be asked, also where the answer is an error."""
    services = replace(demo_services, targets=book)
    assert refused(dispatch(request(line, language), services)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_of_the_survey_says_what_it_shows(language: str, demo_services: Services) -> None:
    """The preview, the question, the thanks with a reason that is long and odd."""
    sentences = demo_services.sentences(language)
    people = tuple(Contact(f"U0{number:09}") for number in range(200))
    recent = {f"U1{number:09}": MONDAY - timedelta(days=number) for number in range(50)}
    response = Response(
        "wave", "U0ANNA", "Company", language, 7, MONDAY, "*<&>_`~\n" * 250, MONDAY, MONDAY, MONDAY
    )
    for message in (
        preview_message(Plan("customers", "Company <Ltd> *1*", people, recent), "wave", sentences),
        preview_message(Plan("customers", "Company", people[:1], {}), "wave", sentences),
        sending_message([contact.user for contact in people], sentences),
        prompt_message("wave", "Company", sentences),
        thanks_message(response, sentences, is_editable=True),
        unexpected_message("0123abcd", sentences),
    ):
        assert refused(message) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("user", ["U0DEMOANNA", "U0NOBODY"])
def test_the_home_tab_keeps_slacks_limits(user: str, language: str, demo_services: Services) -> None:
    """Of somebody with numbers, and of somebody without."""
    tab = home(replace(request("", language, user), via="home"), demo_services)
    assert view_violations(view_of(tab)) == ()


def test_a_number_that_is_only_shown_is_found(demo_services: Services, monday: Clock) -> None:
    """In a section, a table and a chart: this is what the tests above look for."""
    for line in ("sales", "sales by region", "sales per month"):
        message = in_slack(dispatch(request(line), demo_services))
        assert unspoken(message) == set()
        assert unspoken(replace(message, text="Sales")) != set()


@pytest.mark.parametrize("name", ["weekly", "monthly"])
def test_a_summary_with_remarks_says_what_it_shows(name: str, demo_services: Services) -> None:
    """On a day when something is unusual: week 46 is only half loaded."""
    now, spec = MONDAY.replace(day=16), spec_named(demo_services.catalogue, name)
    summary = summary_of(demo_services.engine, spec, demo_services.members(now), now, EVERYTHING)
    for language in LANGUAGES:
        message = summary_message(summary, demo_services.sentences(language), ["A remark with 4242."])
        assert refused(message) == [], language
        assert "4242" in in_slack(message).text


@pytest.mark.parametrize("name", ["weekly", "monthly"])
def test_a_summary_of_the_demo_leaves_nothing_out(name: str, demo_services: Services) -> None:
    """Its trend and all its ranks are in the text, if need be in fewer words.

    The Dutch monthly lists have room for three each, and say so.
    """
    spec = spec_named(demo_services.catalogue, name)
    summary = summary_of(demo_services.engine, spec, demo_services.members(MONDAY), MONDAY, EVERYTHING)
    for language, left_out in (("en", "there is no room"), ("nl", "niet past")):
        assert refused(summary_message(summary, demo_services.sentences(language))) == [], language
        message = details_message(summary, demo_services.sentences(language))
        assert refused(message) == [], language
        if (name, language) == ("monthly", "nl"):
            assert "\n3. " in in_slack(message).text
            assert in_slack(message).text.endswith(
                "De lijsten tonen alleen hun eerste 3, zoveel als er passen."
            )
        else:
            assert "\n5. " in in_slack(message).text
        assert left_out not in in_slack(message).text
        assert all(
            section.spec.title.in_language(language) in in_slack(message).text for section in summary.sections
        )
