"""kpi-bot: the command line.

Exit status: 0 done or answered; 1 the question can't be answered; 2 configuration, database or usage.
"""

from __future__ import annotations

import gc
import logging
import secrets
import sys

from bot.cli import (  # noqa: F401 - each adds its commands to the app
    ask,
    connect,
    deliveries,
    doctor,
    records,
    run,
    targets,
)
from bot.cli.printing import err, print_error
from bot.cli.typer_app import ANSWERED, MISCONFIGURED, UNANSWERABLE, app
from kpi_engine.domain.errors import KpiError, QueryError

log = logging.getLogger(__name__)

_NEW_OBJECTS = 50_000
"""How many new objects start a garbage collection. With Python's 700 it looks through every module while they
are loaded, and through the rows of each result: a seventh of the CPU of a fresh `ask`.
"""


def main() -> None:
    """Run the command line; every mistake ends in a sentence and an exit status."""
    gc.set_threshold(_NEW_OBJECTS)
    try:
        app()
    except QueryError as wrong:
        print_error(wrong)
        raise SystemExit(UNANSWERABLE) from None
    except KpiError as wrong:
        print_error(wrong)
        raise SystemExit(MISCONFIGURED) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(ANSWERED) from None
    except Exception:
        reference = secrets.token_hex(4)
        log.debug("unexpected (reference %s)", reference, exc_info=True)
        err().print(
            f"Something went wrong on our side (reference {reference}). "
            "Set KPI_LOG_LEVEL=debug to see where, and please report it.",
            markup=False,
        )
        raise SystemExit(MISCONFIGURED) from None
