"""The short form of the fault harness; `make faults` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.runtime.failpoints import STEPS
from tests.conftest import own_database
from tests.faults import harness
from tests.faults.harness import Plan

KILLS = tuple(("kill", step) for step in STEPS)
OF_SENDING = tuple(("kill", step) for step in STEPS if step.startswith(("sending.", "reconciling.")))


async def test_killed_at_every_step_each_message_arrives_once(tmp_path: Path) -> None:
    """Two processes on a file, while Slack fails now and then."""
    plan = Plan(
        f"sqlite:///{tmp_path}/store.sqlite",
        workers=2,
        deliveries=60,
        most=300,
        tried=KILLS,
        unclear=0.2,
        refused=0.08,
        doubled=0.1,
    )
    result = await harness.run(plan, tmp_path)
    assert result.is_right, result
    assert result.unknown == []
    assert result.sent == result.deliveries >= 60
    assert result.kills == len(STEPS)
    assert sum(result.faults.values()) > 5


@pytest.mark.postgresql
async def test_killed_while_sending_each_message_arrives_once(postgresql_server: str, tmp_path: Path) -> None:
    """Four processes on a server."""
    plan = Plan(
        own_database(postgresql_server, "faults"),
        workers=4,
        deliveries=60,
        most=300,
        tried=OF_SENDING,
        unclear=0.2,
        refused=0.08,
        doubled=0.1,
        seed=2,
    )
    result = await harness.run(plan, tmp_path)
    assert result.is_right, result
    assert result.unknown == []
    assert result.sent == result.deliveries >= 60


async def test_the_harness_counts_what_stands_in_slack(tmp_path: Path) -> None:
    """Where the bot may not read the history, each unclear delivery is unknown, and none is posted twice."""
    plan = Plan(
        f"sqlite:///{tmp_path}/store.sqlite",
        workers=2,
        deliveries=40,
        most=40,
        tried=(),
        unclear=0.3,
        doubled=0,
        scopes=harness.UNREADABLE,
    )
    result = await harness.run(plan, tmp_path)
    assert result.is_right, result
    assert result.unknown != []
    assert result.sent + len(result.unknown) == result.deliveries == 40
