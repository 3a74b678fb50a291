"""Open what answers: the services over the customer's database, and the bot's own store."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.render.summary.layout import template_problems
from bot.rights import Roles
from bot.runtime.settings import Settings, SettingsError, shipped_config
from bot.store import database
from bot.store.errors import StoreError
from bot.store.missing_days import MissingDayBook
from bot.store.posted import PostedFigures
from bot.store.proofs import StoredProofs
from bot.store.target_files import TargetFiles
from bot.store.targets import TargetBook
from bot.store.team_totals import TeamTotalBook
from bot.workspace.members import MemberIndex
from bot.workspace.services import Services
from bot.workspace.targets import SetTargets
from kpi_engine import Engine, SqlWarehouse, load
from kpi_engine.domain.errors import DataError, DefinitionError, WarehouseError, WarehouseTimeoutError
from kpi_engine.domain.models import WORKSPACE

DATABASE, STORE = "sales", "store"
"""The names that model files give to the customer's database and to the bot's own."""

_BEHIND_ANSWERS = 6
"""Connections besides those for answers: four for what is posted, one for names and one for drivers."""


def customer_url(settings: Settings) -> str:
    """Return the address of the customer's database. Raises SettingsError where there is none."""
    if settings.kpi_database_url is None:
        raise SettingsError(
            "KPI_DATABASE_URL isn't set, so there is nothing to read.",
            hint="Set it in the environment or in .env, or use --demo for the demo company.",
        )
    return with_password(settings.kpi_database_url.get_secret_value(), settings.kpi_database_password)


def with_password(url: str, password: SecretStr | None) -> str:
    """Return an address with a password, where it names a user and has none yet."""
    if password is None or not lacks_password(url):
        return url
    parsed = make_url(url).set(password=password.get_secret_value())
    return parsed.render_as_string(hide_password=False)


def lacks_password(url: str) -> bool:
    """Whether an address names a user and no password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return False
    return bool(parsed.username) and not parsed.password


def services_of(settings: Settings, url: str, *, demo: bool = False) -> Services:
    """Return the services over the database at `url`; with `demo` every message says that it is made up.

    Raises KpiError where the configuration or the address is wrong; connects to nothing.
    """
    catalogue = load(_existing(settings.config_dir(demo=demo)), shipped_config(), settings.fiscal_year)
    if problems := template_problems(catalogue):
        raise DefinitionError(problems)
    connections = settings.kpi_pool_size + _BEHIND_ANSWERS
    warehouse = SqlWarehouse(url, timeout=settings.kpi_query_timeout, connections=connections)
    calendar = settings.calendar
    engine = Engine(catalogue, {DATABASE: warehouse}, zone=settings.zone, is_working_day=calendar)
    return Services(
        engine=engine,
        index=MemberIndex(engine),
        zone=settings.zone,
        calendar=calendar,
        language=settings.kpi_language,
        command=settings.kpi_command,
        demo=demo,
        support=settings.kpi_support,
        patience=settings.patience,
        admin_channel=settings.kpi_admin_channel,
        roles=Roles(
            catalogue.access,
            default="admin" if demo else settings.kpi_default_role,
            are_reps_told=not demo,
        ),
    )


class _OwnWarehouse(SqlWarehouse):
    """The store as one of the engine's databases; whoever needs it is told what can't be read."""

    def read(self, statement: Any) -> Any:
        """Return the rows of a statement. Raises DataError where the store doesn't answer."""
        try:
            return super().read(statement)
        except WarehouseTimeoutError:
            raise
        except WarehouseError as wrong:
            raise DataError(
                "The survey answers that I keep can't be read right now.", hint="Try again in a minute."
            ) from wrong


def with_store(services: Services, settings: Settings, store: StoreEngine, workspace: str) -> Services:
    """Return the services with the bot's own rows of one workspace counted beside the customer's."""
    url = store.url.render_as_string(hide_password=False)
    warehouse = _OwnWarehouse(url, timeout=settings.kpi_query_timeout, bound={WORKSPACE: workspace})
    book = TargetBook(store, workspace)
    engine = services.engine.beside(STORE, warehouse).with_targets(partial(SetTargets, book))
    engine = engine.with_proofs(StoredProofs(store, workspace))
    return replace(
        services,
        engine=engine,
        index=MemberIndex(engine),
        targets=book,
        target_files=TargetFiles(store, workspace),
        holes=MissingDayBook(store, workspace),
        posted=PostedFigures(store, workspace),
        totals=TeamTotalBook(store, workspace),
    )


def store_of(settings: Settings) -> StoreEngine:
    """Return the store with its tables up to date. Raises StoreError.

    A file is brought up to date here; a server's tables only by `kpi-bot migrate`.
    """
    engine = database.open_store(settings.kpi_store_url.get_secret_value())
    if database.is_file(engine):
        database.migrate(engine)
    elif database.revision(engine) != database.head():
        database.require_known(engine)
        raise StoreError("The store's tables aren't up to date.", hint="Run kpi-bot migrate first.")
    return engine


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise SettingsError(
            f"The config directory {folder} doesn't exist.",
            hint="Set KPI_CONFIG_DIR to the folder that holds models/.",
        )
    return folder
