"""All errors that the product raises deliberately, and who must act on each.

    KpiError                     message: a sentence for a salesperson; hint: what to try
      DefinitionError            a file under the config directory is wrong      operator, at start
      QueryError                 the question cannot be answered                 the asker
        UnknownNameError         close matches as suggestions
        AmbiguousNameError       the choices as suggestions
        UnmappedError            the metric's models aren't mapped; hint: which
        ForbiddenError           the asker may not see the data
      DataError                  the database answered, but unusably             operator
        UnsoundError             the rows would make the figure wrong
        StatementRefusedError    SQL of a model file would do more than read
      WarehouseError             the database did not answer                     operator
        WarehouseTimeoutError
      QuestionCancelledError     the asker cancelled the question                no action needed
    DeliveryError                (bot) Slack did not take a message

`message` and `hint` are English. Their values are filled in by `kpi_engine.domain.translatable.said`, so
that both can be translated. They are shown to people and never contain SQL, class names, tokens or
addresses. The cause is chained for the log.
"""

from dataclasses import dataclass

from kpi_engine.domain.translatable import as_said


class KpiError(Exception):
    """Base error: what went wrong (`message`) and what to try instead (`hint`), both shown to people."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = as_said(message)
        self.hint = as_said(hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file of the config directory, at a line (1-based).

    `is_warning`: the numbers are correct as defined, but something looks wrong. `is_note`, set together
    with `is_warning`: for information only. Problems with the same `subject` have one common cause in
    several files.
    """

    file: str
    line: int
    message: str
    fix: str = ""
    is_warning: bool = False
    is_note: bool = False
    subject: str = ""

    @property
    def severity(self) -> str:
        """The severity: "error", "warning" or "note"."""
        return "note" if self.is_note else "warning" if self.is_warning else "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" + (f" {self.fix}" if self.fix else "")


class DefinitionError(KpiError):
    """One or more files under the config directory are wrong; `problems` names file, line and fix."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class QueryError(KpiError):
    """The question cannot be answered as it stands.

    `suggestions` are whole lines that the asker can send instead, best first.
    """

    def __init__(self, message: str, *, hint: str = "", suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.suggestions = suggestions


class UnknownNameError(QueryError):
    """A word is not a known metric, dimension, member, period or verb."""


class AmbiguousNameError(QueryError):
    """A word has several meanings; `suggestions` holds one line for each."""


class UnmappedError(QueryError):
    """The models that the metric needs aren't mapped."""


class ForbiddenError(QueryError):
    """The asker may not see the requested data."""


class DataError(KpiError):
    """The database answered, but the result is unusable (a missing table, two currencies)."""


class UnsoundError(DataError):
    """The rows contradict the model files in what the figure rests on, so it would be wrong."""


class StatementRefusedError(DataError):
    """A statement that does more than read was stopped before it reached the database."""


class WarehouseError(KpiError):
    """The database did not answer."""


class WarehouseTimeoutError(WarehouseError):
    """The database did not answer in time; the statement was cancelled."""


class QuestionCancelledError(KpiError):
    """The asker cancelled the question; its running statements were stopped."""

    def __init__(self) -> None:
        super().__init__("That question was cancelled.")
