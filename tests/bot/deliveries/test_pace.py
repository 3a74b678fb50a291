"""How fast messages may be posted."""

from __future__ import annotations

from dataclasses import dataclass

from bot.deliveries.pace import Pace


@dataclass
class Seconds:
    """A monotonic clock that is turned by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def _posted(pace: Pace, seconds: Seconds, targets: int, until: float) -> int:
    """Post to so many targets as fast as it is allowed; return how many posts there were."""
    count = 0
    while seconds.now < until:
        waits = []
        for target in range(targets):
            wait = pace.begin(f"C{target}")
            if wait:
                waits.append(wait)
            else:
                pace.ended(f"C{target}")
                count += 1
        seconds.now += max(0.001, min(waits, default=0))
    return count


def test_a_channel_gets_one_message_a_second() -> None:
    seconds = Seconds()
    pace = Pace(6000, seconds)
    assert 10 <= _posted(pace, seconds, 1, 1010.0) <= 11


def test_a_workspace_gets_its_rate_a_minute_whatever_its_channels() -> None:
    """Two hundred a minute, and a few at once after a quiet time."""
    seconds = Seconds()
    pace = Pace(200, seconds)
    assert 200 <= _posted(pace, seconds, 500, 1060.0) <= 206


def test_a_target_that_is_posted_to_takes_nothing_else() -> None:
    seconds = Seconds()
    pace = Pace(200, seconds)
    assert pace.begin("C1") == 0
    seconds.now += 3600
    assert pace.begin("C1") > 0
    assert pace.begin("C2") == 0
    pace.ended("C1")
    seconds.now += 1
    assert pace.begin("C1") == 0


def test_a_429_pauses_halves_and_is_forgotten_after_a_while() -> None:
    """Several at the same moment halve once; the rate never falls below twelve."""
    seconds = Seconds()
    pace = Pace(200, seconds)
    for _ in range(4):
        pace.slow_down(20)
    assert pace.a_minute == 100
    assert pace.begin("C1") == 20
    seconds.now += 20
    assert pace.begin("C1") == 0
    pace.ended("C1")
    for _ in range(9):
        pace.slow_down(None)
        seconds.now += 31
    assert pace.a_minute == 12
    assert _posted(pace, seconds, 5, seconds.now + 60) <= 18
    for _ in range(6):
        seconds.now += 301
        pace.wait()
    assert pace.a_minute == 200
