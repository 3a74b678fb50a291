"""Cutting a text to a limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.slack_limits import shorten


@given(st.text(), st.integers(0, 60))
def test_shortening_never_exceeds(text: str, limit: int) -> None:
    """A text that fits stays as it is."""
    assert len(shorten(text, limit)) <= limit
    assert shorten(text, limit) == text or len(text) > limit
