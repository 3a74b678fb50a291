"""Named steps on a delivery's way, where a test stops or ends the process.

The code says `reached("sending.claimed")` at the step. That does nothing, unless a test has armed a hook with
`arm`: the hook may kill the process, stop it for a while, or raise. No setting and no variable of the
environment can arm one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, get_args

Step = Literal[
    # planning: what is due gets its row
    "planning.started",  # a tick begins; nothing was read
    "planning.done",  # the rows of what is due are committed
    "leases.expiring",  # before rows with an expired lease are given back
    # preparing: pending -> preparing -> held, or ready with a frozen payload
    "preparing.chosen",  # a pending row was read, not yet claimed
    "preparing.claimed",  # `preparing` and its lease are committed; nothing is computed
    "preparing.holding",  # the content wants to hold it; `held` is not yet written
    "preparing.made",  # the message is computed, not yet rendered
    "preparing.freezing",  # the payload is rendered, not yet written
    "preparing.frozen",  # `ready` with its payload is committed
    # sending: ready -> sending -> sent, failed, ready or reconciling
    "sending.chosen",  # a lane took a ready row, not yet claimed
    "sending.claimed",  # `sending` with a new epoch and lease is committed; the lease is not yet checked
    "sending.checked",  # enough of the lease is left; the request is not yet written
    "sending.answered",  # Slack's ts is in hand; the store doesn't know it
    "sending.recorded",  # `sent` is committed; the content doesn't know it
    "sending.told",  # the content has noted that its message was sent
    "sending.refused",  # Slack certainly didn't take it; the row still says `sending`
    "sending.unclear",  # Slack may have taken it; the row still says `sending`
    # files: an address, the bytes, and the call that shows them
    "files.address",  # Slack gave an address and a file id; the store doesn't know the id
    "files.kept",  # the file id is committed; no byte was sent
    "files.uploaded",  # the bytes are at Slack; nobody sees them before the last call
    # reconciling: sending -> reconciling -> sent, ready or unknown
    "reconciling.claimed",  # one process looks for the message; the history is not yet read
    "reconciling.read",  # the history was read
    "reconciling.found",  # the message is there; `sent` is not yet written
    "reconciling.deleting",  # the message is there more than once; the extra ones are not yet deleted
    "reconciling.absent",  # the message is not there; `ready` is not yet written
]
"""The steps, in the order of the way."""

STEPS: tuple[str, ...] = get_args(Step)
Hook = Callable[[str], None]

_hooks: list[Hook] = []


def reached(step: Step) -> None:
    """Note that a step is reached; does nothing unless a test has armed a hook."""
    for hook in tuple(_hooks):
        hook(step)


@contextmanager
def arm(hook: Hook) -> Iterator[None]:
    """Call `hook` with each step that is reached in this process, until the end of the block."""
    _hooks.append(hook)
    try:
        yield
    finally:
        _hooks.remove(hook)
