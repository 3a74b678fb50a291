"""The protocol of a delivery, tried out in full: one message, none lost, no unknown outcome kept from people."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from tests.bot.deliveries.protocol.model import Faults, Guards, explore

ALL = Guards()
USUAL = Faults(kills=1, unclear=2, hiccups=1, changes=1)


@pytest.mark.parametrize(
    ("processes", "faults"),
    [
        (1, Faults(kills=2, unclear=3, hiccups=2)),
        (2, USUAL),
        (3, Faults(kills=1, unclear=1, hiccups=1, changes=0)),
    ],
)
def test_the_message_arrives_once(processes: int, faults: Faults) -> None:
    """In every interleaving of the processes, their faults, Slack's and the store's."""
    explored = explore(ALL, faults, processes)
    assert explored.finding is None
    assert explored.states > 5_000


def test_where_no_history_can_be_read_somebody_is_told() -> None:
    """It is still never doubled; without an unclear answer it still arrives."""
    assert explore(ALL, Faults(readable=False), 2).finding is None


@pytest.mark.parametrize(
    ("guard", "wrong"),
    [
        ("waits_w", "doubled"),
        ("counts_from_last", "doubled"),
        ("reconciles", "doubled"),
        ("fences", "doubled"),
        ("checks_lease", "doubled"),
        ("plans_once", "doubled"),
        ("freezes", "what stands in the channel isn't what is kept"),
        ("tries_once", "doubled"),
        ("claims", "doubled"),
        ("keeps_ready", "doubled"),
    ],
)
def test_no_guard_can_be_left_out(guard: str, wrong: str) -> None:
    """Each one alone keeps something from going wrong that two processes can reach."""
    finding = explore(replace(ALL, **{guard: False}), USUAL, 2).finding
    assert finding is not None
    assert finding.wrong == wrong
    assert finding.steps[0] == "sees that nothing is planned"


def test_a_silent_unknown_outcome_counts_as_lost() -> None:
    finding = explore(Guards(tells=False), Faults(readable=False), 2).finding
    assert finding is not None
    assert finding.wrong == "lost: it never ends well"


def test_every_guard_is_left_out_once() -> None:
    """A guard that is added to the model gets its test."""
    (marked,) = [mark for mark in test_no_guard_can_be_left_out.pytestmark if mark.name == "parametrize"]
    tried = [guard for guard, _ in marked.args[1]] + ["tells"]
    assert sorted(tried) == sorted(field.name for field in fields(Guards))
