"""What a check found, as a person reads it: sorted by how bad it is, summed up, and narrow enough."""

from __future__ import annotations

from bot.render.check_report import left_out_lines, problem_lines, verdict
from kpi_engine.domain.errors import Problem

WRONG = Problem("models/a.yaml", 3, "id isn't unique.", "Name another key.")
STALE = [
    Problem(f"models/{name}.yaml", 5, "the newest day is old.", "Load it.", is_warning=True, subject="stale")
    for name in "abc"
]
IDLE = Problem("models/reps.yaml", 4, "2 of 3 are idle.", "Leave them out.", is_warning=True, is_note=True)


def test_mistakes_first_and_one_cause_said_once() -> None:
    """Three files that read one stale column give one warning, with the other places."""
    assert list(problem_lines([IDLE, *STALE, WRONG], None)) == [
        ("error", "Mistakes:"),
        ("error", "models/a.yaml:3: id isn't unique.\n    Name another key."),
        ("warning", "Warnings:"),
        (
            "warning",
            f"{STALE[0].file}:5: the newest day is old.\n    Load it.\n    Also in models/b.yaml:5, models/c.yaml:5.",
        ),
        ("note", "Good to know:"),
        ("note", "models/reps.yaml:4: 2 of 3 are idle.\n    Leave them out."),
    ]


def test_no_line_is_wider_than_the_terminal() -> None:
    """Words are moved to the next line, nothing is cut off."""
    long = Problem("models/a.yaml", 3, "word " * 40 + "end.", "fix " * 40 + "done.")
    text = "\n".join(line for _, line in problem_lines([long], 80))
    assert max(map(len, text.splitlines())) <= 80
    assert (text.count("word"), text.count("fix")) == (40, 40)


def test_metrics_that_lack_the_same_stand_together() -> None:
    """A database without costs isn't told so for each metric."""
    lacking = {
        "cac": ("model marketing_costs", "model sales_costs"),
        "cost_per_lead": ("model marketing_costs",),
        "cost_per_conversion": ("model marketing_costs",),
    }
    assert list(left_out_lines(lacking)) == [
        "cac is left out: it needs the model marketing_costs and the model sales_costs.",
        "cost_per_lead, cost_per_conversion are left out: they need the model marketing_costs.",
    ]


def test_the_last_line_says_all_well_only_where_it_is() -> None:
    """Warnings are counted as they are shown: one cause once."""
    assert verdict([], 9) == "All well: 9 metrics answer."
    assert verdict([*STALE, IDLE], 9) == "No mistakes, 1 warning and 1 note: 9 metrics answer."
