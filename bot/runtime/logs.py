"""The log: one line for each record, as text or as JSON, with date, zone and reference.

Of an error that nobody expected it says where it happened, not what people typed. The message of an exception
may quote a name, a question or an answer; Python's own often do. It is shown only at the level debug, for a
person who looks for the cause.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from traceback import format_exception, walk_tb
from zoneinfo import ZoneInfo

from bot.runtime.references import current_reference

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What would end a line, or steer a terminal."""


def log_unexpected(log: logging.Logger, what: str, wrong: BaseException) -> None:
    """Log an error with the kinds of its exceptions and their places in the code."""
    if log.isEnabledFor(logging.DEBUG):
        log.error(what, exc_info=wrong)
    else:
        log.error("%s: %s", what, places_of(wrong))


def places_of(wrong: BaseException) -> str:
    """Return the kind of an exception and where it came from, the innermost place last; then its causes."""
    return "; caused by ".join(_told(wrong))


def _told(wrong: BaseException) -> Iterator[str]:
    passed = (
        f"{frame.f_globals.get('__name__', '?')}:{line}, in {frame.f_code.co_name}"
        for frame, line in walk_tb(wrong.__traceback__)
    )
    yield " > ".join((type(wrong).__qualname__, *passed))
    cause = wrong.__cause__ or (None if wrong.__suppress_context__ else wrong.__context__)
    if cause is not None:
        yield from _told(cause)


class TextFormatter(logging.Formatter):
    """Writes a record as one line: when, level, who logged it, the reference in brackets, what.

    `with_tracebacks`: the tracebacks of exceptions follow on lines of their own.
    """

    def __init__(self, zone: ZoneInfo, *, with_tracebacks: bool) -> None:
        """Take the zone that moments are shown in."""
        super().__init__()
        self._zone = zone
        self._with_tracebacks = with_tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        reference = current_reference()
        marked = f" [{reference}]" if reference else ""
        line = f"{_moment(record, self._zone)} {record.levelname} {record.name}{marked}: {_message(record)}"
        wrong = _exception(record)
        if wrong is None:
            return line
        if self._with_tracebacks:
            return f"{line}\n{''.join(format_exception(wrong)).rstrip()}"
        return f"{line}: {places_of(wrong)}"


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object: time, level, logger, reference, message, error, traceback.

    `error` has the kinds and places of an exception; its traceback is there only `with_tracebacks`.
    """

    def __init__(self, zone: ZoneInfo, *, with_tracebacks: bool) -> None:
        """Take the zone that moments are shown in."""
        super().__init__()
        self._zone = zone
        self._with_tracebacks = with_tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as JSON."""
        told = {
            "time": _moment(record, self._zone),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if reference := current_reference():
            told["reference"] = reference
        if wrong := _exception(record):
            told["error"] = places_of(wrong)
            if self._with_tracebacks:
                told["traceback"] = "".join(format_exception(wrong))
        return json.dumps(told)


def _moment(record: logging.LogRecord, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(record.created, zone).isoformat(timespec="milliseconds")


def _message(record: logging.LogRecord) -> str:
    """Return the message of a record on one line: a name with a line break in it can't forge another one."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), record.getMessage())


def _exception(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None
