"""Requests begin a few at a time, after those that arrive are acknowledged."""

from __future__ import annotations

import asyncio

import pytest

from bot.slack import admission
from bot.slack.admission import Admission


async def begun(place: Admission, is_begun: asyncio.Event, ends: asyncio.Event) -> None:
    async with place.beginning():
        is_begun.set()
        await ends.wait()


async def settled() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_few_begin_at_once_and_the_others_in_their_order() -> None:
    place, ends = Admission(2), [asyncio.Event() for _ in range(4)]
    starts = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(begun(place, start, end)) for start, end in zip(starts, ends, strict=True)]
    await settled()
    assert [start.is_set() for start in starts] == [True, True, False, False]
    ends[1].set()
    await settled()
    assert [start.is_set() for start in starts] == [True, True, True, False]
    for end in ends:
        end.set()
    await asyncio.gather(*tasks)


async def test_none_begins_while_one_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_LONGEST", 60)
    place, start, end = Admission(), asyncio.Event(), asyncio.Event()
    with place.arriving():
        with place.arriving():
            pass
        task = asyncio.create_task(begun(place, start, end))
        await settled()
        assert not start.is_set()
    await settled()
    assert start.is_set()
    end.set()
    await task


async def test_one_begins_in_the_end_though_others_keep_arriving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_LONGEST", 0.001)
    place, start, end = Admission(), asyncio.Event(), asyncio.Event()
    with place.arriving():
        task = asyncio.create_task(begun(place, start, end))
        await asyncio.wait_for(start.wait(), 30)
    end.set()
    await task
