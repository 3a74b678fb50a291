"""Sentences that can be said again in another language: English, with what it was filled with beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Said(str):
    """An English sentence that remembers its template and values; it is its own text everywhere else."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]


def said(template: str, **values: object) -> Said:
    """Return a template filled with values, as in `str.format`; a value may be such a sentence itself."""
    sentence = Said(template.format(**values))
    sentence.template, sentence.values = template, values
    return sentence


def in_words_of(text: str, translate: Callable[[str], str]) -> str:
    """Return a sentence as `translate` puts its template; a plain text is a template without values."""
    if not isinstance(text, Said):
        return translate(text) if text else text
    values = {
        name: in_words_of(value, translate) if isinstance(value, Said) else value
        for name, value in text.values.items()
    }
    return translate(text.template).format(**values)
