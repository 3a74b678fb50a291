"""The engine: takes a scoped question and returns its answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import literal, select

from kpi_engine.analysis.targets import TargetIndex, TargetRow
from kpi_engine.answers import why
from kpi_engine.answers.arrivals import arrival_mark
from kpi_engine.answers.lacking import lacking
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.together import answered
from kpi_engine.database.warehouse import EmptyWarehouse, Warehouse
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import KpiError, Problem, QueryError
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.lacking import Lacking
from kpi_engine.domain.periods import IsWorkingDay, add_months
from kpi_engine.domain.query import Key, Member, Query, Scope, ScopedQuery
from kpi_engine.domain.sharing import Sharing
from kpi_engine.domain.statements import StatementLog, recording
from kpi_engine.domain.summary import Summary, SummaryRequest
from kpi_engine.language.large_roster import LargeRoster
from kpi_engine.language.member_names import Roster
from kpi_engine.language.parser import NOBODY, parse
from kpi_engine.proofs.prover import ProofBook, Prover
from kpi_engine.reading.kept import is_afresh
from kpi_engine.reading.members import MemberRow
from kpi_engine.reading.reader import Reader
from kpi_engine.reading.target_table import TableTargets, Targets
from kpi_engine.reading.wanted import TargetsOf
from kpi_engine.summaries import making

if TYPE_CHECKING:
    from kpi_engine.onboarding.advice import Advice
    from kpi_engine.onboarding.checks import Extent
    from kpi_engine.onboarding.grants import Excess

log = logging.getLogger(__name__)

T = TypeVar("T")

_REP = "rep"


class _Checked:
    """What the command line asks of an engine besides answers: whether its files fit, and advice."""

    catalogue: Catalogue
    _reader: Reader
    _setting: Setting
    _warehouses: Mapping[str, Warehouse]

    def problems(self) -> tuple[Problem, ...]:
        """Return where the databases don't match the model files (see live_schema.problems)."""
        from kpi_engine.onboarding import live_schema

        return live_schema.problems(self.catalogue, self._reader)

    def unread(self) -> Mapping[str, tuple[str, ...]]:
        """Return the shipped metrics that need a missing column (see live_schema.unread)."""
        from kpi_engine.onboarding import live_schema

        return live_schema.unread(self.catalogue, self._reader)

    def row_problems(self, now: datetime, unread: Collection[str] = ()) -> tuple[Problem, ...]:
        """Return problems found in the rows (see checks.problems).

        `unread` are the files in which `problems` found mistakes.
        """
        from kpi_engine.onboarding import checks

        return checks.problems(self.catalogue, self._reader, now, self._setting.is_working_day, unread)

    def extents(self, now: datetime) -> tuple[Extent, ...]:
        """Return the row count and time span of each model. Requires `problems` to be empty."""
        from kpi_engine.onboarding import checks

        return checks.extents(self.catalogue, self._reader, now)

    def advice(self, now: datetime) -> tuple[Advice, ...]:
        """Return what would make questions faster (see advice.advice). Requires `problems` to be empty."""
        from kpi_engine.onboarding.advice import advice

        return advice(self.catalogue, self._reader, now)

    def excess(self) -> Iterator[Excess]:
        """Return the rights beyond reading of the customer's database users (see grants.excess)."""
        from kpi_engine.onboarding.grants import excess_of_each

        return excess_of_each(self.catalogue.mapped_models, self._warehouses)


class Engine(_Checked):
    """Answers questions about one catalogue from its databases. Synchronous and thread-safe.

    What is asked by several at the same time is computed once: the same questions, of the same rows
    (`ScopedQuery`), on the same day, with the same targets. The attribute `sharing` knows who asks.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        warehouses: Mapping[str, Warehouse],
        *,
        zone: ZoneInfo,
        is_working_day: IsWorkingDay | None,
        targets: Targets | None = None,
        proofs: ProofBook | None = None,
    ) -> None:
        """Create an engine without connecting to a database.

        `warehouses` is keyed by the name that models give in `database:`. If `is_working_day` is None,
        running periods are compared by calendar days. If no warehouse is given for the bot's own
        tables, they are treated as empty. What the attribute `prover` has proved of the rows, `proofs` keeps
        for other processes.
        """
        self.catalogue = catalogue
        self.zone = zone
        own = {model.database for model in catalogue.models.values() if model.is_own}
        self._warehouses: Mapping[str, Warehouse] = {**dict.fromkeys(own, EmptyWarehouse()), **warehouses}
        self._targets = targets
        self._proofs = proofs
        self.sharing = Sharing()
        self._reader = Reader(catalogue, self._warehouses, zone)
        self.prover = Prover(catalogue, self._reader, proofs)
        known = targets or TableTargets(catalogue, self._reader, is_working_day)
        self._setting = Setting(catalogue, self._reader, known, zone, is_working_day, self.prover)

    def beside(self, database: str, warehouse: Warehouse) -> Engine:
        """Return an engine over the same databases, with `warehouse` added or replaced as `database`."""
        return self._over({**self._warehouses, database: warehouse}, self._targets)

    def with_targets(self, before: Callable[[Targets], Targets]) -> Engine:
        """Return an engine over the same databases with this engine's targets wrapped by `before`."""
        return self._over(self._warehouses, before(self._setting.targets))

    def with_proofs(self, book: ProofBook) -> Engine:
        """Return an engine over the same databases that keeps in `book` what was proved of their rows."""
        return self._over(self._warehouses, self._targets, book)

    def _over(
        self, warehouses: Mapping[str, Warehouse], targets: Targets | None, proofs: ProofBook | None = None
    ) -> Engine:
        zone, days, kept = self.zone, self._setting.is_working_day, proofs or self._proofs
        return Engine(
            self.catalogue, warehouses, zone=zone, is_working_day=days, targets=targets, proofs=kept
        )

    def targets(
        self, metrics: Collection[str], month: date, now: datetime
    ) -> Mapping[str, tuple[TargetRow, ...]]:
        """Return the targets of each metric, as valid at `now`, for the month whose first day is `month`."""
        found = self.targets_of_months(metrics, month, add_months(month, 1), now)
        return {metric: index.stated for metric, index in found.items()}

    def targets_of_months(
        self, metrics: Collection[str], start: date, end: date, now: datetime
    ) -> Mapping[str, TargetIndex]:
        """Return each metric's targets for the months that begin in `[start, end)`, as valid at `now`."""
        wanted = [TargetsOf(metric, start, end) for metric in metrics]
        found = self._setting.targets.read(wanted, now)
        return {want.metric: found[want] for want in wanted}

    def today(self, now: datetime) -> date:
        """Return the date of the business zone at `now` (zone-aware)."""
        return now.astimezone(self.zone).date()

    def answer(self, scoped: ScopedQuery, now: datetime) -> tuple[Answer, ...]:
        """Return one answer per metric of the question.

        Raises QueryError if the question can't be answered as it stands, and DataError or
        WarehouseError if the database can't answer it.
        """
        return self.answer_all([scoped], now)[0]

    def answer_all(self, questions: Sequence[ScopedQuery], now: datetime) -> tuple[tuple[Answer, ...], ...]:
        """Return the answers to each question, read together in shared statements. Raises as `answer`."""
        if not all(scoped.query.metrics for scoped in questions):
            raise QueryError("The question doesn't name a metric.", hint="Try sales, leads or conversion.")
        about = ("answers", tuple(questions))
        return self._shared(about, now, lambda: self._answers(questions, now))

    def _answers(
        self, questions: Sequence[ScopedQuery], now: datetime, *, is_brief: bool = False
    ) -> tuple[tuple[Answer, ...], ...]:
        asked: list[tuple[Query, Scope]] = []
        for scoped in questions:
            asked += [(replace(scoped.query, metrics=(name,)), scoped.scope) for name in scoped.query.metrics]
        setting = self._setting.within(questions)
        found = iter(answered(setting, asked, now, is_brief=is_brief).answers)
        return tuple(tuple(next(found) for _ in scoped.query.metrics) for scoped in questions)

    def figures(self, questions: Sequence[ScopedQuery], now: datetime) -> tuple[Answer, ...]:
        """Return the answer to each one-metric question with its figure and what it is compared with alone.

        They are read together, and nothing is judged that takes a history. Raises as `answer`.
        """
        about = ("figures", tuple(questions))
        every = self._shared(about, now, lambda: self._answers(questions, now, is_brief=True))
        return tuple(answer for answers in every for answer in answers)

    def ask(self, line: str, now: datetime) -> tuple[Answer, ...]:
        """Return the answers to a question as typed, over all rows; `now` is zone-aware.

        Raises QueryError if the line isn't understood, and the errors of `answer`.
        """
        query = parse(line, self.catalogue, self.members(), NOBODY, self.today(now))
        return self.answer(ScopedQuery(query, Scope()), now)

    def explain(
        self, scoped: ScopedQuery, now: datetime, without: Collection[str] = frozenset()
    ) -> Explanation:
        """Return why the figure of a one-metric question differs from that of its first comparison.

        `without` names the dimensions to skip.
        Raises QueryError if there is nothing to compare or to split, and the errors of `answer`.
        """
        setting = self._setting.within([scoped])
        return self._shared(
            ("why", scoped, frozenset(without)),
            now,
            lambda: why.explanation(setting, scoped.query, scoped.scope, now, without),
        )

    def explain_all(
        self, questions: Sequence[ScopedQuery], now: datetime, without: Collection[str] = frozenset()
    ) -> tuple[Explanation | None, ...]:
        """Return what `explain` does of each question, read together; None where there is no change."""
        asked = [(scoped.query, scoped.scope) for scoped in questions]
        return why.explanations(self._setting.within(questions), asked, now, without)

    def drivers(self, scoped: ScopedQuery, now: datetime) -> tuple[str, ...]:
        """Return the dimensions that tell most of the change of a question's figure, as `explain` has them.

        Raises the errors of `explain`.
        """
        return why.ranking(self._setting.within([scoped]), scoped.query, scoped.scope, now)

    def recorded(self) -> AbstractContextManager[StatementLog]:
        """Return a block within which every statement that this thread sends to the databases is recorded."""
        return recording({id(warehouse): name for name, warehouse in self._warehouses.items()})

    def summary(self, request: SummaryRequest, now: datetime) -> Summary:
        """Return a summary with what is worth telling in it. Raises as `answer`."""
        questions = tuple(tuple(section) for section in request.questions)
        setting = self._setting.within(scoped for section in questions for scoped in section)
        # what was told before differs by place, and only the choice of what is told depends on it
        about = (request.spec, questions, request.period, tuple(request.left_out), request.is_private)
        gathered = self._shared(("summary", *about), now, lambda: making.gathered(setting, request, now))
        return making.summary(setting, request, gathered, now)

    def _shared(self, about: Hashable, now: datetime, compute: Callable[[], T]) -> T:
        """Return what `compute` returns, computed once for all who ask the same meanwhile."""
        key = (about, self.today(now), self._setting.targets.edition(), is_afresh())
        return self.sharing.of(key, compute)

    def members(self) -> Mapping[str, Roster]:
        """Return the members of every dimension, by dimension name; members are sorted by label.

        Of a dimension that has more than 20,000, so many are returned; the roster looks up any other.
        """
        return {dimension: self.members_of(dimension) for dimension in self.catalogue.dimensions}

    def members_of(self, dimension: str) -> Roster:
        """Return the members of one dimension, sorted by label (see `members`)."""
        rows = self._reader.members(dimension)
        members = (row.member for row in rows)
        return Roster(members) if rows.is_complete else LargeRoster(members, self._reader.lookup(dimension))

    def people(self) -> Mapping[str, Member]:
        """Return the rep of each Slack user id that only one rep has; empty if no model maps the ids."""
        return _one_each((row.user, row.member) for row in self._people() if row.user)

    def addresses(self) -> Mapping[str, Member]:
        """Return the rep of each case-folded e-mail address; empty if no model maps the addresses.

        Addresses shared by several reps are ignored.
        """
        return _one_each((row.email.strip().casefold(), row.member) for row in self._people() if row.email)

    def _people(self) -> tuple[MemberRow, ...]:
        """Return the reps if a model maps their Slack ids or e-mail addresses, else an empty tuple."""
        tables = [model.members[_REP] for model in self.catalogue.models.values() if _REP in model.members]
        return self._reader.members(_REP) if any(table.user or table.email for table in tables) else ()

    def belonging(self, dimension: str, to: str) -> Mapping[Key, Key]:
        """Return the key of `to` by the key of each member of `dimension`, such as each rep's team."""
        return self._reader.belonging(dimension, to)

    def lacking(self, queries: Sequence[Query], since: date, now: datetime) -> tuple[Lacking, ...]:
        """Return which rows of the periods of some questions, from `since` on, haven't arrived.

        They are those of whole models, not of the asker's rows: tell their numbers only to people who see
        everything.
        Raises the errors of `answer`.
        """
        return lacking(self._setting, queries, since, now)

    def afresh(self, seconds: float) -> AbstractContextManager[None]:
        """Return a block in which nothing is used that was read more than `seconds` before it began.

        It holds for whatever tells which rows there are: members, targets, and how far the data is loaded.
        """
        return self._reader.afresh(seconds)

    def data_until(self, now: datetime) -> Mapping[str, datetime | None]:
        """Return the time up to which each model with a time column is loaded, by model name."""
        models = (
            model
            for model in self.catalogue.models.values()
            if model.time and not model.targets and not model.is_own
        )
        return {name: span.until for name, span in self._reader.spans(models, now).items()}

    def arrived(self, metric: str, now: datetime) -> str:
        """Return a mark of a metric's rows that changes when new ones arrive (see answers.arrivals)."""
        return arrival_mark(self.catalogue, self._reader, metric, now)

    def answers(self) -> bool:
        """Return whether every database responds to a query."""
        return _all_respond(self._warehouses.values())

    def close_database(self, name: str) -> None:
        """Close one database. Use this if the other databases are shared with another engine."""
        self._warehouses[name].close()

    def close(self) -> None:
        """Close every database."""
        for warehouse in self._warehouses.values():
            warehouse.close()


def _one_each(named: Iterable[tuple[str, Member]]) -> Mapping[str, Member]:
    """Return the member of each name, without names shared by several members."""
    found: dict[str, set[Member]] = {}
    for name, member in named:
        found.setdefault(name, set()).add(member)
    return {name: next(iter(members)) for name, members in found.items() if len(members) == 1}


def _all_respond(warehouses: Iterable[Warehouse]) -> bool:
    """Return whether every database responds to a query; one that doesn't is logged."""
    try:
        for warehouse in warehouses:
            warehouse.read(select(literal(1)))
    except KpiError as wrong:
        log.warning("a database doesn't answer: %s", wrong)
        return False
    return True
