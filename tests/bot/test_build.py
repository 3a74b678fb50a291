"""The window that builds a question, over real connections: where it opens, what it offers, what it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.clock import Clock
from bot.listeners import MESSAGE_SHORTCUT, SHORTCUT
from bot.playground.sender import NotTakenError
from bot.playground.workspace import View
from bot.services import Services
from kpi_engine.catalogue import Catalogue
from tests.bot.world import ANNA, DIRECT, GUEST, SALES, World, world

BOTH = pytest.mark.parametrize("mode", ["http", "socket"])


async def opened(slack: World, user: str = ANNA, message: str = "") -> View:
    """Use the shortcut (of a message where one is given) and return the window that opens."""
    assert slack.sender
    before = slack.workspace.views.get(user)
    if message:
        await slack.sender.message_shortcut(SALES, user, message, MESSAGE_SHORTCUT)
    else:
        await slack.sender.shortcut(user, SHORTCUT)
    await slack.until(lambda: slack.workspace.views.get(user) not in (None, before))
    return slack.workspace.views[user]


def block(view: View, field: str) -> Mapping[str, Any]:
    """Return the input of a field."""
    found = [entry for entry in view.content["blocks"] if entry["block_id"].split(":")[1] == field]
    assert found, f"no {field} among {[entry['block_id'] for entry in view.content['blocks']]}"
    return dict(found[0])


def fields(view: View) -> list[str]:
    """Return the fields that the window has."""
    return [entry["block_id"].split(":")[1] for entry in view.content["blocks"]]


def begun(view: View) -> dict[str, Any]:
    """Return what stands in the inputs at first, by field."""
    found = {}
    for entry in view.content["blocks"]:
        element = entry["element"]
        options = element.get("initial_options") or [element.get("initial_option")]
        values = [option["value"] for option in options if option]
        value = element.get("initial_value") or values
        if value:
            found[entry["block_id"].split(":")[1]] = value if isinstance(value, str) else ",".join(value)
    return found


def given(view: View, **values: Any) -> dict[str, dict[str, Any]]:
    """Return what is in the inputs by block and action: what they begin with, and `values` by field."""
    found: dict[str, dict[str, Any]] = {}
    for entry in view.content["blocks"]:
        element, field = entry["element"], entry["block_id"].split(":")[1]
        first: Any = element.get("initial_value")
        if option := element.get("initial_option"):
            first = option["value"]
        if options := element.get("initial_options"):
            first = [option["value"] for option in options]
        found[entry["block_id"]] = {element["action_id"]: values.get(field, first)}
    return found


async def typed(slack: World, view: View, field: str, text: str, user: str = ANNA) -> list[Mapping[str, Any]]:
    """Type into a searched menu and return the options."""
    assert slack.sender
    name = block(view, field)["block_id"]
    return list(await slack.sender.suggest(user, name, name, text))


async def chosen(slack: World, view: View, metric: str, user: str = ANNA, **values: Any) -> View:
    """Choose another metric and return the window that comes of it."""
    assert slack.sender
    await slack.sender.choose(user, "build:metric", given(view, metric=metric, **values))
    await slack.until(lambda: slack.workspace.views[user].hash != view.hash)
    return slack.workspace.views[user]


@BOTH
async def test_a_question_is_built_and_answered_in_a_direct_message(
    mode: Any, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Anna's sales of October by region against last year; line 1 is what could have been typed."""
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        view = await opened(slack)
        (anna,) = [entry for entry in await typed(slack, view, "only", "anna") if "Anna de Vries" in str(entry)]
        assert anna["text"]["text"] == "Rep: Anna de Vries"
        assert slack.sender
        filled = given(view, when="last month", by=["region"], only=[anna["value"]], compare=["last year"])
        assert await slack.sender.submit(ANNA, filled) == {}
        answer = await slack.message_after(0)
    assert answer.channel == DIRECT
    assert answer.text.startswith('sales rep:"Anna de Vries" by region 2026-10 vs last year · data until')
    assert ANNA not in slack.workspace.views
