"""Columns that hold nothing, text where a number is added up, several currencies, several spellings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.render.check_report import check_json
from kpi_engine.domain.errors import DefinitionError, Problem
from tests.shop import checked

Rows = list[tuple[object, ...]]

SALES = """name: sales
table: orders
key: id
time: at
dimensions:
  source: source
  rep: rep
measures:
  value: {agg: sum, of: amount}
  orders:
    agg: count
    where: "kind = 'order'"
"""
REPS = "name: reps\ntable: reps\nkey: id\nmembers:\n  rep: {label: name}\n"
DAY = "2026-02-05"
SOUND = (1, DAY, "web", 1, 10, "order", "EUR")


def _problems(
    folder: Path, rows: Rows, sales: str = SALES, columns: str = "amount NUMERIC", reps: Rows | None = None
) -> list[Problem]:
    tables = {
        "orders": (f"id INTEGER, at TEXT, source TEXT, rep, {columns}, kind TEXT, currency TEXT", rows),
        "reps": ("id, name TEXT", reps or [(1, "Ann")]),
    }
    return checked(folder, tables, {"sales": sales, "reps": REPS})


def test_what_is_sound(tmp_path: Path) -> None:
    """No problem."""
    assert _problems(tmp_path, [SOUND]) == []


def test_an_amount_that_is_missing_in_some_rows(tmp_path: Path) -> None:
    """How many of how many, and what becomes of them."""
    (found,) = _problems(tmp_path, [SOUND, (2, DAY, "web", 1, None, "order", "EUR")])
    assert (found.is_warning, found.line) == (True, 9)
    assert "measures.value: amount is empty in 1 of 2 rows; they add nothing" in found.message


def test_columns_that_are_always_empty(tmp_path: Path) -> None:
    """Probably the wrong ones."""
    found = _problems(tmp_path, [(1, DAY, None, 1, None, "order", "EUR")])
    assert [(problem.line, problem.message) for problem in found] == [
        (6, "source is empty in all 1 rows: everything is (none)."),
        (9, "measures.value: amount is empty in all 1 rows that count."),
    ]


def test_a_condition_that_is_never_true(tmp_path: Path) -> None:
    """A status spelt otherwise counts nothing."""
    (found,) = _problems(tmp_path, [(1, DAY, "web", 1, 10, "Order", "EUR")])
    assert (found.line, "is true for none of 1 rows: it is always 0" in found.message) == (12, True)


def test_a_model_without_rows(tmp_path: Path) -> None:
    """The table is empty, or the condition leaves nothing."""
    (empty,) = _problems(tmp_path / "empty", [])
    assert (empty.line, empty.message) == (1, "holds no row.")
    (none,) = _problems(tmp_path / "none", [SOUND], SALES.replace("key: id", "key: id\nwhere: id > 5"))
    assert (none.line, none.message) == (4, "where: leaves no row.")


@pytest.mark.parametrize("amount", ["12,50", "n/a"])
def test_text_that_is_no_number(tmp_path: Path, amount: str) -> None:
    """SQLite would add up '12,50' as 12 and 'n/a' as 0 without a word."""
    rows = [SOUND, (2, DAY, "web", 1, amount, "order", "EUR")]
    (found,) = _problems(tmp_path, rows)
    assert (found.is_warning, found.line) == (False, 9)
    assert f"amount holds text in 1 rows, some of it not a number ({amount!r})" in found.message


def test_an_empty_text_among_amounts_is_empty(tmp_path: Path) -> None:
    """It is no mistake, beside numbers and beside numbers as text."""
    rows: Rows = [SOUND, (2, DAY, "web", 1, "", "order", "EUR")]
    (found,) = _problems(tmp_path / "numbers", rows)
    assert (found.is_warning, "amount is an empty text in 1 rows" in found.message) == (True, True)
    rows = [(1, DAY, "web", 1, "9", "order", "EUR"), (2, DAY, "web", 1, "", "order", "EUR")]
    (found,) = _problems(tmp_path / "texts", rows, columns="amount TEXT")
    assert (found.is_warning, "holds numbers as text in 1 rows" in found.message) == (True, True)


def test_numbers_as_text(tmp_path: Path) -> None:
    """Sums are right, the largest isn't: as text, 9 comes after 10."""
    rows: Rows = [(1, DAY, "web", 1, "9", "order", "EUR"), (2, DAY, "web", 1, "10", "order", "EUR")]
    (found,) = _problems(tmp_path / "sum", rows, columns="amount TEXT")
    assert (found.is_warning, "holds numbers as text in 2 rows" in found.message) == (True, True)
    largest = SALES.replace("agg: sum", "agg: max")
    (found,) = _problems(tmp_path / "max", rows, largest, columns="amount TEXT")
    assert (found.is_warning, "9 comes after 10" in found.message) == (False, True)


CONVERTED = """columns:
  amount: {sql: "case currency when 'EUR' then amount else amount * 0.9 end", currency: EUR}"""
MIXED: Rows = [SOUND, (2, DAY, "web", 1, 20, "order", "USD"), (3, DAY, "web", 1, 5, "order", "usd")]


def test_several_currencies_are_an_error(tmp_path: Path) -> None:
    """With the rows of each, and the fix."""
    (found,) = _problems(tmp_path, MIXED)
    assert (found.is_warning, found.line) == (False, 9)
    assert found.message == "measures.value adds up 2 currencies (rows by currency: USD 2, EUR 1)."
    assert 'amount: {sql: "amount * rate", currency: EUR}' in found.fix


@pytest.mark.parametrize(
    "sales",
    [
        SALES.replace("key: id", f"key: id\n{CONVERTED}"),
        SALES.replace("key: id", "key: id\nwhere: currency = 'EUR'"),
        SALES.replace("of: amount}", "of: amount, where: \"currency = 'EUR'\"}"),
    ],
    ids=["converted", "filtered", "filtered measure"],
)
def test_amounts_that_are_converted_or_of_one_currency(tmp_path: Path, sales: str) -> None:
    """A column that says its currency, or a condition that keeps one."""
    assert _problems(tmp_path, MIXED, sales) == []


def test_another_currency_than_the_models(tmp_path: Path) -> None:
    """All dollars, shown as euros: a wrong number, however well added up."""
    (found,) = _problems(tmp_path, MIXED[1:])
    assert (found.is_warning, found.fix) == (False, "Set currency: USD.")
    said = SALES.replace("key: id", "key: id\ncurrency: USD")
    assert _problems(tmp_path / "said", MIXED[1:], said) == []


def test_a_column_in_another_currency_than_its_model_is_refused(tmp_path: Path) -> None:
    """An answer shows one currency."""
    sales = SALES.replace("key: id", "key: id\ncolumns:\n  amount: {column: amount, currency: USD}")
    with pytest.raises(DefinitionError, match=r"columns\.amount is in USD, but answers show .* EUR"):
        _problems(tmp_path, [SOUND], sales)


def test_the_currency_of_the_orders_header(tmp_path: Path) -> None:
    """Lines take the currency of the order that they can't be without."""
    lines = (
        "name: sales\ntable: lines\nkey: id\ntime: order.at\njoins:\n  order: {model: orders, on: {order_id: id}}\n"
        "measures:\n  value: {agg: sum, of: amount}\n"
    )
    tables = {
        "lines": ("id INTEGER, order_id INTEGER, amount NUMERIC", [(1, 1, 10), (2, 2, 20)]),
        "orders": ("id INTEGER, at TEXT, valuta TEXT", [(1, DAY, "EUR"), (2, DAY, "GBP")]),
    }
    (found,) = checked(tmp_path, tables, {"sales": lines, "orders": "name: orders\ntable: orders\nkey: id\n"})
    assert "2 currencies (rows by order.valuta: EUR 1, GBP 1)" in found.message


def test_mixed_case_and_stray_spaces(tmp_path: Path) -> None:
    """Three members that are one: with the rows of each, and the fix."""
    rows: Rows = [
        (number, DAY, source, 1, number + 1, "order", "EUR")
        for number, source in enumerate(["web", "web", "Web ", "WEB", "fair"])
    ]
    (found,) = _problems(tmp_path, rows)
    assert (found.is_warning, found.line) == (True, 6)
    assert "source holds 'web' (2 rows), 'WEB' (1 rows), 'Web ' (1 rows)" in found.message
    line = "source: {sql: \"case source when 'WEB' then 'web' when 'Web ' then 'web' else source end\"}"
    assert f"If they are the same: Derive it under columns: {line}." in found.fix
    mended = SALES.replace("key: id", f"key: id\ncolumns:\n  {line}")
    assert _problems(tmp_path / "mended", rows, mended) == []


def test_an_empty_text_is_a_nameless_member(tmp_path: Path) -> None:
    """It isn't (none)."""
    (found,) = _problems(tmp_path, [SOUND, (2, DAY, " ", 1, 1, "order", "EUR")])
    assert "source is an empty text in 1 rows" in found.message


def test_a_member_that_its_table_spells_otherwise(tmp_path: Path) -> None:
    """Also where no join leads to the table."""
    rows: Rows = [(1, DAY, "web", "GTXPro", 1, "order", "EUR"), (2, DAY, "web", "MG", 1, "order", "EUR")]
    (found,) = _problems(tmp_path, rows, reps=[("GTX Pro", "GTX Pro"), ("MG", "MG")])
    assert found.line == 7
    assert "rep: 1 of 2 rows don't match a member of reps: 'GTXPro' for 'GTX Pro'?" in found.message


def test_members_keys_of_another_type(tmp_path: Path) -> None:
    """'1' is not 1: no member would get its name."""
    (found,) = _problems(tmp_path, [(1, DAY, "web", "1", 10, "order", "EUR")])
    assert not found.is_warning
    assert "rep is text ('1'), the key of reps is no text (1)" in found.message


def test_two_members_of_one_name(tmp_path: Path) -> None:
    """They are told apart by key, which is said."""
    (found,) = _problems(tmp_path, [SOUND], reps=[(1, "Jan Maes"), (2, "Jan Maes")])
    assert (found.file, found.line, found.is_warning) == ("own/models/reps.yaml", 5, True)
    assert "2 members of rep are called 'Jan Maes' (1, 2)" in found.message


def test_one_empty_column_is_one_problem(tmp_path: Path) -> None:
    """Whatever reads it: seven measures, two models, a dimension, a history."""
    models = {
        name: (
            f"name: {name}\ntable: deals\nkey: id\ntime: at\ndimensions: {{customer: who}}\nmeasures:\n"
            "  created: {agg: count}\n"
            "  value: {agg: sum, of: amount, time: closed}\n"
            "  largest: {agg: max, of: amount, time: closed}\n"
            "  won: {agg: count, time: closed}\n"
            "  buyers: {agg: count_distinct, of: who, time: closed}\n"
            "  days: {agg: median, of: closed, since: at, time: closed}\n"
        )
        for name in ("opportunities", "pipeline")
    }
    rows = [(1, DAY, None, 5, "a"), (2, DAY, None, 6, "b"), (3, DAY, None, 7, None)]
    tables = {"deals": ("id INTEGER, at TEXT, closed TEXT, amount NUMERIC, who TEXT", rows)}
    found = checked(tmp_path, tables, models)
    assert {problem.subject for problem in found} == {"empty None deals closed", "empty None deals who"}
    assert len(check_json(found, (), {})["problems"]) == 2
