"""One computation for all who ask the same at the same time, and none that was over before they asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from threading import Event

import pytest

from kpi_engine.domain.cancellation import Cancellation, cancelled_by, current
from kpi_engine.domain.errors import QueryError, QuestionCancelledError
from kpi_engine.domain.sharing import Arrival, Sharing, asked_at

LONGEST = 30


class Held:
    """A computation that counts how often it is begun, and ends when a test says so or it is cancelled."""

    def __init__(self) -> None:
        self.begun = 0
        self.started, self.released = Event(), Event()
        self.wrong: Exception | None = None

    def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        with current().waking(self.released.set):
            self.started.set()
            assert self.released.wait(LONGEST)
        current().check()
        if self.wrong is not None:
            raise self.wrong
        return number


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as found:
        yield found


@pytest.fixture
def held() -> Iterator[Held]:
    found = Held()
    yield found
    found.released.set()


@pytest.fixture
def ask(threads: ThreadPoolExecutor, held: Held) -> Callable[..., Future[int]]:
    """Ask on a thread of its own; return once the question waits or computes."""
    sharing = Sharing()

    def asked(
        key: str = "sales", cancellation: Cancellation | None = None, arrival: Arrival | None = None
    ) -> Future[int]:
        mine, under_way = cancellation or Cancellation(), Event()
        registered = mine.waking

        def waking(wake: Callable[[], None]) -> object:
            under_way.set()
            return registered(wake)

        mine.waking = waking  # type: ignore[method-assign, assignment]

        def run() -> int:
            with cancelled_by(mine), asked_at(arrival) if arrival else nullcontext():
                return sharing.of(key, held)

        future = threads.submit(run)
        future.add_done_callback(lambda _: under_way.set())
        assert under_way.wait(LONGEST)
        return future

    asked.sharing = sharing  # type: ignore[attr-defined]
    return asked


def test_all_who_ask_meanwhile_share_one_computation(ask: Callable[..., Future[int]], held: Held) -> None:
    """And the next one after it is computed again."""
    first = ask()
    assert held.started.wait(LONGEST)
    others = [ask() for _ in range(5)]
    held.released.set()
    assert [entry.result(LONGEST) for entry in (first, *others)] == [1] * 6
    assert ask().result(LONGEST) == 2


def test_other_keys_are_computed_beside(ask: Callable[..., Future[int]], held: Held) -> None:
    """Whatever isn't equal shares nothing."""
    first = ask("sales")
    assert held.started.wait(LONGEST)
    other = ask("leads")
    held.released.set()
    assert {first.result(LONGEST), other.result(LONGEST)} == {1, 2}


def test_who_asked_before_it_was_over_takes_the_result(ask: Callable[..., Future[int]], held: Held) -> None:
    """Though it was over when their turn came; who asked later doesn't."""
    sharing: Sharing = ask.sharing  # type: ignore[attr-defined]
    early = sharing.arrive()
    first = ask()
    assert held.started.wait(LONGEST)
    meanwhile = sharing.arrive()
    held.released.set()
    assert first.result(LONGEST) == 1
    late = sharing.arrive()
    assert ask(arrival=meanwhile).result(LONGEST) == 1
    assert ask(arrival=early).result(LONGEST) == 1
    assert ask(arrival=late).result(LONGEST) == 2
    assert ask(arrival=early).result(LONGEST) == 2


def test_nothing_is_kept_once_nobody_waits(ask: Callable[..., Future[int]], held: Held) -> None:
    """Neither a result that nobody asked for before, nor one whose last question was answered."""
    sharing: Sharing = ask.sharing  # type: ignore[attr-defined]
    held.released.set()
    assert ask().result(LONGEST) == 1
    assert sharing._flights == {}
    early, second = sharing.arrive(), sharing.arrive()
    assert ask().result(LONGEST) == 2
    early.close()
    assert len(sharing._flights) == 1
    second.close()
    assert sharing._flights == {}


def test_no_more_than_some_results_are_kept(
    ask: Callable[..., Future[int]], held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was over first makes room."""
    monkeypatch.setattr("kpi_engine.domain.sharing._MOST", 2)
    sharing: Sharing = ask.sharing  # type: ignore[attr-defined]
    early = sharing.arrive()
    held.released.set()
    assert [ask(key).result(LONGEST) for key in ("a", "b", "c")] == [1, 2, 3]
    assert [ask(key, arrival=early).result(LONGEST) for key in ("c", "b", "a")] == [3, 2, 4]


def test_an_error_is_everybodys_in_a_copy(ask: Callable[..., Future[int]], held: Held) -> None:
    """Callers write their own suggestions into it."""
    held.wrong = QueryError("No.", hint="Yes?", suggestions=("sales",))
    first = ask()
    assert held.started.wait(LONGEST)
    second = ask()
    held.released.set()
    found = [entry.exception(LONGEST) for entry in (first, second)]
    assert held.begun == 1
    assert found[0] is not found[1]
    for wrong in found:
        assert isinstance(wrong, QueryError)
        assert (wrong.message, wrong.hint, wrong.suggestions) == ("No.", "Yes?", ("sales",))


def test_a_mistake_of_ours_is_shared_with_nobody(ask: Callable[..., Future[int]], held: Held) -> None:
    """Each has its own, with its own traceback in the log."""
    held.wrong = ValueError("a mistake")
    first = ask()
    assert held.started.wait(LONGEST)
    second = ask()
    held.released.set()
    assert [type(entry.exception(LONGEST)) for entry in (first, second)] == [ValueError] * 2
    assert held.begun == 2


def test_who_cancels_stops_waiting_and_nobody_else(ask: Callable[..., Future[int]], held: Held) -> None:
    """Whether they wait or began it: the others get the result of the same computation."""
    beginner, waiting = Cancellation(), Cancellation()
    first = ask(cancellation=beginner)
    assert held.started.wait(LONGEST)
    second, third = ask(cancellation=waiting), ask()
    waiting.cancel()
    assert isinstance(second.exception(LONGEST), QuestionCancelledError)
    beginner.cancel()
    assert not third.done()
    held.released.set()
    assert third.result(LONGEST) == 1
    assert isinstance(first.exception(LONGEST), QuestionCancelledError)


def test_what_nobody_wants_any_more_is_stopped(ask: Callable[..., Future[int]], held: Held) -> None:
    """The last one who cancels stops it, and the next question is computed from its beginning."""
    beginner, waiting = Cancellation(), Cancellation()
    first = ask(cancellation=beginner)
    assert held.started.wait(LONGEST)
    second = ask(cancellation=waiting)
    beginner.cancel()
    beginner.cancel()
    assert not held.released.is_set()
    waiting.cancel()
    for entry in (first, second):
        assert isinstance(entry.exception(LONGEST), QuestionCancelledError)
    assert ask().result(LONGEST) == 2


def test_who_asks_what_is_being_stopped_isnt_stopped_with_it(threads: ThreadPoolExecutor, held: Held) -> None:
    """A computation that nobody wants may take a moment to end; nobody joins it."""
    sharing, gone, ends = Sharing(), Cancellation(), Event()

    def slow_to_end() -> int:
        with current().waking(held.started.set):
            assert held.started.wait(LONGEST)
        assert ends.wait(LONGEST)
        current().check()
        return 1

    def cancelled() -> int:
        with cancelled_by(gone):
            return sharing.of("sales", slow_to_end)

    first = threads.submit(cancelled)
    gone.cancel()
    assert held.started.wait(LONGEST)
    assert threads.submit(sharing.of, "sales", lambda: 2).result(LONGEST) == 2
    ends.set()
    assert isinstance(first.exception(LONGEST), QuestionCancelledError)
