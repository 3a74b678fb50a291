"""How many statements a request sends: few, none twice, and few rows.

An engine is warm where it knows the members and the sizes of all dimensions, as the bot always does. The first
question to a model then also reads how its moments are stored and how far it is loaded: at most four
statements more; its second question doesn't. The weekly summary sends 15 statements the first time and 9 the
second, the monthly 30 and 21.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import pytest

from bot.playground.company import demo_database
from bot.rights.viewer import EVERYTHING
from bot.workspace.summaries import summary_of
from kpi_engine.domain.errors import QueryError
from kpi_engine.proofs.subjects import Subject, every_use
from tests.company_copies import END
from tests.kpi_engine.reading.counted import Counted, CountedWarehouse
from tests.shop import SHIPPED, Shop

ONE_QUESTION, WHY, WEEKLY, MONTHLY = 4, 8, 16, 30
"""The most statements of a request."""
WEEKLY_AGAIN = 10
"""The most statements of the second weekly summary."""
SEGMENTS = 105 + 15
"""The weeks of two years, and what the summary's months and quarter cut them into."""
COLD = 4
"""How many more the first question to each model may send."""
OF_PROFIT = 4
"""Sales, both kinds of costs, the first orders that were won with one of them, the spread over customers."""
WITH_BATCHES = {"profit", "cac", "acquisition_return"}
"""What it cost to win customers is read by source, month of the leads and month of the first orders."""
ONE_OF_EACH = ["sales", "profit", "churn", "conversion", "nps", "new_customers", "sales_cycle", "pairs"]
"""A sum, one with costs, counts of customers, a cohort, a score, first orders, a median."""
CUSTOMERS_IN = ["sales", "profit", "churn", "upsell_rate"]
"""Metrics whose split by thousands of customers is read."""


class Company:
    """The demo company in one database, and what is read of it."""

    def __init__(self, url: str) -> None:
        self.warehouse = CountedWarehouse(url)
        self.shop = Shop(url, SHIPPED, "2026-11-23T08:30", warehouse=self.warehouse)

    @property
    def metrics(self) -> list[str]:
        """The metrics that are asked about: all of them on SQLite, elsewhere one of each sort."""
        every = self.shop.catalogue.metrics
        return list(every) if self.warehouse.dialect_name == "sqlite" else ONE_OF_EACH

    def warm(self) -> None:
        """Let the engine learn the members, how many there are, and that the rows can be counted.

        What is known isn't read again.
        """
        engine = self.shop.engine
        engine._prover.known(self._subjects, self.shop.now)
        self.shop.members  # noqa: B018 - names are kept by the shop
        engine.members()  # and kept for a minute by the engine
        engine._reader.sizes(engine.catalogue.dimensions)

    @cached_property
    def _subjects(self) -> frozenset[Subject]:
        """What the figures of all metrics rest on."""
        return frozenset(found for use in every_use(self.shop.catalogue) for found in use.subjects)

    def sent(self, request: Callable[[], object]) -> list[Counted]:
        """Return what a request of a warm engine sends; no statement twice."""
        self.warm()
        self.warehouse.counted()
        request()
        found = self.warehouse.counted()
        texts = [entry.text for entry in found]
        assert len(set(texts)) == len(texts)
        return found

    def summary(self, name: str) -> Callable[[], object]:
        """Return the request for a shipped summary, as the bot makes it."""
        spec, rep = self.shop.catalogue.summaries[name], self.shop.members["rep"][0]
        return lambda: summary_of(
            self.shop.engine, spec, self.shop.members, self.shop.now, EVERYTHING, rep=rep
        )


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def company(request: pytest.FixtureRequest) -> Iterator[Company]:
    """A new engine, to which only a summary was asked."""
    is_sqlite = request.param == "sqlite"
    url = (
        f"sqlite:///{demo_database(END)}" if is_sqlite else request.getfixturevalue("postgresql_company_url")
    )
    made = Company(url)
    yield made
    made.shop.engine.close()


def _most(metric: str) -> int:
    return OF_PROFIT if metric == "profit" else ONE_QUESTION


@pytest.mark.parametrize(
    ("name", "most"),
    [("weekly", WEEKLY), ("monthly", MONTHLY), ("my_week", WEEKLY), ("team_week", WEEKLY)],
)
def test_a_summary(name: str, most: int, company: Company) -> None:
    """The first time as well, when it isn't known how far each model is loaded."""
    assert len(company.sent(company.summary(name))) <= most
    again = company.sent(company.summary(name))
    assert len(again) <= most


def test_a_summary_reads_a_table_once_for_all_periods(company: Company) -> None:
    """Sales of a week, a month, 105 weeks and each member that is looked at are one scan of the lines.

    The lines are read once for each way of counting: summed, counted apart in weeks that follow each other
    and in periods that overlap (orders), and by first order. Leads are the rows of one statement; others
    join them to tell a region or a source. A statement gives at most a row for each member and week.
    """
    company.sent(company.summary("weekly"))
    found = company.sent(company.summary("weekly"))
    assert len(found) <= WEEKLY_AGAIN
    assert sum(entry.scans("order_lines") for entry in found) <= 4
    assert sum(entry.begins_with("leads") for entry in found) == 1
    looked_at = company.shop.catalogue.summaries["weekly"].look_at
    sizes = company.shop.engine._reader.sizes(looked_at)
    groups = 1 + sum(size + 1 for size in sizes.values())  # the total, and those without a member
    assert max(entry.rows for entry in found) <= groups * SEGMENTS


def test_one_question(company: Company) -> None:
    """Each metric as it stands, and over months; without a split they read at most 1,000 rows."""
    for name in company.metrics:
        metric = company.shop.catalogue.metrics[name]
        for line in [name] if metric.spec.pairs else [name, f"{name} per month"]:
            first = company.sent(lambda line=line: company.shop.ask(line))
            assert len(first) <= _most(name) + COLD, line
            found = company.sent(lambda line=line: company.shop.ask(line))
            assert len(found) <= _most(name), (line, [entry.text for entry in found])
            most_rows = 2_000 if name in WITH_BATCHES else 1_000
            assert sum(entry.rows for entry in found) <= most_rows, line


def test_a_question_with_a_split(company: Company) -> None:
    """By a small dimension and by customer, of whom there are thousands, alone and with the best of them."""
    metrics = company.shop.catalogue.metrics
    lines = {
        f"{name} by segment last month": name
        for name in company.metrics
        if "segment" in metrics[name].dimensions and not metrics[name].spec.pairs
    }
    lines |= {f"{name} by customer last month{top}": name for name in CUSTOMERS_IN for top in ("", " top 5")}
    for line, name in lines.items():
        company.shop.ask(line)
        found = company.sent(lambda line=line: company.shop.ask(line))
        assert len(found) <= _most(name), (line, [entry.text for entry in found])


def test_why(company: Company) -> None:
    """Its dimensions are split together, also with several thousand customers."""
    told = 0
    for name in company.metrics:
        try:
            company.shop.why(f"{name} last month")
        except QueryError:
            continue
        found = company.sent(lambda name=name: company.shop.why(f"{name} last month"))
        assert len(found) <= WHY, (name, [entry.text for entry in found])
        told += 1
    assert told >= 0.6 * len(company.metrics)
