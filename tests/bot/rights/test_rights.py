"""One maker of scoped queries, and one derivation of what a person may see in each request."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

import bot
from bot import rights
from bot.conversation.dispatch import dispatch
from bot.conversation.home import home
from bot.rights import Account, Membership, Rights, Roles, channels, roles
from bot.rights import rights as rights_module
from bot.runtime.clock import Clock
from bot.workspace.request import Via
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList
from kpi_engine.domain.errors import ForbiddenError
from tests.bot.rights.test_access import (
    ADMIN,
    ANNA,
    LIEN,
    LISTED,
    TEAM_CHANNEL,
    UNMAPPED,
    request,
    with_books,
)

ROOT = Path(bot.__file__).parent


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Each module of the bot with its syntax tree."""
    for path in ROOT.rglob("*.py"):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.AST) -> str:
    """The name of what is called, "" for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def test_one_function_makes_scoped_queries() -> None:
    """Whoever could make one elsewhere could show what nobody judged."""
    makers = Counter(
        (path.relative_to(ROOT).as_posix(), called(node))
        for path, tree in trees()
        for node in ast.walk(tree)
        if called(node) in ("ScopedQuery", "Scope")
    )
    assert makers == {("rights/scoping.py", "ScopedQuery"): 1, ("rights/scoping.py", "Scope"): 1}


def test_nothing_asks_the_engine_without_rights() -> None:
    """`Engine.ask` answers a line over all rows, for notebooks."""
    owners = [
        ast.unparse(node.func.value)
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "ask"
    ]
    assert [owner for owner in owners if owner.endswith("engine")] == []


def test_only_the_package_itself_is_imported() -> None:
    """Its modules are its own business: what others may use is in `__all__`."""
    used: set[str] = set()
    for path, tree in trees():
        if path.is_relative_to(ROOT / "rights"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bot.rights"):
                assert node.module == "bot.rights", path
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.Import):
                assert not any(alias.name.startswith("bot.rights") for alias in node.names), path
    assert used <= set(rights.__all__)


def test_viewers_are_derived_in_rights_alone() -> None:
    """But for `kpi-bot check`, which judges everybody who is listed, and a summary's own channels, beside
    which people are told their shortfalls in private.
    """
    found = {
        path.relative_to(ROOT).as_posix()
        for path, tree in trees()
        for node in ast.walk(tree)
        if called(node) in ("viewer_of", "channel_viewer", "posting_viewer", "narrower")
        and not path.is_relative_to(ROOT / "rights")
    }
    posts = {"deliveries/summary_posts.py", "deliveries/shortfall_notices.py"}
    assert found == {"operations/check.py", *posts}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often what somebody may see is worked out: for themselves, and with a channel's readers."""
    counts: Counter[str] = Counter()

    def viewer_of(account: Account, known: Roles, staff: roles.Staff) -> rights.Viewer:
        counts["own"] += 1
        return roles.viewer_of(account, known, staff)

    def narrower(asker: rights.Viewer, channel: rights.Viewer) -> rights.Viewer:
        counts["narrowed"] += 1
        return channels.narrower(asker, channel)

    monkeypatch.setattr(rights_module, "viewer_of", viewer_of)
    monkeypatch.setattr(rights_module, "narrower", narrower)
    return counts


LINES = (
    "",
    "list reps",
    "settings",
    "target sales rep:anna 300k",
    "subscribe sales every monday",
    "subscribe sales by rep every monday here",
    "sales last month",
    "sales last month share",
    "sales vs team last month",
    "salse last mnth",
    "why sales last month",
    "why sales last month share",
    "summary weekly",
)


@pytest.mark.parametrize("user", [ANNA, LIEN, UNMAPPED])
@pytest.mark.parametrize("via", ["command", "mention"])
def test_a_request_derives_each_viewer_once(
    user: str, via: Via, demo_services: Services, monday: Clock, tmp_path: Path, counted: Counter[str]
) -> None:
    """Whatever is asked, by whom and where; also where the answer is a refusal."""
    company = replace(demo_services, demo=False, roles=Roles(LISTED))
    with with_books(company, tmp_path) as services:
        for line in LINES:
            counted.clear()
            dispatch(request(user, line, monday, via, TEAM_CHANNEL), services)
            assert counted["own"] <= 1, line
            assert counted["narrowed"] <= 1, line
        counted.clear()
        home(request(user, "", monday, "home"), services)
        assert counted["own"] <= 1


def test_lines_that_need_no_rights_derive_none(
    demo_services: Services, monday: Clock, counted: Counter[str]
) -> None:
    """A definition waits for no names of reps; the status says how far their rows go and needs a role."""
    for line in ("define sales", "nps send @anna"):
        dispatch(request(ANNA, line, monday), demo_services)
    assert not counted
    dispatch(request(ANNA, "status", monday), demo_services)
    assert counted


def test_a_refusal_is_raised_anew_each_time() -> None:
    """Whoever adds suggestions to an error doesn't add them to everybody's."""
    found = Rights(Account("U0NEW", Membership.FULL), Roles(AccessList()), rights.Staff)
    with pytest.raises(ForbiddenError) as first:
        _ = found.viewer
    first.value.suggestions = ("sales",)
    with pytest.raises(ForbiddenError) as second:
        found.in_channel(TEAM_CHANNEL)
    assert second.value is not first.value
    assert (second.value.message, second.value.suggestions) == (first.value.message, ())
    assert found.viewer_or_nothing == rights.NOTHING


def test_a_mention_without_a_channel_shows_nothing() -> None:
    """Others read it, and nobody knows who."""
    listed = Roles(AccessList(admins=frozenset({ADMIN})))
    found = Rights(Account(ADMIN, Membership.FULL), listed, rights.Staff, channel="")
    assert found.own.everything
    with pytest.raises(ForbiddenError, match="where others can read it"):
        _ = found.viewer


def test_nobodys_rights_wait_for_those_of_another_request() -> None:
    """One request reads the reps for a long time; the next one asks for them all the same."""
    released, asked = Event(), Event()

    def slow() -> rights.Staff:
        assert released.wait(20)
        return rights.Staff()

    def quick() -> rights.Staff:
        asked.set()
        return rights.Staff()

    account, listed = Account(ADMIN, Membership.FULL), Roles(LISTED)
    waiting = Thread(target=lambda: Rights(account, listed, slow).own)
    waiting.start()
    following = Thread(target=lambda: Rights(account, listed, quick).own)
    following.start()
    is_asked = asked.wait(5)
    released.set()
    waiting.join()
    following.join()
    assert is_asked
