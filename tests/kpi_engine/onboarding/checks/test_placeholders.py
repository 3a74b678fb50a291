"""Days that stand for no date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Column, Date, DateTime, Integer, MetaData, Table, create_engine

from tests.kpi_engine.onboarding.checks.test_advice_followed import Followed
from tests.shop import Shop, checked, write_config

LEADS = "name: leads\ntable: leads\nkey: id\ntime: at\nmeasures: {created: {agg: count}}\n"


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        (["2026-02-05", "1900-01-01", "1900-01-01"], "2 of 3 rows have 1900-01-01 as at"),
        (["2026-02-05 08:30", "0001-01-01 00:00:00"], "1 of 2 rows have 0001-01-01 as at"),
        (["2026-02-05T08:30:00", "1970-01-01T01:00:00"], "1 of 2 rows have 1970-01-01 as at"),
        (["2026-02-05", "9999-12-31"], "1 of 2 rows have 9999-12-31 as at"),
        (["2026-02", "1900-01"], "1 of 2 rows have 1900-01-01 as at"),
        ([1770280000, 0], "1 of 2 rows have 1970-01-01 as at"),
    ],
)
def test_a_day_that_stands_for_no_date(tmp_path: Path, moments: list[object], told: str) -> None:
    """Followed, the advice makes it NULL."""
    kind = "TEXT" if isinstance(moments[0], str) else "INTEGER"
    shop = Followed(
        tmp_path, {"leads": (f"id INTEGER, at {kind}", list(enumerate(moments)))}, {"leads": LEADS}
    )
    problem = shop.found(told)
    assert (problem.is_warning, problem.is_note, problem.line) == (True, False, 4)
    shop.follow(problem)
    assert not [entry for entry in shop.problems() if "stands for no date" in entry.message]
    assert shop.value("leads all time") == len(moments)
    assert shop.value("leads 2026-02") == 1


def test_a_contract_without_an_end(tmp_path: Path) -> None:
    """It may well end in 9999, but not in 1900."""
    contracts = (
        "name: contracts\ntable: contracts\nkey: id\ntime: since\n"
        "measures:\n  customers: {agg: count_distinct, of: customer, until: ends}\n"
    )
    columns = "id INTEGER, customer INTEGER, since TEXT, ends TEXT"
    open_ended = [(1, 1, "2026-01-05", "9999-12-31"), (2, 2, "2026-01-06", "2026-12-31")]
    assert checked(tmp_path / "open", {"contracts": (columns, open_ended)}, {"contracts": contracts}) == []
    zero = [*open_ended, (3, 3, "2026-01-07", "1900-01-01")]
    (found,) = checked(tmp_path / "zero", {"contracts": (columns, zero)}, {"contracts": contracts})
    assert "1 of 3 rows have 1900-01-01 as ends" in found.message


@pytest.fixture(
    params=[
        "duckdb",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with dates and moments of its own types."""
    if request.param == "duckdb":
        pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
        address = f"duckdb:///{tmp_path / 'days.db'}"
    else:
        address = str(request.getfixturevalue(f"{request.param}_server"))
    metadata = MetaData()
    table = Table(
        "placed_days",
        metadata,
        Column("id", Integer),
        Column("moment", DateTime),
        Column("day", Date),
        Column("zoned", DateTime(timezone=request.param == "postgresql")),
    )
    engine = create_engine(address)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    rows = [
        {
            "id": 1,
            "moment": datetime(2026, 2, 5, 8),
            "day": date(2026, 2, 5),
            "zoned": datetime(2026, 2, 5, 8),
        },
        {"id": 2, "moment": datetime(1900, 1, 1), "day": date(9999, 12, 31), "zoned": datetime(1970, 1, 1)},
        {"id": 3, "moment": datetime(1900, 1, 1), "day": date(9999, 12, 31), "zoned": datetime(2026, 2, 6)},
    ]
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)
    engine.dispose()
    yield address
    metadata.drop_all(engine)
    engine.dispose()


def test_on_every_database(url: str, tmp_path: Path) -> None:
    """Dates and moments, with and without a zone; the printed lines are followed."""
    columns = {"moment": "moment", "day": "day", "zoned": "zoned"}
    model = "name: leads\ntable: placed_days\nkey: id\ntime: moment\nmeasures:\n  created: {agg: count}\n"
    model += "".join(f"  by_{name}: {{agg: count, time: {name}}}\n" for name in ("day", "zoned"))

    def found(folder: str) -> list[str]:
        shop = Shop(url, write_config(tmp_path / folder, {"leads": model}), "2026-03-02T09:00")
        try:
            every = [*shop.engine.problems(), *shop.engine.row_problems(shop.now)]
            return [
                f"{entry.message} {entry.fix}" for entry in every if "stands for no date" in entry.message
            ]
        finally:
            shop.engine.close()

    told = found("before")
    assert sorted(text.split(",")[0] for text in told) == [
        "1 of 3 rows have 1970-01-01 as zoned",
        "2 of 3 rows have 1900-01-01 as moment",
        "2 of 3 rows have 9999-12-31 as day",
    ]
    lines = [text.split("under columns: ")[1].removesuffix(".") for text in told]
    assert len(lines) == len(columns)
    model += "columns:\n" + "".join(f"  {line}\n" for line in lines)
    assert found("after") == []
