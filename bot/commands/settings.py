"""`settings`: what a person chose for themselves; admins also see how the bot is set up here."""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.verb import Verb
from bot.render.message import Message
from bot.render.preferred import AUTOMATIC, Setup, settings_message
from bot.render.texts import LANGUAGES
from bot.request import Request
from bot.services import Services, preferences_of
from kpi_engine.errors import QueryError
from kpi_engine.said import said
from kpi_engine.words import fold

_LANGUAGE = frozenset({"language", "lang", "taal"})
_CHOICES: Mapping[str, str] = {
    **dict.fromkeys(("en", "english", "engels"), "en"),
    **dict.fromkeys(("nl", "dutch", "nederlands", "vlaams"), "nl"),
    **dict.fromkeys(("auto", "automatic", "automatisch", "slack"), AUTOMATIC),
}


def run(request: Request, rest: str, services: Services) -> Message:
    """Show the settings, after a change where the line names one. Raises QueryError."""
    chosen = preferences_of(services)
    words = [fold(word) for word in rest.replace(":", " ").split()]
    language = request.language
    if words:
        choice = _choice(words)
        kept = None if choice == AUTOMATIC else choice
        chosen.choose_language(request.user, kept, request.now)
        language = kept or language
    now = chosen.language(request.user, request.now) or AUTOMATIC
    return settings_message(now, _setup(request, services), services.sentences(language), is_new=bool(words))


def _choice(words: list[str]) -> str:
    value = words[-1]
    if value in _CHOICES and (len(words) == 1 or words[0] in _LANGUAGE):
        return _CHOICES[value]
    suggestions = tuple(f"{VERB.name} language {choice}" for choice in (AUTOMATIC, *LANGUAGES))
    if words[0] in _LANGUAGE:
        raise QueryError(
            said("I don't speak “{language}”.", language=" ".join(words[1:])[:40])
            if len(words) > 1
            else "Which language?",
            hint="These I speak:",
            suggestions=suggestions,
        )
    raise QueryError(
        said("There is no setting “{name}”.", name=words[0][:40]),
        hint="You can choose your language:",
        suggestions=suggestions,
    )


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
)
