"""Open the store, and bring its tables up to date.

A file of SQLite, which holds what people asked and answered, is the owner's alone: 0600, in a folder that
is 0700 if it was made here; SQLite gives its -wal and -shm the same mode.

Alembic is imported where it is used: it takes 0.3 s, and most commands of the command line don't need it.
"""

from __future__ import annotations

import logging
import os
from contextlib import nullcontext, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from stat import S_IMODE
from typing import TYPE_CHECKING, Any

from filelock import FileLock
from sqlalchemy import URL, Engine, create_engine, delete, event, insert, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from bot.store import migrations
from bot.store.availability import Availability, pool_that_refuses, watch
from bot.store.errors import StoreAwayError, StoreError
from bot.store.tables import store_about

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

_BUSY_SECONDS = 2
"""How long a write waits for another one. An answer waits for one of them; the next ones go on without."""
_MIGRATING_SECONDS = 30
_CONNECT_SECONDS = 5
_OWNERS_ALONE, _OWNERS_FOLDER = 0o600, 0o700
_WRITTEN_BY = "written by"


def open_store(url: str, *, connections: int = 10) -> Engine:
    """Return the store's engine; a missing SQLite file is created.

    Raises StoreError if the URL is wrong or its driver isn't installed.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return _server(parsed, connections)
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as wrong:
        raise StoreError(
            "The store's database can't be opened.",
            hint="Correct KPI_STORE_URL, and install the extra for its driver, such as kpi-bot[postgresql].",
        ) from wrong


def exists(url: str) -> bool:
    """Whether there may be a store at a URL: False for a file that doesn't exist yet."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return True
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").is_file()


def migrate(engine: Engine) -> str:
    """Bring the tables up to date and return their revision. Raises StoreError."""
    from alembic import command
    from alembic.util.exc import CommandError

    require_known(engine)
    config = _config()
    try:
        with _alone(engine), engine.begin() as connection:
            if is_file(engine):
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {1000 * _MIGRATING_SECONDS}")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if is_file(engine):
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {1000 * _BUSY_SECONDS}")
    except (SQLAlchemyError, CommandError, OSError, StoreAwayError) as wrong:
        raise StoreError(
            "The store's tables can't be brought up to date.",
            hint="Set KPI_STORE_URL to a database in which the bot may create tables.",
        ) from wrong
    _sign(engine)
    return head()


def require_known(engine: Engine) -> None:
    """Raise StoreError if a newer version of the bot has changed the tables."""
    from alembic.script import ScriptDirectory

    there = revision(engine)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if there is None or there in known:
        return
    writer = _writer(engine)
    raise StoreError(
        f"The store was written by a newer version of kpi-bot{f', {writer}' if writer else ''}: its tables "
        f"are at revision {there}, and this version ({_own_version()}) knows them up to {head()}.",
        hint=f"Install kpi-bot {writer or 'in the version that last used this store'} or newer. To stay on "
        "this one, set KPI_STORE_URL to a backup of the store from before the upgrade.",
    )


def head() -> str:
    """Return the newest revision that this version of the bot knows."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision(engine: Engine) -> str | None:
    """Return the revision of the store's tables, None where there are none. Raises StoreError."""
    from alembic.runtime.migration import MigrationContext

    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except (SQLAlchemyError, OSError, StoreAwayError) as wrong:
        raise StoreError(
            "The store isn't responding.", hint="Start its database, or correct KPI_STORE_URL."
        ) from wrong


def is_file(engine: Engine) -> bool:
    """Whether the store is a file on this machine, which the bot migrates by itself."""
    return engine.dialect.name == "sqlite"


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def _alone(engine: Engine) -> FileLock | nullcontext[None]:
    """Let only one process migrate a file at a time; a database server has locks of its own for that."""
    database = engine.url.database
    if not is_file(engine) or not database or database == ":memory:":
        return nullcontext()
    return FileLock(f"{database}.lock", timeout=_MIGRATING_SECONDS, mode=_OWNERS_ALONE)


def _sign(engine: Engine) -> None:
    """Note which version of the bot has written the tables, where it isn't noted yet; no failure matters."""
    own = _own_version()
    with suppress(SQLAlchemyError, StoreAwayError):
        if _writer(engine) == own:
            return
        with engine.begin() as connection:
            connection.execute(delete(store_about).where(store_about.c.name == _WRITTEN_BY))
            connection.execute(insert(store_about).values(workspace="", name=_WRITTEN_BY, value=own))


def _writer(engine: Engine) -> str:
    """Return the version of the bot that last changed the tables, "" if it isn't known."""
    wanted = select(store_about.c.value).where(store_about.c.name == _WRITTEN_BY)
    with suppress(SQLAlchemyError, StoreAwayError), engine.connect() as connection:
        return str(connection.execute(wanted).scalar() or "")
    return ""


def _own_version() -> str:
    try:
        return version("kpi-bot")
    except PackageNotFoundError:
        return "unknown"


def _server(url: URL, connections: int) -> Engine:
    known = Availability()
    driver = url.get_driver_name()
    engine = create_engine(
        url,
        poolclass=pool_that_refuses(known),
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=_CONNECT_SECONDS,
        hide_parameters=True,
        connect_args={"connect_timeout": _CONNECT_SECONDS} if driver in _LIMIT_CONNECTING else {},
    )
    watch(engine, known)
    return engine


_LIMIT_CONNECTING = ("psycopg", "psycopg2", "pymysql", "mysqldb")
"""Drivers that take `connect_timeout`."""


def _sqlite(url: URL) -> Engine:
    arguments: dict[str, Any] = {
        "hide_parameters": True,
        "connect_args": {"timeout": _BUSY_SECONDS, "check_same_thread": False},
    }
    is_path = url.database and url.database != ":memory:" and not url.database.startswith("file:")
    file = Path(url.database) if url.database and is_path else None
    known = Availability(file)
    if file is not None:
        _make_folder(file.parent)
        arguments |= {"poolclass": pool_that_refuses(known), "pool_timeout": _CONNECT_SECONDS}
    engine = create_engine(url, **arguments)

    @event.listens_for(engine, "do_connect")
    def protect(*_: object) -> None:
        if file is not None:
            _make_private(file)

    @event.listens_for(engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        cursor.close()

    watch(engine, known)
    return engine


def _make_folder(folder: Path) -> None:
    """Make the folder of a store, for its owner alone; one that is there is the operator's business."""
    if not folder.exists():
        folder.mkdir(mode=_OWNERS_FOLDER, parents=True, exist_ok=True)


def _make_private(file: Path) -> None:
    """Make a store's file readable for its owner alone, before SQLite writes anything into it."""
    with suppress(FileExistsError, OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNERS_ALONE))
        return
    for part in (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm", ".lock"))):
        try:
            mode = S_IMODE(part.stat().st_mode)
            if mode & 0o077:
                part.chmod(mode & ~0o077)
        except FileNotFoundError:
            continue
        except OSError:
            log.warning("%s can be read by other users of this machine: chmod 600 it", part.name)
