"""The short form of the back-test of landings: fewer of each made-up company, the same promises."""

from __future__ import annotations

import pytest

from benchmarks.landing import COMPANIES, Company, judged

AFTER = (5, 10)


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.name)
def test_better_than_the_plain_rate_and_as_sure_as_it_says(company: Company) -> None:
    """The band is to hold 80 % of the ends; 204 months tell that to within some five percent."""
    every = [company.days(seed) for seed in range(6)]
    for after in AFTER:
        found = judged(every, after, is_count=company.is_count)
        error, plain, hits = found.row
        assert len(found.hits) == 6 * 34
        assert error < plain
        assert 72 <= hits <= 88
