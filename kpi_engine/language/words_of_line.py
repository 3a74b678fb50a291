"""A line as typed or pasted: normalised, and cut into words with their positions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kpi_engine.domain.visible_text import without_controls
from kpi_engine.language.dashed_periods import with_periods_spelled
from kpi_engine.language.folding import fold
from kpi_engine.language.period_phrases import PERIOD_WORDS
from kpi_engine.language.vocabulary import parts

_TOKEN = re.compile(
    r"""-?[\w.'-]+:(?:"[^"]*"?|<@[^>]*>|[^\s,"]+)(?:,(?:"[^"]*"?|<@[^>]*>|[^\s,"]+))*"""
    r"""|<@[^>\s]*>|"[^"]*"?|,|[^\s,"]+"""
)
DOUBLE_QUOTES = "“”„«»″"
_SIGNS = str.maketrans({**dict.fromkeys(DOUBLE_QUOTES, '"'), **dict.fromkeys("‘’‚`´", "'"), "\uff1a": ":"})
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
"""The three characters that Slack escapes."""
_LINK = re.compile(
    r"<(?:https?://|mailto:|tel:)([^>|\s]*)(?:\|([^>]*))?>|(?<![\w<\"])https?://([^\s,\"<>]+)", re.IGNORECASE
)
"""An address, as Slack sends one that it recognised, with or without a label; or as typed."""
_EMOJI = r":[a-z0-9_+'-]+:"
_SYMBOL = re.compile(rf"[\W_]+|{_EMOJI}")
_SPACE = re.compile(r"\s+")
_COMMAND = re.compile(r"^/\w+\s*")
"""The slash command, for a line that was pasted with it."""
_DASH_OF_FILTER = re.compile(r"(?<!\S)[–—−](?=[\w.'-]+\s*:)")
_COLON = re.compile(rf"((?:^| ){_EMOJI})(?!\S)|\s*:\s*")
_COMMA = re.compile(r"\s*,\s*")
_SIZE = re.compile(r"(?<=\w):?\s?([<>]=?|:=)\s?(?=-?\d|€)")
_RANGE = re.compile(r"(?<=\w)( ?\.\. ?|…)(?=\w)")
_OPEN_RANGE = re.compile(r"(\d|\b[^\W\d_]+) ?\.\.$")
_FILTER_BEHIND = re.compile(r" [\w.'-]+:")
_QUOTED = 40
"""The most characters of typed text that a message repeats."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line, and the start and end of its token in the line."""

    text: str
    start: int
    end: int


def normalised(text: str) -> str:
    """Return a line with Slack's entities and links, typographic signs and extra spaces replaced."""
    text = without_controls(text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    text = _LINK.sub(_name_of_link, text)
    text = _COMMAND.sub("", _SPACE.sub(" ", text.translate(_SIGNS)).strip())
    text = _DASH_OF_FILTER.sub("-", text)
    text = _COLON.sub(lambda found: found.group(1) or ":", text)
    text = _COMMA.sub(",", text)
    text = _SIZE.sub(lambda sign: f":{sign.group(1).lstrip(':')}", text)
    text = _RANGE.sub("..", with_periods_spelled(text))
    return text if _ends_in_open_range(text) else text.rstrip("?! .;…")


def _name_of_link(found: re.Match[str]) -> str:
    """Return what a link shows, as it was typed: `acme.com` may be a customer's name."""
    address, label, typed = found.groups()
    return label or (address or typed).removesuffix("/")


def words_of_line(text: str) -> list[Word]:
    """Cut a normalised line into words; a filter is one word, and so is a quoted name."""
    words = []
    for match in _TOKEN.finditer(text):
        token, start, end = match.group(), match.start(), match.end()
        words += [Word(part, start, end) for part in _cut(token, text, end)]
    return words


def _ends_in_open_range(text: str) -> bool:
    """Whether a line ends in an open range, such as "2026-01.." or "jan..", and not in an ellipsis."""
    last = _OPEN_RANGE.search(text) if text.endswith("..") else None
    return last is not None and (last.group(1).isdigit() or fold(last.group(1)) in PERIOD_WORDS)


def is_symbol(token: str) -> bool:
    """Whether a token has neither letter nor digit, or is an emoji as Slack writes it."""
    return _SYMBOL.fullmatch(token) is not None


def short(text: str) -> str:
    """Return typed text, shortened for a message."""
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"


def _cut(token: str, text: str, end: int) -> list[str]:
    """Return the words of a token; `end` is its end in the line."""
    is_loose_minus = token == "-" and _FILTER_BEHIND.match(text, end) is not None  # noqa: S105
    is_filter = ":" in token and not token.startswith(('"', ":", "http"))
    if is_loose_minus or is_filter or token == "," or (token.startswith(":") and is_symbol(token)):  # noqa: S105
        return [token]
    if ".." in token and not token.startswith('"'):
        first, _, last = token.partition("..")
        return [*parts(first), "..", *parts(last)]
    return parts(token.strip('"'))
