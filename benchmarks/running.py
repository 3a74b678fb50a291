"""Ask both sides, compare their values, and measure them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from benchmarks import reduced, summary
from benchmarks.databases import Database
from benchmarks.handwritten import Facts, Rows, Run, connected, facts_of, statements
from benchmarks.measuring import Sampler, alone, alternating, sampler
from benchmarks.peers.process import Peer, running
from benchmarks.product import Product, counted
from benchmarks.questions import QUESTIONS, Question, facts_of_answer, facts_of_why
from benchmarks.results import Result
from kpi_engine import KpiError

NAMES = (*(question.name for question in QUESTIONS), summary.NAME, reduced.NAME)
PRODUCT, BY_HAND = "kpi-bot", "by hand"

_CLOSE = 1e-6
_SUMMARIES = {
    summary.NAME: (summary.facts_of_summary, summary.complete),
    reduced.NAME: (reduced.facts_of_reduced, reduced.complete),
}
_Answered = TypeVar("_Answered")


@dataclass(frozen=True, slots=True)
class Asking:
    """Both ways to get an answer, and its values by name."""

    product: Callable[[], Facts]
    asked: Callable[[], object]
    texts: tuple[str, ...]
    by_hand: Callable[[], list[Rows]]
    confirmed: Callable[[], Facts]


class Sides:
    """The product and hand-written SQL over one database."""

    def __init__(self, database: Database, run: Run) -> None:
        self.database, self.product, self._run = database, Product(database), run

    def asking(self, name: str) -> Asking:
        """Return both ways to get the answer to the question of this name."""
        if name in _SUMMARIES:
            sections = self.product.sections(name)
            facts, complete = _SUMMARIES[name]
            return self._asking(name, lambda: self.product.summary(name, sections), facts, complete)
        (question,) = (entry for entry in QUESTIONS if entry.name == name)
        return self._single(question)

    def _single(self, question: Question) -> Asking:
        scoped = self.product.scoped(question.line)
        if question.is_why:
            return self._asking(
                question.name, lambda: self.product.why(scoped), facts_of_why, question.complete
            )
        return self._asking(
            question.name,
            lambda: self.product.answers(scoped)[0],
            facts_of_answer,
            question.complete,
        )

    def _asking(
        self,
        name: str,
        ask: Callable[[], _Answered],
        facts: Callable[[_Answered], Facts],
        complete: Callable[[Facts], Facts],
    ) -> Asking:
        texts = statements(name, self.database.kind)

        def by_hand() -> list[Rows]:
            return [self._run(text) for text in texts]

        return Asking(lambda: facts(ask()), ask, texts, by_hand, lambda: complete(facts_of(by_hand())))


@contextmanager
def opened_sides(database: Database) -> Iterator[Sides]:
    """Open the product and the hand-written SQL's connection, and close both."""
    with connected(database) as run:
        sides = Sides(database, run)
        try:
            yield sides
        finally:
            sides.product.close()


def measured(
    database: Database, names: Sequence[str], rounds: int, python: str | None = None
) -> Iterator[Result]:
    """Yield what was measured of each question.

    `python` has the peers, whose reduced summary is measured as well.
    """
    with opened_sides(database) as sides:
        for name in names:
            asking = sides.asking(name)
            if python and name == reduced.NAME and database.kind == "duckdb":
                with running(python, database.path) as peers:
                    yield _measured(name, asking, database.server, rounds, peers)
            else:
                yield _measured(name, asking, database.server, rounds, {})


def _measured(
    name: str, asking: Asking, server: int | None, rounds: int, peers: Mapping[str, Peer]
) -> Result:
    """Ask twice, so that what is kept between questions is there, compare, and measure.

    What the product can't answer is measured of the other sides alone.
    """
    others: dict[str, Sampler] = {BY_HAND: sampler(asking.by_hand, server)}
    others |= {peer: process.sample for peer, process in peers.items()}
    try:
        with alone(server), counted() as sent:
            asking.asked()
            sent.clear()
            said = asking.product()
    except KpiError as refused:
        spent = alternating(others, rounds)
        return Result(name, 0, 0, len(asking.texts), spent, failed=str(refused))
    with alone(server):
        wrong = differences(said, asking.confirmed())
    for peer, process in peers.items():
        found = differences(process.values(), said)
        wrong += tuple(f"{peer}: {entry}" for entry in found)
    spent = alternating({PRODUCT: sampler(asking.asked, server), **others}, rounds)
    return Result(name, len(said), len(sent), len(asking.texts), spent, wrong)


def differences(said: Facts, read: Facts) -> tuple[str, ...]:
    """Return which values of one side the other doesn't confirm to a millionth."""
    found = []
    for name, value in said.items():
        other = read.get(name)
        if other is None or abs(value - other) > _CLOSE * max(1.0, abs(value), abs(other)):
            found.append(f"{name}: {value}, beside {other}")
    return tuple(found)
