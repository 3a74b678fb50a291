"""Open the store, and bring its tables up to date.

Alembic is imported where it is used: it takes 0.3 s, and most commands of the command line don't need it.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from bot.store import migrations
from kpi_engine.domain.errors import KpiError

if TYPE_CHECKING:
    from alembic.config import Config

_BUSY_SECONDS = 10


class StoreError(KpiError):
    """The bot's own database can't be used."""


def open_store(url: str, *, connections: int = 5) -> Engine:
    """Return the store's engine; a missing SQLite file is created.

    Raises StoreError if the URL is wrong or its driver isn't installed.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return create_engine(parsed, pool_size=connections, max_overflow=0, pool_pre_ping=True)
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

    config = _config()
    try:
        with _alone(engine), engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (SQLAlchemyError, CommandError, OSError) as wrong:
        raise StoreError(
            "The store's tables can't be brought up to date.",
            hint="Set KPI_STORE_URL to a database in which the bot may create tables.",
        ) from wrong
    return head()


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
    except (SQLAlchemyError, OSError) as wrong:
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
    return FileLock(f"{database}.lock")


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    return engine
