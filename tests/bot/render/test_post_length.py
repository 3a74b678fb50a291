"""A summary's post fits on the screen of a phone, whatever the company; everything else is in its thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.post_length import length_of
from bot.render.summary import summary_message
from bot.render.texts import LANGUAGES
from bot.rights import EVERYTHING
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from tests.bot import big_company
from tests.bot.conftest import MONDAY

WEEK = (12, 1_100)
MOST = {"weekly": WEEK, "monthly": (14, 1_400), "my_week": WEEK, "team_week": WEEK}
"""Lines and characters of the post."""


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A company of 200 reps with names of 60 characters."""
    services = big_company.company(tmp_path_factory.mktemp("big"), has_long_titles=False)
    yield services
    services.close()


@pytest.mark.parametrize("name", MOST)
@pytest.mark.parametrize("company", ["demo_services", "big"])
def test_a_post_is_short(company: str, name: str, request: pytest.FixtureRequest) -> None:
    """In each language."""
    services: Services = request.getfixturevalue(company)
    spec = spec_named(services.catalogue, name)
    members = services.members(MONDAY)
    rep = members["rep"][0]
    summary = summary_of(services.engine, spec, members, MONDAY, EVERYTHING, rep=rep)
    lines, characters = MOST[name]
    for language in LANGUAGES:
        length = length_of(summary_message(summary, services.sentences(language)))
        assert length.lines <= lines, language
        assert length.characters <= characters, language
