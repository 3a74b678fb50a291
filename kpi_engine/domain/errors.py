"""Every deliberate error of the product, and who is to act on it.

    KpiError                     message: a sentence for a salesperson; hint: what to try
      DefinitionError            a file under the config directory is wrong      operator, at start
      QueryError                 the question cannot be answered                 the asker
        UnknownNameError         close matches as suggestions
        AmbiguousNameError       the choices as suggestions
        UnmappedError            the metric's models aren't mapped; hint: which
        ForbiddenError           not the asker's to see
      DataError                  the database answered, but unusably             operator
        StatementRefusedError    SQL of a model file would do more than read
      WarehouseError             the database did not answer                     operator
        WarehouseTimeoutError
      QuestionCancelledError     whoever asked it doesn't want the answer        nobody
    DeliveryError                (bot) Slack did not take a message

Both are English; what varies in them is put there by `kpi_engine.said.said`, so that they can be said
in another language. `message` and `hint` never hold SQL, a class name, a token or an address: they
are shown to people. The cause is chained for the log.
"""

from dataclasses import dataclass

from kpi_engine.domain.translatable import as_said


class KpiError(Exception):
    """What went wrong (`message`) and what to try instead (`hint`), both for people."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = as_said(message)
        self.hint = as_said(hint)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file of the config directory, at a line (1-based).

    With `is_warning` the numbers are right as defined, but something is odd. With `is_note` as well
    nothing is odd: it is good to know. Problems of one `subject` are one thing seen in several files.
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
        """How bad it is: error, warning or note."""
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
    """A word that is no metric, dimension, member, period or verb."""


class AmbiguousNameError(QueryError):
    """A word that means more than one thing; `suggestions` holds one line for each."""


class UnmappedError(QueryError):
    """A metric that this database isn't mapped for."""


class ForbiddenError(QueryError):
    """Not the asker's to see."""


class DataError(KpiError):
    """The database answered, but not with something usable (a missing table, two currencies)."""


class StatementRefusedError(DataError):
    """A statement that does more than read was stopped before it reached the database."""


class WarehouseError(KpiError):
    """The database did not answer."""


class WarehouseTimeoutError(WarehouseError):
    """The database did not answer in time; the statement was cancelled."""


class QuestionCancelledError(KpiError):
    """Whoever asked doesn't want the answer any more; what ran for it was stopped."""

    def __init__(self) -> None:
        super().__init__("That question was cancelled.")
