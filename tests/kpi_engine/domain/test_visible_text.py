"""Characters that would be obeyed are shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.domain.visible_text import visible, visible_lines, without_controls


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Acme", "Acme"),
        ("Acme\nTotal: 5", "Acme␊Total: 5"),
        ("a\tb\x00c\x1b[31m", "a␉b␀c␛[31m"),
        ("\u202efdp.exe", "[U+202E]fdp.exe"),
        ("\u2066x\u2069\u200e", "[U+2066]x[U+2069][U+200E]"),
        ("Zoë 👩‍👩‍👧 مرحبا", "Zoë 👩‍👩‍👧 مرحبا"),
    ],
)
def test_a_name_is_shown_on_one_line(text: str, shown: str) -> None:
    """What has a meaning for a terminal or a reader has none any more; letters and emoji stay."""
    assert visible(text) == shown


@given(st.text())
def test_nothing_is_left_to_obey(text: str) -> None:
    """Neither a control character nor one that turns directions, in names, lines and typed text."""
    for made, kept in ((visible(text), ""), (visible_lines(text), "\n\t"), (without_controls(text), "")):
        left = {sign for sign in made if unicodedata.category(sign) == "Cc"}
        assert left <= set(kept)
        assert not {sign for sign in made if unicodedata.bidirectional(sign) in _TURNING}


_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
