"""`kpi-bot check` says what the bot's user may do beyond reading, with what to type; typed, it is content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, TableClause, create_engine, make_url, text

from bot.operations.check import check_problems
from bot.runtime.settings import Settings
from bot.workspace.opening import services_of
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.errors import WarehouseError
from kpi_engine.onboarding.grants import Excess, excess
from tests.shop import BRUSSELS, write_config

ORDERS = TableClause("orders")
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)
GRANTED = {
    "postgresql": ["GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk", "GRANT INSERT, DELETE ON orders, costs TO clerk", "GRANT CREATE ON SCHEMA public TO clerk"],
    "mysql": [
        "CREATE ROLE writer", "GRANT DELETE ON shop.costs TO writer", "GRANT writer TO clerk@localhost", "SET DEFAULT ROLE writer FOR clerk@localhost",
        "GRANT SELECT, INSERT, DELETE ON shop.* TO clerk@localhost", "GRANT UPDATE (amount, status), SELECT (id) ON shop.orders TO clerk@localhost",
    ],
}  # fmt: skip
DROPPED = {
    "postgresql": ["DROP OWNED BY {0}", "DROP USER {0}"],
    "mysql": ["DROP USER {0}", "DROP ROLE IF EXISTS writer"],
}


@pytest.fixture(
    params=[
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ]
)
def admin(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The administrator of a real server that holds the rows of these tests."""
    engine = create_engine(str(request.getfixturevalue(f"{request.param}_url")), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


def _run(admin: Engine, statements: str) -> None:
    with admin.connect() as connection:
        for statement in filter(None, (part.strip() for part in statements.split(";"))):
            connection.execute(text(statement))


@pytest.fixture
def clerk(admin: Engine) -> Iterator[str]:
    """The address for a user that may read everything and write a part."""
    name = "clerk" if admin.dialect.name == "postgresql" else "clerk@localhost"
    _run(admin, ";".join([f"CREATE USER {name}", *GRANTED[admin.dialect.name]]))
    yield admin.url.set(username="clerk").render_as_string(hide_password=False)
    _run(admin, ";".join(DROPPED[admin.dialect.name]).format(name))


def _found(url: str) -> list[Excess]:
    with closing(SqlWarehouse(url)) as warehouse:
        return list(excess(warehouse, ORDERS))


def test_what_is_granted_too_much_is_named_and_can_be_revoked(admin: Engine, clerk: str) -> None:
    """The fix is typed as it stands, and then nothing is left to say."""
    found = _found(clerk)
    assert not any(entry.is_open for entry in found)
    said = " ".join(entry.message for entry in found)
    assert "clerk" in said
    assert "orders" in said
    assert "may write to" in said
    for entry in found:
        assert entry.fix.startswith("Run: REVOKE")
        _run(admin, entry.fix.removeprefix("Run: "))
    assert _found(clerk) == []
    with closing(SqlWarehouse(clerk)) as warehouse:
        assert {"orders", "leads"} <= {entry.name for entry in warehouse.picture().tables}


def test_an_administrator_is_told_to_make_a_user_that_reads(admin: Engine) -> None:
    """Typed as it stands, the new user reads every table and has nothing more."""
    (found,) = _found(admin.url.render_as_string(hide_password=False))
    assert not found.is_open
    assert "may change everything" in found.message
    statements = found.fix.split(": ", 1)[1].replace("'...'", "'secret word'")
    _run(admin, statements.replace("'%'", "'localhost'"))  # a socket is no network
    try:
        url = admin.url.set(username="kpi_reader", password="secret word")
        assert _found(url.render_as_string(hide_password=False)) == []
    finally:
        name = "kpi_reader" if admin.dialect.name == "postgresql" else "kpi_reader@localhost"
        _run(admin, ";".join(DROPPED[admin.dialect.name]).format(name))


def test_a_session_that_lets_writes_through_is_a_mistake(admin: Engine, tmp_path: Path) -> None:
    """If a proxy reopens the sessions, check ends with an error."""
    url = admin.url.render_as_string(hide_password=False)
    with closing(SqlWarehouse(url)) as warehouse:
        assert not warehouse.lets_write(ORDERS)
        opened = SqlWarehouse(url)
        opened._engine.dispose()
        opened._engine = create_engine(url)
        with closing(opened):
            (first, *_) = excess(opened, ORDERS)
    assert first.is_open
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from orders")).scalar_one() == 1500


def test_check_warns_of_a_user_that_may_write(clerk: str, tmp_path: Path) -> None:
    """The setting is named, and the exit status stays that of a warning."""
    model = "name: leads\ntable: leads\nkey: id\ntime: created_at\nmeasures: {created: {agg: count}}\n"
    config = write_config(tmp_path, {"leads": model})
    settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})
    with closing(services_of(settings, clerk)) as services:
        found = check_problems(services, NOW)
    warned = [problem for problem in found if problem.file == "KPI_DATABASE_URL"]
    assert warned
    assert all(problem.is_warning for problem in warned)
    assert make_url(clerk).username in warned[0].message


@pytest.mark.parametrize("name", ["sqlite_url", "duckdb_url"])
def test_a_file_is_opened_for_reading(name: str, request: pytest.FixtureRequest) -> None:
    """There are no grants to read; the session refuses the write that is tried."""
    assert _found(str(request.getfixturevalue(name))) == []


def test_a_database_that_is_down_is_said() -> None:
    """Nobody listens there, so nothing is known."""
    with (
        closing(SqlWarehouse("postgresql+psycopg://nobody@127.0.0.1:9/none")) as warehouse,
        pytest.raises(WarehouseError),
    ):
        list(excess(warehouse, ORDERS))
