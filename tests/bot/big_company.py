"""The demo company grown big: 200 reps, regions and customers with long and awkward names, and long metric titles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bot.playground.demo import demo_database
from bot.rights import Roles
from bot.runtime.settings import Settings
from bot.workspace.members import MemberIndex
from bot.workspace.opening import DATABASE
from bot.workspace.services import Services
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.definitions.loader import load
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.titles import Title
from kpi_engine.engine import Engine
from tests.bot.conftest import MONDAY
from tests.shop import BRUSSELS, SHIPPED

SIZE = 200
LONG = 60
AWKWARD = (
    "<!channel>",
    "<!here|everybody>",
    "<@U0DEMOANNA>",
    "*bold* _it_ ~gone~ `code`",
    "```",
    "a & b < c > d",
    'the "quoted" one',
    "“smart” ‘quotes’",
    "😀🏴‍☠️👩‍👩‍👧‍👦" * 4,
    "مرحبا بالعالم",
    "\u202eright to left",
    "two\nlines",
    "=cmd()",
    "{name} %(name)s",
    "-rep:anna, vs",
)


def names(kind: str, count: int = SIZE) -> Iterator[str]:
    """Yield different names of 60 characters, the awkward ones first."""
    for number in range(count):
        begin = AWKWARD[number] if number < len(AWKWARD) else "Wolfeschlegelsteinhausen-Vandenbroeck "
        yield f"{begin} {kind} {'van der Meulen ' * 4}"[: LONG - 5] + f" {number:04}"


def company(folder: Path, *, has_long_titles: bool = True) -> Services:
    """Return the services over a copy of the demo company's database in which nothing is small.

    Without `has_long_titles` the metrics are called as they are shipped.
    """
    path = folder / "big.sqlite"
    end = MONDAY.date().replace(day=MONDAY.day - 1)
    path.write_bytes(Path(demo_database(end)).read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        _grow(connection)
        connection.commit()
    settings = Settings.load(env_file=None)
    config = settings.config_dir(demo=True)
    assert config is not None
    shipped = load(config, SHIPPED)
    catalogue = _titled(shipped) if has_long_titles else shipped
    engine = Engine(
        catalogue,
        {DATABASE: SqlWarehouse(f"sqlite:///{path}", timeout=60)},
        zone=BRUSSELS,
        is_working_day=None,
    )
    roles = Roles(catalogue.access, default="admin", are_reps_told=False)
    return Services(engine, MemberIndex(engine), BRUSSELS, None, "en", "/kpi", demo=True, roles=roles)


def _grow(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
    for table in ("regions", "teams", "sources", "campaigns", "categories", "products", "techniques"):
        rows = [key for (key,) in connection.execute(f"SELECT id FROM {table}")]
        new = zip(names(table, len(rows)), rows, strict=True)
        connection.executemany(f"UPDATE {table} SET name = ? WHERE id = ?", list(new))
    regions = list(enumerate(names("region"), start=1))
    connection.executemany("INSERT OR REPLACE INTO regions (id, name) VALUES (?, ?)", regions)
    reps = [
        (key, name, f"{key}@example.com", f"U0BIG{key:05}", 1 + key % 5, key, "2020-01-01")
        for key, name in enumerate(names("rep"), start=1)
    ]
    connection.executemany(
        "INSERT OR REPLACE INTO reps (id, name, email, slack_user, team_id, region_id, hired_on)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        reps,
    )
    customers = [key for (key,) in connection.execute("SELECT id FROM customers ORDER BY id")]
    renamed = zip(names("customer", len(customers)), customers, strict=True)
    connection.executemany("UPDATE customers SET name = ? WHERE id = ?", list(renamed))
    for table in ("leads", "customers", "opportunities", "orders", "nps_answers"):
        connection.execute(f"UPDATE {table} SET rep_id = 1 + id % {SIZE}")
    for table in ("leads", "customers", "nps_answers"):
        connection.execute(f"UPDATE {table} SET region_id = 1 + id % {SIZE}")
    for column in ("rep_id", "region_id"):
        connection.execute(f"UPDATE quotas SET {column} = 1 + id % {SIZE} WHERE {column} IS NOT NULL")


def _titled(catalogue: Catalogue) -> Catalogue:
    return replace(catalogue, metrics={name: _long(metric) for name, metric in catalogue.metrics.items()})


def _long(metric: Metric) -> Metric:
    title = metric.title
    return replace(
        metric,
        title=Title(
            f"{title.en} of all our companies and brands together <Group>",
            f"{title.nl} van al onze bedrijven en merken samen <Groep>",
        ),
    )
