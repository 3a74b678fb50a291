"""Contract churn on contracts small enough to check by hand, and against sets of customers at random."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kpi_engine.answers.findings.running_contracts import RunningContracts
from kpi_engine.domain.errors import QueryError
from tests.shop import Shop, write_config, write_tables

CONTRACTS = """
name: contracts
table: contracts
key: id
time: begins
dimensions: {customer: customer, product: product}
measures:
  customers: {agg: count_distinct, of: customer, until: ends}
"""
Row = tuple[int, str, str, str, str | None]


def _shop(folder: Path, rows: list[Row]) -> Shop:
    columns = "id INTEGER, customer TEXT, product TEXT, begins TEXT, ends TEXT"
    url = write_tables(folder / "shop.sqlite", {"contracts": (columns, rows)})
    return Shop(url, write_config(folder / "config", {"contracts": CONTRACTS}), "2026-03-02T09:00")


def test_each_way_to_end(tmp_path: Path) -> None:
    """January 2026.

    customer  contracts                                    1 January  1 February
    A         no end                                       yes        yes
    B         up to 31 January                             yes        no: lost in January
    C         up to 31 January, again from 1 February      yes        yes: it signed again at once
    D         up to 1 February                             yes        yes: its last day
    E         from 15 January                              no         yes: gained
    F         up to 31 December                            no         no: lost in December
    G         two, of which one ends on 10 January         yes        yes: the other one goes on
    H         from 5 to 20 January                         no         no
    """
    rows: list[Row] = [
        (1, "A", "x", "2025-01-01", None),
        (2, "B", "x", "2025-02-01", "2026-01-31"),
        (3, "C", "x", "2025-02-01", "2026-01-31"),
        (4, "C", "x", "2026-02-01", "2027-01-31"),
        (5, "D", "y", "2025-02-02", "2026-02-01"),
        (6, "E", "y", "2026-01-15", None),
        (7, "F", "y", "2025-01-01", "2025-12-31"),
        (8, "G", "x", "2025-01-11", "2026-01-10"),
        (9, "G", "y", "2025-06-01", None),
        (10, "H", "y", "2026-01-05", "2026-01-20"),
    ]
    shop = _shop(tmp_path, rows)
    answer = shop.ask("contract_churn 2026-01")
    assert answer.figure.value == pytest.approx(1 / 5)
    assert answer.findings == (RunningContracts(5, 1, 1, 5),)
    assert shop.ask("contract_churn 2025-12").figure.parts == {
        "running_start": 6, "lost": 1, "gained": 0, "running_end": 5,
    }  # fmt: skip
    by_product = {
        g.labels[0]: (g.figure.numerator, g.figure.denominator)
        for g in shop.ask("contract_churn by product 2026-01").groups
    }
    assert by_product == {"x": (2, 4), "y": (0, 2)}
    assert shop.series("contract_churn per month 2025-12..2026-02") == [
        pytest.approx(1 / 6), pytest.approx(1 / 5), pytest.approx(1 / 5),
    ]  # fmt: skip
    with pytest.raises(QueryError, match="all time has neither"):
        shop.ask("contract_churn all time")
    shop.engine.close()


TERMS = st.tuples(st.sampled_from("ABCDE"), st.integers(0, 500), st.none() | st.integers(0, 300))


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)
@given(terms=st.lists(TERMS, min_size=1, max_size=15), start=st.integers(0, 400), length=st.integers(1, 120))
def test_it_equals_sets_of_customers(
    terms: list[tuple[str, int, int | None]],
    start: int,
    length: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever begins and ends when: lost are those of the first day who aren't among those of the last."""
    epoch = date(2024, 6, 1)

    def day(number: int) -> str:
        return str(epoch + timedelta(days=number))

    rows: list[Row] = [
        (n, who, "x", day(begins), None if days is None else day(begins + days))
        for n, (who, begins, days) in enumerate(terms)
    ]
    shop = _shop(tmp_path_factory.mktemp("contracts"), rows)
    figure = shop.ask(f"contract_churn {day(start)}..{day(start + length - 1)}").figure

    def running(at: int) -> set[str]:
        return {who for who, begins, days in terms if begins <= at and (days is None or at <= begins + days)}

    before, after = running(start), running(start + length)
    shop.engine.close()
    if start + length <= min(begins for _, begins, _ in terms):
        assert figure.value is None
        return
    assert figure.parts == {
        "running_start": len(before), "lost": len(before - after), "gained": len(after - before), "running_end": len(after),
    }  # fmt: skip
    assert figure.value == (len(before - after) / len(before) if before else None)
