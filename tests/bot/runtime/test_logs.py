"""The log: one line for each record, with date, zone and reference, and no words of people."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from bot.runtime.logs import JsonFormatter, TextFormatter
from bot.runtime.references import referring_to
from tests.shop import BRUSSELS

AUTUMN = 1_792_888_200.123  # 2026-10-25 02:30 in Brussels, the first of the two
AN_HOUR = 3600


def record(
    message: str, *given: object, wrong: BaseException | None = None, at: float = AUTUMN
) -> logging.LogRecord:
    exc_info = None if wrong is None else (type(wrong), wrong, wrong.__traceback__)
    made = logging.LogRecord("bot.slack", logging.WARNING, "x.py", 1, message, given, exc_info)
    made.created = at
    return made


def raised() -> BaseException:
    """Return an error that quotes what somebody typed, as Python's own do."""
    try:
        try:
            {}["sales rep:anna"]
        except KeyError as missing:
            raise ValueError("margin of anna") from missing
    except ValueError as wrong:
        return wrong


def test_a_line_has_date_zone_level_and_logger() -> None:
    """Also in the night in which an hour comes twice."""
    form = TextFormatter(BRUSSELS, with_tracebacks=False)
    assert form.format(record("%d rows", 3)) == "2026-10-25T02:30:00.123+02:00 WARNING bot.slack: 3 rows"
    assert form.format(record("again", at=AUTUMN + AN_HOUR)).startswith("2026-10-25T02:30:00.123+01:00 ")


def test_a_line_has_the_reference_of_what_is_worked_on() -> None:
    form = TextFormatter(BRUSSELS, with_tracebacks=False)
    with referring_to("1f2e3d4c"):
        assert " bot.slack [1f2e3d4c]: late" in form.format(record("late"))
        told = json.loads(JsonFormatter(BRUSSELS, with_tracebacks=False).format(record("late")))
    assert told == {
        "time": "2026-10-25T02:30:00.123+02:00",
        "level": "warning",
        "logger": "bot.slack",
        "message": "late",
        "reference": "1f2e3d4c",
    }
    assert "[" not in form.format(record("late"))


@pytest.mark.parametrize("form", [TextFormatter, JsonFormatter])
def test_a_name_can_not_forge_a_line(form: type[TextFormatter | JsonFormatter]) -> None:
    """Line breaks of every kind, and what would steer a terminal, are written out."""
    line = form(BRUSSELS, with_tracebacks=False).format(record("%s", "a\n2026 ERROR\r\u2028\x1b[2J\x85b"))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert "ERROR" in line


@pytest.mark.parametrize("form", [TextFormatter, JsonFormatter])
def test_an_error_is_its_kinds_and_places_on_one_line(form: type[TextFormatter | JsonFormatter]) -> None:
    """Its own words stay out, whoever logs it: asyncio and aiohttp log exceptions of ours too."""
    line = form(BRUSSELS, with_tracebacks=False).format(record("broken", wrong=raised()))
    assert len(line.splitlines()) == 1
    assert "ValueError > tests.bot.runtime.test_logs:" in line
    assert ", in raised; caused by KeyError > tests.bot.runtime.test_logs:" in line
    assert "anna" not in line


def test_at_debug_a_person_reads_the_traceback() -> None:
    text = TextFormatter(BRUSSELS, with_tracebacks=True).format(record("broken", wrong=raised()))
    assert text.endswith("ValueError: margin of anna")
    line = JsonFormatter(BRUSSELS, with_tracebacks=True).format(record("broken", wrong=raised()))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["traceback"].endswith("ValueError: margin of anna\n")


def test_without_an_exception_there_is_no_error() -> None:
    """`exc_info=True` outside of an except clause."""
    assert sys.exc_info() == (None, None, None)
    made = record("fine")
    made.exc_info = (None, None, None)
    assert TextFormatter(BRUSSELS, with_tracebacks=True).format(made).endswith(": fine")
    assert "error" not in json.loads(JsonFormatter(BRUSSELS, with_tracebacks=True).format(made))
