"""Print at a terminal: tables and text on standard output, errors and progress on standard error."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, Any

from rich.console import Console

from kpi_engine.domain.errors import DefinitionError, KpiError, QueryError

if TYPE_CHECKING:
    from bot.runtime.settings import Settings

_PATIENCE_SECONDS = 2

_PIPE_WIDTH = 160


def print_json(value: Any, *, compact: bool = False) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=None if compact else 2, default=str) + "\n")


def print_line(line: str) -> None:
    out().print(line, markup=False, soft_wrap=True)


def out() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_WIDTH, color_system=None)


def err() -> Console:
    return Console(stderr=True, highlight=False)


def print_error(wrong: KpiError) -> None:
    """Print what went wrong, what to do, and what to type instead."""
    if isinstance(wrong, DefinitionError):
        for problem in wrong.problems:
            err().print(str(problem), markup=False, soft_wrap=True)
        return
    err().print(str(wrong), markup=False, soft_wrap=True)
    for line in wrong.suggestions if isinstance(wrong, QueryError) else ():
        err().print(f"  {line}", markup=False, soft_wrap=True)


def log_to_stderr(settings: Settings, *, quiet: bool = False) -> None:
    """Log to standard error at the level of the settings; `quiet` shows no information, only warnings."""
    from bot.runtime.logs import JsonFormatter, TextFormatter
    from bot.runtime.settings import readable_secrets, unknown_settings

    level = logging.WARNING if quiet and settings.kpi_log_level == "info" else settings.kpi_log_level.upper()
    handler = logging.StreamHandler()
    form = JsonFormatter if settings.kpi_log_format == "json" else TextFormatter
    handler.setFormatter(form(settings.zone, with_tracebacks=settings.kpi_log_level == "debug"))
    # libraries log at warning only: below that, database drivers and SQLAlchemy write out statements and rows
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for own in ("bot", "kpi_engine"):
        logging.getLogger(own).setLevel(level)
    for warning in (readable_secrets(), *unknown_settings()):
        if warning:
            logging.getLogger(__name__).warning(warning)


@contextmanager
def patience(doing: str) -> Iterator[None]:
    """Show that something is going on, where it takes over two seconds."""
    console = err()
    status = console.status(f"{doing} …")
    timer = Timer(_PATIENCE_SECONDS, status.start)
    timer.daemon = True
    if console.is_terminal:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        status.stop()
