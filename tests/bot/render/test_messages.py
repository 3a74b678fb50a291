"""Every message keeps Slack's limits, says in its text all that its blocks say, and pings nobody."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.conversation.dispatch import answers_of, dispatch
from bot.conversation.registry import every_command
from bot.playground.slack_validators import message_violations
from bot.render.answer import answer_message
from bot.render.definition import _DIRECTIONS, _UNITS
from bot.render.figures import PAIR_TITLES
from bot.render.formats import Formats
from bot.render.replies import error_message, unexpected_message
from bot.render.summary import details_message, summary_message
from bot.render.texts import LANGUAGES, language_of
from bot.rights import EVERYTHING, Membership
from bot.runtime.clock import Clock
from bot.workspace.request import Request
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine.domain.answer import Answer, Group
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import Grain, Period
from kpi_engine.domain.query import Filter, Member
from tests.bot.in_slack import in_slack
from tests.shop import BRUSSELS

BOT = Path(__file__).parents[3] / "bot"

LINES = [
    "conversion rep:anna",
    "sales by region",
    "sales by rep per month last 12 months",
    "leads per week last 52 weeks",
    "sales by product chart",
    "sales by customer csv",
    "sales by customer csv xlsx",
    "conversion by rep sql",
    "sales sql",
    "sales share",
    "sales csv share",
    "cost_per_lead by source vs last year",
    "sales,leads,conversion,win_rate,orders",
    "sales,leads,orders,won per month",
    "sales,orders,profit by customer top 90",
    "sales,leads,orders by rep per month last 12 months table",
    "orders by customer top 100",
    "conversion by rep,source",
    "sales 2030-01",
    "sales all time",
    "omzet per regio deze maand t.o.v. vorig jaar",
    "win_rate rep:anna today",
    "churn by segment",
    "profit by customer profit:<0 2026-09 top 5",
    "sales by rep sales:>1000000",
    "conversion rep:karim vs team 2026-06",
    "sales,conversion rep:anna vs team vs last year",
    "sales rep:anna by region vs team",
    "pairs",
    "pairs product:modelx region:noord top 3",
    "pairs last week",
    "churn per month last 12 months",
    "nps by rep",
    "nps rep:anna",
    "profit by segment",
    "profit_margin by region vs last year",
    "upsell_rate,cross_sell_rate,attach_rate,cac",
    "help",
    "list",
    "status",
    "summary weekly",
    "summary monthly",
    "define churn",
    "define conversie",
    "why sales 2026-09",
    "waarom win_rate 2026-Q3 by rep",
    "why sales by customer",
    "why orders",
    "why nps 2026-Q3",
    "why pairs",
    "targets",
    "targets sales 2026-10",
    "target sales 300k",
    "why salse",
    "conversoin",
    "rep:jan sales",
    "",
]


def _request(line: str, clock: Clock, language: str = "en") -> Request:
    return Request("T0", "", "C0", line, "command", clock(), language, Membership.FULL)


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d[\d.,]*\d%?|\d%?", text))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", LINES)
def test_every_message_keeps_slacks_limits(
    line: str, language: str, demo_services: Services, monday: Clock
) -> None:
    """With the newer blocks and without them, in each language."""
    for message in in_slack(dispatch(_request(line, monday, language), demo_services)).variants:
        assert message_violations(message.payload) == ()
        assert len(message.blocks) <= 25


@pytest.mark.parametrize(
    "line",
    [
        line
        for line in LINES
        if line
        not in ("help", "list", "", "orders by customer top 100", "sales,orders,profit by customer top 90")
    ],
)
def test_the_text_holds_every_number_of_the_blocks(line: str, demo_services: Services, monday: Clock) -> None:
    """A screen reader reads only the text."""
    message = in_slack(dispatch(_request(line, monday), demo_services))
    shown = [
        str(entry["text"])
        for block in message.blocks
        if block["type"] in ("section", "header", "context")
        for entry in [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
        if isinstance(entry, dict) and "text" in entry
    ]
    cells = [
        cell["text"]
        for block in message.blocks
        if block["type"] == "data_table"
        for row in block["rows"][1:]
        for cell in row
    ]
    missing = {number for text in (*shown, *cells) for number in _numbers(text)} - _numbers(message.text)
    assert missing - _numbers("08:30 50") == set()


def _answer_with(answer: Answer, labels: list[str]) -> Answer:
    groups = tuple(
        Group((label,), (index,), Figure(1000.0 + index), answer.groups[0].comparisons)
        for index, label in enumerate(labels)
    )
    return replace(answer, groups=groups)


def test_two_hundred_reps_with_long_names(demo_services: Services, monday: Clock) -> None:
    """Ten are shown, the rest is counted; a chart of them has names that differ."""
    (answer,) = answers_of(_request("sales by rep", monday), demo_services)
    labels = [
        f"{'Wolfeschlegelsteinhausenbergerdorff-Vandenbroeck' * 2}"[:57] + f"{n:03}" for n in range(200)
    ]
    for flags in (frozenset(), frozenset({"chart"})):
        big = replace(_answer_with(answer, labels), query=replace(answer.query, flags=flags))  # type: ignore[arg-type]
        message = answer_message((big,), demo_services.sentences("en"))
        for variant in in_slack(message).variants:
            assert message_violations(variant.payload) == ()
        assert "10 of 200 shown" in json.dumps(in_slack(message).blocks, default=str)


NASTY = [
    "<!channel>",
    "<@U0ANNA>",
    "*bold* _it_ `code`",
    "a & b < c",
    "=cmd()",
    "Ünï “quote”\n\nnew line",
    " ",
    "😀" * 40,
]


@pytest.mark.parametrize("name", NASTY)
def test_a_name_from_the_database_is_only_a_name(name: str, demo_services: Services, monday: Clock) -> None:
    """It pings nobody, links nowhere and breaks no block."""
    (answer,) = answers_of(_request("sales by rep", monday), demo_services)
    named = replace(_answer_with(answer, [name]), filters=(Filter("rep", (Member(1, name),)),))
    message = answer_message((named,), demo_services.sentences("en"))
    for variant in in_slack(message).variants:
        assert message_violations(variant.payload) == ()
        parsed = [
            entry["text"]
            for block in variant.blocks
            for entry in [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
            if isinstance(entry, dict) and entry.get("type") == "mrkdwn"
        ]
        for text in (variant.text, *parsed):
            assert "<!" not in text
            assert "<@" not in text
        for text in parsed:
            assert "*bold*" not in re.sub(r"`[^`]*`", "", text)  # code shows it as it is


def test_a_chart_drops_what_has_no_value(demo_services: Services, monday: Clock) -> None:
    """Slack takes no null: months before the first row are left out."""
    (answer,) = answers_of(_request("sales per month 2022-06..2023-06", monday), demo_services)
    message = answer_message((answer,), demo_services.sentences("en"))
    (chart,) = [block for block in in_slack(message).blocks if block["type"] == "data_visualization"]
    assert chart["chart"]["axis_config"]["categories"][0] == "Jan 23"


def test_errors_are_sentences_with_buttons(demo_services: Services) -> None:
    """Whole lines to press; a line too long for a button stays text."""
    wrong = QueryError("No <such> thing.", hint="Try:", suggestions=("sales", "x" * 2001))
    message = error_message(wrong, demo_services.sentences("en"))
    assert message_violations(in_slack(message).payload) == ()
    assert [element["value"] for element in in_slack(message).blocks[1]["elements"]] == ["sales"]
    assert "No &lt;such&gt; thing." in in_slack(message).text
    assert (
        message_violations(in_slack(unexpected_message("abc", demo_services.sentences("nl"))).payload) == ()
    )


def test_a_defect_of_ours_is_a_sentence_with_a_reference(
    demo_services: Services, monday: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its place once in the log, none in Slack."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(demo_services.engine, "answer", broken, raising=False)
    message = dispatch(_request("sales", monday), demo_services)
    assert "secret detail" not in in_slack(message).text
    reference = re.search(r"[0-9a-f]{8}", in_slack(message).text)
    assert reference
    assert reference.group() in caplog.text
    assert caplog.text.count(", in broken") == 1


def test_a_half_loaded_week_is_not_judged(demo_services: Services, monday: Clock) -> None:
    """The post says first that orders are missing, and its first score has no verdict."""
    spec = spec_named(demo_services.catalogue, "weekly")
    half_loaded = monday().replace(day=16)
    summary = summary_of(
        demo_services.engine, spec, demo_services.members(half_loaded), half_loaded, EVERYTHING
    )
    text = in_slack(summary_message(summary, demo_services.sentences("en"))).text
    assert text.startswith("Week 46 (9–15 Nov): days are missing, so it can't be judged yet.")
    assert "no orders for Thu 12 and Fri 13 Nov" in text
    assert "Sales €32k so far: days are missing, so it isn't judged" in text
    assert not {entry.subject.metric for entry in summary.told} & {"sales", "orders", "new_customers"}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_sentence_is_translated(language: str) -> None:
    """What the code and the templates say is in the catalog, with the same placeholders."""
    with (BOT / "render" / "locale" / f"{language}.po").open("rb") as source:
        catalog = read_po(source, locale=language)
    known = {message.id: message.string for message in catalog if message.id}
    methods = [("**.py", "python"), ("**.j2", "jinja2")]
    keywords: dict[str, None] = {"say": None, "gettext": None}
    found = {
        text
        for _, _, text, *_ in extract_from_dir(str(BOT), methods, keywords=keywords)  # type: ignore[arg-type]
        if isinstance(text, str)
    }
    wanted = found | {verb.line for verb in every_command().each_verb()}
    wanted |= {*_UNITS.values(), *_DIRECTIONS.values(), *PAIR_TITLES, "with"}
    assert {text for text in wanted if not known.get(text)} == set()
    written = {
        node.value
        for path in (*BOT.rglob("*.py"), *(BOT.parent / "kpi_engine").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert known.keys() - written - wanted == set(), "nobody says these any more"
    placeholder = re.compile(r"\{\w+\}|%\(\w+\)s")
    for text, translated in known.items():
        assert sorted(placeholder.findall(str(text))) == sorted(placeholder.findall(str(translated))), text


def test_an_unknown_language_is_answered_in_english() -> None:
    """Nobody is left without words."""
    assert [language_of(wanted) for wanted in ("nl-BE", "nl_NL", "fr", "", "EN")] == [
        "nl",
        "nl",
        "en",
        "en",
        "en",
    ]


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (
            "en",
            [
                "€1,235",
                "−€12.50",
                "21.4%",
                "+6.0%",
                "−50%",
                "1,234",
                "Jan–Mar 2026",
                "week 47 (16–22 Nov 2026)",
            ],
        ),
        (
            "nl",
            [
                "€ 1.235",
                "−€ 12,50",
                "21,4%",
                "+6,0%",
                "−50%",
                "1.234",
                "jan–mrt 2026",
                "week 47 (16–22 nov 2026)",
            ],
        ),
    ],
)
def test_formats_of_a_language(language: str, shown: list[str]) -> None:
    """Money, shares, changes and periods as people there write them."""
    formats = Formats(language, BRUSSELS)
    week = Period(date(2026, 11, 16), date(2026, 11, 23), Grain.WEEK)
    months = Period(date(2026, 1, 1), date(2026, 4, 1), Grain.MONTH)
    made = [
        formats.money(1234.6, "EUR"),
        formats.money(-12.5, "EUR"),
        formats.share(0.2142),
        formats.percent_change(0.06),
        formats.percent_change(-0.5),
        formats.value(1234.0, "count", None),
        formats._months_name(*months.bounds()),
        formats.period_name(week),
    ]
    assert [str(text).replace("\xa0", " ").replace("\u202f", " ") for text in made] == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", ["1 day", "12.5 days", "0 days"]), ("nl", ["1 dag", "12,5 dagen", "0 dagen"])],
)
def test_days_are_counted_in_words(language: str, shown: list[str]) -> None:
    """One day, more days."""
    formats = Formats(language, BRUSSELS)
    assert [formats.value(days, "days", None) for days in (1.0, 12.5, 0.0)] == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "1 promoter, 2 passives, 0 detractors"), ("nl", "1 promotor, 2 passieven, 0 criticasters")],
)
def test_answers_are_counted_in_words(
    language: str, shown: str, demo_services: Services, monday: Clock
) -> None:
    """One promoter, more passives."""
    (answer,) = answers_of(_request("nps", monday), demo_services)
    parts = {"promoters": 1.0, "passives": 2.0, "detractors": 0.0}
    figure = replace(answer.figure, numerator=1.0, denominator=3.0, parts=parts)
    assert demo_services.sentences(language).made_of(figure, answer) == shown


def test_a_filter_of_many_names_a_few(demo_services: Services) -> None:
    """And counts the others."""
    many = Filter("rep", tuple(Member(number, f"Rep {number}") for number in range(12)))
    assert demo_services.sentences("nl").filter(many).endswith("Rep 9 en nog 2")


def test_a_summary_with_long_names_says_the_same_in_fewer_words(
    demo_services: Services, monday: Clock
) -> None:
    """Where the text would be too long, the trend and the lower ranks go, never its end."""
    spec = spec_named(demo_services.catalogue, "monthly")
    summary = summary_of(demo_services.engine, spec, demo_services.members(monday()), monday(), EVERYTHING)
    long = tuple(
        replace(
            section,
            answers=tuple(
                replace(
                    answer,
                    groups=tuple(
                        replace(group, labels=(f"{group.labels[0]} {'x' * 60}",)) for group in answer.groups
                    ),
                )
                if answer.pair_of is None
                else answer
                for answer in section.answers
            ),
        )
        for section in summary.sections
    )
    message = details_message(replace(summary, sections=long), demo_services.sentences("en"))
    assert len(in_slack(message).text) < 4000
    assert "Sales: €498,260" in in_slack(message).text
    for variant in in_slack(message).variants:
        assert message_violations(variant.payload) == ()
