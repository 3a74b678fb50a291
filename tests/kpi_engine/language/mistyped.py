"""Lines that nobody would type on purpose: mutations of the table's lines, and noise."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.kpi_engine.language.typed_lines import READ, REFUSED

_LINES = [line for line, _ in (*READ, *REFUSED)]
_WORDS = sorted({word for line in _LINES for word in line.split()})
_NOISE = "aeésx ²٣Ⅻ:,\"-.'<>@&;|()%_=\x00\x07\x1b\u200b\u202e\ufeff🚀\n\t0159İßſǅ\u0301\ud800"
_SQL = (
    "'; DROP TABLE reps; --",
    "1 OR 1=1",
    "UNION SELECT",
    "/*",
    "*/",
    '" OR ""="',
    "rep:'--",
    "%s",
    "{0}",
    "$1",
)


def lines(count: int, seed: int) -> Iterator[str]:
    """Yield `count` lines, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield chance.choice(_MAKERS)(chance)


def _mutated(chance: random.Random) -> str:
    text = list(chance.choice(_LINES))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(4):
            case 0:
                del text[at : at + 1]
            case 1:
                text[at:at] = text[at : at + 1]
            case 2:
                text[at : at + 2] = reversed(text[at : at + 2])
            case _:
                text.insert(at, chance.choice(_NOISE))
    return "".join(text)


def _shuffled(chance: random.Random) -> str:
    words = chance.choice(_LINES).split()
    chance.shuffle(words)
    return " ".join(words)


def _mixed(chance: random.Random) -> str:
    return " ".join(("omzet", *(chance.choice(_WORDS) for _ in range(chance.choice((1, 1, 2, 3, 8))))))


def _injected(chance: random.Random) -> str:
    line, at = chance.choice(_LINES), chance.randrange(40)
    return line[:at] + chance.choice(_SQL) + line[at:]


def _noise(chance: random.Random) -> str:
    return "".join(
        chance.choice(_NOISE) if chance.random() < 0.5 else chr(chance.randrange(0x3000))
        for _ in range(chance.randint(1, 40))
    )


def _anything(chance: random.Random) -> str:
    return "sales " + "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randint(1, 20)))


_MAKERS = (*[_mutated] * 4, *[_shuffled] * 2, *[_mixed] * 2, _injected, _noise, _anything)
