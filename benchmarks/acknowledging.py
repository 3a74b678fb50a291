"""How soon commands are acknowledged when many come at once: `make bench-ack`.

The bot, and a bare app of Bolt's that does nothing but acknowledge and answer, each as a process of its own,
are sent the same commands in turns. Twenty of each flood are about figures that take four seconds to read.
Prints times in milliseconds; the exit status is 1 if a promise isn't kept.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from benchmarks.bare_app import SLOW
from benchmarks.flood import ACK_SECONDS, LINES, TOO_MANY, Asked, Mode, TimedStandIn, World, world
from bot.playground.sender import NotTakenError
from bot.playground.workspace import Json

BARE = ("-m", "benchmarks.bare_app")
SLOW_BOT = ("-m", "benchmarks.slow_bot")
FLOODS = (50, 200, 500)
SLOW_ONES = 20
COLUMNS = (
    *("at once", "over", "bare median", "bare p99", "median", "p99", "ratio", "longest"),
    *("answered", "refused", "lost"),
)
NOT_TAKEN = "not acknowledged"
RATIO = 1.5
COMPARED = 200
"""Up to so many at once the bot is promised to be nearly as quick as the bare app."""


class QuickStandIn(TimedStandIn):
    """A stand-in that checks no answers: what that costs here isn't the bot's."""

    def _take_response(self, address: Any, given: Json) -> None:
        future, text = self.waiting.get(address.user), str(given.get("text") or "")
        if future and not future.done() and not text.startswith("Still working"):
            future.set_result(text)


@dataclass
class Floods:
    """What was measured of one app: acknowledgements and answers of each size of flood."""

    slack: World
    asked: dict[int, list[Asked]] = field(default_factory=dict)

    async def flood(self, count: int) -> None:
        """Send commands at the same moment, and wait for every answer."""
        people = self.slack.standin.workspace.people
        found = await asyncio.gather(
            *(self._asked(people[number].user, _line(number)) for number in range(count))
        )
        self.asked.setdefault(count, []).extend(found)
        self.slack.standin.workspace.calls.clear()

    async def _asked(self, user: str, line: str) -> Asked:
        try:
            return await self.slack.ask(user, line)
        except NotTakenError:
            return Asked(ACK_SECONDS, ACK_SECONDS, NOT_TAKEN)

    def acknowledged(self, count: int) -> list[float]:
        """Return after how many seconds each command was acknowledged, in order."""
        return sorted(asked.acknowledged for asked in self.asked[count])


def _line(number: int) -> str:
    month = 1 + number % 12
    if number % 2 == 0 and number // 2 < SLOW_ONES:  # among the quick ones, also where only fifty come
        return f"{('sales', 'leads')[number // 2 % 2]} {SLOW}-{month:02}"
    return LINES[number % len(LINES)].format(month=month)


def _at(times: Sequence[float], share: float) -> float:
    return times[min(len(times) - 1, int(share * len(times)))]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}"


async def measure(mode: Mode, floods: Sequence[int], rounds: int) -> bool:
    """Send floods to both apps in turns; print, and return whether the promises were kept."""
    async with AsyncExitStack() as stack:
        bare, bot = [
            Floods(await stack.enter_async_context(world(mode, program, max(FLOODS), QuickStandIn)))
            for program in (BARE, SLOW_BOT)
        ]
        for app in (bare, bot):
            await app.flood(10)  # what is read once is read now
        for count in floods:
            for number in range(rounds):
                for app in (bare, bot) if number % 2 else (bot, bare):
                    await app.flood(count)
    kept = [_reported(mode, count, bare, bot) for count in floods]
    return all(kept)


def _reported(mode: Mode, count: int, bare: Floods, bot: Floods) -> bool:
    """Print a line of the table; return whether the promises were kept."""
    ours, theirs = bot.acknowledged(count), bare.acknowledged(count)
    ratio = _at(ours, 0.99) / _at(theirs, 0.99)
    refused, lost = (
        sum(asked.text.startswith(start) for asked in bot.asked[count]) for start in (TOO_MANY, NOT_TAKEN)
    )
    cells = (
        *(count, mode, _ms(statistics.median(theirs)), _ms(_at(theirs, 0.99))),
        *(_ms(statistics.median(ours)), _ms(_at(ours, 0.99)), f"{ratio:.2f}", _ms(ours[-1])),
        *(len(ours) - refused - lost, refused, lost),
    )
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    return ours[-1] < ACK_SECONDS and (count > COMPARED or ratio <= RATIO)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.acknowledging", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="floods of each size for each app")
    parser.add_argument("--mode", choices=("http", "socket"), action="append", help="default: both")
    parser.add_argument("--at-once", type=int, action="append", dest="floods", help="default: all three")
    given = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"| {' | '.join('---' if name == 'over' else '---:' for name in COLUMNS)} |")
    modes: tuple[Mode, ...] = given.mode or ("http", "socket")
    kept = [asyncio.run(measure(mode, given.floods or FLOODS, given.rounds)) for mode in modes]
    if not all(kept):
        print("\nNot as promised.")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
