"""Which values are dates and numbers, as each database in this process tells it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, String, column, create_engine, literal, select

from kpi_engine.domain.errors import DataError
from kpi_engine.sql.readable import NumberForm, as_number, is_moment, is_no_number
from kpi_engine.sql.time_columns import TimeForm, form_among

DATES = (
    "2026-01-31",
    "2024-02-29",
    "2000-02-29",
    "2026-12-31 23:59:59",
    "2026-10-01T08:30",
    "2026-10-01T08:30:00Z",
)
NO_DATES = (
    "2026-02-29",
    "1900-02-29",
    "2026-04-31",
    "2026-13-01",
    "2026-00-10",
    "0000-00-00",
    "20226-10-03",
    "2026-10-31 24:00:00",
    "2026-10-31 23:61",
    "2026-1-5",
    "31/10/2026",
    "46296",
    "soon",
    "",
)
NUMBERS = {"12": 12.0, "-3.5": -3.5, "+.5": 0.5, " 7 ": 7.0, "0": 0.0}
NO_NUMBERS = ("n/a", "1,000", "1.2.3", "12 euro", "-", ".", "NaN", "Infinity")


@pytest.fixture(params=["sqlite://", "duckdb://"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param.startswith("duckdb"):
        pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
    return create_engine(request.param)


def given(engine: Engine, expression: object) -> object:
    with engine.connect() as connection:
        return connection.execute(select(expression)).scalar()


def test_texts_that_are_dates(engine: Engine) -> None:
    for text in DATES:
        assert given(engine, is_moment(literal(text, String()), TimeForm.TEXT_SPACE)), text
    for text in NO_DATES:
        assert not given(engine, is_moment(literal(text, String()), TimeForm.TEXT_SPACE)), text


def test_every_day_of_some_years_is_a_date_and_no_other(engine: Engine) -> None:
    """Of leap years, of those that aren't, and of the centuries that aren't."""
    for year in (1900, 2000, 2023, 2024):
        start = date(year, 1, 1)
        days = {str(start + timedelta(days=number)) for number in range(366)} - {f"{year + 1}-01-01"}
        for month in (1, 2, 4, 12):
            for day in range(28, 33):
                text = f"{year}-{month:02}-{day}"
                found = given(engine, is_moment(literal(text, String()), TimeForm.TEXT_DATE))
                assert bool(found) is (text in days), text


def test_months(engine: Engine) -> None:
    for text, is_one in (("2026-10", True), ("2026-13", False), ("2026-1", False), ("", False)):
        assert bool(given(engine, is_moment(literal(text, String()), TimeForm.TEXT_MONTH))) is is_one, text


def test_texts_that_are_numbers(engine: Engine) -> None:
    form = NumberForm.MIXED if engine.dialect.name == "sqlite" else NumberForm.TEXT
    for text, number in NUMBERS.items():
        assert given(engine, as_number(literal(text, String()), form)) == number, text
        assert not given(engine, is_no_number(literal(text, String()), form)), text
    for text in NO_NUMBERS:
        assert given(engine, as_number(literal(text, String()), form)) is None, text
        assert given(engine, is_no_number(literal(text, String()), form)), text
    assert not given(engine, is_no_number(literal("", String()), form))
    assert given(engine, as_number(literal("", String()), form)) is None


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["", None, "2026-10-01"], TimeForm.TEXT_DATE),
        (["soon", "2026-10-01 10:00", "2026-10-02 10:00"], TimeForm.TEXT_SPACE),
        (["2026-10-01", "2026-10-01T10:00", "2026-10-02T10:00:00Z"], TimeForm.TEXT_T),
        (["n/a", 1790805600, 1790805601], TimeForm.EPOCH_SECONDS),
        ([0, 1790805600000, "n/a"], TimeForm.EPOCH_MILLISECONDS),
        ([1790805600000000], TimeForm.EPOCH_MICROSECONDS),
        (["", ""], TimeForm.TEXT_DATE),
        ([], TimeForm.TIMESTAMP),
    ],
)
def test_the_form_is_that_of_most_values(values: list[object], form: TimeForm) -> None:
    assert form_among([value for value in values if value is not None], None) is form


def test_a_column_without_any_date_has_no_form() -> None:
    for values in (["soon", "later"], [46296.375, 46325]):
        with pytest.raises(DataError):
            form_among(values, None)


def test_a_column_is_looked_at_by_its_name() -> None:
    """The statement of one column isn't that of another, however SQLAlchemy keeps what it compiled."""
    texts = {
        str(select(is_moment(column(name), form)))
        for name in "ab"
        for form in (TimeForm.DATE, TimeForm.EPOCH_SECONDS)
    }
    assert len(texts) == 4
