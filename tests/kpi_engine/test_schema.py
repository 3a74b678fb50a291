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
    ("old", "new", "said"),
    [
        ("table: deals", "table: deal", "can't read id from the table deal"),
        ("key: id", "key: ident", "can't read ident"),
        ("rep: rep", "rep: seller", "dimensions.rep: seller"),
        ("of: amount", "of: amnt", "measures.value.of: amnt"),
        ("amount > 0", "amnt > 0", "measures.value.where"),
        ("state = 'won'", "stage = 'won'", "can't read id"),
        ("time: closed_on", "time: state", "which is no date"),
    ],
)
def test_a_mapping_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The problem names the file, the line of the model and what is wrong."""
    (problem,) = _problems(tmp_path, GOOD.replace(old, new))
    assert problem.startswith("c/models/sales.yaml:1: ")
    assert said in problem
