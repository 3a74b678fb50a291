"""The words of each language: gettext catalogs, and the templates that use them."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.support import NullTranslations, Translations

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
LANGUAGES = ("en", *sorted(path.stem for path in (_HERE / "locale").glob("*.po")))
"""English, in which the product is written, and every language with a catalog."""
LANGUAGE_NAMES = {"en": "English", "nl": "Nederlands"}
"""What each language calls itself."""


def language_of(wanted: str) -> str:
    """Return the language that is spoken to someone who wants `wanted` ("nl-BE"); English where unknown."""
    return spoken(wanted) or "en"


def spoken(locale: str) -> str | None:
    """Return the language of a locale, None where there is no catalog for it."""
    short = locale.lower().replace("_", "-").split("-")[0]
    return short if short in LANGUAGES else None


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalog of a language; English is its own."""
    path = _HERE / "locale" / f"{language}.po"
    if not path.is_file():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as source:
        catalog = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(fp=compiled)


@cache
def shipped_template(name: str) -> str:
    """Return the text of a shipped template."""
    return (_HERE / "templates" / f"{name}.j2").read_text(encoding="utf-8")


@cache
def templates(language: str) -> Environment:
    """Return the templates of messages in a language. They make plain text; nothing is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,  # noqa: S701 - plain text, not HTML; a renderer escapes it
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment
