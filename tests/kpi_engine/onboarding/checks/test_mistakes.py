"""Mistakes in a mapping that every column allows: caught by check, not by a wrong number."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from kpi_engine.onboarding.checks.clocks import shift
from kpi_engine.onboarding.checks.conditions import named_values
from tests.shop import BRUSSELS, Tables, checked

LEADS = """name: leads
table: leads
key: id
time: at
where: "state <> 'spam'"
joins:
  rep: {model: reps, on: {rep_id: id}}
dimensions:
  rep: rep_id
  team: team_id
measures:
  created: {agg: count}
  value: {agg: sum, of: amount}
  new: {agg: count_distinct, of: customer, first: {per: customer, event: id}}
"""
REPS = "name: reps\ntable: reps\nkey: id\nmembers:\n  rep: {label: name}\n"
TEAMS = "name: teams\ntable: teams\nkey: id\nmembers:\n  team: {label: name}\n"
TABLES: Tables = {
    "leads": (
        "id, at TEXT, state TEXT, rep_id, team_id, customer TEXT, amount NUMERIC, converted_at TEXT, qualified_at TEXT",
        [
            (n, f"2026-02-{n:02}", "spam" if n == 1 else "new", n, n, f"C{n}", 10, "2026-02-25", "2026-02-25")
            for n in range(1, 4)
        ],
    ),
    "reps": ("id, name TEXT", [(1, "Ann"), (2, "Bob"), (3, "Cy")]),
    "teams": ("id, name TEXT", [(1, "North"), (2, "South"), (3, "West")]),
}


def _found(folder: Path, leads: str = LEADS, reps: str = REPS, tables: Tables = TABLES) -> list[str]:
    models = {"leads": leads, "reps": reps, "teams": TEAMS}
    return [
        f"{found.severity} {Path(found.file).name}:{found.line} {found.message} {found.fix}"
        for found in checked(folder, tables, models)
    ]


def test_the_right_mapping_is_sound(tmp_path: Path) -> None:
    """What the mistakes below are made in."""
    assert _found(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("of: amount", "of: rep_id", "error leads.yaml:13 measures.value: rep_id is a key, and keys don't add up."),
        ("team: team_id", "team: rep_id", "warning leads.yaml:10 the dimensions rep and team use the same column (rep_id)."),
        ("{rep_id: id}", "{team_id: id}", "warning leads.yaml:7 joins.rep leads by team_id to reps, but dimensions.team says that it is a key of teams."),
        ("{per: customer", "{per: id", "warning leads.yaml:14 measures.new: every row is the first of its own id"),
        ("'spam'", "'Spam'", "warning leads.yaml:5 where: no row has a value that it names ('Spam' for 'spam'?): state holds 'new', 'spam'."),
        ("{agg: count}", "{agg: count, where: \"state in ('new', 'open')\"}", "warning leads.yaml:12 measures.created.where: no row has a value that it names ('open'): state holds"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_facts(tmp_path: Path, old: str, new: str, said: str) -> None:
    """One at a time; the line is the one to mend."""
    found = _found(tmp_path, LEADS.replace(old, new))
    assert any(line.startswith(said) for line in found), found


def test_members_called_by_a_number(tmp_path: Path) -> None:
    """Nobody types rep:17."""
    (found,) = _found(tmp_path, reps=REPS.replace("label: name", "label: id"))
    assert found.startswith("warning reps.yaml:5 members of rep are called by their key (1).")


def test_keys_of_another_table(tmp_path: Path) -> None:
    """Numbers that the members' own table doesn't know: most of them, and the column was mistaken."""
    rows = [(n, *row[1:4], n + 2, *row[5:]) for n, row in enumerate(TABLES["leads"][1], 1)]
    tables = {**TABLES, "leads": (TABLES["leads"][0], rows)}
    (found,) = _found(tmp_path, tables=tables)
    assert found.startswith("error leads.yaml:10 team_id: 2 of 2 rows don't match a member of teams (4, 5)")


def test_costs_of_whole_months(tmp_path: Path) -> None:
    """Every row on the first of a month: it stands for the month, unless the model says so."""
    costs = (
        "name: marketing_costs\ntable: costs\nkey: id\ntime: at\nmeasures: {amount: {agg: sum, of: amount}}\n"
    )
    tables = {"costs": ("id, at TEXT, amount NUMERIC", [(n, f"2026-0{n}-01", 5) for n in range(1, 4)])}
    (found,) = checked(tmp_path, tables, {"marketing_costs": costs})
    assert (found.is_warning, found.line, found.fix) == (True, 4, "Set grain: month.")
    monthly = costs.replace("time: at\n", "time: at\ngrain: month\n")
    assert checked(tmp_path / "monthly", tables, {"marketing_costs": monthly}) == []


def test_somebody_who_promotes_and_detracts(tmp_path: Path) -> None:
    """Bounds that overlap make the score wrong."""
    answers = """name: nps_answers
table: answers
key: id
time: at
measures:
  answers: {agg: count}
  promoters: {agg: count, where: "score between 9 and 10"}
  detractors: {agg: count, where: "score between 0 and 9"}
  delivered: {agg: count}
  answered: {agg: count}
"""
    tables = {"answers": ("id, at TEXT, score", [(1, "2026-02-01", 9), (2, "2026-02-02", 3)])}
    (found,) = checked(tmp_path, tables, {"nps_answers": answers})
    assert (found.is_warning, found.line) == (False, 8)
    assert "1 answers are counted as promoters and as detractors." in found.message
    sound = answers.replace("0 and 9", "0 and 6")
    assert checked(tmp_path / "sound", tables, {"nps_answers": sound}) == []


def _office_hours(zone: str) -> list[tuple[object, ...]]:
    """Two years of leads between 8 and 18 in Brussels, as text in local time or in UTC."""
    random = Random("office")
    start = datetime(2024, 1, 1)
    rows: list[tuple[object, ...]] = []
    for number in range(2_000):
        at = start + timedelta(days=random.randrange(730))
        at = at.replace(hour=random.choice((9, 9, 9, 10, 10, 11, 14, 15, 16)), minute=random.randrange(60))
        local = at.replace(tzinfo=BRUSSELS)
        moment = local.astimezone(UTC) if zone == "UTC" else local
        rows.append((number, f"{moment:%Y-%m-%d %H:%M:%S}"))
    return rows


@pytest.mark.parametrize(
    ("stored", "declared", "when"),
    [
        ("UTC", "", "an hour earlier in summer than in winter, read as Europe/Brussels"),
        ("UTC", "zone: UTC\n", ""),
        ("local", "", ""),
        ("local", "zone: UTC\n", "an hour later in summer than in winter, read as UTC"),
    ],
)
def test_hours_that_move_with_the_seasons(tmp_path: Path, stored: str, declared: str, when: str) -> None:
    """People keep their hours all year; moments in another zone than the declared one don't."""
    leads = f"name: leads\ntable: leads\nkey: id\ntime: at\n{declared}measures: {{created: {{agg: count}}}}\n"
    tables = {"leads": ("id, at TEXT", _office_hours(stored))}
    found = checked(tmp_path, tables, {"leads": leads}, now="2026-01-02T09:00")
    assert [when in problem.message for problem in found] == ([True] if when else [])


def test_an_hour_is_only_claimed_where_it_is_clear() -> None:
    """Few rows scatter, and hours that are spread over the day can't tell."""
    assert shift(Counter({9: 500, 10: 100}), Counter({8: 500, 9: 100})) == -1
    assert shift(Counter({9: 500, 10: 100}), Counter({9: 480, 10: 120})) == 0
    assert shift(Counter(dict.fromkeys(range(24), 10)), Counter(dict.fromkeys(range(24), 11))) == 0
    assert shift(Counter({9: 500}), Counter({15: 500})) == 0


def test_the_values_that_a_condition_names() -> None:
    """By column, as it is written; what isn't compared with a text is left alone."""
    condition = (
        "\"Deal stage\" in ('Won', 'It''s') and kind <> 'x' and n > 3 and name like 'a%' and y not in ('q')"
    )
    assert named_values(condition) == {'"Deal stage"': ["Won", "It's"], "kind": ["x"], "y": ["q"]}
