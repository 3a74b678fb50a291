"""A customer's database that maps only a part: the summary and check say what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.operations.check import check_problems
from bot.render.summary import details_message, summary_message
from bot.rights import EVERYTHING
from bot.runtime.settings import Settings
from bot.workspace.opening import services_of
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from tests.bot.in_slack import in_slack
from tests.shop import BRUSSELS, write_config, write_tables

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=BRUSSELS)
DEALS = [
    (1, "Ann", "North", "2026-02-03", 100),
    (2, "Ann", "North", "2026-02-10", 50),
    (3, "Bob", "South", "2026-01-05", 70),
]
SALES = """
name: sales
table: deals
key: id
time: sold_on
dimensions: {rep: seller, region: area}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count}
"""


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    columns = "id INTEGER, seller TEXT, area TEXT, sold_on TEXT, amount NUMERIC"
    url = write_tables(tmp_path / "own.sqlite", {"deals": (columns, DEALS)})
    config = write_config(tmp_path / "config", {"sales": SALES})
    settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})
    with closing(services_of(settings, url)) as services:
        yield services


def test_the_summary_leaves_out_what_is_not_there(services: Services) -> None:
    """Sales and orders are shown; what needs other tables is named once, nothing is a mistake."""
    spec = spec_named(services.catalogue, "monthly")
    summary = summary_of(services.engine, spec, services.members(NOW), NOW, EVERYTHING)
    sentences = services.sentences("en")
    post = in_slack(summary_message(summary, sentences)).text
    assert post.splitlines()[:2] == ["February 2026: too little history to judge it.", "Sales €150"]
    text = in_slack(details_message(summary, sentences)).text
    assert "Sales: €150" in text
    assert "1. Ann: €150" in text
    assert "Left out because this database can't answer it: " in text
    assert "leads by source top 5" in summary.left_out
    assert "sales" not in summary.left_out


def test_a_column_that_is_not_there_leaves_out_its_question_alone(tmp_path: Path) -> None:
    """`init` maps leads that never say when they became a customer: conversion is unknown, sales aren't."""
    columns = "id INTEGER, seller TEXT, area TEXT, sold_on TEXT, amount NUMERIC"
    tables = {"deals": (columns, DEALS), "leads": ("id INTEGER, at TEXT", [(1, "2026-02-03")])}
    leads = "name: leads\ntable: leads\nkey: id\ntime: at\nmeasures: {created: {agg: count}}\n"
    url = write_tables(tmp_path / "own.sqlite", tables)
    config = write_config(tmp_path / "config", {"sales": SALES, "leads": leads})
    settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})
    with closing(services_of(settings, url)) as services:
        spec = spec_named(services.catalogue, "monthly")
        summary = summary_of(services.engine, spec, services.members(NOW), NOW, EVERYTHING)
    assert "conversion" in summary.left_out
    assert {"sales", "orders", "leads"} <= {answer.metric for answer in summary.scores}


def test_a_line_is_left_out_whatever_it_calls_its_metric(services: Services) -> None:
    """Two words, or Dutch ones: leads aren't there, nor sales by source; sales by region are."""
    spec = spec_named(services.catalogue, "monthly")
    lines = ("nieuwe leads per bron", "omzet per bron", "omzet per regio")
    section = replace(spec.sections[0], questions=lines)
    summary = summary_of(
        services.engine, replace(spec, sections=(section,)), services.members(NOW), NOW, EVERYTHING
    )
    assert summary.left_out == lines[:2]
    assert [answer.query.by for answer in summary.sections[0].answers] == [("region",)]


def test_a_shipped_summary_is_posted_nowhere(services: Services) -> None:
    """Its channel is the demo's; the operator's own file names the real one."""
    assert {name: spec.channels for name, spec in services.catalogue.summaries.items()} == {
        "weekly": (),
        "monthly": (),
        "my_week": (),
        "team_week": (),
    }


def test_check_is_content_with_a_part(services: Services) -> None:
    """Unmapped metrics are no problem."""
    assert check_problems(services, NOW) == ()


def test_a_database_with_nothing_mapped_is_a_problem(tmp_path: Path) -> None:
    """It says which model to write."""
    url = write_tables(tmp_path / "own.sqlite", {"deals": ("id INTEGER", [(1,)])})
    model = "name: other\ntable: deals\nkey: id\n"
    config = write_config(tmp_path / "config", {"other": model})
    settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})
    with closing(services_of(settings, url)) as services:
        (problem,) = check_problems(services, NOW)
    assert "No metric can be computed yet" in str(problem)
    assert "model sales" in str(problem)
