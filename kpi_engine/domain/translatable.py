"""Translatable sentences: English text that keeps its template and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


class Said(str):
    """An English sentence that keeps its template and values. Otherwise it behaves as a plain `str`."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]


def said(template: str, **values: object) -> Said:
    """Return a template filled with values, as in `str.format`.

    Translated values are: sentences, titles (titles.Title), whole numbers, amounts, shares and periods
    (quantities), and tuples of these, which are joined with commas. Other values stay the same in every
    language.
    """
    sentence = Said(template.format(**{name: _english(value) for name, value in values.items()}))
    sentence.template, sentence.values = template, values
    return sentence


def as_said(text: str) -> Said:
    """Return a text as a sentence; plain text becomes a template without values."""
    if isinstance(text, Said):
        return text
    sentence = Said(text)
    sentence.template, sentence.values = text, {}
    return sentence


def both(values: Sequence[object]) -> object:
    """Return one or more values as "a, b and c"."""
    *others, last = values
    return said("{others} and {last}", others=tuple(others), last=last) if others else last


def either(values: Sequence[object]) -> object:
    """Return one or more values as "a, b or c"."""
    *others, last = values
    return said("{others} or {last}", others=tuple(others), last=last) if others else last


def in_words_of(
    text: str, translate: Callable[[str], str], shown: Callable[[object], str] | None = None
) -> str:
    """Return a sentence with its template translated by `translate` and its values formatted by `shown`."""
    sentence = as_said(text)
    if not sentence.values:
        return translate(sentence.template) if sentence else ""

    def say(value: object) -> str:
        if isinstance(value, Said):
            return in_words_of(value, translate, shown)
        if isinstance(value, tuple):
            return ", ".join(map(say, value))
        return (shown or _english)(value)

    return translate(sentence.template).format(
        **{name: say(value) for name, value in sentence.values.items()}
    )


def _english(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_english, value))
    return f"{value:,}" if isinstance(value, int) else str(value)
