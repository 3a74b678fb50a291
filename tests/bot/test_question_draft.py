"""What the pickers can make, every combination of them, and the names that they offer; nothing is queried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot import question_draft
from bot.playground.slack_validators import Violation, suggestion_violations, view_violations
from bot.question_draft import Draft, Pickers, draft_of, drafted, name_value, named, pickers_of, question_of
from bot.render import block_kit
from bot.render.message import Modal
from bot.render.question_form import edit_button, metric_options, name_options, question_modal
from bot.rights import EVERYTHING, visible_members
from bot.runtime.clock import Clock
from bot.workspace.services import Services
from kpi_engine.answers.reach import refuse_unreachable
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Filter, Member, Query, Scope
from kpi_engine.language.member_names import Roster
from kpi_engine.language.parser import canonical, parse, understood
from kpi_engine.language.vocabulary import vocabulary_of
from tests.bot.in_slack import view_of
from tests.kpi_engine.language.typed_lines import READ, REFUSED

PERIODS = ("2026-07", "2026-Q3", "since june", "jan..mar", "2026-W40", "2026-09-05", "all time", "ytd")


def read_back(services: Services, clock: Clock, line: str) -> Query:
    """Read a line as whoever sees everything."""
    now = clock()
    return parse(
        line, services.catalogue, services.members(now), services.asker("", now), services.engine.today(now)
    )


def asked(services: Services, clock: Clock, begun: Draft) -> Query:
    """Return the question of a draft."""
    now = clock()
    return question_of(begun, services.catalogue, services.members(now), services.engine.today(now))


def may_be_asked(services: Services, query: Query) -> None:
    """Raise QueryError where the engine would refuse a question before it reads anything."""
    metric = services.catalogue.metrics[query.metrics[0]]
    refuse_unreachable(services.catalogue, metric, query, Scope())
    assert not (metric.spec.lists_groups and (query.by or query.per))
    assert not (metric.spec.compares_ends and query.period and query.period.is_all_time)


def one_by_one(services: Services, clock: Clock, pickers: Pickers) -> Iterator[Draft]:
    """Yield the drafts of a metric in which one picker is used, with each of its choices."""
    empty = Draft(pickers.metric)
    yield empty
    yield from (replace(empty, when=words) for words in pickers.periods)
    yield from (
        replace(empty, typed=words) for words in PERIODS if pickers.has_all_time or "all" not in words
    )
    yield from (replace(empty, compare=(str(baseline),)) for baseline in question_draft.BASELINES)
    yield from (replace(empty, show=flag) for flag in question_draft.SHOWN)
    for dimension in pickers.dimensions:
        members = services.members(clock())[dimension]
        names = [name_value(dimension, member.key) for member in (*members[:2], *members[-1:])]
        yield from (replace(empty, only=(name,)) for name in names)
        yield replace(empty, without=tuple(dict.fromkeys(names)))
    if pickers.is_split:
        yield from (replace(empty, by=(dimension,)) for dimension in pickers.dimensions)
        yield from (replace(empty, per=str(grain)) for grain in question_draft.GRAINS)
        yield from (
            replace(empty, by=(dimension,), top=rank)
            for dimension in pickers.dimensions
            for rank in question_draft.RANKS
        )
    else:
        yield from (replace(empty, top=rank) for rank in question_draft.RANKS)


def test_every_choice_of_every_metric_reads_back_as_the_same_question(
    demo_services: Services, monday: Clock
) -> None:
    """Each picker of each metric with each of its choices: the line says it, and the window shows it again."""
    count = 0
    for metric in demo_services.catalogue.metrics:
        for begun in one_by_one(demo_services, monday, pickers_of(demo_services.catalogue, metric)):
            query = asked(demo_services, monday, begun)
            assert read_back(demo_services, monday, canonical(query)) == query, begun
            assert asked(demo_services, monday, draft_of(query, "")) == query, begun
            may_be_asked(demo_services, query)
            count += 1
    assert count > 1500


@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=some.data())
def test_every_combination_reads_back_as_the_same_question(
    data: some.DataObject, demo_services: Services, monday: Clock
) -> None:
    """Any choices of any pickers at once."""
    catalogue, members = demo_services.catalogue, demo_services.members(monday())
    pickers = pickers_of(catalogue, data.draw(some.sampled_from(sorted(catalogue.metrics))))
    names = [
        name_value(dimension, member.key)
        for dimension in pickers.dimensions
        for member in members[dimension][:40]
    ]
    when = data.draw(some.sampled_from(["", *pickers.periods]))
    typed = "" if when else data.draw(some.sampled_from(["", *PERIODS[:6]]))
    by = some.lists(some.sampled_from(pickers.dimensions), unique=True, max_size=3)
    few = some.lists(some.sampled_from(names), unique=True, max_size=3).map(tuple)
    split = tuple(data.draw(by)) if pickers.is_split else ()
    begun = Draft(
        metric=pickers.metric,
        when=when,
        typed=typed,
        by=split,
        per=data.draw(some.sampled_from(["", *map(str, question_draft.GRAINS)])) if pickers.is_split else "",
        only=data.draw(few),
        without=data.draw(few),
        compare=data.draw(
            some.one_of(
                some.just(("none",)),
                some.lists(some.sampled_from(["previous", "last year", "target"]), unique=True).map(tuple),
            )
        ),
        top=data.draw(some.sampled_from(["", *question_draft.RANKS]))
        if split or not pickers.is_split
        else "",
        show=data.draw(some.sampled_from(["", *question_draft.SHOWN])),
    )
    query = asked(demo_services, monday, begun)
    assert read_back(demo_services, monday, canonical(query)) == query
    assert asked(demo_services, monday, draft_of(query, "")) == query
    may_be_asked(demo_services, query)


def window(services: Services, clock: Clock, begun: Draft, language: str = "en") -> Modal:
    """Return the window of a draft for whoever sees everything."""
    now = clock()
    return question_modal(
        begun,
        pickers_of(services.catalogue, begun.metric),
        list(services.catalogue.metrics),
        services.members(now),
        "C1 1.1",
        services.engine.today(now),
        services.sentences(language),
    )


def violations(modal: Modal) -> tuple[Violation, ...]:
    """Return what Slack would refuse of a window."""
    return view_violations(view_of(modal))


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_window_is_one_that_slack_takes(language: str, demo_services: Services, monday: Clock) -> None:
    """Of each metric, empty and with each choice made."""
    for metric in demo_services.catalogue.metrics:
        pickers = pickers_of(demo_services.catalogue, metric)
        for begun in list(one_by_one(demo_services, monday, pickers))[::7]:
            assert violations(window(demo_services, monday, begun, language)) == ()


@pytest.mark.parametrize("line", [line for line, _ in (*READ, *REFUSED)])
def test_a_line_that_is_read_fills_the_window_in(line: str, demo_services: Services, monday: Clock) -> None:
    """Whatever can be typed can be shown: the window begins with it and asks the same."""
    now = monday()
    read = (
        demo_services.catalogue,
        demo_services.members(now),
        demo_services.asker("", now),
        demo_services.engine.today(now),
    )
    query = understood(line, *read)
    begun = draft_of(query, "sales")
    assert violations(window(demo_services, monday, begun)) == ()
    try:
        whole = parse(line, *read)
    except QueryError:
        return
    assert query == whole
    ranked = replace(whole, top=whole.top if whole.by else None)
    shown = {flag for flag in question_draft.SHOWN if flag in whole.flags}
    expected = replace(ranked, metrics=whole.metrics[:1], sizes=(), flags=frozenset(sorted(shown)[:1]))
    if len(whole.filters) == len({(entry.dimension, entry.exclude) for entry in whole.filters}):
        kept = replace(draft_of(query, "sales"), top=draft_of(query, "sales").top if whole.by else "")
        found = asked(demo_services, monday, kept)
        assert sorted(found.filters, key=str) == sorted(expected.filters, key=str)
        assert replace(found, filters=()) == replace(expected, filters=())


def test_a_draft_is_read_from_what_was_given() -> None:
    """What isn't there is empty; a value twice is one."""
    assert drafted({}) == Draft("")
    given_in_it = {"metric": ("sales",), "by": ("rep", "rep", "region"), "typed": (" 2026 ",)}
    assert drafted(given_in_it) == Draft("sales", by=("rep", "region"), typed="2026")
    assert drafted({"metric": ("sales",), "when": ("-",), "show": ("-",)}) == Draft("sales")


def test_a_choice_of_one_can_be_taken_back(demo_services: Services, monday: Clock) -> None:
    """Each such menu but that of the number begins with what holds without a choice."""
    for entry in view_of(window(demo_services, monday, Draft("sales")))["blocks"][1:]:
        if entry["element"]["type"] == "static_select":
            first = entry["element"]["options"][0]
            assert first["value"] == question_draft.NO_CHOICE
            assert first["text"] == entry["element"]["placeholder"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("metric", Draft("flurbs")),
        ("by", Draft("sales", by=("planet",))),
        ("per", Draft("sales", per="fortnight")),
        ("top", Draft("sales", by=("rep",), top="top 0")),
        ("top", Draft("sales", by=("rep",), top="sideways 3")),
        ("show", Draft("sales", show="sql")),
        ("compare", Draft("sales", compare=("rep:anna",))),
        ("only", Draft("sales", only=("rep=i999999",))),
        ("without", Draft("sales", without=("nonsense",))),
        ("when", Draft("sales", when="someday")),
    ],
)
def test_what_no_window_offers_is_refused(
    field: str, wrong: Draft, demo_services: Services, monday: Clock
) -> None:
    """At its picker, in a sentence."""
    with pytest.raises(question_draft.WrongEntryError) as refused:
        asked(demo_services, monday, wrong)
    assert refused.value.field == field
    assert refused.value.message.endswith(".")


# names


def rosters() -> dict[str, Roster]:
    """200 reps whose names have 60 characters and differ in the last ones only; 20,000 customers."""
    reps = [Member(key, f"Maria {'Magdalena ' * 5}{key:04}") for key in range(200)]
    long = [Member(f"{'k' * 200}{key}", f"{'Brouwerij ' * 9}{key}") for key in range(300)]
    customers = [Member(key, f"Bakkerij {key} & zonen") for key in range(20_000)]
    return {"rep": Roster(reps), "customer": Roster([*customers, *long])}


def test_many_long_names_stay_within_the_limits_and_apart(demo_services: Services) -> None:
    """At most 100 options of 75 characters, no two alike, and each leads back to its own member."""
    members, sentences = rosters(), demo_services.sentences("en")
    assert all(len(member.label) == 60 for member in members["rep"])
    for typed in ("m", "maria", "b", "bakkerij 1", "brouwerij", "brou", "magdalena 0199", "0199", "z"):
        options = block_kit.options(name_options(typed, ("rep", "customer"), members, sentences))
        assert suggestion_violations({"options": options}) == ()
        texts = [option["text"]["text"] for option in options]
        assert len(set(texts)) == len(texts)
        found = named([option["value"] for option in options], members)
        assert len({(dimension, member.key) for dimension, member in found.values()}) == len(options)
    assert len(name_options("b", ("rep", "customer"), members, sentences)) == 100
    assert name_options("", ("rep", "customer"), members, sentences) == []


def test_a_rare_dimension_is_not_crowded_out(demo_services: Services) -> None:
    """Among thousands of customers the one rep who begins with the same letter is still offered."""
    members = {"customer": rosters()["customer"], "rep": Roster([Member(1, "Bart"), Member(2, "Bert")])}
    options = block_kit.options(
        name_options("b", ("customer", "rep"), members, demo_services.sentences("en"))
    )
    assert len(options) == 100
    assert [option["text"]["text"] for option in options][-2:] == ["Rep: Bart", "Rep: Bert"]


def test_two_of_one_name_stay_apart(demo_services: Services, monday: Clock) -> None:
    """Cut to what fits, or spelled alike but for their keys."""
    members = {
        "rep": Roster([Member(7, "Jan Claes (7)"), Member(17, "Jan Claes (17)"), Member("7", "Jan C")])
    }
    options = block_kit.options(name_options("jan", ("rep",), members, demo_services.sentences("en")))
    values = [option["value"] for option in options]
    assert values == ["rep=i7", "rep=i17", "rep=s7"]
    for value, member in zip(values, members["rep"], strict=True):
        query = question_of(
            Draft("sales", only=(value,)),
            demo_services.catalogue,
            members,
            demo_services.engine.today(monday()),
        )
        assert query.filters == (Filter("rep", (member,)),)


def test_more_than_a_hundred_metrics_are_searched(demo_services: Services, monday: Clock) -> None:
    """The menu of numbers becomes a search, by title, name and other words."""
    names = [f"sales_{number}" for number in range(150)]
    metric = demo_services.catalogue.metrics["sales"]
    catalogue = replace(
        demo_services.catalogue,
        metrics={"sales": metric, **{name: replace(metric, name=name) for name in names}},
    )
    engine = demo_services.engine
    sentences = replace(demo_services.sentences("nl"), catalogue=catalogue)
    modal = question_modal(
        Draft("sales"),
        pickers_of(catalogue, "sales"),
        list(catalogue.metrics),
        {},
        "C1 ",
        engine.today(monday()),
        sentences,
    )
    assert view_of(modal)["blocks"][0]["element"]["type"] == "external_select"
    assert violations(modal) == ()
    options = block_kit.options(metric_options("omz", list(catalogue.metrics), sentences))
    assert len(options) == 100
    assert suggestion_violations({"options": options}) == ()
    assert [option.value for option in metric_options("sales_14", list(catalogue.metrics), sentences)] == [
        "sales_14", *(f"sales_14{number}" for number in range(10))
    ]  # fmt: skip


def test_names_are_looked_up_with_indexes_that_are_made_once(demo_services: Services, monday: Clock) -> None:
    """Whoever sees everything searches the very roster that was indexed when it was read."""
    members = demo_services.index.names(monday()).members
    assert all(visible_members(members, EVERYTHING)[name] is members[name] for name in members)


def test_an_answers_question_is_edited_by_a_button(demo_services: Services) -> None:
    """It carries the whole line; one that doesn't fit in a button opens the window empty."""
    sentences = demo_services.sentences("nl")
    button = edit_button("sales by region 2026-10", sentences)
    assert (button.label, button.action, button.value) == (
        "Wijzigen",
        "build:open",
        "sales by region 2026-10",
    )
    assert edit_button("x" * 3000, sentences).value == "-"


def test_every_usual_period_has_words_in_dutch(demo_services: Services) -> None:
    """And can be read by whoever types what the menu says."""
    english, dutch = demo_services.sentences("en"), demo_services.sentences("nl")
    assert [words for words in question_draft.PERIODS if dutch.say(words) == english.say(words)] == []
    known = vocabulary_of(demo_services.catalogue).words
    said = [word for words in question_draft.PERIODS for word in dutch.say(words).split()]
    assert [word for word in said if word not in known and not word.isdecimal()] == []
