"""A model of the delivery of one message: every interleaving of a few processes, with their faults.

A state is the store's rows, the processes, the requests under way and the messages in the channel. A step is
what one process does next, what Slack does with a request under way, a fault, or a tick of time: leases run
down, a request may arrive late, and a message reaches the history late. `explore` walks through every state that
can be reached and says what is wrong with one: a message too many, one that is lost, or an outcome that nobody
is told.

What is assumed of the world, as in docs/deliveries.md: a request takes effect within a tick or never, a message
is in the history within another one (W is both), and no process sleeps longer than a tick between its check and
its write.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

W = 2
"""Ticks until what was sent is surely in the history."""
LEASE = 4
LATE, LAG, SLEEP = 1, 1, 1
"""Ticks until a request takes effect, until a message is in the history, and between check and write."""


@dataclass(frozen=True, slots=True)
class Guards:
    """What keeps the protocol right; each can be taken out."""

    waits_w: bool = True
    """Before the history is read, W passes since the unclear answer."""
    counts_from_last: bool = True
    """W counts from the last attempt, not from the first one."""
    reconciles: bool = True
    """A message with an unclear outcome is looked for before it is sent again."""
    fences: bool = True
    """A process changes a row only as long as its epoch is the row's."""
    checks_lease: bool = True
    """Before the request is written, enough of the lease must be left."""
    plans_once: bool = True
    """A second row of the same delivery is refused by the store."""
    freezes: bool = True
    """What is posted is what was kept when the delivery became ready."""
    tries_once: bool = True
    """The SDK's own retries are off."""
    claims: bool = True
    """A row is claimed by a conditional update: only one process gets it."""
    keeps_ready: bool = True
    """Only a row that is still being prepared becomes ready."""
    tells: bool = True
    """Somebody is told of an unknown outcome."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How many faults of each kind may happen, and whether the history can be read."""

    kills: int = 1
    unclear: int = 2
    hiccups: int = 1
    changes: int = 1
    readable: bool = True


class Row(NamedTuple):
    """A row: its state, lease and waiting time in ticks, payload, and whether it was tried before."""

    state: str
    lease: int = 0
    wait: int = 0
    payload: int = -1
    was_tried: bool = False
    is_told: bool = False


class Process(NamedTuple):
    """What a process does, to which row, since how many ticks, and what it has in hand.

    `is_newest` until another process claims the row under a higher epoch: the number itself doesn't matter.
    """

    at: str = "idle"
    row: int = -1
    is_newest: bool = True
    used: int = 0
    version: int = -1
    answer: str = ""


class State(NamedTuple):
    """A state; `flights` and `messages` hold (version, ticks): until it is too late, and until it is visible."""

    rows: tuple[Row, ...]
    processes: tuple[Process, ...]
    flights: tuple[tuple[int, int], ...]
    messages: tuple[tuple[int, int], ...]
    data: int
    kills: int
    unclear: int
    hiccups: int
    changes: int


IDLE = Process()
Step = tuple[str, State, bool]
"""What happens, the state after it, and whether it is a fault."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a state that can be reached, and the steps to it."""

    wrong: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explored:
    """How many states can be reached, and the first one that is wrong, if there is one."""

    states: int
    finding: Finding | None


class Model:
    """The protocol with some guards, under some faults."""

    def __init__(self, guards: Guards, faults: Faults, processes: int) -> None:
        self.guards = guards
        self.faults = faults
        self.start = State(
            (), (IDLE,) * processes, (), (), 0, faults.kills, faults.unclear, faults.hiccups, faults.changes
        )

    # what may happen next

    def steps(self, state: State) -> Iterator[Step]:
        seen: set[Process] = set()
        for place, process in enumerate(state.processes):
            if process in seen:
                continue  # the same as another process would do
            seen.add(process)
            yield from getattr(self, f"_{process.at}")(state, place, process)
            if process.at != "idle" and state.kills:
                yield f"{process.at} killed", _at(state, place, IDLE)._replace(kills=state.kills - 1), True
        for place, (version, _) in enumerate(state.flights):
            rest = _without(state.flights, place)
            yield (
                "late acceptance",
                state._replace(flights=rest, messages=(*state.messages, (version, LAG))),
                True,
            )
        if state.changes:
            yield "data changes", state._replace(data=state.data + 1, changes=state.changes - 1), True
        ticked = self._tick(state)
        if ticked is not None and ticked != state:
            yield "tick", ticked, False

    def _tick(self, state: State) -> State | None:
        if any(process.at == "checked" and process.used >= SLEEP for process in state.processes):
            return None  # it doesn't sleep longer between its check and its write
        return state._replace(
            rows=tuple(
                row._replace(lease=max(row.lease - 1, 0), wait=max(row.wait - 1, 0)) for row in state.rows
            ),
            processes=tuple(
                process._replace(used=min(process.used + 1, LEASE + 1)) if process.at in _TIMED else process
                for process in state.processes
            ),
            flights=tuple((version, left - 1) for version, left in state.flights if left > 1),
            messages=tuple((version, max(lag - 1, 0)) for version, lag in state.messages),
        )

    # the processes

    def _idle(self, state: State, place: int, _: Process) -> Iterator[Step]:
        if not state.rows:
            yield "sees that nothing is planned", _at(state, place, Process("planning")), False
        for number, row in enumerate(state.rows):
            if row.state == "pending":
                claimed = row._replace(state="preparing", lease=LEASE)
                mine = Process("preparing", number, version=state.data)
                yield from self._store(state, place, number, claimed, mine, IDLE, "claims to prepare")
            elif row.state == "preparing" and not row.lease:
                yield from self._store(
                    state, place, number, row._replace(state="pending"), IDLE, IDLE, "expires"
                )
            elif row.state == "ready" and self.guards.claims:
                yield from self._claim(state, place, number)
            elif row.state == "ready":
                yield "reads what is ready", _at(state, place, Process("chosen", number)), False
            elif row.state == "sending" and not row.lease:
                after = row._replace(
                    state="reconciling" if self.guards.reconciles else "ready", lease=0, wait=0
                )
                yield from self._store(state, place, number, after, IDLE, IDLE, "expires")
            elif row.state == "reconciling" and not row.wait and not row.lease:
                claimed = row._replace(lease=LEASE)
                mine = Process("reconciling", number)
                yield from self._store(state, place, number, claimed, mine, IDLE, "claims to reconcile")
            elif row.state == "unknown" and not row.is_told and self.guards.tells:
                yield from self._store(state, place, number, row._replace(is_told=True), IDLE, IDLE, "tells")

    def _planning(self, state: State, place: int, _: Process) -> Iterator[Step]:
        if state.rows and self.guards.plans_once:
            yield "finds it planned", _at(state, place, IDLE), False
        elif len(state.rows) < 2:
            planned = _at(state, place, IDLE)._replace(rows=(*state.rows, Row("pending")))
            yield "plans", planned, False
            if state.hiccups:
                yield "can't plan", _at(state, place, IDLE)._replace(hiccups=state.hiccups - 1), True

    def _preparing(self, state: State, place: int, mine: Process) -> Iterator[Step]:
        row = state.rows[mine.row]
        frozen = row._replace(state="ready", lease=0, payload=mine.version)
        if row.state == "preparing" or not self.guards.keeps_ready:
            yield from self._store(state, place, mine.row, frozen, IDLE, IDLE, "freezes")
        else:
            yield "finds it frozen", _at(state, place, IDLE), False

    def _chosen(self, state: State, place: int, mine: Process) -> Iterator[Step]:
        """Without a conditional update a process claims what it has read before, whatever it is by now."""
        yield from self._claim(state, place, mine.row)

    def _claim(self, state: State, place: int, number: int) -> Iterator[Step]:
        row = state.rows[number]
        claimed = row._replace(state="sending", lease=LEASE, wait=0)
        mine = Process("claimed", number, version=row.payload)
        yield from self._store(state, place, number, claimed, mine, IDLE, "claims to send", is_newer=True)

    def _claimed(self, state: State, place: int, mine: Process) -> Iterator[Step]:
        if not self.guards.checks_lease or mine.used + SLEEP + W <= LEASE:
            yield "checks its lease", _at(state, place, mine._replace(at="checked", used=0)), False
        else:
            yield "gives up", _at(state, place, mine._replace(at="answered", answer="not sent")), False

    def _checked(self, state: State, place: int, mine: Process) -> Iterator[Step]:
        version = mine.version if self.guards.freezes else state.data
        for taken, answer in _OUTCOMES:
            is_fault = answer != "ok"
            if is_fault and not state.unclear:
                continue
            after = _requested(state, version, taken)
            if answer == "unclear" and not self.guards.tries_once:
                after = _requested(after, version, "taken")
            after = after._replace(unclear=state.unclear - is_fault)
            yield (
                f"posts: {taken}, {answer}",
                _at(after, place, mine._replace(at="answered", answer=answer)),
                is_fault,
            )

    def _answered(self, state: State, place: int, mine: Process) -> Iterator[Step]:
        row = state.rows[mine.row]
        if self.guards.fences and (row.state != "sending" or not mine.is_newest):
            yield "finds that it isn't its own", _at(state, place, IDLE), False
            return
        if mine.answer == "ok":
            after = self._sent(row, state)
        elif mine.answer == "not sent" or not self.guards.reconciles:
            after = row._replace(state="ready", lease=0)
        else:
            from_first = not self.guards.counts_from_last and row.was_tried
            wait = W if self.guards.waits_w and not from_first else 0
            after = row._replace(state="reconciling", lease=0, wait=wait, was_tried=True)
        again = mine if mine.used <= LEASE else IDLE  # the write is retried for the lease
        yield from self._store(state, place, mine.row, after, IDLE, again, f"notes {mine.answer}")

    def _reconciling(self, state: State, place: int, mine: Process) -> Iterator[Step]:
        found = "found" if any(not lag for _, lag in state.messages) else "absent"
        answer = found if self.faults.readable else "unreadable"
        yield (
            f"reads the history: {answer}",
            _at(state, place, mine._replace(at="read", answer=answer)),
            False,
        )

    def _read(self, state: State, place: int, mine: Process) -> Iterator[Step]:
        row = state.rows[mine.row]
        if self.guards.fences and (row.state != "reconciling" or not mine.is_newest):
            yield "finds that it isn't its own", _at(state, place, IDLE), False
            return
        if mine.answer == "found":
            after = self._sent(row, state)
        elif mine.answer == "absent":
            after = row._replace(state="ready", lease=0)
        else:
            after = row._replace(state="unknown", lease=0)
        yield from self._store(state, place, mine.row, after, IDLE, IDLE, f"notes {mine.answer}")

    def _sent(self, row: Row, state: State) -> Row:
        """Return a row that is sent; what wasn't kept is computed again, to know which figures were posted."""
        payload = row.payload if self.guards.freezes else state.data
        return row._replace(state="sent", lease=0, wait=0, payload=payload)

    def _store(
        self,
        state: State,
        place: int,
        number: int,
        row: Row,
        then: Process,
        failed: Process,
        what: str,
        *,
        is_newer: bool = False,
    ) -> Iterator[Step]:
        """A write to the store: it works, or fails, or works although the process hears that it failed.

        `is_newer`: it raises the row's epoch.
        """
        written = state._replace(rows=(*state.rows[:number], row, *state.rows[number + 1 :]))
        if is_newer:
            written = written._replace(processes=tuple(_outdated(each, number) for each in state.processes))
        yield what, _at(written, place, then), False
        if state.hiccups:
            left = state.hiccups - 1
            yield f"{what}: fails", _at(state, place, failed)._replace(hiccups=left), True
            yield f"{what}: unheard", _at(written, place, failed)._replace(hiccups=left), True

    # what must hold

    def wrong_with(self, state: State) -> str:
        """Return what is wrong with a state, "" if nothing is."""
        if len(state.messages) > 1:
            return "doubled"
        for row in state.rows:
            if row.state == "sent" and not state.messages:
                return "lost, although it is said to be sent"
            if row.state == "sent" and row.payload != state.messages[0][0]:
                return "what stands in the channel isn't what is kept"
        return ""

    def is_good_end(self, state: State) -> bool:
        """Whether the message arrived, or somebody was told that nobody knows."""
        if not state.rows:
            return False
        if all(row.state == "sent" for row in state.rows):
            return len(state.messages) == 1
        return not self.faults.readable and all(
            row.state == "sent" or (row.state == "unknown" and row.is_told) for row in state.rows
        )


_OUTCOMES = (
    ("taken", "ok"),
    ("taken", "unclear"),
    ("taken late", "unclear"),
    ("not taken", "unclear"),
    ("not taken", "not sent"),
)
"""What Slack does with a request, and what the process hears."""


_TIMED = frozenset({"claimed", "checked", "answered"})
"""Where it matters since when a process is there."""
_FENCED = frozenset({"claimed", "checked", "answered", "reconciling", "read"})
"""Where a process has the epoch of its row."""


def _requested(state: State, version: int, taken: str) -> State:
    if taken == "taken":
        return state._replace(messages=(*state.messages, (version, LAG)))
    if taken == "taken late":
        return state._replace(flights=(*state.flights, (version, LATE)))
    return state


def _at(state: State, place: int, process: Process) -> State:
    """Return the state with another state of one process; which one of equal processes it is doesn't matter."""
    processes = (*state.processes[:place], process, *state.processes[place + 1 :])
    return state._replace(processes=tuple(sorted(processes)))


def _outdated(process: Process, row: int) -> Process:
    """Return a process after another one has claimed a row under a higher epoch."""
    return process._replace(is_newest=False) if process.at in _FENCED and process.row == row else process


def _without(entries: tuple[tuple[int, int], ...], place: int) -> tuple[tuple[int, int], ...]:
    return entries[:place] + entries[place + 1 :]


def explore(guards: Guards, faults: Faults, processes: int) -> Explored:
    """Visit every state that can be reached; stop at the first one that is wrong.

    Wrong is also a state from which no good end can be reached without another fault: the message is lost, or
    nobody is told.
    """
    model = Model(guards, faults, processes)
    came: dict[State, tuple[State, str] | None] = {model.start: None}
    before: dict[State, list[State]] = {}
    good: deque[State] = deque()
    todo = deque([model.start])
    while todo:
        state = todo.popleft()
        wrong = model.wrong_with(state)
        if wrong:
            return Explored(len(came), Finding(wrong, _way(came, state)))
        if model.is_good_end(state):
            good.append(state)
        for what, after, is_fault in model.steps(state):
            if after not in came:
                came[after] = (state, what)
                todo.append(after)
            if not is_fault:
                before.setdefault(after, []).append(state)
    ends_well = set(good)
    while good:
        for state in before.get(good.popleft(), ()):
            if state not in ends_well:
                ends_well.add(state)
                good.append(state)
    for state in came:
        if state not in ends_well:
            return Explored(len(came), Finding("lost: it never ends well", _way(came, state)))
    return Explored(len(came), None)


def _way(came: dict[State, tuple[State, str] | None], state: State) -> tuple[str, ...]:
    steps: list[str] = []
    link = came[state]
    while link is not None:
        state, what = link
        steps.append(what)
        link = came[state]
    return tuple(reversed(steps))
