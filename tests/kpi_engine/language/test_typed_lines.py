"""Over three hundred lines as typed on a phone become the question, or the offer, that a person expects."""

from __future__ import annotations

from datetime import date

import pytest

from kpi_engine.definitions.loader import load
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import CALENDAR_YEAR
from kpi_engine.language.parser import NOBODY, canonical, parse, parse_lasting
from tests.kpi_engine.language.typed_lines import ASKER, MEMBERS, READ, REFUSED, TODAY, TOLD, VERBS
from tests.shop import SHIPPED

CATALOGUE = load(SHIPPED, SHIPPED, CALENDAR_YEAR)


@pytest.mark.parametrize(("line", "question"), READ)
def test_a_typed_line_becomes_the_expected_question(line: str, question: str) -> None:
    """And the question's own words mean the same to anybody."""
    query = parse(line, CATALOGUE, MEMBERS, ASKER, TODAY, VERBS)
    assert canonical(query) == question
    assert parse(question, CATALOGUE, MEMBERS, NOBODY, TODAY) == query


@pytest.mark.parametrize("line", [line for line, _ in READ])
def test_a_line_that_is_kept_means_the_same_on_another_day(line: str) -> None:
    """Its names are in full, its periods as relative as they were typed."""
    query, kept = parse_lasting(line, CATALOGUE, MEMBERS, ASKER, TODAY, VERBS)
    assert query == parse(line, CATALOGUE, MEMBERS, ASKER, TODAY, VERBS)
    for day in (TODAY, date(2027, 2, 28), date(2026, 12, 31)):
        on_that_day = parse(line, CATALOGUE, MEMBERS, ASKER, day, VERBS)
        assert parse(kept, CATALOGUE, MEMBERS, NOBODY, day) == on_that_day


@pytest.mark.parametrize(("line", "suggestion"), REFUSED)
def test_a_wrong_line_is_answered_with_a_sentence_and_the_expected_offer(
    line: str, suggestion: str | None
) -> None:
    """The expected line comes first; every offer of a question can be read or leads to a choice."""
    with pytest.raises(QueryError) as refused:
        parse(line, CATALOGUE, MEMBERS, ASKER, TODAY, VERBS)
    assert refused.value.message.strip()
    if suggestion is not None:
        assert refused.value.suggestions[:1] == (suggestion,)


@pytest.mark.parametrize(("line", "sentence", "suggestion"), TOLD)
def test_a_period_that_does_not_exist_is_said_to_not_exist(
    line: str, sentence: str, suggestion: str | None
) -> None:
    """Rather than that its number is unknown; an offer comes with it where one is near, and can be sent."""
    with pytest.raises(QueryError) as refused:
        parse(line, CATALOGUE, MEMBERS, ASKER, TODAY, VERBS)
    assert refused.value.message == sentence
    assert refused.value.suggestions == ((suggestion,) if suggestion else ())
    for offer in refused.value.suggestions:
        parse(offer, CATALOGUE, MEMBERS, ASKER, TODAY, VERBS)


def test_the_table_has_three_hundred_different_lines() -> None:
    """Nothing is counted twice."""
    lines = [line for line, *_ in (*READ, *REFUSED, *TOLD)]
    assert len(lines) == len(set(lines)) >= 300
