"""The demo company: its names, its history, its lock, and the story that docs/demo-company.md tells.

Everything is measured in plain SQL and Python over the built file.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import unicodedata
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.playground.company import demo_database
from bot.playground.company.build import build
from kpi_engine.domain.errors import QueryError

END = date(2026, 11, 23)
DOC = (Path(__file__).parents[3] / "docs" / "demo-company.md").read_text(encoding="utf-8")
TABLES = (
    "regions", "teams", "reps", "sources", "techniques", "campaigns", "categories", "products", "leads", "customers",
    "opportunities", "orders", "order_lines", "marketing_costs", "sales_costs", "service_costs", "nps_answers", "quotas",
)  # fmt: skip


def _rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def company() -> Path:
    return demo_database(END)


def _one(path: Path, statement: str) -> Any:
    return _rows(path, statement)[0][0]


def _folded(name: str) -> str:
    return "".join(
        char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char)
    )


# the cast


def test_the_first_question_just_answers(company: Path) -> None:
    """One Anna, and no other word that begins with "an"; two Jans; accents, an apostrophe, one who left."""
    names = [name for (name,) in _rows(company, "select name from reps")]
    with_an = [
        name for name in names if any(word.startswith("an") for word in re.split(r"[\s'-]+", _folded(name)))
    ]
    assert len(with_an) == 1
    assert with_an[0].startswith("Anna ")
    assert sum(name.startswith("Jan ") for name in names) == 2
    assert any(_folded(name) != name.casefold() for name in names)
    assert any("'" in name for name in names)
    assert _one(company, "select count(*) from reps where left_on is not null") >= 1


def test_every_table_has_rows(company: Path) -> None:
    """And the doc gives their number."""
    for table in TABLES:
        count = _one(company, f"select count(*) from {table}")
        assert count > 0
        assert f"| `{table}` | {count:,} |" in DOC


def test_it_ends_on_its_last_day(company: Path) -> None:
    """Nothing is younger than the end, and the newest rows are of that day."""
    for table, column in (("leads", "created_at"), ("orders", "ordered_at"), ("opportunities", "created_at")):
        assert _one(company, f"select max(substr({column}, 1, 10)) from {table}") <= "2026-11-23"
    assert _one(company, "select max(substr(created_at, 1, 10)) from leads") == "2026-11-23"


# its history


def _known_by(path: Path, end: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return what a file says about days up to `end`, without what was still to happen then."""
    statements = {
        "leads": f"select id, created_at, source_id, campaign_id, technique_id, rep_id, region_id, segment from leads where created_at < '{end}' order by 1",
        "orders": f"select id, customer_id, rep_id, ordered_at, campaign_id from orders where ordered_at < '{end}' order by 1",
        "order_lines": f"select l.* from order_lines l join orders o on o.id = l.order_id where o.ordered_at < '{end}' order by 1",
        "customers": f"select * from customers where created_on < '{end}' order by 1",
        "opportunities": f"select id, lead_id, created_at, amount, rep_id, product_id from opportunities where created_at < '{end}' order by 1",
        "marketing_costs": f"select * from marketing_costs where month < '{end[:8]}01' order by 1",
        "nps_answers": f"select id, customer_id, rep_id, wave, sent_at from nps_answers where sent_at < '{end}' order by 1",
        "quotas": f"select * from quotas where month < '{end}' order by 1",
        "reps": "select * from reps order by 1",
    }  # fmt: skip
    return {table: _rows(path, statement) for table, statement in statements.items()}


def test_history_never_shifts(company: Path, tmp_path: Path) -> None:
    """A build that ends five months earlier has the same rows about those days."""
    earlier = tmp_path / "earlier.sqlite"
    build(earlier, date(2026, 6, 17))
    then, now = _known_by(earlier, "2026-06-16"), _known_by(company, "2026-06-16")
    for table in then:
        assert then[table] == now[table], table


def test_a_day_outside_its_years_is_refused() -> None:
    """With the days that there are."""
    with pytest.raises(QueryError, match="has data from 2023-01-02"):
        demo_database(date(2019, 1, 1))


def test_two_processes_build_one_file(tmp_path: Path) -> None:
    """Started at the same moment on an empty cache: one file, both get it, nothing is left over."""
    code = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from bot.playground.company import demo_database;"
        "print(demo_database(date(2023, 4, 2), cache=Path(sys.argv[1])))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "cache")], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    paths = {process.communicate()[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0]
    assert len(paths) == 1
    assert list((tmp_path / "cache").glob("*.sqlite")) == [Path(paths.pop())]
    assert not list((tmp_path / "cache").glob("*.partial"))


# its story


def _sales(path: Path, where: str) -> float:
    return float(
        _one(
            path,
            "select coalesce(sum(l.amount), 0) from order_lines l join orders o on o.id = l.order_id"
            f" left join customers c on c.id = o.customer_id where o.status <> 'cancelled' and {where}",
        )
    )


def _conversion(path: Path, since: str, until: str, where: str = "1 = 1") -> tuple[int, int]:
    statement = (
        "select sum(converted_at is not null and julianday(date(converted_at)) - julianday(date(created_at)) < 90),"
        f" count(*) from leads where status not in ('spam', 'duplicate') and created_at >= '{since}'"
        f" and created_at < '{until}' and {where}"
    )
    won, leads = _rows(path, statement)[0]
    return int(won or 0), int(leads)


def _said(*figures: str) -> None:
    for figure in figures:
        assert figure in DOC, figure


def test_december_is_a_peak(company: Path) -> None:
    """December sells far more than the mean of the other months, each year."""
    for year in (2023, 2024, 2025):
        december = _sales(company, f"o.ordered_at like '{year}-12%'")
        others = _sales(company, f"o.ordered_at like '{year}-%' and o.ordered_at not like '{year}-12%'") / 11
        assert december > 1.4 * others
        if year == 2025:
            _said(f"€{december:,.0f}", f"€{others:,.0f}")


def test_every_region_converts_better_and_the_whole_worse(company: Path) -> None:
    """Simpson: in the fair season the mix moves to the weak region. In each of two years."""
    for year in (2024, 2025):
        spring, season = (f"{year}-03-01", f"{year}-07-01"), (f"{year}-07-01", f"{year}-11-01")
        for region_id, name in _rows(company, "select id, name from regions"):
            before, after = (
                _conversion(company, *span, f"region_id = {region_id}") for span in (spring, season)
            )
            assert after[0] / after[1] > before[0] / before[1], (year, name)
            if year == 2025:
                _said(f"| {name} | {before[0] / before[1]:.1%} | {after[0] / after[1]:.1%} |")
        before, after = _conversion(company, *spring), _conversion(company, *season)
        assert after[0] / after[1] < before[0] / before[1]
        if year == 2025:
            _said(f"| all | {before[0] / before[1]:.1%} | {after[0] / after[1]:.1%} |")


def test_a_rep_has_a_dip(company: Path) -> None:
    """September and October are François Lemaître's weakest months of the year, and few leads of then convert."""
    rep = _one(company, "select id from reps where name = 'François Lemaître'")
    for year in (2024, 2025, 2026):
        spans = [
            _sales(
                company,
                f"o.rep_id = {rep} and o.ordered_at >= '{year}-{month:02}-01' and o.ordered_at < '{year}-{month + 2:02}-01'",
            )
            for month in (1, 3, 5, 7, 9)
        ]
        assert min(spans) == spans[-1], year
        if year == 2026:
            _said(f"€{spans[-1]:,.0f}", f"€{spans[2]:,.0f}")
    for year in (2024, 2025):
        dip, before = (
            _conversion(company, f"{year}-{first}-01", f"{year}-{end}-01", f"rep_id = {rep}")
            for first, end in (("09", "11"), ("05", "07"))
        )
        assert dip[0] / dip[1] < 0.75 * before[0] / before[1], year
        if year == 2025:
            _said(f"{dip[0] / dip[1]:.1%}", f"{before[0] / before[1]:.1%}")


def test_a_source_costs_and_yields_nothing(company: Path) -> None:
    """Podcast: 2,400 a month since January 2025, and not one lead."""
    costs = _one(
        company,
        "select sum(amount) from marketing_costs m join sources s on s.id = m.source_id where s.name = 'Podcast'",
    )
    leads = _one(
        company, "select count(*) from leads l join sources s on s.id = l.source_id where s.name = 'Podcast'"
    )
    assert leads == 0
    assert costs >= 20 * 2400
    _said(f"€{costs:,.0f}")


def test_two_products_belong_together(company: Path) -> None:
    """Most orders with Model X hold Milk Station, few others do."""
    holding = (
        "select count(distinct o.id) from orders o join order_lines l on l.order_id = o.id"
        " join products p on p.id = l.product_id where o.status in ('paid', 'shipped') and p.name = '{}'"
    )
    both = (
        "select count(*) from (select o.id from orders o join order_lines l on l.order_id = o.id join products p"
        " on p.id = l.product_id where o.status in ('paid', 'shipped') and p.name in ('Model X', 'Milk Station')"
        " group by o.id having count(distinct p.name) = 2)"
    )
    first, second, joint = (
        _one(company, holding.format("Model X")), _one(company, holding.format("Milk Station")), _one(company, both),
    )  # fmt: skip
    orders = _one(company, "select count(*) from orders where status in ('paid', 'shipped')")
    lift = joint * orders / (first * second)
    assert joint / first > 0.5
    assert lift > 3
    _said(f"{joint:,} of {first:,}", f"{lift:.1f}")


def test_a_segment_loses_money(company: Path) -> None:
    """Serving Hospitality costs more than its goods earn; every other segment earns."""
    margins = dict(
        _rows(
            company,
            "select c.segment, sum(l.amount - l.cost) from order_lines l join orders o on o.id = l.order_id"
            " join customers c on c.id = o.customer_id where o.status <> 'cancelled' group by 1",
        )
    )
    service = dict(
        _rows(
            company,
            "select c.segment, sum(s.amount) from service_costs s join customers c on c.id = s.customer_id group by 1",
        )
    )
    left = {segment: margins[segment] - service.get(segment, 0) for segment in margins}
    assert [segment for segment in left if left[segment] < 0] == ["Hospitality"]
    _said(f"−€{-left['Hospitality']:,.0f}")


def test_a_week_is_half_loaded(company: Path) -> None:
    """Week 46 has orders from Monday to Wednesday only."""
    days = _rows(
        company,
        "select distinct substr(ordered_at, 1, 10) from orders where ordered_at >= '2026-11-09' and ordered_at < '2026-11-16' order by 1",
    )
    assert days
    assert days[-1][0] <= "2026-11-11"
    half = _sales(company, "o.ordered_at >= '2026-11-09' and o.ordered_at < '2026-11-16'")
    week = _sales(company, "o.ordered_at >= '2026-11-02' and o.ordered_at < '2026-11-09'")
    assert half < 0.5 * week
    _said(f"€{half:,.0f}", f"€{week:,.0f}")
