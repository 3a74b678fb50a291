"""Several askers' questions in one request: each gets what it gets alone, and nothing of another's rows."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan

import pytest

from bot.playground.company import demo_database
from kpi_engine.answers.answer import read
from kpi_engine.answers.windows import windows
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.query import Filter, Member, Query, Scope, ScopedQuery
from kpi_engine.language.parser import NOBODY, parse
from tests.company_copies import END
from tests.shop import SHIPPED, Shop

LINES = [
    "sales last month",
    "sales by customer last month",
    "sales per month last 6 months",
    "orders by segment last month",
    "churn last month",
    "new_customers by region last quarter",
    "leads by source last month",
    "conversion",
    "win_rate last month",
    "upsell_rate last quarter",
]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    made = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield made
    made.engine.close()


@pytest.fixture(scope="module")
def queries(shop: Shop) -> list[Query]:
    today = shop.engine.today(shop.now)
    return [parse(line, shop.catalogue, shop.members, NOBODY, today) for line in LINES]


def _seller(shop: Shop, place: int) -> Member:
    best = [group.keys[0] for group in shop.ask("sales by rep last month top 2").groups]
    return next(member for member in shop.members["rep"] if member.key == best[place])


def _scope(member: Member) -> Scope:
    return Scope((Filter("rep", (member,)),))


def _numbers(answer: Answer) -> dict[str, float]:
    """The numbers of an answer by what they are; what isn't known is not a number."""
    figures = {"total": answer.figure}
    figures |= {f"{entry.to} {entry.period}": entry.figure for entry in answer.comparisons}
    figures |= {f"{point.period}": point.figure for point in answer.series}
    figures |= {f"{group.keys}": group.figure for group in answer.groups}
    values = {name: figure.value for name, figure in figures.items()}
    return {name: nan if value is None else value for name, value in values.items()}


def test_each_asker_gets_what_it_gets_alone(shop: Shop, queries: list[Query]) -> None:
    """Two reps and somebody who sees everything, their questions read in one request."""
    scopes = [_scope(_seller(shop, 0)), _scope(_seller(shop, 1)), Scope()]
    asked = [ScopedQuery(query, scope) for query in queries for scope in scopes]
    together = shop.engine.answer_all(asked, shop.now)
    for scoped, (found,) in zip(asked, together, strict=True):
        (alone,) = shop.engine.answer(scoped, shop.now)
        numbers = pytest.approx(_numbers(alone), rel=1e-9, nan_ok=True)
        assert _numbers(found) == numbers, (scoped.query.metrics, scoped.scope)
        assert found.notes == alone.notes
    assert len({str(answer.figure.value) for (answer,) in together[:3]}) == 3


def test_the_readings_of_one_hold_no_row_of_the_other(shop: Shop, queries: list[Query]) -> None:
    """The customers of one rep are not among the groups that are read for another."""
    query = queries[LINES.index("sales by customer last month")]
    one, other = (
        windows(shop.engine._setting, query, _scope(_seller(shop, place)), shop.now) for place in (0, 1)
    )
    alone = read(shop.engine._setting, [one], shop.now).figures[one.main]
    both = read(shop.engine._setting, [one, other], shop.now)
    mine, theirs = both.figures[one.main], both.figures[other.main]
    period = [one.question.window]
    assert set(mine.keys(period)) == set(alone.keys(period))
    only_theirs = set(theirs.keys(period)) - set(alone.keys(period))
    assert only_theirs
    for key in only_theirs:
        assert mine.group(one.question.window, key).value == 0
    assert mine.total(one.question.window) == alone.total(one.question.window)
    assert one.main != other.main
