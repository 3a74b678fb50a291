"""The command line: formats, exit statuses, and a sentence for every mistake."""

from __future__ import annotations

import csv
import io
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import jsonschema
import openpyxl
import pytest

from bot.cli import app
from bot.playground.company import demo_database
from bot.store import database
from bot.store.claims import Claims
from bot.store.deliveries import Deliveries, State, What
from bot.store.responses import ResponseBook
from bot.store.survey_records import Wave
from kpi_engine import Engine, SqlWarehouse
from kpi_engine.domain.answer import Verdict
from kpi_engine.domain.errors import WarehouseTimeoutError
from kpi_engine.domain.posts import Contact
from tests.bot.workspace.test_surveys import survey_company
from tests.shop import BRUSSELS, SHIPPED

AS_OF = "--as-of=2026-11-23T07:00"
PATHS = {"PYTHONPATH": str(SHIPPED.parent)}


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run kpi-bot in an empty folder, with an empty store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KPI_STORE_URL", f"sqlite:///{tmp_path / 'store.sqlite'}")

    def call(*arguments: str, stdin: str = "", **settings: str) -> Result:
        for name, value in settings.items():
            monkeypatch.setenv(name.upper(), value)
        monkeypatch.setattr(sys, "argv", ["kpi-bot", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            app.main()
        out, err = capsys.readouterr()
        return Result(int(ended.value.code or 0), out, err)

    return call


def test_a_question_is_answered_in_text(run: Run) -> None:
    """Line 1 is the canonical question; the demo company is named on stderr."""
    result = run("ask", "conversion rep:anna", AS_OF)
    assert result.status == 0
    first, second = result.out.splitlines()[:2]
    assert first.startswith('conversion rep:"Anna de Vries" 2026-07 · data until')
    assert second.startswith("Conversion, Anna de Vries, July 2026: ")
    assert "demo company" in result.err


def test_the_canonical_question_gives_the_same_answer(run: Run) -> None:
    """Pasted back, line 1 asks the same."""
    first = json.loads(run("ask", "omzet per regio vorige maand", AS_OF, "--format", "json").out)
    again = json.loads(run("ask", first["question"], AS_OF, "--format", "json").out)
    assert first == again


JSON_SHAPE = {
    "type": "object",
    "required": [
        "schema", "question", "metric", "unit", "currency", "direction", "period", "filters", "sizes", "value", "numerator",
        "denominator", "interval", "parts", "verdict", "verdict_basis", "comparisons", "target", "anomaly", "groups", "series",
        "data_until", "missing", "findings", "notes", "sql",
    ],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": 1},
        "question": {"type": "string"},
        "metric": {"type": "string"},
        "unit": {"enum": ["money", "count", "share", "score", "ratio", "days"]},
        "currency": {"type": ["string", "null"]},
        "direction": {"enum": ["up", "down", "neutral"]},
        "period": {"type": "object", "required": ["start", "end", "grain", "complete"]},
        "filters": {"type": "array"},
        "sizes": {"type": "array"},
        "value": {"type": ["number", "null"]},
        "numerator": {"type": ["number", "null"]},
        "denominator": {"type": ["number", "null"]},
        "interval": {"type": ["array", "null"]},
        "parts": {"type": ["object", "null"]},
        "verdict": {"enum": [str(verdict) for verdict in Verdict]},
        "verdict_basis": {"enum": ["range", "comparison", None]},
        "comparisons": {"type": "array"},
        "target": {"type": ["object", "null"]},
        "anomaly": {"type": ["object", "null"]},
        "groups": {"type": "array"},
        "series": {"type": "array"},
        "data_until": {"type": ["string", "null"]},
        "missing": {
            "type": "array",
            "items": {"type": "object", "required": ["model", "days", "partial"], "additionalProperties": False,
                      "properties": {"model": {"type": "string"}, "days": {"type": "array", "minItems": 1},
                                     "partial": {"type": "array"}}},
        },
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["finding", "text"],
                "properties": {"finding": {"type": "string"}, "text": {"type": "string"}},
            },
        },
        "notes": {"type": "array", "items": {"type": "string"}},
        "sql": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    },
}  # fmt: skip


_MEMBER_SHAPE = {
    "type": ["object", "null"],
    "required": ["label", "key"],
    "additionalProperties": False,
    "properties": {"label": {"type": ["string", "null"]}, "key": {"type": ["string", "null"]}},
}
_CANDIDATE_SHAPE = {
    "type": "object",
    "required": [
        "kind",
        "metric",
        "dimension",
        "member",
        "direction",
        "value",
        "effect",
        "expected",
        "low",
        "high",
        "p_value",
        "materiality",
        "evidence",
        "actionability",
        "novelty",
        "told",
        "reason",
        "drivers",
        "same_mix",
        "months",
        "total",
    ],
    "additionalProperties": False,
    "properties": {
        "kind": {"enum": ["unusual", "mix", "idle_cost", "shortfall"]},
        "metric": {"type": "string"},
        "dimension": {"type": ["string", "null"]},
        "member": _MEMBER_SHAPE,
        "direction": {"enum": ["up", "down"]},
        "value": {"type": "number"},
        "effect": {"type": "number"},
        **{name: {"type": ["number", "null"]} for name in ("expected", "low", "high", "p_value")},
        "materiality": {"type": "number", "minimum": 0},
        **{
            name: {"type": "number", "minimum": 0, "maximum": 1}
            for name in ("evidence", "actionability", "novelty")
        },
        "told": {"type": "boolean"},
        "reason": {"enum": [None, "small", "unclear", "private", "repeated", "same", "beyond", "missing"]},
        "drivers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["dimension", "label", "key", "effect"],
                "additionalProperties": False,
                "properties": {
                    "dimension": {"type": "string"},
                    "label": {"type": ["string", "null"]},
                    "key": {"type": ["string", "null"]},
                    "effect": {"type": "number"},
                },
            },
        },
        "same_mix": {
            "type": ["object", "null"],
            "required": ["rate", "low", "high"],
            "additionalProperties": False,
            "properties": {name: {"type": "number"} for name in ("rate", "low", "high")},
        },
        "months": {"type": "integer"},
        "total": {"type": "number"},
    },
}
SUMMARY_SHAPE = {
    "type": "object",
    "required": [
        "schema", "summary", "period", "data_until", "left_out", "judgement", "candidates", "looked_at", "missing", "normal",
        "records", "people", "sections",
    ],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": 1},
        "summary": {"type": "string"},
        "period": JSON_SHAPE["properties"]["period"],
        "data_until": {"type": ["string", "null"]},
        "left_out": {"type": "array", "items": {"type": "string"}},
        "judgement": {"type": "string"},
        "candidates": {"type": "array", "items": _CANDIDATE_SHAPE},
        "looked_at": {
            "type": "object", "required": ["totals", "members"], "additionalProperties": False,
            "properties": {"totals": {"type": "integer"},
                           "members": {"type": "object", "additionalProperties": {"type": "integer"}}}},
        "missing": JSON_SHAPE["properties"]["missing"],
        "normal": {"type": "object", "additionalProperties": {"type": "number"}},
        "records": {"type": "array", "items": {"type": "string"}},
        "people": {"type": "array", "items": {
            "type": "object",
            "required": ["label", "key", "metric", "result", "target", "attainment", "attainment_before"],
            "additionalProperties": False,
            "properties": {"label": {"type": "string"}, "key": {"type": "string"}, "metric": {"type": "string"},
                           "result": {"type": "number"}, "target": {"type": "number"}, "attainment": {"type": "number"},
                           "attainment_before": {"type": ["number", "null"]}}}},
        "sections": {"type": "array", "items": {
            "type": "object", "required": ["name", "style", "answers"], "additionalProperties": False,
            "properties": {"name": {"type": "string"}, "style": {"enum": ["scores", "leaderboard", "chart"]},
                           "answers": {"type": "array", "items": JSON_SHAPE}}}},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "conversion rep:anna",
        "sales by region per month",
        "cost_per_lead by source",
        "orders all time",
        "sales by rep sales:>1k",
        "profit 2026-10",
        "churn 2026-10",
    ],
)
def test_json_keeps_its_contract(run: Run, line: str) -> None:
    """docs/json.md: every key, always."""
    jsonschema.validate(json.loads(run("ask", line, AS_OF, "--format", "json").out), JSON_SHAPE)


def test_several_metrics_are_a_list(run: Run) -> None:
    """One object each."""
    found = json.loads(run("ask", "sales,orders", AS_OF, "--format", "json").out)
    assert [entry["metric"] for entry in found] == ["sales", "orders"]


def test_a_workbook_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    """Its bytes alone on standard output; of one question at a time."""
    words = [sys.executable, "-m", "bot", "ask", "sales by rep 2026-10", AS_OF, "--format", "xlsx"]
    made = subprocess.run(words, capture_output=True, check=True, cwd=tmp_path)
    sheet = openpyxl.load_workbook(io.BytesIO(made.stdout)).worksheets[0]
    rows = list(csv.DictReader(io.StringIO(run("ask", "sales by rep 2026-10 csv", AS_OF).out)))
    assert [cell.value for cell in sheet["D"]][1:] == [row["rep"] for row in rows]
    several = run("ask", "-", AS_OF, "--format", "xlsx", stdin="sales\nleads\n")
    assert several.status == 1
    assert "A workbook holds one question." in several.err


def test_csv_is_never_cut_and_yields_to_format(run: Run) -> None:
    """All reps, not ten; a csv flag in the line is overruled by --format."""
    rows = list(csv.DictReader(io.StringIO(run("ask", "sales by rep 2026-10", AS_OF, "--format", "csv").out)))
    groups = json.loads(run("ask", "sales by rep 2026-10 csv", AS_OF, "--format", "json").out)["groups"]
    assert len(rows) == len(groups) > 10
    assert float(rows[0]["value"]) == round(groups[0]["value"], 2)
    assert run("ask", "sales by rep 2026-10 csv", AS_OF).out.startswith("metric,start,end,rep,rep_key,value")


def test_sql_is_what_was_run(run: Run) -> None:
    """It runs on the database as printed and holds the answer's number."""
    value = json.loads(run("ask", "orders 2026-10", AS_OF, "--format", "json").out)["value"]
    statements = run("ask", "orders 2026-10", AS_OF, "--format", "sql").out.split(";\n")
    with closing(sqlite3.connect(demo_database(date(2026, 11, 22)))) as connection:
        cells = [
            cell for text in statements if text.strip() for row in connection.execute(text) for cell in row
        ]
    assert value in cells


def test_blocks_are_what_slack_gets(run: Run) -> None:
    """Text and blocks as one JSON object, with the demo mark."""
    found = json.loads(run("ask", "sales by region", AS_OF, "--format", "blocks").out)
    assert [block["type"] for block in found["blocks"]].count("data_table") == 1
    assert "Demo data" in found["text"]


def test_questions_from_standard_input(run: Run) -> None:
    """One object a line; the exit status is the worst."""
    result = run("ask", "-", AS_OF, "--format", "json", stdin="sales\n\nflurbs\nleads\n")
    assert [json.loads(line).get("metric") for line in result.out.splitlines()] == ["sales", None, "leads"]
    assert result.status == 1
    assert "flurbs" in result.err


REFUSAL_SHAPE = {
    "type": "object",
    "required": ["schema", "question", "error", "hint", "suggestions"],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": 1},
        "question": {"type": "string"},
        "error": {"type": "string", "minLength": 1},
        "hint": {"type": ["string", "null"]},
        "suggestions": {"type": "array", "items": {"type": "string"}},
    },
}


def test_every_line_of_standard_input_gives_one_line(run: Run) -> None:
    """Also a refusal, several metrics, a verb that answers with figures, with words, or not at all."""
    lines = [
        "sales rep:jan",
        "sales,leads",
        "why sales",
        "help",
        "define conversion",
        "define flurbs",
        "nps send",
    ]
    result = run("ask", "-", AS_OF, "--format", "json", stdin="\n".join(lines))
    unknown, pair, why, about, defined, undefined, unsent = map(json.loads, result.out.splitlines())
    for refused, line in ((unknown, lines[0]), (undefined, lines[5]), (unsent, lines[6])):
        jsonschema.validate(refused, REFUSAL_SHAPE)
        assert refused["question"] == line
    assert unknown["suggestions"]
    assert unsent["hint"]
    assert [entry["metric"] for entry in pair] == ["sales", "leads"]
    assert why["question"].startswith("why sales")
    assert {tuple(entry) for entry in (about, defined)} == {("schema", "question", "text")}
    assert "Conversion" in defined["text"]
    assert result.status == 1
    blocks = run("ask", "-", AS_OF, "--format", "blocks", stdin="sales\nflurbs\nhelp\n")
    assert [set(json.loads(line)) for line in blocks.out.splitlines()] == [{"text", "blocks"}] * 3


def test_a_line_that_no_database_answers_gives_one_object(run: Run, tmp_path: Path) -> None:
    """Status 2, as without a format."""
    shop = tmp_path / "shop.sqlite"
    sqlite3.connect(shop).close()
    config = {"kpi_database_url": f"sqlite:///{shop}", "kpi_config_dir": str(SHIPPED)}
    result = run("ask", "-", AS_OF, "--format", "json", stdin="sales\n", **config)
    jsonschema.validate(json.loads(result.out), REFUSAL_SHAPE)
    assert result.status == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--demo", "sales"], "There is no option --demo."),
        (["sales", "--fromat", "json"], "Did you mean --format?"),
        (["sales", "--fromat=json"], "Did you mean --format?"),
        (["-demo", "sales"], "There is no option -demo."),
        (["sales", "-region"], "has a colon"),
    ],
)
def test_an_unknown_option(run: Run, words: list[str], sentence: str) -> None:
    """It is refused before anything is read, with the nearest one, or with where the options are listed."""
    result = run("ask", *words)
    assert result.status == 2
    assert sentence in " ".join(result.err.replace("│", " ").split())
    assert "ask -h" in result.err
    assert result.out == ""


def test_words_that_look_like_options(run: Run) -> None:
    """A minus filter may hold the letter of an option; after -- everything is a word."""
    assert "I can't filter by “channel”" in run("ask", "leads", "-channel:web", AS_OF).err
    assert "leads -region:Noord" in run("ask", "leads", "-region:noord", AS_OF).out
    assert "I don't know “-5”" in run("ask", "sales", "-5", AS_OF).err
    assert "I don't know “--demo”" in run("ask", AS_OF, "--", "--demo", "sales").err


def test_the_version(run: Run) -> None:
    """As the installed package says it."""
    assert run("--version").out == f"kpi-bot {version('kpi-bot')}\n"


def test_a_definition_has_no_escapes_of_slack(run: Run) -> None:
    """Signs like < and > are printed as they are."""
    assert "<>" in run("define", "average_order_value").out


@pytest.mark.parametrize(
    ("words", "is_demo"),
    [
        (["--help"], True),
        (["--version"], True),
        (["ask", "sales by region", AS_OF], True),
        (["ask", "sales by region", AS_OF], False),
    ],
)
def test_what_a_command_loads(words: list[str], is_demo: bool, tmp_path: Path) -> None:
    """No Slack, no migrations, no web server and no frames; help and version load no database either.

    Only the demo company needs a module of the playground: the one that finds its file.
    """
    program = (
        "import sys\n"
        "from bot.cli.app import main\n"
        f"sys.argv = ['kpi-bot', *{words!r}]\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert not ended.code\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    environment = {
        "PATH": "",
        "HOME": str(Path.home()),
        "KPI_STORE_URL": f"sqlite:///{tmp_path / 'store.sqlite'}",
    }
    if not is_demo:
        environment["KPI_DATABASE_URL"] = f"sqlite:///{demo_database(date(2026, 11, 22))}"
        environment["KPI_CONFIG_DIR"] = str(SHIPPED)
    called = [sys.executable, "-c", program]
    done = subprocess.run(called, capture_output=True, check=True, text=True, env=environment | PATHS)
    loaded = set(done.stderr.split())
    assert "bot.cli.ask" in loaded
    heavy = {
        "slack_bolt",
        "slack_sdk",
        "aiohttp",
        "alembic",
        "apscheduler",
        "pandas",
        "xlsxwriter",
        "bot.app",
        "bot.playground.company.generate",
        "bot.playground.server",
        "jinja2",
        "kpi_engine.onboarding",
        "rich.progress",
    }
    assert not loaded & heavy
    playground = any(name.startswith("bot.playground") for name in loaded)
    assert playground == (is_demo and words[0] == "ask")
    assert ("sqlalchemy" in loaded) == (words[0] == "ask")


def _cpu(words: list[str], folder: Path) -> float:
    """Return the CPU seconds of Python with some words, at best of three."""
    environment = {
        "PATH": "",
        "HOME": str(Path.home()),
        "KPI_STORE_URL": f"sqlite:///{folder / 'store.sqlite'}",
    }
    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], capture_output=True, check=True, env=environment | PATHS)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def test_a_command_starts_quickly(tmp_path: Path) -> None:
    """In multiples of importing SQLAlchemy and Typer, 0.25 s of CPU on the machine it was measured on.

    Help took 0.8 times as much there, and a first answer from the demo company 6.2 times.
    """
    demo_database(date(2026, 11, 22))
    unit = _cpu(["-c", "import sqlalchemy, typer"], tmp_path)
    assert _cpu(["-m", "bot", "--help"], tmp_path) < 1.5 * unit
    assert _cpu(["-m", "bot", "ask", "sales", AS_OF], tmp_path) < 8 * unit


def test_a_line_that_begins_with_a_minus(run: Run) -> None:
    """After -- or without."""
    for arguments in (("ask", AS_OF, "--", "-source:fairs leads"), ("ask", AS_OF, "-source:fairs", "leads")):
        assert "leads -source:Fairs" in run(*arguments).out


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "Ask me for a metric"),
        ("flurbs", "I don't know “flurbs”"),
        ("conversoin", "conversion"),
        ("sales rep:jan", 'sales rep:"Jan'),
        ("sales by planet", "I don't know “planet”"),
        ("sales 99999", "I don't know"),
        ("x" * 10_000, "too long"),
        ("🦄", "I don't know"),
        ("1; DROP TABLE leads", "I don't know"),
        ("leads by product", "can't be split by product"),
    ],
)
def test_what_cant_be_answered_is_status_1_with_a_sentence(run: Run, line: str, sentence: str) -> None:
    """And with what to type instead."""
    result = run("ask", line, AS_OF)
    assert result.status == 1
    assert sentence in result.out + result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("name", ["weekly", "monthly"])
def test_summaries_in_every_format(run: Run, name: str) -> None:
    """Text for people, JSON with everything that was found and every answer (docs/json.md), blocks for Slack."""
    text = run("summary", name, AS_OF).out
    assert "Sales" in text
    found = json.loads(run("summary", name, AS_OF, "--format", "json").out)
    jsonschema.validate(found, SUMMARY_SHAPE)
    assert (found["summary"], found["judgement"]) == (name, text.strip().splitlines()[0])
    assert found["looked_at"]["totals"] >= len(found["normal"]) > 0
    assert {entry["reason"] for entry in found["candidates"] if entry["told"]} <= {None}
    assert all(entry["reason"] for entry in found["candidates"] if not entry["told"])
    assert found["people"]
    assert bool(found["missing"]) == (name == "weekly")  # the half-loaded week is in November
    printed = run("summary", name, AS_OF, "--format", "blocks").out.strip()
    post, end = json.JSONDecoder().raw_decode(printed)
    thread = json.loads(printed[end:])
    assert found["judgement"] in post["blocks"][0]["text"]["text"]
    assert thread["blocks"][0]["type"] == "header"


def test_an_unknown_summary(run: Run) -> None:
    """The known ones are named."""
    result = run("summary", "yearly", AS_OF)
    assert result.status == 1
    assert "Choose from: monthly, my week, team week and weekly." in " ".join(result.err.split())


def test_check_is_content_with_the_demo_company(run: Run) -> None:
    """Status 0, with the rows of each model."""
    result = run("check", AS_OF)
    assert result.status == 0, result.err
    assert "30 metrics answer" in result.out


def test_check_with_advice(run: Run) -> None:
    """Behind the rest of the report, and under a key of its own."""
    told = run("check", "--advice", AS_OF)
    assert told.status == 0, told.err
    report, advice = told.out.split("30 metrics answer.")
    assert "Model" in report
    assert "Advice (nothing was changed; give the statements to the owner of the database):" in advice
    assert "config/models/sales.yaml:4: The query of sales joins tables" in advice
    found = json.loads(run("check", "--advice", "--format", "json", AS_OF).out)
    assert {entry["file"] for entry in found["advice"]} >= {"config/models/sales.yaml"}
    assert "advice" not in json.loads(run("check", "--format", "json", AS_OF).out)


def test_check_names_a_missing_column_with_file_and_line(run: Run, tmp_path: Path) -> None:
    """Status 2; a question then gets a sentence without SQL."""
    shutil.copy(demo_database(date(2026, 11, 22)), tmp_path / "shop.sqlite")
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        connection.execute("ALTER TABLE leads RENAME COLUMN converted_at TO became_customer_at")
    shutil.copytree(SHIPPED, tmp_path / "config")
    settings = {"kpi_database_url": f"sqlite:///{tmp_path / 'shop.sqlite'}"}
    checked = run("check", "--advice", AS_OF, **settings)
    assert checked.status == 2
    assert "Advice needs model files without mistakes." in checked.out
    assert "kpis/conversion.yaml:1:" in checked.err
    assert "converted_at" in checked.err
    away = {"slack_bot_token": "xoxb-1", "slack_api_url": "http://127.0.0.1:9/api/"}
    in_slack = run("check", AS_OF, **settings, **away)
    assert in_slack.status == 2
    told = " ".join((in_slack.out + in_slack.err).split())
    assert "converted_at" in told
    assert "Slack can't be reached" in told
    assert "only people listed here get answers" in told
    released = run("check", "--release", AS_OF, **settings)
    assert (released.status, "converted_at" in released.err) == (2, True)
    asked = run("ask", "conversion", AS_OF, **settings)
    assert asked.status == 2
    assert "doesn't have a table or column" in asked.err
    assert "SELECT" not in asked.err


def test_a_release_doesn_t_stop_on_rows_nor_on_a_database_that_is_away(run: Run, tmp_path: Path) -> None:
    """Reps of a team that isn't there are a mistake for `check`, and no reason to keep an old version running."""
    shutil.copytree(SHIPPED, tmp_path / "config")
    shutil.copy(demo_database(date(2026, 11, 22)), tmp_path / "shop.sqlite")
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection, connection:
        connection.execute("UPDATE reps SET team_id = (SELECT max(id) + 1 FROM teams)")
    settings = {"kpi_database_url": f"sqlite:///{tmp_path / 'shop.sqlite'}"}
    assert run("check", AS_OF, **settings).status == 2
    released = run("check", "--release", AS_OF, **settings)
    assert (released.status, released.out) == (
        0,
        "The files fit the tables. kpi-bot check also looks at the rows.\n",
    )
    away = run("check", "--release", AS_OF, kpi_database_url="postgresql+psycopg://u:secret@127.0.0.1:9/none")
    assert away.status == 0
    assert "keeps trying" in away.err
    assert "secret" not in away.err


def test_a_database_that_is_down_or_slow(run: Run, tmp_path: Path) -> None:
    """Status 2 with a sentence, and no address."""
    shutil.copytree(SHIPPED, tmp_path / "config")
    down = run("ask", "sales", AS_OF, kpi_database_url="postgresql+psycopg://u:secret@127.0.0.1:9/none")
    assert (down.status, "isn't responding" in down.err) == (2, True)
    assert "secret" not in down.err
    assert "127.0.0.1" not in down.err
    path = tmp_path / "config" / "models" / "sales.yaml"
    endless = "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n) > 0"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        f'where: "{endless}"\n'
        + "\n".join(line for line in text.splitlines() if not line.startswith("where:")),
        encoding="utf-8",
    )
    slow = run(
        "ask", "sales", AS_OF,
        kpi_database_url=f"sqlite:///{demo_database(date(2026, 11, 22))}", kpi_query_timeout="0.5",
    )  # fmt: skip
    assert (slow.status, "took longer than 0.5 seconds" in slow.err) == (2, True), slow.err


def test_deliveries_shows_what_is_unknown(run: Run, tmp_path: Path) -> None:
    """With the reason; migrate first makes the tables."""
    assert f"revision {database.head()}" in run("migrate").out
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    rows, due = Deliveries(engine, "T0"), datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)
    rows.plan(What("weekly", "2026-W47", "C0"), due, due)
    Claims(engine, "T0", "me").move(rows.newest(1)[0], State.UNKNOWN, due, reason="TimeoutError")
    engine.dispose()
    shown = run("deliveries").out
    assert all(
        word in shown for word in ("2026-11-23 08:30", "weekly", "2026-W47", "unknown", "TimeoutError")
    )


def test_ask_counts_what_people_answered_to_the_bot(run: Run, tmp_path: Path) -> None:
    """Beside the customer's two answers of October; with two workspaces one has to be named."""
    survey_company(tmp_path).close()
    own = {
        "KPI_DATABASE_URL": f"sqlite:///{tmp_path / 'own.sqlite'}",
        "KPI_CONFIG_DIR": str(tmp_path / "config"),
    }
    line = ("ask", "nps since 2026-10", "--as-of", "2026-11-23", "--format", "json")
    assert json.loads(run(*line, **own).out)["parts"]["n"] == 2
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    asked = datetime(2026, 11, 20, 9, tzinfo=BRUSSELS)
    for workspace, scores in (("T1", (10, 9)), ("T2", (0, 0))):
        responses = ResponseBook(engine, workspace)
        responses.ask(Wave("w", "Acme", "U0"), [Contact("U01"), Contact("U02")], asked, timedelta(days=90))
        for user, score in zip(("U01", "U02"), scores, strict=True):
            responses.answer("w", user, score, asked)
        if workspace == "T1":
            assert json.loads(run(*line, **own).out)["parts"]["promoters"] == 3
    engine.dispose()
    assert "for example --workspace T1" in run(*line, **own).err
    parts = json.loads(run(*line, "--workspace", "T2", **own).out)["parts"]
    assert (parts["n"], parts["detractors"]) == (4, 3)


def test_schema_is_json_schema(run: Run) -> None:
    """For editors: models, metrics, dimensions, summaries."""
    found = json.loads(run("schema").out)
    assert found
    for schema in found.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_why_is_answered_as_text_json_and_sql(run: Run) -> None:
    """The exit status is that of a question; names are printed as they are."""
    said = run("ask", "why sales 2026-09 by category", AS_OF)
    assert said.status == 0
    assert "Grinders & Milk: " in said.out
    assert "Sum: +€115,875" in said.out
    found = json.loads(run("ask", "why sales 2026-09", AS_OF, "--format", "json").out)
    assert found["schema"] == 1
    assert found["breakdowns"][0]["sum"] == pytest.approx(found["comparison"]["change"])
    assert run("ask", "why sales 2026-09", AS_OF, "--format", "sql").out.startswith(("SELECT", "WITH"))
    rows = list(csv.DictReader(io.StringIO(run("ask", "why sales 2026-09", AS_OF, "--format", "csv").out)))
    for breakdown in found["breakdowns"]:
        parts = [float(row["part"]) for row in rows if row["dimension"] == breakdown["dimension"]]
        assert len(parts) == len(breakdown["parts"])
        assert sum(parts) == pytest.approx(found["comparison"]["change"])
    assert list(csv.DictReader(io.StringIO(run("ask", "why sales 2026-09 csv", AS_OF).out))) == rows
    assert run("ask", "why sales 2026-09", AS_OF, "--format", "xlsx").status == 1
    assert run("ask", "why salse", AS_OF).status == 1


def test_define_names_formula_tables_and_columns(run: Run) -> None:
    """The same words as people type; an unknown metric gets suggestions."""
    said = run("define", "conversie").out
    assert "leads.created whose converted_at is 0 to 89 days after its own day / leads.created" in said
    assert "rows of leads, where status not in ('spam', 'duplicate'), by created_at" in said
    wrong = run("define", "conversoin")
    assert (wrong.status, "conversion" in wrong.err) == (1, True)


def test_the_page_of_metrics_is_fresh(run: Run) -> None:
    """docs/kpis.md is what `kpi-bot define --all` prints."""
    page = (SHIPPED.parent / "docs" / "kpis.md").read_text(encoding="utf-8")
    assert run("define", "--all").out == page


@pytest.mark.parametrize(
    "command",
    [
        "init",
        "define",
        "ask",
        "summary",
        "check",
        "serve",
        "demo",
        "migrate",
        "deliveries",
        "audit",
        "schema",
    ],
)
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    """--help says what it does and shows one."""
    result = run(command, "--help")
    assert result.status == 0
    assert "Example" in result.out


def test_it_runs_as_a_module() -> None:
    """`python -m bot` is kpi-bot."""
    import bot.__main__ as entry

    assert entry.main is app.main


@pytest.mark.parametrize("output", ["text", "json", "blocks"])
@pytest.mark.parametrize("line", ["sales last month", "why sales last month", "sales 2026 per week share"])
def test_an_answer_is_calculated_once(
    line: str, output: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the format, the engine is asked one time."""
    asked: list[str] = []
    for name in ("answer", "explain"):
        whole = getattr(Engine, name)

        def counted(*arguments: object, _whole: Callable[..., object] = whole) -> object:
            asked.append(line)
            return _whole(*arguments)

        monkeypatch.setattr(Engine, name, counted)
    assert run("ask", line, AS_OF, "--format", output).status == 0
    assert asked == [line]


def test_a_refusal_in_blocks_is_read_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that doesn't answer is asked one time for each line."""
    asked: list[str] = []

    def slow(*_: object) -> None:
        asked.append("asked")
        raise WarehouseTimeoutError("The sales database took longer than 30 seconds.")

    monkeypatch.setattr(Engine, "answer", slow)
    result = run("ask", "-", AS_OF, "--format", "blocks", stdin="sales last month\n")
    assert result.status == 2
    assert "took longer than" in json.loads(result.out)["text"]
    assert asked == ["asked"]


def test_explain_prints_the_statements(run: Run) -> None:
    """After the answer: a table, then the SQL of each with its number."""
    plain = run("ask", "sales by rep vs target", AS_OF).out
    shown = run("ask", "sales by rep vs target", AS_OF, "--explain")
    assert shown.status == 0
    assert shown.out.startswith(plain)
    explained = shown.out.removeprefix(plain)
    table, _, sql = explained.partition("\n-- 1. ")
    for purpose in ("names: rep", "how far the data reaches: sales", "figures: sales", "targets: sales"):
        assert purpose in table
        assert f". {purpose} (sales)\nSELECT" in f"\n-- 1. {sql}"
    count = sql.count("\n-- ") + 1
    assert f"\n{count} statements, " in table
    assert sql.count(";\n") == count


def test_explain_in_json(run: Run) -> None:
    """The statements are beside what is printed without them."""
    lines = ["sales", "sales,leads", "why sales", "summary weekly", "help"]
    plain = run("ask", "-", AS_OF, "--format", "json", stdin="\n".join(lines))
    found = run("ask", "-", AS_OF, "--format", "json", "--explain", stdin="\n".join([*lines, "flurbs"]))
    *objects, refused = map(json.loads, found.out.splitlines())
    assert [entry["answer"] for entry in objects] == [json.loads(line) for line in plain.out.splitlines()]
    jsonschema.validate(refused["answer"], REFUSAL_SHAPE)
    for entry in (*objects, refused):
        assert set(entry) == {"schema", "answer", "statements", "kept"}
        for statement in entry["statements"]:
            assert set(statement) == {"for", "database", "rows", "seconds", "figures", "sql"}
    first, second, why, summary, about = objects
    known = {statement["sql"] for statement in first["statements"]}
    assert set(first["answer"]["sql"]) <= known
    assert any(statement["for"] == "figures: sales" for statement in first["statements"])
    assert "how far the data reaches: sales" in second["kept"]
    assert any(statement["figures"] > 2 for statement in why["statements"])
    assert summary["statements"]
    assert about["statements"] == []


def test_explain_shows_what_a_refused_question_sent(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that failed is where somebody looks for what is slow."""

    def slow(*_: object) -> None:
        raise WarehouseTimeoutError("The sales database took longer than 30 seconds.")

    monkeypatch.setattr(SqlWarehouse, "_rows", slow)
    said = run("ask", "sales", AS_OF, "--explain")
    assert said.status == 2
    assert "took longer than" in said.err
    assert "failed" in said.out
    assert "1 statement, 0 rows, " in said.out
    found = run("ask", "sales", AS_OF, "--explain", "--format", "json")
    assert found.status == 2
    assert json.loads(found.out)["statements"][0]["rows"] is None


@pytest.mark.parametrize("form", ["csv", "xlsx", "blocks", "sql"])
def test_explain_is_for_text_and_json(form: str, run: Run) -> None:
    refused = run("ask", "sales", AS_OF, "--explain", "--format", form)
    assert refused.status == 2
    assert "text or json" in refused.err
    assert not refused.out


@pytest.mark.parametrize("line", ["sales csv", "why sales csv"])
def test_explain_with_a_word_for_a_file(line: str, run: Run) -> None:
    refused = run("ask", line, AS_OF, "--explain")
    assert refused.status == 1
    assert "Leave out the word csv" in refused.err
