"""No answer depends on rows that its asker may not see.

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from bot.conversation.commands import status, targets, why
from bot.deliveries import summary_posts
from bot.rights import EVERYTHING, NOTHING, Rights, Viewer, rights, roles, scoping, team_totals
from bot.runtime.settings import shipped_config
from bot.subscriptions import recipients
from bot.workspace import drivers, services, summaries, target_progress
from kpi_engine import load
from kpi_engine.answers import answer, pairs
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.query import Query, Scope, ScopedQuery
from kpi_engine.kinds.layers import Layers
from kpi_engine.reading.reader import Reader
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

ENOUGH = 300
"""A difference must show within so many questions of its kind once a guard is taken out."""
READ_BY_OTHERS = ("mention", "share", "subscription", "posted")
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
    """The pairs of companies: the original and a copy, each of which is asked the same in the same order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pairs: dict[str, tuple[Company, Company]] = {}
        self._catalogue = load(shipped_config(), shipped_config())
        self.asked: Counter[str] = Counter()

    def pair(self, copy: Copy) -> tuple[Company, Company]:
        """Return the original and a copy, opened when they are first asked."""
        found = self._pairs.get(copy.key)
        if found is None:
            one = opened(self._folder / f"beside_{copy.key}", self._catalogue, ORIGINAL)
            found = self._pairs[copy.key] = one, opened(self._folder / copy.key, self._catalogue, copy)
        return found

    def close(self) -> None:
        for company in self._each():
            company.close()

    def forget(self) -> None:
        """Forget what each company worked out in the background, under other guards."""
        for company in self._each():
            company.forget()

    def _each(self) -> Iterator[Company]:
        return (company for pair in self._pairs.values() for company in pair)

    def triples(self, seed: str) -> Iterator[tuple[Role, Question]]:
        """Yield a role and a question each: a triple with the way in and out."""
        random = Random(seed)
        questions = Questions(self._catalogue, random)
        while True:
            (role,) = random.choices(ROLES, WEIGHTS)
            question = questions.draw()
            if role.is_limited_by_channel and question.way_in not in READ_BY_OTHERS:
                question = replace(question, way_in=random.choice(("mention", "share")))
            elif role.is_limited_by_channel and question.way_in == "subscription":
                question = replace(question, language="en")  # to the channel
            yield role, question

    def differs(self, role: Role, question: Question) -> str:
        """Return how the two answers differ, or what one shows that nobody may see; "" where they are alike."""
        pair = self.pair(role.copy_of(question))
        one, other = (shown(company, role.user, role.channel, question) for company in pair)
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
    found = [
        text for triple in islice(companies.triples("alike"), count) if (text := companies.differs(*triple))
    ]
    assert not found, f"{len(found)} differ:\n" + "\n\n".join(found[:5])
    assert companies.asked["refused"] < count / 3
    assert {"command", "mention", "dm", "home", "share", "press", "window", "subscription"} <= set(
        companies.asked
    )


def is_about(role: Role, question: Question, about: Sequence[str]) -> bool:
    """Whether a question is by a way in, of a person and with words in its line, whichever are named."""
    return all(word in (question.way_in, role.user) or word in question.line for word in about)


def unscoped(query: Query, *_: object) -> ScopedQuery:
    """A question over all rows."""
    return ScopedQuery(query, Scope())


def all_shown(patch: pytest.MonkeyPatch) -> None:
    """The cost of winning customers, and what is left after it, as the operator sees them."""
    patch.setattr(Layers, "narrowed", lambda layers: layers)


def all_read(patch: pytest.MonkeyPatch) -> None:
    """The same, and nothing stops it where the rows are read."""
    all_shown(patch)
    patch.setattr(Reader, "require_within", lambda *_: None)


def seen_or_nothing(rights_of: Rights, seen: property = Rights.viewer) -> Viewer:
    """What somebody may see; nothing, instead of a refusal, where they have no role."""
    try:
        found: Viewer = seen.__get__(rights_of)
    except ForbiddenError:
        return NOTHING
    return found


def guests_answered(patch: pytest.MonkeyPatch) -> None:
    """Guests have the roles that the table of reps gives them."""
    patch.setattr(roles, "require_member", lambda *_: None)
    patch.setattr(rights, "require_member", lambda *_: None)


TAKE_OUT: Mapping[str, tuple[tuple[str, ...], Callable[[pytest.MonkeyPatch], None]]] = {
    "a question is narrowed": ((), lambda patch: patch.setattr(team_totals, "scope", unscoped)),
    "a why is narrowed": (("why",), lambda patch: patch.setattr(why, "scope", unscoped)),
    "a summary is narrowed": (("posted",), lambda patch: patch.setattr(summaries, "scope", unscoped)),
    "a target's result is narrowed": (
        ("targets", ANNA),
        lambda patch: patch.setattr(target_progress, "scope", unscoped),
    ),
    "drivers are told of rows that are seen": (
        (ANNA,),
        lambda patch: patch.setattr(drivers, "scope", unscoped),
    ),
    "whoever is named must be seen": (
        ("subscription", 'rep:"'),
        lambda patch: patch.setattr(scoping, "_refuse_hidden", lambda *_: None),
    ),
    "what the whole company's rows make is left out": (("profit",), all_shown),
    "a scope holds where rows are read": (("profit",), all_read),
    "how far answers reach is told to the day": (
        ("sales",),
        lambda patch: patch.setattr(answer, "told_until", lambda until, _: until),
    ),
    "how far pairs reach is told to the day": (
        ("pairs",),
        lambda patch: patch.setattr(pairs, "told_until", lambda until, _: until),
    ),
    "no rows are counted of days that miss some": (
        ("leads",),
        lambda patch: patch.setattr(answer, "told_missing", lambda missing, _: missing),
    ),
    "the status is told to the day": (
        ("status", LEAD),
        lambda patch: patch.setattr(status, "_to_the_day", lambda until, _: until),
    ),
    "the status needs a role": (
        ("status", NOBODY),
        lambda patch: patch.setattr(Rights, "viewer", property(seen_or_nothing)),
    ),
    "guests must be listed": ((GUEST,), guests_answered),
    "names are offered to those who see them": (
        ("window",),
        lambda patch: patch.setattr(services, "visible_members", lambda members, _: members),
    ),
    "only people who are seen are listed without rows": (
        ("by team", LEAD_OF_SOME),
        lambda patch: patch.setattr(scoping, "visible_people", lambda _: {}),
    ),
    "a target is seen by its own people": (
        ("targets", ANNA),
        lambda patch: patch.setattr(targets, "may_see_target", lambda *_: True),
    ),
    "a mention shows what the channel may see": (
        ("mention", ADMIN),
        lambda patch: patch.setattr(rights, "narrower", lambda asker, _: asker),
    ),
    "what is shared is what the channel may see": (
        ("share", ADMIN),
        lambda patch: patch.setattr(Rights, "in_channel", lambda self, _: self.own),
    ),
    "a subscription shows what its channel may see": (
        ("subscription", ADMIN),
        lambda patch: patch.setattr(recipients, "viewer_for", lambda known, _: known.own),
    ),
    "a summary shows what its channel may see": (
        ("posted",),
        lambda patch: patch.setattr(summary_posts, "posting_viewer", lambda *_: EVERYTHING),
    ),
    "a summary carries no SQL": (
        ("posted",),
        lambda patch: patch.setattr(summaries, "without_sql", lambda summary: summary),
    ),
}
"""Each guard with how it is taken out, and in which triples a difference is looked for: those by a way in, of
a person, or with some words (none: all).
"""


@pytest.mark.parametrize("guard", TAKE_OUT)
def test_a_guard_taken_out_shows(guard: str, companies: Companies, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a few hundred questions of its kind, the answers of the two companies differ."""
    about, take_out = TAKE_OUT[guard]
    take_out(monkeypatch)
    companies.forget()
    drawn = (triple for triple in companies.triples(guard) if is_about(*triple, about))
    asked = islice(drawn, ENOUGH)
    found = next((text for triple in asked if (text := companies.differs(*triple))), "")
    companies.forget()
    assert found
