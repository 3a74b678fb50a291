"""Sentences that can be said in another language."""

from __future__ import annotations

from kpi_engine.said import in_words_of, said

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
