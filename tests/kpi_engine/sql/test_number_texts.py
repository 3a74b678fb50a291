"""Numbers that people wrote: how they are told from all values of a column, and the SQL that reads them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from kpi_engine.sql.number_texts import Style, number_sql, numbers_told
from tests.four_databases import FOUR, address_of

COLUMNS: dict[str, tuple[Sequence[str], Sequence[float | None]]] = {
    "european": (["1.234,56", "12,50", "1.000.000,00", "7"], [1234.56, 12.5, 1e6, 7]),
    "english": (["1,000,000.50", "2,503,450.75", "1,500"], [1000000.5, 2503450.75, 1500]),
    "only thousands": (["1,000,000", "2,500"], [1e6, 2500]),
    "euros": (["€ 4.711,98", "€ -10,00", "n/a", "", "€\u00a05,25"], [4711.98, -10, None, None, 5.25]),
    "brackets": (["(1,234.50)", "$10.00", "-$5.25", "5-", "$(2.00)"], [-1234.5, 10, -5.25, -5, -2]),
    "spaces": (["1 234,50", "12\u00a0345,6", "7", "\N{MINUS SIGN}3,5"], [1234.5, 12345.6, 7, -3.5]),
    "swiss": (["1'234.50", "CHF 12.00", "CHF 7.5"], [1234.5, 12, 7.5]),
    "percent": (["12,5 %", "7%", "0,5 %"], [0.125, 0.07, 0.005]),
    "mixed": (["1.234,56", "1,234.56", "12.5", "12,5", "1.000.000"], [1234.56, 1234.56, 12.5, 12.5, 1e6]),
    "krone": (["kr 1.234,50", "12,5 kr"], [1234.5, 12.5]),
    "small": (["0,125", "1,5"], [0.125, 1.5]),
}


@pytest.mark.parametrize("database", FOUR)
def test_the_sql_reads_what_people_wrote(database: str, request: pytest.FixtureRequest) -> None:
    """On each database, every style."""
    engine = create_engine(address_of(database, request))
    with engine.connect() as connection:
        connection.execute(
            text("create table written_numbers (style varchar(20), place integer, v varchar(40))")
        )
        for style, (texts, _) in COLUMNS.items():
            rows = [{"s": style, "p": place, "v": value} for place, value in enumerate(texts)]
            connection.execute(text("insert into written_numbers values (:s, :p, :v)"), rows)
        for style, (texts, wanted) in COLUMNS.items():
            told = numbers_told(texts)
            assert told.is_told, style
            sql = number_sql("v", told, engine.dialect.name).replace(":", "\\:")
            asked = f"select {sql} from written_numbers where style = '{style}' order by place"
            found = [row[0] for row in connection.execute(text(asked))]
            assert [None if value is None else pytest.approx(float(value)) for value in found] == wanted, (
                style
            )
        connection.execute(text("drop table written_numbers"))
        connection.commit()
    engine.dispose()


@pytest.mark.parametrize(
    ("texts", "style", "examples"),
    [
        (["1,234"], Style.UNCLEAR, {"unclear": ("1,234",)}),
        (["1,234", "1.5", "2,5"], Style.CLASH, {"unclear": ("1,234",)}),
        (["12k", "5"], Style.POINT, {"strange": ("12k",)}),
        (["5 MLN"], Style.POINT, {"strange": ("5 MLN",)}),
        (["2026-01-05"], Style.POINT, {"strange": ("2026-01-05",)}),
        (["€ 5", "$ 6"], Style.POINT, {"currencies": ("€", "$")}),
    ],
)
def test_what_cannot_be_told(texts: list[str], style: Style, examples: dict[str, tuple[str, ...]]) -> None:
    """No SQL is better than a wrong one."""
    told = numbers_told(texts)
    assert (told.style, told.is_told) == (style, False)
    assert {name: getattr(told, name) for name in examples} == examples


amounts = st.decimals(-10_000_000, 10_000_000, places=2)


@settings(max_examples=60, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=12), st.sampled_from([".,", ",.", " ,", "'."]), st.booleans())
def test_amounts_with_cents_are_read_back(numbers: list[Decimal], marks: str, in_brackets: bool) -> None:
    """Whatever parts thousands and decimals: cents settle which is which."""
    group, point = marks
    texts = [_written(number, group, point, in_brackets=in_brackets) for number in numbers]
    told = numbers_told(texts)
    assert told.is_told
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table t (v text)")
        connection.executemany("insert into t values (?)", [(value,) for value in texts])
        found = connection.execute(
            f"select {number_sql('v', told, 'sqlite')} from t order by rowid"
        ).fetchall()
    assert [row[0] for row in found] == [pytest.approx(float(number)) for number in numbers]


def _written(number: Decimal, group: str, point: str, *, in_brackets: bool) -> str:
    digits = f"{abs(number):,.2f}".replace(",", "\0").replace(".", point).replace("\0", group)
    if number >= 0:
        return digits
    return f"({digits})" if in_brackets else f"-{digits}"
