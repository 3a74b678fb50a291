"""Nobody's answers depend on rows that they may not see.

Two copies of a small company differ only in rows that an asker may not see. Random questions, by every role,
every way in and every way out, must be answered alike in both. The same machine must find a difference when
any single guard is taken out.

What people are told on purpose, and what is therefore the same in both copies: on which days a table has rows
(how far the data is loaded is told to the day), the names of customers, products and teams, and full names of
colleagues. Strangers, who may see nothing, ask copies in which the days and names differ as well. Two more
things stay the same, because a rep's own rows are judged by them: orders of one customer are all sold by the
customer's own rep (whether a customer is new follows from all their orders, whoever sold them).

A total of a rep's team is made of colleagues' rows by a rule of its own (test_access.py). So a rep's questions
that may show one are asked of copies that differ only in rows outside the team; all other questions of a rep
are asked of copies in which the colleagues' rows differ as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from bot.rights import team_totals
from bot.runtime.settings import shipped_config
from kpi_engine import load
from kpi_engine.domain.query import Scope, ScopedQuery
from tests.bot.rights.two_companies.asking import (
    ADMIN,
    ANNA,
    ANNA_CHANNEL,
    GUEST,
    KARIM,
    LEAD,
    LEAD_OF_SOME,
    NOBODY,
    NORTH_CHANNEL,
    Company,
    caught,
    opened,
    shown,
)
from tests.bot.rights.two_companies.company import (
    FOR_ANNA,
    FOR_NORTH,
    FOR_NORTH_AND_KARIM,
    ORIGINAL,
    STRANGERS,
    Copy,
)
from tests.bot.rights.two_companies.questions import Question, Questions

ENOUGH = 600
"""A difference must show within so many questions once a guard is taken out."""
READ_BY_OTHERS = ("mention", "share", "posted")
"""The ways in whose answers the readers of a channel see; an admin's are limited only there."""


@dataclass(frozen=True)
class Role:
    """Somebody in a channel, and the copies that differ in what they, or the channel's readers, don't see.

    `copy_for_totals` differs only outside their team.
    """

    user: str
    channel: str
    copy: Copy
    copy_for_totals: Copy
    is_limited_by_channel: bool = False

    def copy_of(self, question: Question) -> Copy:
        if question.way_in == "posted":  # nobody asks: it shows what the channel may see
            return FOR_NORTH if self.channel == NORTH_CHANNEL else FOR_ANNA
        return self.copy_for_totals if question.asks_for_team else self.copy


ROLES = (
    Role(ANNA, NORTH_CHANNEL, FOR_ANNA, FOR_NORTH),
    Role(ANNA, ANNA_CHANNEL, FOR_ANNA, FOR_NORTH),
    Role(LEAD, NORTH_CHANNEL, FOR_NORTH, FOR_NORTH),
    Role(LEAD_OF_SOME, NORTH_CHANNEL, FOR_NORTH_AND_KARIM, FOR_NORTH_AND_KARIM),
    Role(KARIM, NORTH_CHANNEL, FOR_NORTH_AND_KARIM, FOR_NORTH_AND_KARIM),
    Role(ADMIN, NORTH_CHANNEL, FOR_NORTH, FOR_NORTH, is_limited_by_channel=True),
    Role(ADMIN, ANNA_CHANNEL, FOR_ANNA, FOR_NORTH, is_limited_by_channel=True),
    Role(NOBODY, NORTH_CHANNEL, STRANGERS, STRANGERS),
    Role(GUEST, NORTH_CHANNEL, STRANGERS, STRANGERS),
)
WEIGHTS = (4, 1, 4, 3, 2, 3, 2, 1, 1)


class Companies:
    """The copies of the company, opened when they are first asked."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._open = folder, {}
        self._catalogue = load(shipped_config(), shipped_config())
        self.asked: Counter[str] = Counter()

    def of(self, copy: Copy) -> Company:
        found = self._open.get(copy.key)
        if found is None:
            found = self._open[copy.key] = opened(self._folder / copy.key, self._catalogue, copy)
        return found

    def close(self) -> None:
        for company in self._open.values():
            company.close()

    def triples(self, count: int, seed: str) -> Iterator[tuple[Role, Question]]:
        """Yield a role and a question each: a triple with the way in and out."""
        random = Random(seed)
        questions = Questions(self._catalogue, random)
        for _ in range(count):
            (role,) = random.choices(ROLES, WEIGHTS)
            question = questions.draw()
            if role.is_limited_by_channel and question.way_in not in READ_BY_OTHERS:
                question = questions.through(question, random.choice(("mention", "share")))
            yield role, question

    def differs(self, role: Role, question: Question) -> str:
        """Return how the two answers differ, or what one shows that nobody may see; "" where they are alike."""
        copy = role.copy_of(question)
        one = shown(self.of(ORIGINAL), role.user, role.channel, question)
        other = shown(self.of(copy), role.user, role.channel, question)
        self.asked["refused" if one.startswith("refused:") else question.way_in] += 1
        if one == other and not caught(one):
            return ""
        place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
        return f"{role.user} in {role.channel}: {question}\n{one[max(place - 200, 0) : place + 200]}\n{other[max(place - 200, 0) : place + 200]}"


@pytest.fixture(autouse=True)
def no_word_of_paused_subscriptions(caplog: pytest.LogCaptureFixture) -> None:
    """Each refused post is logged, which isn't what is tested here."""
    caplog.set_level("ERROR", "bot.deliveries.subscription_posts")


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companies]:
    found = Companies(tmp_path_factory.mktemp("companies"))
    yield found
    found.close()


def test_answers_are_alike_where_only_hidden_rows_differ(
    companies: Companies, pytestconfig: pytest.Config
) -> None:
    """By every role, way in and way out; most are answered, and by every way."""
    count = pytestconfig.getoption("--triples")
    companies.asked.clear()
    found = [text for triple in companies.triples(count, "alike") if (text := companies.differs(*triple))]
    assert not found, f"{len(found)} differ:\n" + "\n\n".join(found[:5])
    assert companies.asked["refused"] < count / 3
    assert {"command", "mention", "dm", "home", "share", "press", "window", "subscription"} <= set(
        companies.asked
    )


def unscoped(query, *_):
    return ScopedQuery(query, Scope())


GUARDS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "a question is narrowed": lambda patch: patch.setattr(team_totals, "scope", unscoped),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_taken_out_shows(guard: str, companies: Companies, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a few hundred questions, the answers of the two companies differ."""
    GUARDS[guard](monkeypatch)
    assert any(companies.differs(*triple) for triple in companies.triples(ENOUGH, guard))
