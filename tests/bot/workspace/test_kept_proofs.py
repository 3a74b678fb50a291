"""Mistakes in the rows: a summary leaves out what they make wrong, and admins are told of each once."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import select

from bot.deliveries.mistake_notices import MistakeNotices
from bot.render.message import Message
from bot.render.summary import details_message, summary_message
from bot.rights import EVERYTHING, Roles
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.deliveries import MISTAKE, Deliveries
from bot.store.proofs import MistakeBook
from bot.store.tables import proofs
from bot.workspace.kept_proofs import KeptProofs
from bot.workspace.opening import services_of, with_store
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine.domain.access import AccessList
from kpi_engine.domain.errors import UnsoundError
from tests.bot.deliveries.by_hand import ByHand
from tests.bot.in_slack import in_slack
from tests.shop import BRUSSELS, write_config, write_tables

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=BRUSSELS)
BOSS, OTHER = "U0BOSS", "U0OTHER"
SOLD = [
    (1, "Ann", "2026-02-03", 100, "EUR"),
    (2, "Ann", "2026-02-10", 50, "USD"),
    (3, "Bob", "2026-02-05", 70, "EUR"),
]
SALES = """
name: sales
table: sold
key: id
time: day
dimensions: {rep: seller}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count}
"""
MISTAKE_TOLD = "measures.value adds up 2 currencies (rows by currency: EUR 2, USD 1)."


@pytest.fixture
def url(tmp_path: Path) -> str:
    columns = "id INTEGER PRIMARY KEY, seller TEXT, day TEXT, amount NUMERIC, currency TEXT"
    return write_tables(tmp_path / "own.sqlite", {"sold": (columns, SOLD)})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreEngine]:
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def opened(url: str, store: StoreEngine, tmp_path: Path) -> Iterator[Callable[[], Services]]:
    """Open the services as a process of its own does."""
    config = write_config(tmp_path / "config", {"sales": SALES})
    settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})
    made: list[Services] = []

    def one() -> Services:
        services = with_store(services_of(settings, url), settings, store, "T0")
        roles = Roles(AccessList(admins=frozenset({BOSS})))
        made.append(replace(services, roles=roles))
        return made[-1]

    yield one
    for services in made:
        services.close()


def _mend(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE sold SET currency = 'EUR'")
        connection.commit()


@dataclass
class Posted:
    """Takes posts, each with whom it is for."""

    posts: list[tuple[str, str]] = field(default_factory=list)

    def post(self, channel: str, message: Message) -> str:
        self.posts.append((channel, in_slack(message).text))
        return f"{len(self.posts)}.0"


def test_a_summary_leaves_out_what_would_be_wrong(opened: Callable[[], Services]) -> None:
    """The rest is posted, and the post says why the line isn't there."""
    services = opened()
    spec = spec_named(services.catalogue, "monthly")
    summary = summary_of(services.engine, spec, services.members(NOW), NOW, EVERYTHING)
    assert {answer.metric for section in summary.sections for answer in section.answers} >= {"orders"}
    assert "sales" in summary.left_out
    assert "sales" not in {answer.metric for section in summary.sections for answer in section.answers}
    english, dutch = (services.sentences(language) for language in ("en", "nl"))
    reason = "Sales can't be added up: its amounts are in several currencies (EUR, USD)."
    assert f"left out. {reason}" in in_slack(summary_message(summary, english)).text
    assert f"left out. {reason}" in in_slack(details_message(summary, english)).text
    assert "zijn in verschillende munten (EUR, USD)" in in_slack(summary_message(summary, dutch)).text


def test_what_another_process_proved_is_not_proved_again(
    opened: Callable[[], Services], store: StoreEngine, url: str
) -> None:
    """Until the rows' definition changes, or the next day but one."""
    first, second = opened(), opened()
    with pytest.raises(UnsoundError):
        first.engine.ask("sales 2026-02", NOW)
    with store.connect() as connection:
        kept = connection.execute(select(proofs.c.holds, proofs.c.day)).all()
    assert sorted(row[0] for row in kept) == [False, True]  # one currency, and plain numbers
    with second.engine.recorded() as log, pytest.raises(UnsoundError):
        second.engine.ask("sales 2026-02", NOW)
    asked = [sent for sent in log.sent if sent.purpose.what == "whether rows can be counted"]
    assert len(asked) == 1  # whether it is so of February
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("ALTER TABLE sold ADD COLUMN note TEXT")
    third = opened()
    with third.engine.recorded() as log, pytest.raises(UnsoundError):
        third.engine.ask("sales 2026-02", NOW)
    assert len([sent for sent in log.sent if sent.purpose.what == "whether rows can be counted"]) > 1


def test_a_mistake_is_told_once_and_so_is_its_end(
    opened: Callable[[], Services], store: StoreEngine, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """To admins, with the mend; and in the log."""
    caplog.set_level(logging.INFO, "bot.workspace.kept_proofs")
    services, slack, clock = opened(), Posted(), [NOW]
    deliveries, book = Deliveries(store, "T0"), MistakeBook(store, "T0")
    kept = KeptProofs(services.engine, book, start=lambda work: work())
    notices = MistakeNotices(services, deliveries, book, kept, lambda _: "en")
    deliverer = ByHand(deliveries, {MISTAKE: notices}, slack, lambda: clock[0], owner="here")
    for _ in range(3):
        deliverer.tick()
        clock[0] += timedelta(hours=1)
    ((to, text),) = slack.posts
    assert to == BOSS
    assert MISTAKE_TOLD in text
    assert "Map a converted amount under columns" in text
    assert len([line for line in caplog.messages if MISTAKE_TOLD in line]) == 1
    _mend(url)
    for _ in range(3):
        deliverer.tick()
        clock[0] += timedelta(hours=1)
    assert len(slack.posts) == 2
    assert "is mended" in slack.posts[1][1]
    assert services.engine.ask("sales 2026-02", clock[0])[0].figure.value == 220


def test_everything_is_proved_at_the_start_every_night_and_when_a_table_changes(
    opened: Callable[[], Services], store: StoreEngine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In between only what is known to be wrong is looked at; never twice at the same time."""
    services, started, runs = opened(), [], []
    prove = services.engine.prover.prove_all
    monkeypatch.setattr(services.engine.prover, "prove_all", lambda now: (runs.append(now), prove(now))[1])
    kept = KeptProofs(services.engine, MistakeBook(store, "T0"), start=started.append)

    def due(now: datetime) -> bool:
        kept.refresh(now)
        kept.refresh(now)
        return bool(started)

    def proved() -> bool:
        runs.clear()
        started.pop()()
        assert started == []
        return bool(runs)

    assert due(NOW)
    assert proved()
    assert not due(NOW + timedelta(minutes=59))
    assert due(NOW + timedelta(hours=1))
    assert not proved()
    assert due(NOW.replace(hour=3) + timedelta(days=1))
    assert not proved()
    assert due(NOW.replace(hour=4) + timedelta(days=1))
    assert proved()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("ALTER TABLE sold ADD COLUMN note TEXT")
    assert due(NOW.replace(hour=5) + timedelta(days=1))
    assert proved()
