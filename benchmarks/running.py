"""Ask both sides, compare their values, and measure them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.databases import Database
from benchmarks.handwritten import Facts, Rows, Run, connected, facts_of, statements
from benchmarks.measuring import Spent, alternating
from benchmarks.product import Product, counted
from benchmarks.questions import Question, facts_of_answer, facts_of_why
from kpi_engine import Answer, KpiError
from kpi_engine.domain.explanation import Explanation

_CLOSE = 1e-6
_NONE = Spent(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of a question. `failed` is why it has no answer, `wrong` are values that differ."""

    name: str
    values: int = 0
    statements: int = 0
    product: Spent = _NONE
    by_hand: Spent = _NONE
    wrong: tuple[str, ...] = ()
    failed: str = ""


def measured(database: Database, questions: Sequence[Question], rounds: int) -> Iterator[Result]:
    """Yield what was measured of each question."""
    product = Product(database)
    try:
        with connected(database) as run:
            for question in questions:
                yield _measured(product, run, database, question, rounds)
    finally:
        product.close()


def _measured(product: Product, run: Run, database: Database, question: Question, rounds: int) -> Result:
    scoped = product.scoped(question.line)
    texts = statements(question.name, database.kind)

    def asked() -> tuple[Answer, ...] | Explanation:
        return product.why(scoped) if question.is_why else product.answers(scoped)

    def by_hand() -> list[Rows]:
        return [run(text) for text in texts]

    try:
        asked()
        with counted() as sent:
            answered = asked()
    except KpiError as refused:
        return Result(question.name, failed=str(refused))
    said = facts_of_why(answered) if isinstance(answered, Explanation) else _facts(answered)
    wrong = differences(said, question.complete(facts_of(by_hand())))
    spent = alternating({"product": asked, "by hand": by_hand}, database.server, rounds)
    return Result(question.name, len(said), len(sent), spent["product"], spent["by hand"], wrong)


def _facts(answers: Sequence[Answer]) -> Facts:
    facts: Facts = {}
    for answer in answers:
        facts |= facts_of_answer(answer)
    return facts


def differences(said: Facts, read: Facts) -> tuple[str, ...]:
    """Return which values of an answer the hand-written SQL doesn't confirm to a millionth."""
    found = []
    for name, value in said.items():
        other = read.get(name)
        if other is None or abs(value - other) > _CLOSE * max(1.0, abs(value), abs(other)):
            found.append(f"{name}: {value} and by hand {other}")
    return tuple(found)


Side = Callable[[], object]
