"""A delivery's reference leads to its lines in the log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine as StoreEngine

from bot.deliveries.content import Ending, OrdinaryContent
from bot.deliveries.frozen import Frozen
from bot.render.document import Paragraph
from bot.render.message import Message
from bot.runtime.clock import Clock
from bot.runtime.logs import TextFormatter
from bot.runtime.references import current_reference
from bot.store import database
from bot.store.deliveries import SUMMARY, Deliveries, Delivery, What
from tests.bot.deliveries.by_hand import ByHand
from tests.bot.world import SALES
from tests.shop import BRUSSELS


@dataclass
class One(OrdinaryContent):
    """One delivery, which can be made or not."""

    wrong: Exception | None = None
    seen: str = ""

    def plan(self, now: datetime) -> None:
        """Plan nothing: the test has."""

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        return None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        self.seen = current_reference()
        if self.wrong:
            raise self.wrong
        return Message((Paragraph(("ready",)),))

    def post(self, channel: str, message: Frozen) -> str:
        return "1.0"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    written, own = io.StringIO(), logging.getLogger("bot.deliveries")
    handler = logging.StreamHandler(written)
    handler.setFormatter(TextFormatter(BRUSSELS, with_tracebacks=False))
    own.addHandler(handler)
    own.setLevel(logging.INFO)
    yield written
    own.removeHandler(handler)
    own.setLevel(logging.NOTSET)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreEngine]:
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(None, "the delivery of weekly (2026-W47) was sent"), (ValueError("anna"), "failed: ValueError > ")],
)
def test_a_row_leads_to_its_lines(
    wrong: Exception | None, said: str, store: StoreEngine, monday: Clock, lines: io.StringIO
) -> None:
    """Also to an error that nobody expected, and what is noted in the audit has it."""
    deliveries, content = Deliveries(store, "T0"), One(wrong)
    deliveries.plan(What("weekly", "2026-W47", SALES), monday(), monday())
    ByHand(deliveries, {SUMMARY: content}, content, monday).tick()
    (row,) = deliveries.newest(9)
    assert row.reference
    assert content.seen == row.reference
    (line,) = [line for line in lines.getvalue().splitlines() if said in line]
    assert f"[{row.reference}]" in line
    assert "anna" not in lines.getvalue()
