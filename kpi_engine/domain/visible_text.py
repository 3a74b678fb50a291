"""Show the characters of a text that would be obeyed instead of shown."""

from __future__ import annotations

_CONTROLS = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
"""Each control character has a picture of its own."""
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""They turn the direction of the text behind them: "[U+202E]fdp.exe" is read as "exe.pdf"."""
_SEPARATORS = (*range(0x80, 0xA0), 0x2028, 0x2029, 0xFEFF)
_SHOWN = _CONTROLS | {code: f"[U+{code:04X}]" for code in (*_DIRECTIONS, *_SEPARATORS)}
_SHOWN_IN_LINES = {code: shown for code, shown in _SHOWN.items() if chr(code) not in "\n\t"}
_LEFT_OUT = dict.fromkeys((*_DIRECTIONS, 0xFEFF)) | dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")


def visible(text: str) -> str:
    """Return a name with control and direction characters shown; it stays on one line."""
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN)


def visible_lines(text: str) -> str:
    """Return a text of several lines with its other control and direction characters shown."""
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN_IN_LINES)


def without_controls(text: str) -> str:
    """Return a typed text without direction characters, with spaces for control characters."""
    return text if text.isascii() and text.isprintable() else text.translate(_LEFT_OUT)
