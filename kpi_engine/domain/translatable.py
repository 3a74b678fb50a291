"""Sentences that can be said again in another language: English, with what it was filled with beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


class Said(str):
    """An English sentence that remembers its template and values; it is its own text everywhere else."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]


def said(template: str, **values: object) -> Said:
    """Return a template filled with values, as in `str.format`.

    A value may be such a sentence itself, a name by language (titles.Title), a whole number, an amount,
    share or period (quantities), or a tuple of these, which is said with commas; anything else stays as it
    is in every language.
    """
    sentence = Said(template.format(**{name: _english(value) for name, value in values.items()}))
    sentence.template, sentence.values = template, values
    return sentence


def as_said(text: str) -> Said:
    """Return a text as a sentence; a plain one is a template without values."""
    if isinstance(text, Said):
        return text
    sentence = Said(text)
    sentence.template, sentence.values = text, {}
    return sentence


def both(values: Sequence[object]) -> object:
    """Return values, at least one, as "a, b and c"."""
    *others, last = values
    return said("{others} and {last}", others=tuple(others), last=last) if others else last


def either(values: Sequence[object]) -> object:
    """Return values, at least one, as "a, b or c"."""
    *others, last = values
    return said("{others} or {last}", others=tuple(others), last=last) if others else last


def in_words_of(
    text: str, translate: Callable[[str], str], shown: Callable[[object], str] | None = None
) -> str:
    """Return a sentence as `translate` puts its template and `shown` (by default English) its values."""
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
