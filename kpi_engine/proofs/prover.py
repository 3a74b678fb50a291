"""What is known about the rows: each thing that a figure rests on is proved once, and then remembered.

A proof is an alarm, which is one value that costs little, and where it rings a closer look. What the database
itself keeps unique needs no alarm. A question whose proofs aren't known yet waits for them, but never longer
than a few seconds; in a running bot they are made at its start, every night and when a table changes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Any, Protocol, TypeVar

from kpi_engine.database.time_limit import at_most
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import DataError, Problem, WarehouseError, WarehouseTimeoutError
from kpi_engine.domain.periods import ONE_DAY
from kpi_engine.domain.statements import sent_for
from kpi_engine.proofs.aspects import Alarm, alarm_of, is_broken, problems_of, rings
from kpi_engine.proofs.proof import Proof
from kpi_engine.proofs.schema import Schema
from kpi_engine.proofs.subjects import Subject, every_use
from kpi_engine.reading.kept import Elapsed
from kpi_engine.reading.reader import Reader
from kpi_engine.reading.sources import one_row

log = logging.getLogger(__name__)

Found = TypeVar("Found")

PURPOSE = "whether rows can be counted"
"""What the statements of proofs are for."""
PATIENCE = 2.0
"""Seconds that proofs may take together, and then one by one, while a question waits for them."""
_SHORTEST = 0.05
_AGAIN = 600.0
"""Seconds after which what took too long is tried again."""


class ProofBook(Protocol):
    """Keeps proofs beyond the life of a process, by a text that stands for what was proved."""

    def known(self, keys: Collection[str], since: date) -> Mapping[str, bool]:
        """Return which of some proofs made on the day `since` or later held."""
        ...

    def keep(self, held: Mapping[str, bool], day: date) -> None:
        """Keep whether some proofs held on a day."""
        ...


class NoBook:
    """Keeps nothing."""

    def known(self, keys: Collection[str], since: date) -> Mapping[str, bool]:  # noqa: ARG002 - the protocol's
        """Return nothing."""
        return {}

    def keep(self, held: Mapping[str, bool], day: date) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of some subjects: those that the rows contradict, and those not proved yet."""

    broken: frozenset[Subject]
    unproved: frozenset[Subject]


class Prover:
    """Proves what the figures of one catalogue rest on; safe to share between threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        reader: Reader,
        book: ProofBook | None = None,
        elapsed: Elapsed = monotonic,
    ) -> None:
        """Prove nothing yet. `book` keeps proofs for other processes."""
        self._catalogue = catalogue
        self._reader = reader
        self._book = book or NoBook()
        self._elapsed = elapsed
        self._held: dict[Subject, tuple[date, bool]] = {}
        self._waits: dict[Subject, float] = {}
        self._too_slow: set[Subject] = set()
        self._lock = Lock()
        self.schema = Schema(reader)

    def proof(self, now: datetime) -> Proof:
        """Return what looks at the rows at `now`."""
        return Proof(self._catalogue, self._reader, now)

    def known(self, subjects: Iterable[Subject], now: datetime) -> Known:
        """Return what is known of some subjects, after proving what isn't known yet within a few seconds.

        Raises QuestionCancelledError, and nothing else.
        """
        every, today = frozenset(subjects), self._reader.today(now)
        missing = sorted((entry for entry in every if not self._is_known(entry, today)), key=repr)
        if missing:
            self._prove(missing, now, self._elapsed() + 2 * PATIENCE)
        held = {subject: self._held.get(subject) for subject in every}
        return Known(
            frozenset(subject for subject, found in held.items() if found and not found[1]),
            frozenset(subject for subject, found in held.items() if not found and subject in self._too_slow),
        )

    def prove_all(self, now: datetime) -> tuple[Problem, ...]:
        """Prove everything that any metric rests on again; return what the rows contradict, each once.

        Raises nothing: what can't be read is proved later.
        """
        self.schema.forget()
        subjects = {subject for use in every_use(self._catalogue) for subject in use.subjects}
        self._prove(sorted(subjects, key=repr), now)
        return self.mistakes(now)

    def mistakes(self, now: datetime) -> tuple[Problem, ...]:
        """Look closer at what is known to be contradicted; return that as `kpi-bot check` says it.

        What holds by now is known to hold. Raises DataError and WarehouseError.
        """
        broken = sorted((subject for subject, (_, holds) in self._held.items() if not holds), key=repr)
        self._prove(broken, now)
        found: dict[Problem, None] = {}
        for subject in broken:
            if not self._held[subject][1]:
                found |= dict.fromkeys(problems_of(subject, self.proof(now), self.schema))
        return tuple(found)

    def is_changed(self) -> bool:
        """Whether the declaration of a table has changed since it was read; the new one is known then."""
        models = [model for model in self._catalogue.mapped_models if model.table]
        if not models:
            return False
        before = [self.schema.table(model) for model in models]
        self.schema.forget()
        self.schema.learn(models)
        return [self.schema.table(model) for model in models] != before

    def _is_known(self, subject: Subject, today: date) -> bool:
        found = self._held.get(subject)
        if found is not None and found[0] >= today - ONE_DAY:
            return True
        return self._elapsed() < self._waits.get(subject, 0.0)

    def _prove(self, subjects: Sequence[Subject], now: datetime, until: float | None = None) -> None:
        """Prove some subjects, before the moment `until` if someone waits.

        What the book knows isn't proved again then.
        """
        proof, today = self.proof(now), self._reader.today(now)
        self.schema.learn(self._catalogue.models[subject.model] for subject in subjects)
        alarms = []
        for subject in subjects:
            alarm = self._unless_it_fails(subject, partial(alarm_of, subject, proof, self.schema))
            if alarm is not None and alarm.selects:
                alarms.append(alarm)
            elif alarm is not None:
                self._keep({subject: True}, today)
        keys = {alarm.subject: self._key(alarm) for alarm in alarms}
        if until is not None:
            known = self._book.known(tuple(keys.values()), today)
            self._keep({subject: known[key] for subject, key in keys.items() if key in known}, today)
            alarms = [alarm for alarm in alarms if keys[alarm.subject] not in known]
        held = dict(self._outcomes(alarms, proof, until))
        self._keep(held, today)
        self._book.keep({keys[subject]: holds for subject, holds in held.items()}, today)

    def _outcomes(
        self, alarms: Sequence[Alarm], proof: Proof, until: float | None
    ) -> Iterator[tuple[Subject, bool]]:
        """Yield whether each subject holds, as far as that can be told in time."""
        by_database: dict[str, list[Alarm]] = {}
        for alarm in alarms:
            by_database.setdefault(alarm.model.database, []).append(alarm)
        for several in by_database.values():
            for alarm, values in self._values(several, until):
                with self._in_time(until):
                    holds = self._unless_it_fails(alarm.subject, partial(self._holds, alarm, values, proof))
                if holds is not None:
                    yield alarm.subject, holds

    def _holds(self, alarm: Alarm, values: Sequence[Any], proof: Proof) -> bool:
        return not (rings(alarm, values, proof) and is_broken(alarm.subject, proof, self.schema))

    def _in_time(self, until: float | None) -> AbstractContextManager[None]:
        """Return a block whose statements end in time for who waits."""
        if until is None:
            return nullcontext()
        return at_most(min(PATIENCE, max(until - self._elapsed(), _SHORTEST)))

    def _values(self, alarms: Sequence[Alarm], until: float | None) -> Iterator[tuple[Alarm, Sequence[Any]]]:
        """Yield the values of some alarms of one database, read in one statement."""
        statements = {
            (place, part): statement
            for place, alarm in enumerate(alarms)
            for part, statement in enumerate(alarm.selects)
        }
        warehouse = self._reader.warehouse(alarms[0].model)
        try:
            with self._in_time(until), sent_for(PURPOSE, {alarm.model.name: None for alarm in alarms}):
                found = one_row(warehouse, statements)
        except (DataError, WarehouseError) as wrong:
            if len(alarms) == 1:
                self._put_off(alarms[0].subject, wrong)
            else:
                for alone in alarms:
                    yield from self._values([alone], until)
            return
        for place, alarm in enumerate(alarms):
            yield alarm, [found[place, part] for part in range(len(alarm.selects))]

    def _unless_it_fails(self, subject: Subject, look: Callable[[], Found]) -> Found | None:
        """Return what `look` gives; None, and later again, where the database can't tell."""
        try:
            with sent_for(PURPOSE, (subject.model,)):
                return look()
        except (DataError, WarehouseError) as wrong:
            self._put_off(subject, wrong)
            return None

    def _put_off(self, subject: Subject, wrong: Exception) -> None:
        log.warning("%s of %s can't be proved: %s", subject.aspect, subject.model, wrong)
        with self._lock:
            self._waits[subject] = self._elapsed() + _AGAIN
            if isinstance(wrong, WarehouseTimeoutError):
                self._too_slow.add(subject)

    # what is remembered

    def _key(self, alarm: Alarm) -> str:
        """Return a text that stands for a proof: its statements, database and its tables' declarations."""
        models = [alarm.model, self._catalogue.models[alarm.subject.model]]
        warehouse = self._reader.warehouse(alarm.model)
        texts = [*map(warehouse.sql, alarm.selects), self.schema.fingerprint(models), repr(alarm.subject)]
        return sha256("\n".join(texts).encode()).hexdigest()

    def _keep(self, held: Mapping[Subject, bool], today: date) -> None:
        with self._lock:
            self._held |= {subject: (today, holds) for subject, holds in held.items()}
            for subject in held:
                self._waits.pop(subject, None)
                self._too_slow.discard(subject)
