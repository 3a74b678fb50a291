"""Dates that spreadsheets exported in forms of their own, made dates by the SQL that check prints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import create_engine, text

from kpi_engine.sql.day_numbers import moment_of
from tests.four_databases import FOUR, address_of

FORMS: dict[str, tuple[str, Sequence[object], Sequence[str]]] = {
    "days": ("integer", [46296, 46325], ["2026-10-01", "2026-10-30"]),
    "moments": ("double precision", [46296.375, 46325.99], ["2026-10-01 09:00:00", "2026-10-30 23:45:36"]),
    "days as text": ("varchar(20)", ["46296", "46325"], ["2026-10-01", "2026-10-30"]),
    "moments as text": ("varchar(20)", ["46296.375", "46325"], ["2026-10-01 09:00:00", "2026-10-30 00:00:00"]),
    "eight digits": ("integer", [20261001, 20261030], ["2026-10-01", "2026-10-30"]),
    "day first": ("varchar(20)", ["01/10/2026", "30/10/2026"], ["2026-10-01", "2026-10-30"]),
    "day first with a time": ("varchar(20)", ["01-10-2026 09:15", "31-10-2026 23:59"], ["2026-10-01 09:15", "2026-10-31 23:59"]),
    "month first": ("varchar(20)", ["10/01/2026", "10/30/2026"], ["2026-10-01", "2026-10-30"]),
}  # fmt: skip


@pytest.mark.parametrize("database", FOUR)
def test_the_sql_makes_the_right_day(database: str, request: pytest.FixtureRequest) -> None:
    """On each database, every form."""
    engine = create_engine(address_of(database, request))
    with engine.connect() as connection:
        for form, (kind, values, wanted) in FORMS.items():
            connection.execute(text("drop table if exists written_days"))
            connection.execute(text(f"create table written_days (place integer, v {kind})"))
            rows = [{"p": place, "v": value} for place, value in enumerate(values)]
            connection.execute(text("insert into written_days values (:p, :v)"), rows)
            found = moment_of(values, "v", engine.dialect.name)
            assert found is not None, form
            asked = f"select {found.sql} from written_days order by place".replace(":", "\\:")
            got = [_moment(str(row[0])) for row in connection.execute(text(asked))]
            assert got == [_moment(day) for day in wanted], form
        connection.execute(text("drop table written_days"))
        connection.commit()
    engine.dispose()


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


@pytest.mark.parametrize("values", [["soon", "46296"], [12, 13], ["31/31/2026"], [46296, 20261001], []])
def test_forms_that_are_not_told(values: list[object]) -> None:
    """Nothing is printed that would be wrong when followed."""
    assert moment_of(values, "v", "sqlite") is None


def test_what_to_look_out_for() -> None:
    """Old workbooks count from 1904, and some days can be read in two ways."""
    serial = moment_of([44834], "v", "sqlite")
    assert serial is not None
    assert "write (v + 1462) for v" in serial.caution
    either = moment_of(["01/10/2026", "02/10/2026"], "v", "sqlite")
    assert either is not None
    assert "here it is the day" in either.caution
