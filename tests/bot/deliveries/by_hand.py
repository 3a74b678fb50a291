"""The outbox without its threads: a tick plans, prepares, sends and reconciles in the test's own thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.deliveries.circuit import Circuit
from bot.deliveries.content import Content
from bot.deliveries.frozen import Frozen
from bot.deliveries.outlet import MayWrite, Taken, Upload, Wanted
from bot.deliveries.pace import Pace
from bot.deliveries.planning import Planner
from bot.deliveries.preparing import Preparer
from bot.deliveries.reconciling import Reconciler
from bot.deliveries.sending import Sender
from bot.render.message import File
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.store.claims import Claims
from bot.store.deliveries import ASKED, Deliveries


class Takes(Protocol):
    """Takes posts as a test wants: returns a ts, or raises."""

    def post(self, channel: str, message: Frozen) -> str: ...


class OutletOf:
    """Slack for one test: `takes` gets the posts; `history` is what stands in each conversation.

    A post that raises isn't in the history, unless `takes` puts it there. `unreadable` is why the history
    can't be read.
    """

    def __init__(self, takes: Takes) -> None:
        self.takes = takes
        self.history: dict[str, list[tuple[str, str]]] = {}
        self.deleted: list[str] = []
        self.unreadable: DeliveryError | None = None
        self.token: DeliveryError | None = None

    def post(self, target: str, message: Frozen, marker: str, may_write: MayWrite) -> Taken:
        may_write()
        ts = self.takes.post(target, message)
        self.history.setdefault(target, []).append((ts, marker))
        return Taken(target, ts)

    def begin_upload(self, file: File) -> Upload:
        return Upload(f"https://upload.invalid/{file.name}", f"F{file.name}")

    def upload(self, file: File, to: Upload) -> None:
        """Take the bytes."""

    def show_files(
        self, conversation: str, message: Frozen, files: Sequence[str], may_write: MayWrite
    ) -> Taken:
        may_write()
        ts = self.takes.post(conversation, message)
        self.history.setdefault(conversation, []).extend((ts, file) for file in files)
        return Taken(conversation, "")

    def conversation(self, target: str) -> str:
        return target

    def find(self, conversation: str, wanted: Wanted) -> Sequence[str]:
        if self.unreadable:
            raise self.unreadable
        keys = {wanted.marker, *wanted.files}
        return [ts for ts, key in self.history.get(conversation, ()) if key in keys]

    def delete(self, conversation: str, ts: str) -> None:
        self.deleted.append(ts)
        self.history[conversation] = [entry for entry in self.history[conversation] if entry[0] != ts]

    def require_token(self) -> None:
        if self.token:
            raise self.token


class ByHand:
    """What `Deliverer` puts together, in one thread; leases go by the test's clock."""

    def __init__(
        self,
        deliveries: Deliveries,
        contents: Mapping[str, Content],
        takes: Takes | OutletOf,
        clock: Clock,
        owner: str = "a",
        claims: Claims | None = None,
        **changes: Any,
    ) -> None:
        self.deliveries, self.contents, self.clock = deliveries, contents, clock
        self.outlet: Any = takes if isinstance(takes, OutletOf) else OutletOf(takes)
        self.claims = claims or Claims(deliveries._engine, deliveries._workspace, owner, lambda _: clock())
        self.circuit = Circuit(self.outlet, lambda: clock().timestamp())
        self.pace = Pace(100_000)
        self.preparer = Preparer(self.claims, contents, clock)
        self.sender = Sender(self.claims, contents, self.outlet, self.circuit, self.pace, clock, **changes)
        self.reconciler = Reconciler(self.claims, contents, self.outlet, self.circuit, clock)
        self.planner = Planner(contents, self.claims, self.sender, clock)

    def tick(self) -> None:
        """Plan what is due, go on until there is nothing more to do now, and once more with what follows."""
        for _ in range(2):
            self.planner.tick()
            while self.reconcile() or self.prepare() or self.send():
                pass

    def prepare(self, up_to: int = ASKED) -> bool:
        """Prepare one delivery; False if there is none."""
        batch = () if self.circuit.wait() else self.preparer.claimed(up_to, 1)
        if batch:
            self.preparer.prepare(batch)
        return bool(batch)

    def send(self) -> bool:
        """Send one delivery; False if there is none."""
        ready = [] if self.circuit.wait() else self.claims.unsent(self.clock(), tuple(self.contents))
        if ready:
            self.sender.send(ready[0])
        return bool(ready)

    def reconcile(self) -> bool:
        """Look for one delivery; False if there is none."""
        mine = None if self.circuit.wait() else self.reconciler.claimed()
        if mine is not None:
            self.reconciler.reconcile(mine)
        return mine is not None
