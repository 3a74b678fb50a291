"""The cancellation of a question, carried to the threads that work for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from kpi_engine.domain.cancellation import NEVER, Cancellation, cancelled_by, carried, current
from kpi_engine.domain.errors import QuestionCancelledError


def test_a_cancellation_is_carried_to_several_threads_at_once() -> None:
    """An executor's threads start without one; carried work has the question's, on both at the same time."""
    asked, both = Cancellation(), Barrier(2, timeout=20)

    def found() -> Cancellation:
        both.wait()
        return current()

    with ThreadPoolExecutor(2) as threads:
        with cancelled_by(asked):
            work = carried(found)
            alone = [threads.submit(found) for _ in range(2)]
            under = [threads.submit(work) for _ in range(2)]
        assert [each.result() for each in alone] == [NEVER, NEVER]
        assert [each.result() for each in under] == [asked, asked]
        assert [each.result() for each in [threads.submit(found) for _ in range(2)]] == [NEVER, NEVER]


def test_carried_work_notices_the_cancellation() -> None:
    """Also after the block in which it was carried; it takes arguments and raises like the work itself."""
    asked = Cancellation()
    with cancelled_by(asked):
        checked = carried(lambda value: (current().check(), value)[1])
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(checked, 5).result() == 5
        asked.cancel()
        with pytest.raises(QuestionCancelledError):
            threads.submit(checked, 5).result()
