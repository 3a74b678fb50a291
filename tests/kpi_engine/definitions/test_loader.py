"""Mistakes in files are named where they stand, with what to write instead."""

from __future__ import annotations

import re
from datetime import date, time
from pathlib import Path

import pytest

from kpi_engine.definitions.loader import json_schemas, load
from kpi_engine.domain.errors import DefinitionError
from kpi_engine.domain.posts import Schedule
from kpi_engine.language.parser import NOBODY, parse
from tests.shop import SHIPPED, write_config

MODEL = """name: sales
table: deals
key: id
time: closed_on
joins:
  rep: {model: reps, on: {rep_id: id}}
dimensions:
  rep: rep_id
  region: rep.region
measures:
  value: {agg: sum, of: amount}
"""
REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\n"
METRIC = """name: turnover
kind: simple
title: {en: Turnover}
description: {en: What was sold.}
unit: money
better: up
measure: {model: sales, measure: value}
"""


def _problems(tmp_path: Path, models: dict[str, str], metrics: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(DefinitionError) as wrong:
        load(write_config(tmp_path / "cfg", models, metrics), SHIPPED)
    return [str(problem) for problem in wrong.value.problems]


def test_a_right_directory_loads_and_shipped_metrics_fill_in(tmp_path: Path) -> None:
    """Models alone are enough; what they can't feed is listed with what it lacks. The bot has its own survey."""
    catalogue = load(write_config(tmp_path / "cfg", {"sales": MODEL, "reps": REPS}), SHIPPED)
    assert set(catalogue.metrics) == {"sales", "nps", "response_rate"}
    assert {ref.model for ref in catalogue.metrics["nps"].spec.measures()} == {"survey_responses"}
    assert catalogue.metrics["sales"].dimensions == ("rep", "region")
    assert catalogue.unmapped["orders"] == ("measure orders of model sales",)
    assert catalogue.unmapped["cost_per_lead"] == ("model marketing_costs", "model leads")


def test_a_new_metric_is_one_yaml_file(tmp_path: Path) -> None:
    """Dropped beside the models it is there, and a shipped name replaces the shipped metric."""
    own = {
        "turnover": METRIC,
        "sales": METRIC.replace("name: turnover", "name: sales").replace("en: Turnover", "en: Ours"),
    }
    catalogue = load(write_config(tmp_path / "cfg", {"sales": MODEL, "reps": REPS}, own), SHIPPED)
    assert catalogue.metrics["turnover"].title.en == "Turnover"
    assert catalogue.metrics["sales"].title.en == "Ours"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("table: deals", "tabel: deals", 'sales.yaml:2: has an unknown key "tabel". Did you mean "table"?'),
        ("table: deals\n", "", "sales.yaml:1: the file: use either table: or query:."),
        ("agg: sum", "agg: total", "sales.yaml:11: measures.value.agg:"),
        (
            "rep.region",
            "repp.region",
            'sales.yaml:9: repp.region: "repp" is not a join of sales. Did you mean "rep"?',
        ),
        (
            "model: reps",
            "model: rep",
            'sales.yaml:6: joins "rep", but no file defines it. Did you mean "reps"?',
        ),
        ("key: id", "key: id\nkey: id2", 'sales.yaml:4: has the key "key" twice.'),
        ("key: id", "key: [id", "sales.yaml:4: is not valid YAML"),
        ("time: closed_on", "time: closed_on\nzone: Mars", 'sales.yaml:5: zone: "Mars" is not a time zone'),
        ("of: amount", "off: amount", 'sales.yaml:11: has an unknown key "off"'),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    """File, line, what is wrong and the fix."""
    problems = _problems(tmp_path, {"sales": MODEL.replace(old, new), "reps": REPS})
    assert any(problem.startswith(f"cfg/models/{said}") for problem in problems), problems


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: simple", "kind: simpel", "turnover.yaml:2: has an unknown kind."),
        ("measure: value", "measure: worth", "turnover.yaml:1: turnover needs measure worth of model sales."),
        ("unit: money", "unit: euros", "turnover.yaml:5: unit:"),
        ("better: up\n", "", 'turnover.yaml:1: has no "better:"'),
        ("name: turnover", "name: turnover\naliases: [omzet]", '"omzet" already means sales.'),
        ("name: turnover", "name: week", 'turnover.yaml:1: "week" can\'t be the name of a metric'),
        ("name: turnover", "name: versus", '"versus" can\'t be the name of a metric'),
        ("name: turnover", "name: turnover\naliases: [top]", '"top" can\'t be an alias of a metric'),
    ],
)
def test_a_mistake_in_a_metric_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The same holds for metric files."""
    problems = _problems(tmp_path, {"sales": MODEL, "reps": REPS}, {"turnover": METRIC.replace(old, new)})
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize("name", ["monthly_charges", "top_customers", "new_by_region", "last_mile_cost"])
def test_the_whole_name_of_a_metric_wins_over_words_of_questions(tmp_path: Path, name: str) -> None:
    """`monthly charges by rep` is no question per month."""
    files = {"turnover": METRIC.replace("name: turnover", f"name: {name}")}
    catalogue = load(write_config(tmp_path / "cfg", {"sales": MODEL, "reps": REPS}, files), SHIPPED)
    for typed in (name, name.replace("_", " ")):
        query = parse(f"{typed} by rep last month", catalogue, {}, NOBODY, date(2026, 11, 30))
        assert (query.metrics, query.by, query.per) == ((name,), ("rep",), None)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Two files with one mistake each give two problems."""
    problems = _problems(
        tmp_path, {"sales": MODEL.replace("key: id", "ky: id"), "reps": REPS.replace("key", "keys")}
    )
    assert {problem.split(":")[0] for problem in problems} == {
        "cfg/models/sales.yaml",
        "cfg/models/reps.yaml",
    }


def test_a_directory_without_models_says_so(tmp_path: Path) -> None:
    """An empty directory is a mistake, not an empty catalogue."""
    (tmp_path / "cfg").mkdir()
    assert "cfg/models:1: doesn't contain any model files." in _problems(tmp_path, {})[0]


def test_models_of_two_databases_are_not_joined(tmp_path: Path) -> None:
    """A join across databases is refused at start."""
    problems = _problems(tmp_path, {"sales": MODEL, "reps": REPS + "database: store\n"})
    assert "in another database" in problems[0]


@pytest.mark.parametrize("query", ["delete from deals", "select 1; drop table deals"])
def test_a_query_is_one_select(tmp_path: Path, query: str) -> None:
    """Nothing but a SELECT gets in through query:."""
    (problem,) = _problems(
        tmp_path, {"sales": MODEL.replace("table: deals", f'query: "{query}"'), "reps": REPS}
    )
    assert "must be one SELECT" in problem


def test_the_examples_of_the_documentation_load(tmp_path: Path) -> None:
    """docs/models.md shows files that work."""
    text = (SHIPPED.parent / "docs" / "models.md").read_text(encoding="utf-8")
    worked = text[text.index("## Worked example: lines") :]
    files = re.findall(r"```yaml\n# models/(\w+)\.yaml\n(.*?)```", worked, re.DOTALL)
    assert {name for name, _ in files} == {"employees", "products", "orders", "sales", "leads"}
    catalogue = load(write_config(tmp_path / "cfg", dict(files)), SHIPPED)
    assert {"sales", "orders", "new_customers", "conversion"} <= set(catalogue.metrics)


def test_every_key_of_a_file_is_documented() -> None:
    """docs/models.md names each key that the schema knows, docs/access.md those of access.yaml."""
    docs = SHIPPED.parent / "docs"
    models, access = ((docs / name).read_text(encoding="utf-8") for name in ("models.md", "access.md"))
    schemas = json_schemas()
    assert set(schemas) == {"model", "metric", "dimensions", "summary", "survey", "access"}
    for kind, schema in schemas.items():
        text = access if kind == "access" else models
        assert isinstance(schema, dict)
        parts = [schema, *schema.get("$defs", {}).values()]
        for key in {key for part in parts for key in part.get("properties", {})}:
            assert re.search(rf"\b{key}\b", text), key


CHURN = """name: lost
kind: retention
title: {en: Lost}
description: {en: Who left.}
unit: share
better: down
active: {model: sales, measure: value}
new: {model: sales, measure: value}
within: """


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("365", "365 days"),
        ("{days: 365}", "365 days"),
        ("{months: 12}", "12 months"),
        ("{months: 1}", "1 month"),
    ],
)
def test_a_window_in_days_or_months(written: str, words: str, tmp_path: Path) -> None:
    """A number is days; the definition says the unit."""
    models = {"sales": MODEL, "reps": REPS}
    catalogue = load(write_config(tmp_path / "cfg", models, {"lost": CHURN + written}), SHIPPED)
    formula = catalogue.metrics["lost"].spec.formula()
    assert formula.endswith(f"/ sales.value of the {words} before the start")


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("0", "within: must be at least one day"),
        ("{months: 0}", "within.months: Input should be greater than 0"),
        ("{days: 1, months: 1}", "within: write days or months"),
        ("{}", "within: write days or months"),
        ("{weeks: 2}", 'has an unknown key "weeks"'),
        ("soon", "within: Input should be a valid integer"),
        ("1000000", "within: Input should be less than or equal to 36500"),
    ],
)
def test_a_window_that_is_none(written: str, named: str, tmp_path: Path) -> None:
    """The line and the key are named."""
    (problem,) = _problems(tmp_path, {"sales": MODEL, "reps": REPS}, {"lost": CHURN + written})
    assert problem.startswith("cfg/kpis/lost.yaml:9: ")
    assert named in problem


def test_the_schema_of_a_window_accepts_both_forms() -> None:
    """An editor offers a number of days as well as days or months by name."""
    metric = json_schemas()["metric"]
    assert isinstance(metric, dict)
    for kind in ("RetentionFile", "CohortFile", "AffinityFile"):
        within = str(metric["$defs"][kind]["properties"]["within"])
        assert "'type': 'integer'" in within
        assert "HorizonFile" in within
    assert set(metric["$defs"]["HorizonFile"]["properties"]) == {"days", "months"}


SUMMARY = """name: mine
title: {en: Mine}
schedule: {every: monday, at: "08:30"}
audience: rep
grace_hours: 12
sections:
  - {name: week, title: {en: Week}, period: last week, questions: [sales]}
"""


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("channels: [C0123ABCD]\n", "can't be posted in a channel: it is written for one rep"),
        ("shortfalls: true\n", "belongs to a summary that is posted in a channel"),
    ],
)
def test_what_is_written_for_one_person_has_no_channel(more: str, problem: str, tmp_path: Path) -> None:
    """Nor does it tell others' shortfalls."""
    config = write_config(tmp_path / "cfg", {"sales": MODEL, "reps": REPS})
    file = config / "summaries" / "mine.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(SUMMARY, encoding="utf-8")
    spec = load(config, SHIPPED).summaries["mine"]
    assert (spec.audience, spec.is_private, spec.shortfalls) == ("rep", True, False)
    file.write_text(SUMMARY + more, encoding="utf-8")
    with pytest.raises(DefinitionError) as wrong:
        load(config, SHIPPED)
    (found,) = wrong.value.problems
    assert problem in str(found)


def test_a_monthly_summary_tells_shortfalls_unless_it_says_otherwise(tmp_path: Path) -> None:
    """A weekly one doesn't."""
    config = write_config(tmp_path / "cfg", {"sales": MODEL, "reps": REPS})
    file = config / "summaries" / "mine.yaml"
    file.parent.mkdir(exist_ok=True)
    weekly = SUMMARY.replace("audience: rep\n", "")
    monthly = weekly.replace("every: monday", "every: month, working_day: 2")
    for text, tells in ((weekly, False), (monthly, True), (monthly + "shortfalls: false\n", False)):
        file.write_text(text, encoding="utf-8")
        assert load(config, SHIPPED).summaries["mine"].shortfalls is tells


@pytest.mark.parametrize(
    ("written", "schedule"),
    [
        ("every: day", Schedule("day", time(8, 30))),
        ("every: workday", Schedule("workday", time(8, 30))),
        ("every: sunday", Schedule("week", time(8, 30), weekday=6)),
        ("every: quarter, working_day: 3", Schedule("quarter", time(8, 30), working_day=3)),
        ("every: year, working_day: 1", Schedule("year", time(8, 30), working_day=1)),
    ],
)
def test_a_summary_has_any_rhythm(written: str, schedule: Schedule, tmp_path: Path) -> None:
    """The same ones that people subscribe with."""
    config = write_config(tmp_path / "cfg", {"sales": MODEL, "reps": REPS})
    file = config / "summaries" / "mine.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(SUMMARY.replace("every: monday", written), encoding="utf-8")
    assert load(config, SHIPPED).summaries["mine"].schedule == schedule


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("every: quarter", "every: quarter needs working_day: (2 = the second)"),
        ("every: day, working_day: 2", "every: day can't have working_day:"),
        ("every: hour", "every"),
    ],
)
def test_a_schedule_that_says_too_little_or_too_much(written: str, problem: str, tmp_path: Path) -> None:
    """The problem names the line's own word."""
    config = write_config(tmp_path / "cfg", {"sales": MODEL, "reps": REPS})
    file = config / "summaries" / "mine.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(SUMMARY.replace("every: monday", written), encoding="utf-8")
    with pytest.raises(DefinitionError) as wrong:
        load(config, SHIPPED)
    assert problem in str(wrong.value.problems[0])
