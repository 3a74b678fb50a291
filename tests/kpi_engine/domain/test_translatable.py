"""Sentences that can be said in another language."""

from __future__ import annotations

from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import both, in_words_of, said

DUTCH = {
    "There is no {what} “{typed}”.": "Er is geen {what} “{typed}”.",
    "sales rep": "verkoper",
    "Which one?": "Welke?",
}


def _in_dutch(text: str) -> str:
    return DUTCH.get(text, text)


def test_a_sentence_is_its_own_english() -> None:
    """Where nobody translates, it is a text like any other."""
    assert said("There is no {what} “{typed}”.", what="rep", typed="x") == "There is no rep “x”."


def test_the_template_is_translated_and_filled_again() -> None:
    """Its values stay, unless they are sentences themselves."""
    sentence = said("There is no {what} “{typed}”.", what=said("sales rep"), typed="{what}")
    assert in_words_of(sentence, _in_dutch) == "Er is geen verkoper “{what}”."


def test_a_plain_text_is_a_template_without_values() -> None:
    """Braces in it are its own."""
    assert in_words_of("Which one?", _in_dutch) == "Welke?"
    assert in_words_of("{no} value", _in_dutch) == "{no} value"
    assert in_words_of("", _in_dutch) == ""


def _shown(value: object) -> str:
    return value.in_language("nl") if isinstance(value, Title) else f"<{value}>"


def test_names_numbers_and_lists_are_said_in_each_language() -> None:
    """A title by its language, a number with its thousands, a tuple with commas."""
    sentence = said("{names}: {count}.", names=(Title("Sales", "Omzet"), "leads"), count=12345)
    assert sentence == "Sales, leads: 12,345."
    assert in_words_of(sentence, _in_dutch, _shown) == "Omzet, <leads>: <12345>."


def test_the_last_of_several_comes_after_and() -> None:
    """One alone stays alone."""
    assert both(["a", "b", "c"]) == "a, b and c"
    assert both(["a"]) == "a"


def test_an_error_s_sentence_can_be_a_part_of_another() -> None:
    """Also where it is a plain text: it is translated with the whole."""
    inner = KpiError("Which one?")
    outer = KpiError(said("There is no {what} “{typed}”.", what=inner.message, typed="x"))
    assert in_words_of(outer.message, _in_dutch) == "Er is geen Welke? “x”."
    assert outer.hint == ""
