"""Values that can't be read count as not known: every answer is that of the same rows with NULL in their place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine, text

from kpi_engine.domain.answer import Answer
from tests.conftest import own_database, own_mysql_database
from tests.shop import Shop, write_config

MODELS = {
    "reps": "name: reps\ntable: reps\nkey: id\n"
    "members: {rep: {label: name, active_from: hired, active_until: left_on}}\n",
    "leads": """
name: leads
table: leads
key: id
time: created
joins: {who: {model: reps, on: {rep: id}}}
columns: {converted_at: converted_at}
dimensions: {rep: rep}
measures: {created: {agg: count}}
""",
    "opportunities": """
name: opportunities
table: leads
key: id
time: created
dimensions: {rep: rep}
measures:
  created: {agg: count}
  won: {agg: count, time: converted_at, where: "source = 'web'"}
  closed: {agg: count, time: converted_at}
  days_to_won: {agg: median, of: converted_at, since: created, time: converted_at}
""",
    "sales": """
name: sales
table: orders
key: id
time: ordered
dimensions: {rep: rep, customer: customer}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count_distinct, of: id}
  paid: {agg: sum, of: amount, where: "status = 'paid'"}
  middle: {agg: median, of: amount}
  mean: {agg: avg, of: amount}
  most: {agg: max, of: amount}
  new_customers: {agg: count_distinct, of: customer, first: {per: customer, event: id}}
""",
    "activity": """
name: activity
table: orders
key: id
time: ordered
dimensions: {rep: rep, customer: customer}
measures:
  customers: {agg: count_distinct, of: customer}
  new_customers: {agg: count_distinct, of: customer, first: {per: customer, event: id}}
""",
    "contracts": """
name: contracts
table: contracts
key: id
time: started
dimensions: {customer: customer}
measures: {customers: {agg: count_distinct, of: customer, until: ends}}
""",
    "targets": "name: targets\ntable: targets\nkey: id\ntime: month\ndimensions: {rep: rep}\n"
    "targets: {metric: metric, value: value}\n",
}
METRICS = {
    name: f"name: {name}\nkind: simple\ntitle: {{en: {name}}}\ndescription: {{en: {name}}}\nunit: money\nbetter: up\n"
    f"measure: {{model: sales, measure: {name}}}\n"
    for name in ("paid", "middle", "mean", "most")
}
LINES = (
    "sales",
    "sales last month",
    "sales per month last 6 months",
    "sales by rep last quarter",
    "sales by customer last year top 5",
    "sales mila last month",
    "paid by rep last month",
    "paid per month last 6 months",
    "middle last quarter by rep",
    "mean per month last 6 months",
    "most last year",
    "orders per month last 6 months",
    "average_order_value last quarter",
    "leads per week last 8 weeks",
    "leads by rep last quarter",
    "conversion last year",
    "conversion per quarter last 4 quarters",
    "churn last quarter",
    "new_customers per month last 6 months",
    "contract_churn last month",
    "contract_churn per month last 6 months",
    "sales last month vs target by rep",
    "win_rate last quarter",
    "sales_cycle per quarter last 4 quarters",
)
WHY = ("sales last month", "paid last month", "leads last month")
NOW = "2026-11-24T09:00"

SCHEMA = {
    "reps": ("id", "name", "hired:day", "left_on:day"),
    "leads": ("id", "created:moment", "converted_at:moment", "rep:key", "source"),
    "orders": ("id", "ordered:moment", "rep:key", "customer", "status", "amount:amount"),
    "contracts": ("id", "customer", "started:day", "ends:day"),
    "targets": ("id", "metric", "month:day", "rep:key", "value:amount"),
}
TEXT_DATES = (
    "",
    "0000-00-00",
    "2026-02-30",
    "2026-09-31",
    "20226-10-03",
    "soon",
    "2026-10-15 24:00:00",
    "46296",
)
WORDS = ("", "n/a", "NaN", "-", "unknown")
"""Texts without a digit; a metric with others, such as 1,000,000, is refused."""


@dataclass(frozen=True)
class Kind:
    """How a database keeps the rows: the type of each sort of column, and what can't be read in it."""

    types: Mapping[str, str]
    bad: Mapping[str, Sequence[str]]

    def type_of(self, sort: str) -> str:
        """Return the type of a sort of column."""
        return "integer" if sort == "key" else self.types.get(sort, "varchar(40)")


TEXT = Kind(
    {"day": "varchar(40)", "moment": "varchar(40)", "amount": "varchar(40)"},
    {"day": TEXT_DATES, "moment": TEXT_DATES, "amount": WORDS},
)
KINDS = {
    ("sqlite", "text"): Kind(
        {"day": "text", "moment": "text", "amount": "numeric"}, TEXT.bad | {"amount": (*WORDS, "9e999")}
    ),
    ("duckdb", "text"): TEXT,
    ("postgresql", "text"): TEXT,
    ("mysql", "text"): TEXT,
    ("duckdb", "typed"): Kind(
        {"day": "date", "moment": "timestamp", "amount": "double"},
        {
            "day": ("infinity", "-infinity", "12000-01-01"),
            "moment": ("infinity", "-infinity", "12000-01-01 00:00:00"),
            "amount": ("NaN", "Infinity", "-Infinity"),
        },
    ),
    ("postgresql", "typed"): Kind(
        {"day": "date", "moment": "timestamptz", "amount": "numeric"},
        {
            "day": ("infinity", "-infinity", "12000-01-01", "0044-03-15 BC"),
            "moment": ("infinity", "-infinity", "12000-01-01 00:00:00+00", "0044-03-15 12:00:00+00 BC"),
            "amount": ("NaN", "Infinity", "-Infinity"),
        },
    ),
    ("mysql", "typed"): Kind(
        {"day": "date", "moment": "datetime", "amount": "double"},
        {
            "day": ("0000-00-00", "2026-02-00", "2026-00-00", "2026-02-31"),
            "moment": ("0000-00-00 00:00:00", "2026-09-00 10:00:00"),
            "amount": (),
        },
    ),
}
PARAMETERS = [
    pytest.param(
        key,
        id="-".join(key),
        marks=[getattr(pytest.mark, key[0])] if key[0] in ("postgresql", "mysql") else [],
    )
    for key in KINDS
]


def good(random: Random) -> dict[str, list[list[str | None]]]:
    """Two years of rows, as texts."""

    def day(back: int) -> date:
        return date(2026, 11, 23) - timedelta(days=random.randrange(back))

    def moment(of: date) -> str:
        return f"{of} {random.randrange(24):02}:{random.randrange(60):02}:00"

    leads = []
    for number in range(1, 241):
        created = day(700)
        won = created + timedelta(days=random.randrange(120))
        is_won = random.random() < 0.5 and won < date(2026, 11, 23)
        leads.append(
            [str(number), moment(created), moment(won) if is_won else None, str(number % 3 + 1), "web"]
        )
    orders = [
        [
            str(number),
            moment(day(700)),
            str(random.randrange(1, 4)),
            f"c{random.randrange(40)}",
            random.choice(("paid", "open")),
            f"{random.randrange(100, 9000) / 10}",
        ]
        for number in range(1, 401)
    ]
    contracts = []
    for number in range(1, 61):
        started = day(700)
        ends = str(started + timedelta(days=random.randrange(30, 500))) if random.random() < 0.6 else None
        contracts.append([str(number), f"c{number}", str(started), ends])
    targets = [
        [str(3 * month + rep), "sales", f"2026-{month:02}-01", str(rep), "1000"]
        for month in range(1, 13)
        for rep in range(1, 4)
    ]
    reps = [
        ["1", "Mila", "2020-01-01", None],
        ["2", "Omar", "2020-01-01", None],
        ["3", "Zoe", "2020-01-01", None],
    ]
    reps += [["4", "Piet", "2020-01-01", "2026-01-31"], ["5", "Ann", "2020-01-01", None]]
    return {"reps": reps, "leads": leads, "orders": orders, "contracts": contracts, "targets": targets}


def spoilt(
    rows: Mapping[str, list[list[str | None]]], kind: Kind, random: Random, *, as_null: bool
) -> dict[str, list[list[str | None]]]:
    """Add copies of some rows in which one value can't be read, or is NULL."""
    made = {name: [list(row) for row in held] for name, held in rows.items()}
    for name, columns in SCHEMA.items():
        for place, column in enumerate(columns):
            sort = column.partition(":")[2]
            for value in kind.bad.get(sort, ()):
                row = list(random.choice(rows[name]))
                row[0] = str(1_000 + len(made[name]))
                if name == "reps":
                    row[1] = f"Rep {row[0]}"
                row[place] = None if as_null else value
                made[name].append(row)
    return made


def fill(url: str, kind: Kind, rows: Mapping[str, list[list[str | None]]]) -> str:
    """Make the tables in an empty database and return its address."""
    engine = create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "mysql":
            connection.execute(text("set session sql_mode = 'ALLOW_INVALID_DATES'"))
        for name, columns in SCHEMA.items():
            named = [column.partition(":") for column in columns]
            types = [kind.type_of(sort) for _, _, sort in named]
            types[0] = "integer primary key"
            held = ", ".join(f"{column} {of}" for (column, _, _), of in zip(named, types, strict=True))
            connection.execute(text(f"create table {name} ({held})"))
            cast = ":{0}" if engine.dialect.name in ("sqlite", "mysql") else "cast(:{0} as {1})"
            marks = ", ".join(
                cast.format(f"v{i}", of.removesuffix(" primary key")) for i, of in enumerate(types)
            )
            connection.execute(
                text(f"insert into {name} values ({marks})"),
                [{f"v{i}": value for i, value in enumerate(row)} for row in rows[name]],
            )
    engine.dispose()
    return url


def address(request: pytest.FixtureRequest, database: str, name: str, folder: Path) -> str:
    """Return the address of a new, empty database."""
    if database == "postgresql":
        return own_database(request.getfixturevalue("postgresql_server"), name)
    if database == "mysql":
        return own_mysql_database(request.getfixturevalue("mysql_server"), name)
    return f"{database}:///{folder / name}.{database}"


@pytest.fixture(scope="module", params=PARAMETERS)
def shops(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Shop, Shop]]:
    """The shop with values that can't be read, and the one with NULL in their place."""
    database, of = request.param
    if database == "duckdb":
        pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
    folder = tmp_path_factory.mktemp("unreadable")
    config = write_config(folder / "config", MODELS, METRICS)
    kind, rows = KINDS[database, of], good(Random("rows"))
    made = []
    for name in ("spoilt", "empty"):
        url = address(request, database, f"{name}_{of}", folder)
        fill(url, kind, spoilt(rows, kind, Random("spoilt"), as_null=name == "empty"))
        made.append(Shop(url, config, NOW))
    with closing(made[0].engine), closing(made[1].engine):
        yield made[0], made[1]


def shown(answer: Answer) -> list[object]:
    """Return the numbers of an answer."""
    found: list[object] = [answer.figure.value, answer.figure.numerator, answer.figure.denominator]
    found += [(str(entry.window.start), entry.figure.value) for entry in answer.comparisons]
    found += [(group.labels, group.figure.value, _target(group.target)) for group in answer.groups]
    found += [(str(point.window.start), point.figure.value) for point in answer.series]
    found.append(_target(answer.target))
    return [_rounded(entry) for entry in found]


def _target(target: object) -> object:
    return getattr(target, "value", None)


def _rounded(value: object) -> object:
    if isinstance(value, float):
        assert math.isfinite(value)
        return round(value, 6)
    return tuple(map(_rounded, value)) if isinstance(value, tuple) else value


def test_answers_are_those_of_rows_with_null_instead(shops: tuple[Shop, Shop]) -> None:
    spoilt_shop, empty_shop = shops
    for _ in range(2):  # the second time it is known that not every value can be read
        for line in LINES:
            assert shown(spoilt_shop.ask(line)) == shown(empty_shop.ask(line)), line


def test_every_change_is_explained(shops: tuple[Shop, Shop]) -> None:
    spoilt_shop, empty_shop = shops
    for line in WHY:
        assert shown(spoilt_shop.why(line).answer) == shown(empty_shop.why(line).answer), line


def test_answers_say_how_many_rows_that_concerns(shops: tuple[Shop, Shop]) -> None:
    """Not of NULL, and not of an empty text, which are values that nobody entered."""
    spoilt_shop, empty_shop = shops
    told = {note.code: note.values for note in spoilt_shop.ask("sales last month").notes}
    assert told["unreadable_dates"]["model"] == "sales"
    assert not {"unreadable_dates", "unreadable_amounts"} & {
        note.code for note in empty_shop.ask("sales last month").notes
    }


def test_check_names_each_column_and_goes_on(shops: tuple[Shop, Shop]) -> None:
    spoilt_shop, _ = shops
    engine = spoilt_shop.engine
    told = [str(problem) for problem in (*engine.problems(), *engine.row_problems(spoilt_shop.now))]
    for column in ("ordered", "created", "started", "month"):
        assert any(f": {column} " in line and "can't be read" in line for line in told), (column, told)
    assert not any("the check of" in line for line in told), told
