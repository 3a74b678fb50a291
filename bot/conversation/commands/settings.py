"""`settings`: what a person chose for themselves; admins also see how the bot is set up here."""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversation.commands.verb import Verb
from bot.render.message import Message
from bot.render.settings_page import AUTOMATIC, Setup, settings_message
from bot.render.texts import LANGUAGES
from bot.workspace.request import Request
from bot.workspace.services import Services, preferences_of
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said
from kpi_engine.language.folding import fold
from kpi_engine.language.lexicon import COMMANDS, offered_in

_CHOICES: Mapping[str, str] = {**COMMANDS.languages, **dict.fromkeys(COMMANDS.automatic, AUTOMATIC)}


def run(request: Request, rest: str, services: Services) -> Message:
    """Show the settings, after a change where the line names one. Raises QueryError."""
    chosen = preferences_of(services)
    choice, language = _read(request, rest, services), request.language
    if choice:
        kept = None if choice == AUTOMATIC else choice
        chosen.choose_language(request.user, kept, request.now)
        language = kept or language
    now = chosen.language(request.user, request.now) or AUTOMATIC
    return settings_message(now, _setup(request, services), services.sentences(language), is_new=bool(choice))


def _read(request: Request, rest: str, services: Services) -> str:  # noqa: ARG001 - as every verb reads
    """Return the language that words choose, empty without words. Raises QueryError."""
    words = [fold(word) for word in rest.replace(":", " ").split()]
    if not words:
        return ""
    is_language = words[0] in COMMANDS.language
    named = [word for word in words[is_language:] if word not in COMMANDS.choosing]
    if len(named) == 1 and named[0] in _CHOICES:
        return _CHOICES[named[0]]
    suggestions = tuple(_line(choice, request) for choice in (AUTOMATIC, *LANGUAGES))
    if is_language:
        raise QueryError(
            said("I don't speak “{language}”.", language=" ".join(named)[:40])
            if named
            else "Which language?",
            hint="These I speak:",
            suggestions=suggestions,
        )
    raise QueryError(
        said("There is no setting “{name}”.", name=words[0][:40]),
        hint="You can choose your language:",
        suggestions=suggestions,
    )


def _line(choice: str, request: Request) -> str:
    """Return the line that chooses a language, in the asker's own words."""
    offered = offered_in(request.language)
    named = offered.automatic if choice == AUTOMATIC else choice
    return f"{VERB.typed(request.language)} {offered.choose_language} {named}"


def _meant(request: Request, rest: str, services: Services) -> str | None:
    """Return the line of the settings that "spreek nederlands" means."""
    first, _, language = rest.partition(" ")
    if services.preferences is None:
        return None
    if fold(first) in COMMANDS.speak:
        rest = f"language {language}"
    elif fold(first) not in COMMANDS.language:
        return None
    try:
        choice = _read(request, rest, services)
    except QueryError:
        return None
    return _line(choice, request) if choice else None


def _setup(request: Request, services: Services) -> Setup | None:
    """Return how the bot is set up, for those who see everything and where nobody reads along."""
    if request.via == "mention" or not services.viewer_or_nothing(request).everything:
        return None
    return Setup(
        zone=services.zone.key,
        language=services.language,
        default_role=services.roles.default,
        command=services.command,
        data_until=services.engine.data_until(request.now),
    )


VERB = Verb(
    "settings",
    ("instellingen", "instelling", "setting"),
    "your own settings, such as the language I speak to you",
    "settings language nl",
    run,
    _read,
    meant=_meant,
)
