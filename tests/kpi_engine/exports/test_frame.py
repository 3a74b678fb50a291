"""The frame of an answer: its columns and dtypes, and the CSV and workbook that are made from it."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.query import Scope, ScopedQuery
from kpi_engine.exports.csv_text import csv_text, parts_csv
from kpi_engine.exports.frame import answer_frame, parts_frame
from kpi_engine.exports.rows import FIGURES
from kpi_engine.exports.workbook import WorkbookLabels, workbook
from kpi_engine.language.parser import NOBODY, parse
from tests.shop import SHIPPED, Shop, write_config, write_tables

SALES = """
name: sales
table: orders
key: id
time: day
currency: EUR
joins: {rep: {model: reps, on: {rep: id}, required: false}}
dimensions: {rep: rep, region: region}
measures: {value: {agg: sum, of: amount}, orders: {agg: count}}
"""
REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\nmeasures: {}\n"
SHARE = """
name: big
title: {en: Big orders, nl: Grote orders}
description: {en: Orders of 100 or more, nl: Orders vanaf 100}
kind: ratio
unit: share
share: true
better: up
numerator: {model: sales, measure: large}
denominator: {model: sales, measure: orders}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    orders = [
        (1, "2026-01-05", 2, "North", 100.25),
        (2, "2026-01-06", 1, "=SUM(A1)\r\n", 0.1),
        (3, "2026-02-02", 1, None, 0.2),
        (4, "2026-02-03", None, "North", 10.0),
    ]
    tables = {
        "orders": ("id INTEGER, day TEXT, rep INTEGER, region TEXT, amount REAL", orders),
        "reps": ("id INTEGER, name TEXT", [(1, "Anna\nde Vries"), (2, "Bo")]),
    }
    large = 'measures: {large: {agg: count, where: "amount >= 100"}, '
    models = {"sales": SALES.replace("measures: {", large), "reps": REPS}
    config = write_config(tmp_path / "own", models, {"big": SHARE})
    made = Shop(write_tables(tmp_path / "shop.sqlite", tables), config, "2026-03-02T09:00")
    yield made
    made.engine.close()


def asked(shop: Shop, line: str) -> tuple[Answer, ...]:
    query = parse(line, shop.catalogue, shop.engine.members(), NOBODY, shop.engine.today(shop.now))
    return shop.engine.answer(ScopedQuery(query, Scope()), shop.now)


def test_columns_and_dtypes(shop: Shop) -> None:
    """Real dtypes, also where every cell of a column is missing."""
    frame = answer_frame(shop.ask("sales by rep per month 2026-01..2026-02"))
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "metric": "string",
        "start": "datetime64[s]",
        "end": "datetime64[s]",
        "rep": "string",
        "rep_key": "object",
        "value": "float64",
        "numerator": "float64",
        "denominator": "float64",
        "low": "float64",
        "high": "float64",
        "currency": "string",
        "verdict": "string",
        "remark": "string",
        "usual_low": "float64",
        "usual_high": "float64",
        "unusual": "boolean",
        "target": "float64",
        "landing": "float64",
        "landing_low": "float64",
        "landing_high": "float64",
    }
    assert frame["verdict"].isna().all(axis=None)
    assert list(frame.index) == list(range(6))
    january = frame[frame["start"] == "2026-01-01"].set_index("rep")["value"]
    assert january["Bo"] == 100.25
    assert frame.groupby("end")["value"].sum().to_dict() == {
        pd.Timestamp("2026-02-01"): pytest.approx(100.35),
        pd.Timestamp("2026-03-01"): pytest.approx(10.2),
    }
    assert list(frame["rep_key"].drop_duplicates()) == [2, None, 1]
    assert "(none)" in set(frame["rep"])


def test_one_row_and_all_time(shop: Shop) -> None:
    """An answer alone has one row; all time has no days."""
    frame = answer_frame(shop.ask("sales all time"))
    assert len(frame) == 1
    assert frame[["start", "end"]].isna().all(axis=None)
    assert frame["value"].item() == pytest.approx(110.55)


def test_shares_have_intervals_and_no_currency(shop: Shop) -> None:
    """Several metrics of one question are one frame, from 0 to 1 and in euros."""
    frame = answer_frame(asked(shop, "sales,big 2026-01")).set_index("metric")
    assert frame.loc["big", "value"] == 0.5
    assert list(frame.loc["big", ["numerator", "denominator"]]) == [1.0, 2.0]
    assert 0 < frame.loc["big", "low"] < 0.5 < frame.loc["big", "high"] < 1
    assert frame["currency"].isna().to_dict() == {"sales": False, "big": True}


def test_csv_is_the_frame(shop: Shop) -> None:
    """ISO dates, numbers, empty cells, whole keys, no formula and no line break."""
    answer = shop.ask("sales by rep,region 2026-01..2026-02")
    text = csv_text([answer])
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    frame = answer_frame(answer)
    assert list(rows[0]) == list(frame.columns)
    assert [float(row["value"]) for row in rows] == list(frame["value"])
    assert {row["start"] for row in rows} == {"2026-01-01"}
    assert {row["rep_key"] for row in rows} == {"1", "2", ""}
    assert {row["region"] for row in rows} == {"North", "'=SUM(A1)␍␊", "(none)"}
    assert "Anna␊de Vries" in {row["rep"] for row in rows}
    assert "\r" not in text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.1 + 0.2, "0.3"),
        (1234.5678, "1234.57"),
        (153534.33999999994, "153534.34"),
        (1e16, "1e+16"),
        (1e-5, "0.0"),
        (-0.004, "0.0"),
        (123456789012345680.0, "1.2345678901234568e+17"),
        (2 / 3, "0.67"),
    ],
)
def test_csv_rounds_numbers_as_they_are_shown(shop: Shop, value: float, written: str) -> None:
    """Money to cents, whatever the database's sum has behind them."""
    answer = replace(shop.ask("sales 2026-01"), figure=Figure(value, value, value, (value, value)))
    (row,) = csv.DictReader(io.StringIO(csv_text([answer])))
    assert {row[name] for name in ("value", "numerator", "denominator", "low", "high")} == {written}


def test_csv_rounds_shares_to_a_tenth_of_a_percent(shop: Shop) -> None:
    """The cases that a share is made of stay whole."""
    answer = replace(shop.ask("big 2026-01"), figure=Figure(2 / 3, 2, 3, (0.2076, 0.9385)))
    (row,) = csv.DictReader(io.StringIO(csv_text([answer])))
    read = [row[name] for name in ("value", "numerator", "denominator", "low", "high")]
    assert read == ["0.667", "2.0", "3.0", "0.208", "0.939"]


def test_the_workbook_is_the_frame(shop: Shop) -> None:
    """Names, days, numbers and keys."""
    answer = shop.ask("sales by rep 2026-01..2026-02")
    names = ("metric", "from", "through", "rep", *FIGURES)
    labels = WorkbookLabels(
        {name: name for name in names},
        {"sales": "Sales"},
        [("a", "b")],
        "Figures",
        "About",
        "key",
        "Remark",
        {"new": "fresh"},
    )
    rows = list(openpyxl.load_workbook(io.BytesIO(workbook([answer], labels))).worksheets[0].values)
    frame = answer_frame(answer)
    assert rows[0] == (*names, "rep (key)")
    assert [row[4] for row in rows[1:]] == pytest.approx(list(frame["value"]), rel=1e-15)
    assert [row[3] for row in rows[1:]] == list(frame["rep"])
    assert [row[-1] for row in rows[1:]] == list(frame["rep_key"])
    assert [row[names.index("verdict")] for row in rows[1:]] == list(frame["verdict"])
    assert {str(row[2])[:10] for row in rows[1:]} == {"2026-02-28"}


def test_the_parts_of_a_change(shop: Shop) -> None:
    """The rows of one dimension add up to the change; the CSV has the same."""
    explanation = shop.why("sales 2026-02 vs previous")
    frame = parts_frame(explanation)
    sums = frame.groupby("dimension")["part"].sum()
    assert list(sums) == [pytest.approx(10.2 - 100.35)] * len(sums)
    rows = list(csv.DictReader(io.StringIO(parts_csv(explanation), newline="")))
    assert list(rows[0]) == list(frame.columns)
    assert [float(row["part"]) for row in rows] == list(frame["part"])


def test_pandas_is_loaded_only_for_a_frame() -> None:
    """Importing the engine and the modules that make files loads no frames; making a file does."""
    program = (
        "import sys\n"
        "import kpi_engine.engine, kpi_engine.exports.csv_text, kpi_engine.exports.workbook\n"
        "assert not {'pandas', 'numpy', 'xlsxwriter'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(SHIPPED.parent)})
