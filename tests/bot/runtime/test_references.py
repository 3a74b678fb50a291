"""A reference goes along to wherever its request is worked on."""

from __future__ import annotations

import asyncio

from bot.runtime.pool import Pool
from bot.runtime.references import current_reference, new_reference, referring_to


async def test_tasks_and_threads_know_whose_they_are() -> None:
    """Two at the same time keep theirs apart, on the threads of one pool and in what these start in the loop."""
    pool, loop = Pool(1), asyncio.get_running_loop()

    async def in_the_loop() -> str:
        return current_reference()

    def on_a_thread() -> tuple[str, str]:
        return current_reference(), asyncio.run_coroutine_threadsafe(in_the_loop(), loop).result(10)

    async def work(reference: str) -> tuple[str, str]:
        with referring_to(reference):
            return await pool.run(on_a_thread)

    first, second = new_reference(), new_reference()
    assert first != second
    assert await asyncio.gather(work(first), work(second)) == [(first, first), (second, second)]
    assert await pool.run(current_reference) == ""
    await pool.close(1)


def test_one_ends_where_another_begins() -> None:
    with referring_to("first"):
        with referring_to("second"):
            assert current_reference() == "second"
        assert current_reference() == "first"
    assert current_reference() == ""
