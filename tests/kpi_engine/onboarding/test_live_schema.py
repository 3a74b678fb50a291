"""What a live database says to mistaken model files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import Shop, write_config, write_tables

TABLES = {
    "deals": (
        "id INTEGER, closed_on TEXT, amount NUMERIC, rep TEXT, state TEXT",
        [(1, "2026-10-01", 5, "Bo", "won")],
    ),
}
GOOD = """name: sales
table: deals
key: id
time: closed_on
where: "state = 'won'"
dimensions:
  rep: rep
measures:
  value: {agg: sum, of: amount, where: "amount > 0"}
"""


def _problems(tmp_path: Path, text: str) -> list[str]:
    shop = Shop(
        write_tables(tmp_path / "deals.sqlite", TABLES),
        write_config(tmp_path / "c", {"sales": text}),
        "2026-11-23T08:30",
    )
    try:
        return [str(problem) for problem in shop.engine.problems()]
    finally:
        shop.engine.close()


def test_a_right_mapping_has_no_problem(tmp_path: Path) -> None:
    """Everything that the file names is there."""
    assert _problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("table: deals", "table: deal", 1, "can't read id from the table deal"),
        ("key: id", "key: ident", 1, "can't read ident"),
        ("key: id", "key: Ident", 1, "can't read Ident"),
        ("rep: rep", "rep: seller", 7, "dimensions.rep: seller"),
        ("rep: rep", "rep: Seller", 7, "dimensions.rep: Seller"),
        ("of: amount", "of: amnt", 9, "measures.value.of: amnt"),
        ("of: amount", "of: Amnt", 9, "measures.value.of: Amnt"),
        ("amount > 0", "amnt > 0", 9, "measures.value.where"),
        ("state = 'won'", "stage = 'won'", 5, "where: can't be evaluated"),
        ("time: closed_on", "time: state", 4, "which isn't a date"),
    ],
)
def test_a_mapping_mistake_is_named(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    """The problem names the file, the line of the key and what is wrong; also where SQLite
    would take a name in capitals, which it gets in quotes, for a text.
    """
    (problem,) = _problems(tmp_path, GOOD.replace(old, new))
    assert problem.startswith(f"c/models/sales.yaml:{line}: ")
    assert said in problem
