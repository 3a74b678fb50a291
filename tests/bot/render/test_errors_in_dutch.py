"""What went wrong is said in the language of whoever asked: every sentence, whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.conversation.registry import every_command
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.texts import LANGUAGES, translations
from bot.workspace.targets import split_number
from kpi_engine.definitions.loader import load
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import Said
from kpi_engine.language.amounts import read_number
from kpi_engine.language.parser import canonical, parse, parse_period
from tests.bot.render.error_sentences import ROOT, Opaque, Sentence, sentences_of
from tests.kpi_engine.language.mistyped import lines
from tests.kpi_engine.language.typed_lines import ASKER, MEMBERS, REFUSED, TODAY, TOLD, VERBS
from tests.shop import BRUSSELS, SHIPPED

CATALOGUE = load(SHIPPED, SHIPPED)
DUTCH = Sentences(Formats("nl", BRUSSELS), CATALOGUE)
SAME_IN_DUTCH = {"week"}
ENGLISH = re.compile(
    r"\b(the|there|you|your|can't|which|what|with|and|for|it|by|not|this|that|are|have|to|ask|try|don't|isn't"
    r"|rep|region|source|technique|material|category|customer|day|month|quarter|year)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_QUOTED = re.compile(r"“.*”", re.DOTALL)


def test_every_message_and_hint_is_literal_where_it_is_raised() -> None:
    """An f-string can't be translated: what varies is put in by said."""
    opaque = [found for found in sentences_of() if isinstance(found, Opaque)]
    assert opaque == []


def test_an_f_string_is_found(tmp_path: Path) -> None:
    """Wherever it hides: in a hint, a choice, a variable or a function of the module."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "kpi_engine").mkdir()
    (tmp_path / "bot" / "wrong.py").write_text(
        "def refuse(name):\n"
        "    told = f'No {name}.'\n"
        "    raise QueryError(told, hint=_hint(name) if name else 'Well.')\n"
        "def _hint(name):\n"
        "    return said('Not ' + name)\n"
        "def other(name):\n"
        "    raise errors.DataError(said('No {name}.', name=name))\n",
        "utf-8",
    )
    found = list(sentences_of(tmp_path))
    opaque = {entry.source for entry in found if isinstance(entry, Opaque)}
    assert opaque == {"f'No {name}.'", "said('Not ' + name)"}
    assert {entry.template for entry in found if isinstance(entry, Sentence)} == {"Well.", "No {name}."}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_sentence_of_an_error_is_in_the_catalog(language: str) -> None:
    """With the same placeholders, each once."""
    with (ROOT / "bot" / "render" / "locale" / f"{language}.po").open("rb") as source:
        known = {str(message.id): str(message.string) for message in read_po(source) if message.id}
    wanted = {entry.template for entry in sentences_of() if isinstance(entry, Sentence)}
    assert len(wanted) > 100
    assert {text for text in wanted if not known.get(text)} == set()
    for text in wanted:
        assert sorted(_PLACEHOLDER.findall(text)) == sorted(_PLACEHOLDER.findall(known[text])), text


def _templates(text: object) -> Iterator[str]:
    """Yield the templates that a sentence is made of, and those of the sentences in it."""
    if isinstance(text, tuple):
        for value in text:
            yield from _templates(value)
    if isinstance(text, Said) and text:
        yield text.template
        for value in text.values.values():
            yield from _templates(value)


def _english_in(wrong: QueryError) -> list[str]:
    """Return what isn't Dutch in an error that is said in Dutch; what somebody typed stays as it is."""
    catalog = translations("nl")
    untranslated = [
        template
        for text in (wrong.message, wrong.hint)
        for template in _templates(text)
        if template not in SAME_IN_DUTCH and catalog.gettext(template) == template
    ]
    said = _QUOTED.sub("", f"{DUTCH.said(wrong.message)} | {DUTCH.said(wrong.hint)}")
    if "terugtellen" in said:  # repeats the unit as it was typed
        said = said.partition("|")[2]
    return untranslated + ENGLISH.findall(said)


@pytest.mark.parametrize("line", [line for line, *_ in (*REFUSED, *TOLD)])
def test_a_wrong_line_is_answered_in_dutch(line: str) -> None:
    """Message and hint, with the names of things in them."""
    with pytest.raises(QueryError) as refused:
        parse(line, CATALOGUE, MEMBERS, ASKER, TODAY, VERBS)
    assert _english_in(refused.value) == []


def test_mistyped_lines_are_answered_in_dutch() -> None:
    """Thousands of them, whatever is wrong with each."""
    told = set()
    for line in lines(2000, seed=7):
        try:
            parse(line, CATALOGUE, MEMBERS, ASKER, TODAY)
        except QueryError as refused:
            assert _english_in(refused) == [], line
            told.add(refused.message.template)
    assert len(told) > 10


@pytest.mark.parametrize(
    ("sentence", "example", "question"),
    [
        ("Try something like: sales last month by region.", "omzet vorige maand per regio", "sales by region 2026-10"),
        ("Try sales, leads or conversion.", "omzet", "sales"),
        ("Try sales, leads or conversion.", "conversie", "conversion"),
        ("Type the name instead, such as rep:anna.", "verkoper:anna", 'sales rep:"Anna de Vries"'),
        ("Set a target for each, for example rep:anna.", "verkoper:anna", 'sales rep:"Anna de Vries"'),
        ("Name one of them, for example rep:anna.", "verkoper:anna", 'sales rep:"Anna de Vries"'),
        ("Write vs previous, vs last year, vs target or vs 2026-01.", "t.o.v. vorige", "sales vs previous"),
        ("Write vs previous, vs last year, vs target or vs 2026-01.", "t.o.v. vorig jaar", "sales vs last year"),
        ("Write vs previous, vs last year, vs target or vs 2026-01.", "t.o.v. doel", "sales vs target"),
        ("Write vs previous, vs last year, vs target or vs 2026-01.", "t.o.v. 2026-01", "sales vs 2026-01"),
        ("Try vs target or vs last year.", "t.o.v. doel", "sales vs target"),
        ("Try last 12 months.", "laatste 12 maanden", "sales 2025-11..2026-10"),
        ("Ask for the metric with a split instead, for example by region.", "per regio", "sales by region"),
        ("Leave out per, top, bottom, sizes, charts and files.", "per maand", "sales per month"),
        ("Leave out per, top, bottom, sizes, charts and files.", "grafiek", "sales chart"),
        ("Anything finer could reveal one colleague's figures. Try a team total: sales by team last month.",
         "omzet per team vorige maand", "sales by team 2026-10"),
    ],
)  # fmt: skip
def test_an_example_in_dutch_can_be_typed(sentence: str, example: str, question: str) -> None:
    """What a hint says to type is read as it is meant."""
    assert example in translations("nl").gettext(sentence)
    line = (
        example if example in ("omzet", "conversie") or example.startswith("omzet ") else f"omzet {example}"
    )
    assert canonical(parse(line, CATALOGUE, MEMBERS, ASKER, TODAY)) == question


@pytest.mark.parametrize("period", ["vorige week", "deze maand", "2026-07"])
def test_a_period_in_dutch_can_be_typed(period: str) -> None:
    """Each of those that a hint names."""
    assert period in translations("nl").gettext("Try last week, this month or 2026-07.")
    assert parse_period(period, TODAY) is not None


@pytest.mark.parametrize(
    ("sentence", "line", "verb"),
    [
        ("Type list to see them all.", "lijst", "list"),
        ("Type help to see what you can ask.", "hulp", "help"),
        (
            "For example: target sales rep:anna 300k this month.",
            "doel omzet verkoper:anna 300k deze maand",
            "target",
        ),
        ("For example: targets sales 2026-12.", "doelen omzet 2026-12", "targets"),
        ("Type {command} nps send there.", "nps verstuur", "nps send"),
        ("Set them in Slack, with {command} target.", "doel", "target"),
    ],
)
def test_a_verb_in_dutch_can_be_typed(sentence: str, line: str, verb: str) -> None:
    """And what follows it is read too."""
    assert line in translations("nl").gettext(sentence)
    found = every_command().verb_of(line)
    assert found is not None
    assert found[0] is every_command().verbs[verb]
    if verb == "target":
        typed, rest = split_number(found[1]) if found[1] else ("300k", "omzet")
        assert read_number(typed, "money") == 300_000
        assert parse(rest, CATALOGUE, MEMBERS, ASKER, TODAY).metrics == ("sales",)


@pytest.mark.parametrize(
    ("line", "names"),
    [("sales foo:bar", 11), ("sales rep:", 1), ("sales by", 3), ("sales rep:-anna", 1), ("last month", 3)],
)
def test_the_names_in_a_hint_can_be_typed(line: str, names: int) -> None:
    """In either language: the words for dimensions and metrics are those that the grammar reads."""
    with pytest.raises(QueryError) as refused:
        parse(line, CATALOGUE, MEMBERS, ASKER, TODAY)
    titles = list(_titles(refused.value.hint))
    assert len(titles) == names
    for title in titles:
        english, dutch = (
            parse(
                f"{'sales by ' if title.en in CATALOGUE.dimensions else ''}{word}",
                CATALOGUE,
                {},
                ASKER,
                TODAY,
            )
            for word in (title.en, title.in_language("nl"))
        )
        assert english == dutch


def _titles(value: object) -> Iterator[Title]:
    if isinstance(value, Title):
        yield value
    inside = value if isinstance(value, tuple) else value.values.values() if isinstance(value, Said) else ()
    for entry in inside:
        yield from _titles(entry)


@pytest.mark.parametrize("verb", sorted({verb.name for verb in every_command().each_verb()}))
def test_a_verb_s_example_in_dutch_is_read_as_the_english_one(verb: str) -> None:
    """The help shows lines that can be typed."""
    example = every_command().verbs[verb].example
    english, dutch = every_command().verb_of(example), every_command().verb_of(DUTCH.say(example))
    assert english is not None
    assert dutch is not None
    assert dutch[0] is english[0] is every_command().verbs[verb]
