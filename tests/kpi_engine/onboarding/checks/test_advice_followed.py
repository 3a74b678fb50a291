"""What the advice prints is put into the file: the problem is gone then, and the number is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kpi_engine.domain.errors import DataError, Problem
from tests.shop import Shop, Tables, write_config, write_tables

NOW = "2026-03-02T09:00"
DAY = "2026-02-05"
_LINE = re.compile(r"(?:in own/models/(\w+)\.yaml )?under columns: (\w+: \{.*?\})(?=\.(?: |$))")
_WHERE = re.compile(r"measures\.(\w+)\.where: (\"(?:[^\"\\]|\\.)*\")")
_OUT = re.compile(r"in own/models/(\w+)\.yaml with where: (\"(?:[^\"\\]|\\.)*\")")

SALES = """name: sales
table: orders
key: id
time: at
dimensions: {rep: rep}
measures:
  value: {agg: sum, of: amount}
"""


class Followed:
    """A shop whose model files get what its own check advises."""

    def __init__(self, folder: Path, tables: Tables, models: dict[str, str]) -> None:
        self.url = write_tables(folder / "shop.sqlite", tables)
        self.config = folder / "own"
        self.models = models

    def problems(self) -> list[Problem]:
        shop = Shop(self.url, write_config(self.config, self.models), NOW)
        try:
            found = shop.engine.problems()
            return [*found, *(() if found else shop.engine.row_problems(shop.now))]
        finally:
            shop.engine.close()

    def found(self, words: str) -> Problem:
        """Return the one problem whose message has some words."""
        (problem,) = [problem for problem in self.problems() if words in problem.message]
        return problem

    def follow(self, problem: Problem, place: int = 0) -> None:
        """Put the advised line into the file that it is for."""
        other, line = _LINE.findall(problem.fix)[place]
        name = other or Path(problem.file).stem
        key = line.partition(":")[0]
        text = (
            re.sub(rf"(?m)^  {key}:.*\n", "", self.models[name])
            if "\ncolumns:\n" in self.models[name]
            else f"{self.models[name]}columns:\n"
        )
        self.models[name] = text.replace("\ncolumns:\n", f"\ncolumns:\n  {line}\n")

    def follow_where(self, problem: Problem) -> None:
        """Set the advised conditions, of measures or of the model."""
        name = Path(problem.file).stem
        for measure, condition in _WHERE.findall(problem.fix):
            (before,) = re.findall(rf"(?m)^  {measure}: .*$", self.models[name])
            bare = re.sub(r', where: ".*"', "", before).removesuffix("}")
            self.models[name] = self.models[name].replace(before, f"{bare}, where: {condition}}}")
        for other, condition in _OUT.findall(problem.fix):
            self.models[other] += f"where: {condition}\n"

    def value(self, line: str) -> float | None:
        shop = Shop(self.url, write_config(self.config, self.models), NOW)
        try:
            return shop.value(line)
        finally:
            shop.engine.close()

    def groups(self, line: str) -> dict[str | None, float | None]:
        shop = Shop(self.url, write_config(self.config, self.models), NOW)
        try:
            return shop.groups(line)
        finally:
            shop.engine.close()


def _orders(amounts: list[object], kind: str = "amount TEXT") -> Tables:
    rows = [(place, DAY, "Ann", amount) for place, amount in enumerate(amounts)]
    return {"orders": (f"id INTEGER, at TEXT, rep TEXT, {kind}", rows)}


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (["1.234,56", "12,50", "7"], 1254.06),
        (["1,000,000.50", "2,503,450.75"], 3503451.25),
        (["1,000,000", "1,500,000"], 2500000),
        (["€ 4.711,98", "€ 10,00", "n/a", None], 4721.98),
        (["(1,234.50)", "$10.00", "5-"], -1229.5),
        (["1 234,50", "12 345,6", "-7"], 13573.1),
        (["1.234,56", "1,234.56", "12,5"], 2481.62),
        (["1'234.50", "CHF 7.25"], 1241.75),
        (["9", "10"], 19),
    ],
)
@pytest.mark.parametrize("kind", ["amount TEXT", "amount"])
def test_amounts_as_text(tmp_path: Path, amounts: list[object], total: float, kind: str) -> None:
    """However they are written."""
    shop = Followed(tmp_path, _orders(amounts, kind), {"sales": SALES})
    shop.follow(shop.found("as text" if total == 19 else "holds text"))
    assert not [problem for problem in shop.problems() if " text" in problem.message]
    assert shop.value("sales 2026-02") == pytest.approx(total)


def test_a_column_of_numbers_and_texts(tmp_path: Path) -> None:
    """SQLite keeps both: its numbers stay as they are."""
    shop = Followed(tmp_path, _orders([955.25, "1.234,56", "2,5"], "amount"), {"sales": SALES})
    shop.follow(shop.found("holds text in 2 rows"))
    assert shop.value("sales 2026-02") == pytest.approx(955.25 + 1234.56 + 2.5)


def test_a_number_that_was_made_of_thousands(tmp_path: Path) -> None:
    """An import made 1.234 of "1.234": no SQL gets it back, so none is printed."""
    shop = Followed(tmp_path, _orders(["1.234", "1.234,56"], "amount NUMERIC"), {"sales": SALES})
    assert "1 rows of it became numbers such as 1.234" in shop.found("holds text").fix


@pytest.mark.parametrize(("place", "total"), [(0, 2500.0), (1, 2.5)])
def test_amounts_that_can_be_read_in_two_ways(tmp_path: Path, place: int, total: float) -> None:
    """Both ways are printed: whoever knows the table chooses."""
    shop = Followed(tmp_path, _orders(["1,000", "1,500"]), {"sales": SALES})
    problem = shop.found("holds text")
    assert "If the mark in '1,000', '1,500' parts thousands" in problem.fix
    shop.follow(problem, place)
    assert shop.value("sales 2026-02") == pytest.approx(total)


@pytest.mark.parametrize("amounts", [["12k", "5"], ["$ 5", "€ 6"], ["1,234", "1.5", "2,5"]])
def test_amounts_that_no_sql_can_mend(tmp_path: Path, amounts: list[object]) -> None:
    """Nothing is printed that would be wrong when followed."""
    shop = Followed(tmp_path, _orders(amounts), {"sales": SALES})
    fix = shop.found("holds text").fix
    assert ("sql:" in fix, "at the source" in fix) == (False, True)


def test_shares_with_a_per_cent_sign(tmp_path: Path) -> None:
    """As a fraction, which is what shares are."""
    models = {"sales": SALES.replace("agg: sum", "agg: avg")}
    shop = Followed(tmp_path, _orders(["12,5 %", "7 %"]), models)
    problem = shop.found("holds text")
    assert "12 % is 0.12" in problem.fix
    shop.follow(problem)
    assert shop.value("sales 2026-02") == pytest.approx(0.0975)


def test_names_of_the_database_and_of_another_file(tmp_path: Path) -> None:
    """The line names the stored column, keeps what the entry has, and says which file it is for."""
    tables = {
        "lines": ("id INTEGER, order_id INTEGER", [(1, 1), (2, 2)]),
        "orders": ('id INTEGER, at TEXT, "Net Amount" TEXT', [(1, DAY, "1.000,50"), (2, DAY, "2,5")]),
    }
    models = {
        "sales": "name: sales\ntable: lines\nkey: id\ntime: order.at\njoins:\n"
        "  order: {model: orders, on: {order_id: id}, required: true}\n"
        "measures:\n  value: {agg: sum, of: order.amount}\n",
        "orders": "name: orders\ntable: orders\nkey: id\n"
        "columns:\n  amount: {column: Net Amount, currency: EUR}\n",
    }
    shop = Followed(tmp_path, tables, models)
    problem = shop.found("holds text")
    assert problem.file == "own/models/sales.yaml"
    assert "in own/models/orders.yaml under columns: amount: {sql:" in problem.fix
    assert "currency: EUR}" in problem.fix
    shop.follow(problem)
    assert shop.value("sales 2026-02") == pytest.approx(1003)


def test_spellings_and_blanks(tmp_path: Path) -> None:
    """Both are mended by the same line, over the name that the column has in the database."""
    rows = [
        (place, DAY, rep, 2**place)
        for place, rep in enumerate(["Ann", "ann", "Ann", "O'Neil", "o'neil", " "])
    ]
    models = {"sales": SALES.replace("dimensions", "columns:\n  rep: Sales Rep\ndimensions")}
    tables = {"orders": ('id INTEGER, at TEXT, "Sales Rep" TEXT, amount NUMERIC', rows)}
    shop = Followed(tmp_path, tables, models)
    spelt, blank = shop.found("count as 2 members"), shop.found("empty text")
    assert spelt.fix == f"If they are the same: {blank.fix}"
    shop.follow(spelt)
    assert [problem.message for problem in shop.problems() if not problem.is_note] == []
    assert shop.groups("sales by rep 2026-02") == {"Ann": 7, "O'Neil": 24, None: 32}


REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\n"


def test_the_spelling_of_the_members_own_table(tmp_path: Path) -> None:
    """Not the one that most rows have: else they would lose their name."""
    rows = [(place, DAY, rep, 2**place) for place, rep in enumerate(["ann", "ann", "Ann"])]
    tables = {
        "orders": ("id INTEGER, at TEXT, rep TEXT, amount NUMERIC", rows),
        "reps": ("id TEXT, name TEXT", [("Ann", "Ann Maes"), ("Bob", "Bob")]),
    }
    shop = Followed(tmp_path, tables, {"sales": SALES, "reps": REPS})
    shop.follow(shop.found("count as 2 members"))
    assert [problem.message for problem in shop.problems() if not problem.is_note] == []
    assert shop.groups("sales by rep 2026-02") == {"Ann Maes": 7, "Bob": 0}


def test_ids_that_differ_in_case(tmp_path: Path) -> None:
    """Their own table has both: they are two members, and nothing is said."""
    rows = [(1, DAY, "a1", 1), (2, DAY, "A1", 2)]
    tables = {
        "orders": ("id INTEGER, at TEXT, rep TEXT, amount NUMERIC", rows),
        "reps": ("id TEXT, name TEXT", [("a1", "Ann"), ("A1", "Bob")]),
    }
    joined = SALES.replace("dimensions", "joins: {who: {model: reps, on: {rep: id}}}\ndimensions")
    for name, sales in (("listed", SALES), ("joined", joined)):
        (tmp_path / name).mkdir()
        shop = Followed(tmp_path / name, tables, {"sales": sales, "reps": REPS})
        assert shop.problems() == []


def test_a_misspelt_key_of_a_join(tmp_path: Path) -> None:
    """An apostrophe and a column with a name of its own."""
    tables = {
        "orders": (
            'id INTEGER, at TEXT, "Rep" TEXT, amount NUMERIC',
            [(1, DAY, "'s-Gravenhage", 5), (2, DAY, "Gent", 2)],
        ),
        "reps": ("id TEXT, name TEXT", [("'s Gravenhage", "The Hague"), ("Gent", "Ghent")]),
    }
    sales = SALES.replace(
        "dimensions", "columns:\n  rep: Rep\njoins: {who: {model: reps, on: {rep: id}}}\ndimensions"
    )
    shop = Followed(tmp_path, tables, {"sales": sales, "reps": REPS})
    shop.follow(shop.found("joins.who"))
    assert shop.groups("sales by rep 2026-02") == {"The Hague": 5, "Ghent": 2}


@pytest.mark.parametrize(
    ("days", "form"),
    [
        ([46058.375, 46081.99, 46082.0], "days since 30 December 1899"),
        (["46058", "46081", "46082"], "days since 30 December 1899"),
        ([20260205, 20260228, 20260301], "numbers such as 20261031"),
        (["05/02/2026", "28/02/2026", "01/03/2026"], "text such as 31/10/2026"),
    ],
)
def test_days_of_a_spreadsheet(tmp_path: Path, days: list[object], form: str) -> None:
    """Read as seconds since 1970 they would all be one day of that year; followed, the advice dates them."""
    rows = [(place, day, "Ann", 10**place) for place, day in enumerate(days)]
    tables = {"orders": ("id INTEGER, at, rep TEXT, amount NUMERIC", rows)}
    shop = Followed(tmp_path, tables, {"sales": SALES})
    problem = shop.found("A time column contains")
    assert (problem.is_warning, form in problem.fix) == (False, True)
    with pytest.raises(DataError, match=r"no date|isn't a date"):
        shop.value("sales 2026-02")
    shop.follow(problem)
    assert [entry.message for entry in shop.problems() if not entry.is_warning] == []
    assert shop.value("sales 2026-02") == 11
