"""What is written to the log of an error that nobody expected: where it happened, not what people typed.

The message of an exception may quote a name, a question or an answer; Python's own often do. It is shown only
at the level debug, for a person who looks for the cause.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from traceback import extract_tb, format_list


def log_unexpected(log: logging.Logger, what: str, wrong: BaseException) -> None:
    """Log an error with the kinds of its exceptions and their places in the code."""
    if log.isEnabledFor(logging.DEBUG):
        log.error(what, exc_info=wrong)
    else:
        log.error("%s\n%s", what, "\n".join(_told(wrong)))


def _told(wrong: BaseException) -> Iterator[str]:
    cause = wrong.__cause__ or (None if wrong.__suppress_context__ else wrong.__context__)
    if cause is not None:
        yield from _told(cause)
    yield "".join(format_list(extract_tb(wrong.__traceback__))).rstrip()
    yield type(wrong).__qualname__
