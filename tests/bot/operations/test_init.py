"""`kpi-bot init` on databases that were not made for us: what it writes loads, is proved by check, and counts right."""

from __future__ import annotations

import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import mean, median

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from bot.cli import app
from bot.operations.check import check_problems
from bot.operations.init import Connected, connect
from bot.playground.company import demo_database
from bot.runtime.settings import Settings, SettingsError
from bot.workspace.opening import services_of
from kpi_engine.domain.errors import DataError
from kpi_engine.onboarding.proposals.page import doubt_text
from kpi_engine.onboarding.proposals.proposal import Doubt
from tests.bot.strangers import Stranger, dutch_shop, english_shop, pipeline
from tests.bought import Bought, told
from tests.four_databases import FOUR
from tests.shop import BRUSSELS, SHIPPED, Shop, write_tables

NOW = "2026-10-01T09:00"
Fresh = Callable[[], str]


@pytest.fixture(params=FOUR)
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    """Gives the address of an empty database of each kind."""
    if request.param in ("postgresql", "mysql"):
        server = request.getfixturevalue(f"{request.param}_server")
        force = " WITH (FORCE)" if request.param == "postgresql" else ""
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS stranger"))
            connection.execute(text("CREATE DATABASE stranger"))
        yield lambda: admin.url.set(database="stranger").render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE stranger{force}"))
        admin.dispose()
        return
    if request.param == "duckdb":
        pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
    yield lambda: f"{request.param}:///{tmp_path / 'stranger.db'}"


def own_settings(config: Path) -> Settings:
    """Return the settings of a bot that reads its models from a folder."""
    return Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})


def connected(url: str, folder: Path) -> tuple[Connected, Shop]:
    """Connect without asking; check must find nothing wrong."""
    made = connect(url, folder / "own", timeout=30, force=False, ask=None)
    with closing(services_of(own_settings(folder / "own"), url)) as services:
        found = check_problems(services, datetime.fromisoformat(NOW).replace(tzinfo=BRUSSELS))
    assert [str(problem) for problem in found if not problem.is_warning] == []
    return made, Shop(url, folder / "own", NOW)


def months(shop: Shop, line: str) -> dict[int, float]:
    """Return the values of the first six months of 2026."""
    return {
        number: value or 0
        for number, value in enumerate(shop.series(f"{line} per month 2026-01..2026-06"), 1)
    }


def sold_as_python_says(shop: Shop, lines: list[Bought]) -> None:
    """Rates and revenue of selling up and across, month by month and of all time, equal plain Python."""
    expected = told(lines, 10)
    assert all(expected.values())
    for kind, name in (("upsell", "upsell"), ("cross-sell", "cross_sell")):
        by_month: dict[object, float] = defaultdict(float)
        for line in expected[kind]:
            by_month[line.at.month] += line.amount  # type: ignore[attr-defined]
        found = rounded(months(shop, f"{name}_revenue"))
        assert found == rounded({month: by_month.get(month, 0) for month in range(1, 7)})
        buyers = {line.customer for line in expected["existing"]}
        rate = len({line.customer for line in expected[kind]}) / len(buyers)
        assert shop.value(f"{name}_rate all time") == pytest.approx(rate)


def rounded(values: dict[object, float]) -> dict[object, float]:
    return {key: round(value, 6) for key, value in values.items()}


def test_an_english_shop(fresh: Fresh, tmp_path: Path) -> None:
    """Lines in "Order Details", cancelled orders out, reps by their names, first orders."""
    stranger = english_shop()
    made, shop = connected(stranger.build(fresh()), tmp_path)
    counted = {row[0]: row for row in stranger.rows("Orders") if row[4] != "cancelled"}
    by_month: dict[object, float] = defaultdict(float)
    by_rep: dict[object, float] = defaultdict(float)
    names = {row[0]: f"{row[2]} {row[1]}" for row in stranger.rows("Employees")}
    for order, _, price, quantity, discount in stranger.rows("Order Details"):
        if order in counted:
            worth = price * quantity * (1 - discount)
            by_month[counted[order][3].month] += worth
            by_rep[names[counted[order][2]]] += worth
    firsts: dict[object, date] = {}
    for row in counted.values():
        firsts[row[1]] = min(row[3], firsts.get(row[1], row[3]))
    with closing(shop.engine):
        assert rounded(months(shop, "sales")) == rounded({m: by_month.get(m, 0) for m in range(1, 7)})
        assert rounded(dict(shop.groups("sales by rep all time"))) == rounded(by_rep)
        new = Counter(day.month for day in firsts.values())
        assert months(shop, "new_customers") == {month: new.get(month, 0) for month in range(1, 7)}
        assert sum(value or 0 for value in shop.groups("sales by region all time").values()) == pytest.approx(
            sum(by_rep.values())
        )
        assert set(shop.groups("sales by category all time")) == {"Tea", "Cheese"}
        both = {1: 0, 2: 0}
        kinds: dict[object, set[bool]] = defaultdict(set)
        for order, product, *_ in stranger.rows("Order Details"):
            kinds[order].add(product < 4)
        combined = sum(len(kinds[order]) == 2 for order in counted)
        assert shop.value("attach_rate all time") == pytest.approx(combined / len(counted)), both
        bought = [
            Bought(
                (order, product),
                counted[order][1],
                order,
                counted[order][3],
                product < 4,
                9 + product % 3 * 0.9,
                amount=price * quantity * (1 - discount),
            )
            for order, product, price, quantity, discount in stranger.rows("Order Details")
            if order in counted
        ]
        sold_as_python_says(shop, bought)
    assert {"sales", "orders", "churn", "pairs", "attach_rate", "new_customers"} <= set(
        made.catalogue.metrics
    )
    purchases = (tmp_path / "own" / "models" / "purchases.yaml").read_text(encoding="utf-8")
    assert "UnitPrice of Products is today's list price" in purchases


def test_a_dutch_shop(fresh: Fresh, tmp_path: Path) -> None:
    """Nothing declared: keys and links are proved by values, dates and epochs read as they are."""
    stranger = dutch_shop()
    made, shop = connected(stranger.build(fresh()), tmp_path)
    paid = {
        row[0]: datetime.strptime(str(row[3]), "%d/%m/%Y")
        for row in stranger.rows("bestellingen")
        if row[4] == "betaald"
    }
    worth: dict[object, float] = defaultdict(float)
    for order, _, _, amount, price, percent in stranger.rows("bestelregels"):
        if order in paid:
            worth[paid[order].month] += amount * price * (1 - percent / 100)
    leads = [row for row in stranger.rows("aanvragen") if row[3] != "spam"]
    begun = [(datetime(1970, 1, 1) + timedelta(seconds=row[1]), row) for row in leads]
    in_february = [row for moment, row in begun if moment.month == 2]
    won = [row for row in in_february if row[4]]
    buyers = {row[0]: row[1] for row in stranger.rows("bestellingen")}
    woods = {row[0]: row[2] for row in stranger.rows("artikelen")}
    bought = [
        Bought(
            (order, line),
            buyers[order],
            order,
            paid[order],
            woods[article],
            price * (1 - percent / 100),
            amount=amount * price * (1 - percent / 100),
        )
        for order, line, article, amount, price, percent in stranger.rows("bestelregels")
        if order in paid
    ]
    answers = [row[3] for row in stranger.rows("enquete")]
    promoters, detractors = sum(a >= 9 for a in answers), sum(a <= 6 for a in answers)
    with closing(shop.engine):
        assert rounded(months(shop, "sales")) == rounded(
            {month: worth.get(month, 0) for month in range(1, 7)}
        )
        assert set(shop.groups("sales by rep all time")) == {"Anna Peeters", "Bram Claes", "Carla d'Hondt"}
        assert set(shop.groups("sales by region all time")) == {"Antwerpen", "Limburg"}
        assert set(shop.groups("sales by segment all time")) == {"groot", "klein"}
        assert set(shop.groups("sales by category all time")) == {"hout", "staal"}
        assert shop.value("leads 2026-02") == len(in_february)
        assert shop.value("conversion 2026-02") == pytest.approx(len(won) / len(in_february))
        assert shop.value("cost_per_lead 2026-02") == pytest.approx(
            sum(row[3] for row in stranger.rows("marketingkosten") if row[1] == "2026-02-01")
            / len(in_february)
        )
        assert shop.value("nps all time") == pytest.approx(100 * (promoters - detractors) / len(answers))
        sold_as_python_says(shop, bought)
    assert any("uses the price paid per unit" in doubt.text for doubt in made.doubts.values())


def test_a_pipeline_of_deals(fresh: Fresh, tmp_path: Path) -> None:
    """Won deals are sales, deals are leads; the misspelt product keeps its rows and is doubted."""
    stranger = pipeline()
    made, shop = connected(stranger.build(fresh()), tmp_path)
    deals = stranger.rows("sales_pipeline")
    won = [row for row in deals if row[4] == "Closed Won"]
    lost = [row for row in deals if row[4] == "Closed Lost"]
    with closing(shop.engine):
        assert shop.value("opportunities all time") == len(deals)
        assert shop.value("win_rate all time") == pytest.approx(len(won) / len(won + lost))
        assert shop.groups("sales by rep all time") == {
            "Ann Lee": sum(row[7] for row in won if row[1] == "Ann Lee"),
            "Bob Ray": sum(row[7] for row in won if row[1] == "Bob Ray"),
            "Cy Idle": 0,
        }
        assert shop.groups("sales by product all time")["GTXPro"] == sum(
            row[7] for row in won if row[2] == "GTXPro"
        )
        expected = Counter("East" if row[1] == "Ann Lee" else "West" for row in won)
        assert shop.groups("won by region all time") == dict(expected)
        series = {"GTX Pro": "GTX", "MG Special": "MG"}
        bought = [
            Bought(row[0], row[3], place, row[6], series.get(row[2]), None, amount=row[7])
            for place, row in enumerate(sorted(won, key=lambda row: row[0]))
        ]
        across = told(bought, 10)["cross-sell"]
        assert shop.value("cross_sell_revenue all time") == sum(line.amount for line in across) > 0
        entered = [row for row in deals if row[5].month == 2]
        assert shop.value("conversion 2026-02") == sum(row[4] == "Closed Won" for row in entered) / len(
            entered
        )
    assert not {"upsell_rate", "pairs"} & set(made.catalogue.metrics)
    texts = [doubt_text(doubt) for doubt in made.doubts.values()]
    assert any("when 'GTXPro' then 'GTX Pro'" in found for found in texts)
    assert any("1 of 3 occur nowhere" in found for found in texts)


def one_table(path: Path, name: str, columns: str, rows: list[tuple[object, ...]]) -> str:
    return write_tables(path / "one.sqlite", {name: (columns, rows)})


def test_a_flat_table_of_lines(tmp_path: Path) -> None:
    """One table for all: the order number says which lines belong together."""
    rows = [
        (1, "F1", "Ann", "Jo", "pen", 2, 1.5, "2026-01-03"),
        (2, "F1", "Ann", "Jo", "ink", 1, 4.0, "2026-01-03"),
        (3, "F2", "Bob", "Jo", "pen", 1, 1.5, "2026-02-03"),
    ]
    columns = "id INTEGER, invoice_no TEXT, customer TEXT, seller TEXT, product TEXT, qty INTEGER, price NUMERIC, invoice_date TEXT"
    made, shop = connected(one_table(tmp_path, "sales", columns, rows), tmp_path)
    with closing(shop.engine):
        assert shop.value("sales all time") == 8.5
        assert shop.value("orders all time") == 2
        assert shop.groups("sales by product all time") == {"pen": 4.5, "ink": 4.0}
        assert shop.value("new_customers 2026-01") == 1
    assert "pairs" in made.catalogue.metrics


def test_the_marks_of_the_source_and_its_credits(tmp_path: Path) -> None:
    """Marked lines are what the mark says, unmarked ones are compared; what is taken back was not bought.

    Ann buys a pen (1.50), gets back an ink that she never bought, then buys a pen at 1.60 that the seller marked, a
    pen of 2.00 (over 10 % up), and ink (new). Bob's mark is on his first order.
    """
    rows = [
        (1, "F1", "Ann", "pen", "pens", 2, 1.5, "2026-01-03", None),
        (2, "F2", "Ann", "ink", "inks", -1, 4.0, "2026-02-01", None),
        (3, "F3", "Ann", "pen", "pens", 1, 1.6, "2026-02-03", "Up-sell"),
        (4, "F3", "Ann", "gold pen", "pens", 1, 2, "2026-02-03", None),
        (5, "F3", "Ann", "ink", "inks", 1, 4.0, "2026-02-03", None),
        (6, "F4", "Bob", "ink", "inks", 1, 4.0, "2026-02-03", "cross-sell"),
        (7, "F4", "Bob", "pen", "pens", 1, 1.5, "2026-02-03", None),
    ]
    columns = (
        "id INTEGER, invoice_no TEXT, customer TEXT, product TEXT, product_group TEXT, qty INTEGER, price NUMERIC,"
        " invoice_date TEXT, sold_as TEXT"
    )
    _, shop = connected(one_table(tmp_path, "sales", columns, rows), tmp_path)
    with closing(shop.engine):
        assert shop.value("upsell_revenue all time") == 3.6
        assert shop.value("cross_sell_revenue all time") == 4
        assert shop.value("upsell_rate 2026-02") == 1
        assert shop.ask("upsell_rate 2026-02").figure.denominator == 1
    written = (tmp_path / "own" / "models" / "purchases.yaml").read_text(encoding="utf-8")
    assert 'mark: {column: sold_as, upsell: ["Up-sell"], cross_sell: ["cross-sell"]}' in written
    assert "rows below 0 are credits" in written


def test_tiers_are_preferred_to_prices(tmp_path: Path) -> None:
    """The next tier is an upsell at any price; another product of the same tier is none."""
    tables = {
        "products": ("id INTEGER PRIMARY KEY, name VARCHAR(9), category VARCHAR(9), tier INTEGER, list_price INTEGER", [(1, "a", "x", 1, 10), (2, "b", "x", 1, 50), (3, "c", "x", 2, 50), (4, "d", "y", 1, 5)]),
        "customers": ("id INTEGER PRIMARY KEY, name VARCHAR(9)", [(1, "Ann"), (2, "Bob")]),
        "orders": ("id INTEGER PRIMARY KEY, customer_id INTEGER, order_date DATE", [(n, 1, date(2026, n, 3)) for n in (1, 2, 3)] + [(4, 2, date(2026, 1, 3))]),
        "order_lines": ("order_id INTEGER, product_id INTEGER, amount INTEGER, PRIMARY KEY (order_id, product_id)", [(1, 1, 10), (2, 2, 50), (3, 3, 50), (4, 4, 5)]),
    }  # fmt: skip
    made, shop = connected(Stranger(tables).build(f"sqlite:///{tmp_path / 'tiers.db'}"), tmp_path)
    with closing(shop.engine):
        assert [shop.value(f"upsell_rate 2026-0{month}") for month in (2, 3)] == [0, 1]
    assert "cross_sell_rate" in made.catalogue.metrics


def test_doubts_are_settled_by_the_answers(tmp_path: Path) -> None:
    """An unclear status is asked for; the choice decides which rows count."""
    rows = [
        (1, "2026-01-03", 10, "paid"),
        (2, "2026-01-04", 20, "mystery"),
        (3, "2026-01-05", 40, "cancelled"),
    ]
    url = one_table(tmp_path, "orders", "id INTEGER, order_date TEXT, amount NUMERIC, status TEXT", rows)
    asked = []

    def answer(doubt):  # type: ignore[no-untyped-def]
        asked.append((doubt.name, doubt.chosen))
        return ("paid",) if doubt.takes_many else doubt.chosen

    connect(url, tmp_path / "own", timeout=30, force=False, ask=answer)
    assert ("status.orders.status", ("paid", "mystery")) in asked
    shop = Shop(url, tmp_path / "own", NOW)
    with closing(shop.engine):
        assert shop.value("sales all time") == 10


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    """Only --force writes over them."""
    url = one_table(
        tmp_path, "orders", "id INTEGER, order_date TEXT, amount NUMERIC", [(1, "2026-01-03", 10)]
    )
    connect(url, tmp_path / "own", timeout=30, force=False, ask=None)
    file = tmp_path / "own" / "models" / "sales.yaml"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(SettingsError, match="already holds 1 model files"):
        connect(url, tmp_path / "own", timeout=30, force=False, ask=None)
    assert file.read_text(encoding="utf-8") == "mine"
    connect(url, tmp_path / "own", timeout=30, force=True, ask=None)
    assert "name: sales" in file.read_text(encoding="utf-8")


def test_a_database_of_something_else(tmp_path: Path) -> None:
    """Nothing is written, and the tables seen are named."""
    url = one_table(tmp_path, "penguins", "id INTEGER, weight NUMERIC", [(1, 2.5)])
    with pytest.raises(DataError, match="No table looks like") as caught:
        connect(url, tmp_path / "own", timeout=30, force=False, ask=None)
    assert "penguins" in str(caught.value)
    assert not (tmp_path / "own").exists()


def test_the_command_says_what_it_wrote_and_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal nothing is asked; the address is never shown."""
    url = pipeline().build(f"sqlite:///{tmp_path / 'deals.db'}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KPI_DATABASE_URL", url)
    result = CliRunner().invoke(app.app, ["init", "--into", "ours"])
    assert result.exit_code == 0, result.output
    assert "ours/models/sales.yaml: no table has orders, so won deals are the sales" in result.output
    answering = next(line for line in result.output.splitlines() if "metrics work now" in line)
    assert "win_rate" in answering
    assert "lead_quality" not in answering
    assert "  1. models/" in result.output
    assert "kpi-bot ask sales last month --as-of 2026-" in result.output
    assert "deals.db" not in result.output


def test_a_person_is_asked_on_a_terminal(tmp_path: Path) -> None:
    """A wrong answer is asked again; the right one decides what counts."""
    rows = [
        (1, "2026-01-03", 10, "paid"),
        (2, "2026-01-04", 20, "mystery"),
        (3, "2026-01-05", 40, "cancelled"),
    ]
    url = one_table(tmp_path, "orders", "id INTEGER, order_date TEXT, amount NUMERIC, status TEXT", rows)
    command = [sys.executable, "-m", "bot", "init", "--database-url", url, "--into", str(tmp_path / "own")]
    here, there = pty.openpty()
    with subprocess.Popen(command, stdin=there, stdout=there, stderr=there, close_fds=True) as process:
        os.close(there)
        os.write(here, b"9\n1\n2\n")
        shown = b""
        with suppress(OSError):  # the terminal is gone when the program ends
            while part := os.read(here, 4096):
                shown += part
    os.close(here)
    assert process.returncode == 0, shown.decode()
    assert "Type numbers from 1 to 3" in shown.decode()
    written = (tmp_path / "own" / "models" / "sales.yaml").read_text(encoding="utf-8")
    assert "currency: USD" in written
    counted = [line for line in written.splitlines() if line.startswith("where:")]
    assert len(counted) == 1
    assert counted[0].count("'") == 2


def test_reserved_words_as_columns(fresh: Fresh, tmp_path: Path) -> None:
    """Columns called order, user or group are quoted wherever SQL is written."""
    tables = {
        "products": ('id INTEGER PRIMARY KEY, name VARCHAR(9), "group" VARCHAR(9), category VARCHAR(9)', [(1, "pen", "x", "a"), (2, "ink", "x", "b")]),
        "customers": ("id INTEGER PRIMARY KEY, name VARCHAR(9)", [(1, "Ann"), (2, "Bob")]),
        "orders": ('"order" INTEGER PRIMARY KEY, customer_id INTEGER, "Date" DATE, "Order status" VARCHAR(9)', [(7, 1, date(2026, 1, 3), "paid"), (8, 2, date(2026, 2, 3), "it's test")]),
        "order_lines": ('"order" INTEGER, product_id INTEGER, "line total" NUMERIC(9, 2), PRIMARY KEY ("order", product_id)', [(7, 1, 5), (7, 2, 8), (8, 1, 100)]),
    }  # fmt: skip
    _, shop = connected(Stranger(tables).build(fresh()), tmp_path)
    with closing(shop.engine):
        assert shop.value("sales all time") == 13
        assert shop.value("attach_rate all time") == 1
        assert shop.groups("sales by category all time") == {"a": 5, "b": 8}


def test_a_web_shop_in_cents(fresh: Fresh, tmp_path: Path) -> None:
    """Buyers are users, amounts are cents, deleted orders don't count, moments have a time of day."""
    start = datetime(2026, 1, 1, 10, 30)
    orders = [
        (n, n % 40 + 1, n * 100, start + timedelta(days=n), start if n % 10 == 0 else None)
        for n in range(1, 81)
    ]
    tables = {
        "users": ("id INTEGER PRIMARY KEY, name VARCHAR(20), email VARCHAR(20)", [(n, f"U{n}", f"u{n}@x") for n in range(1, 51)]),
        "orders": ("id INTEGER PRIMARY KEY, user_id INTEGER, total_cents INTEGER, created_at TIMESTAMP, deleted_at TIMESTAMP", orders),
    }  # fmt: skip
    made, shop = connected(Stranger(tables).build(fresh()), tmp_path)
    counted = [row for row in orders if row[4] is None]
    with closing(shop.engine):
        assert shop.value("sales all time") == pytest.approx(sum(row[2] for row in counted) / 100)
        assert shop.value("new_customers all time") == len({row[1] for row in counted})
    assert any("If it is UTC" in doubt.text for doubt in made.doubts.values())


def test_a_lead_becomes_a_customer_by_its_deal(fresh: Fresh, tmp_path: Path) -> None:
    """Leads without a date of their own follow the won deals that name them."""
    tables = {
        "leads": ("id INTEGER PRIMARY KEY, created_at DATE, source VARCHAR(9)", [(n, date(2026, 1, n), "web" if n < 3 else "fair") for n in range(1, 11)]),
        "deals": (
            "id INTEGER PRIMARY KEY, lead_id INTEGER, stage VARCHAR(9), opened_at DATE, closed_at DATE, amount INTEGER",
            [(1, 1, "won", date(2026, 1, 5), date(2026, 2, 1), 10), (2, 2, "lost", date(2026, 1, 5), date(2026, 2, 1), 0), (3, 3, "won", date(2026, 1, 5), date(2026, 9, 1), 10)],
        ),
    }  # fmt: skip
    _, shop = connected(Stranger(tables).build(fresh()), tmp_path)
    with closing(shop.engine):
        assert shop.value("conversion 2026-01") == pytest.approx(0.1)
        assert shop.value("sales all time") == 20
        assert shop.groups("sales by source all time") == {"web": 10, "fair": 10}


def test_a_misspelt_code_is_asked_for_and_mended_everywhere(fresh: Fresh, tmp_path: Path) -> None:
    """One answer writes the one spelling into every model that reads the column; nothing is merged unasked."""
    stranger = pipeline()
    url = stranger.build(fresh())
    connect(url, tmp_path / "apart", timeout=30, force=False, ask=None)
    asked: list[str] = []

    def answer(doubt: Doubt) -> tuple[str, ...]:
        asked.append(doubt.text)
        return ("respell",) if "'GTXPro' is missing in products" in doubt.text else doubt.chosen

    made = connect(url, tmp_path / "own", timeout=30, force=False, ask=answer)
    assert not {doubt.text for doubt in made.doubts.values()} & set(asked)
    deals = Counter("GTX Pro" if row[2] == "GTXPro" else row[2] for row in stranger.rows("sales_pipeline"))
    shop, apart = Shop(url, tmp_path / "own", NOW), Shop(url, tmp_path / "apart", NOW)
    with closing(shop.engine), closing(apart.engine):
        for metric in ("leads", "opportunities"):
            found = shop.groups(f"{metric} by product all time")
            assert {name: count for name, count in found.items() if count} == deals
            assert {"GTX Pro", "GTXPro"} <= set(apart.groups(f"{metric} by product all time"))
        assert None not in shop.groups("sales by category all time")
    with closing(services_of(own_settings(tmp_path / "own"), url)) as services:
        found = check_problems(services, datetime.fromisoformat(NOW).replace(tzinfo=BRUSSELS))
    assert not [problem for problem in found if "GTXPro" in problem.message]


def test_deals_tell_how_long_they_took(fresh: Fresh, tmp_path: Path) -> None:
    """Opening and closing are both there, so the sales cycle answers."""
    stranger = pipeline()
    _, shop = connected(stranger.build(fresh()), tmp_path)
    days = [(row[6] - row[5]).days for row in stranger.rows("sales_pipeline") if row[4] == "Closed Won"]
    with closing(shop.engine):
        assert shop.value("sales_cycle all time") == pytest.approx(median(days))
        assert shop.value("sales_cycle_mean all time") == pytest.approx(mean(days))


def test_a_region_that_is_mostly_empty_is_not_taken(tmp_path: Path) -> None:
    """A column called region says less than a country that every customer has."""
    url = write_tables(
        tmp_path / "shop.sqlite",
        {
            "customers": (
                "id INTEGER PRIMARY KEY, name TEXT, region TEXT, country TEXT",
                [(n, f"Shop {n}", "Noord" if n == 1 else None, "BE" if n % 2 else "NL") for n in range(1, 9)],
            ),
            "orders": (
                "id INTEGER PRIMARY KEY, customer_id INTEGER, order_date TEXT, amount NUMERIC",
                [(n, n % 8 + 1, f"2026-01-{n:02}", 10) for n in range(1, 17)],
            ),
        },
    )
    _, shop = connected(url, tmp_path)
    with closing(shop.engine):
        assert shop.groups("sales by region all time") == {"BE": 80, "NL": 80}


def test_the_demo_company_as_a_stranger(tmp_path: Path) -> None:
    """Without asking anything 29 metrics answer, and those without a doubt as the shipped files do.

    Churn and the like rest on whether a credit counts as an order, which init asks.
    """
    url = f"sqlite:///{demo_database(date(2026, 11, 22))}"
    made, shop = connected(url, tmp_path)
    shipped = Shop(url, SHIPPED, NOW)
    assert set(shipped.catalogue.metrics) - set(made.catalogue.metrics) == {"acquisition_return"}
    for metric in ("sales", "new_customers", "profit", "profit_margin", "cac", "contract_churn"):
        found = shop.series(f"{metric} per month 2026-01..2026-06")
        assert found == pytest.approx(shipped.series(f"{metric} per month 2026-01..2026-06")), metric
    assert shop.engine.people() == shipped.engine.people() != {}
    assert shop.engine.addresses() == {}
    shop.engine.close()
    shipped.engine.close()


def test_reps_without_slack_ids_are_known_by_address(tmp_path: Path) -> None:
    """The column in which every value is an address, whatever it is called."""
    path = tmp_path / "company.sqlite"
    shutil.copyfile(demo_database(date(2026, 11, 22)), path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE reps DROP COLUMN slack_user")
        connection.execute("ALTER TABLE reps RENAME COLUMN email TO login")
    _, shop = connected(f"sqlite:///{path}", tmp_path)
    with closing(shop.engine):
        assert set(shop.engine.addresses().values()) == set(shop.engine.members()["rep"])
        assert shop.engine.people() == {}
