"""`settings`: a person's own settings; admins also see how the bot is set up."""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversation.command import CommandContext, Verb
from bot.render.message import Message
from bot.render.settings_page import AUTOMATIC, Setup, settings_message
from bot.render.texts import LANGUAGES
from bot.workspace.services import preferences_of
from kpi_engine import COMMANDS, fold, offered_in
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said

_CHOICES: Mapping[str, str] = {**COMMANDS.languages, **dict.fromkeys(COMMANDS.automatic, AUTOMATIC)}


def run(context: CommandContext, rest: str) -> Message:
    """Show the settings, after changing the one that the line names. Raises QueryError."""
    chosen, user = preferences_of(context.services), context.request.user
    choice, language = _read(context, rest), context.language
    if choice:
        kept = None if choice == AUTOMATIC else choice
        chosen.choose_language(user, kept, context.now)
        language = kept or language
    now = chosen.language(user, context.now) or AUTOMATIC
    sentences = context.services.sentences(language)
    return settings_message(now, _setup(context), sentences, is_new=bool(choice))


def _read(context: CommandContext, rest: str) -> str:
    """Return the language that words choose, "" without words. Raises QueryError."""
    words = [fold(word) for word in rest.replace(":", " ").split()]
    if not words:
        return ""
    is_language = words[0] in COMMANDS.language
    named = [word for word in words[is_language:] if word not in COMMANDS.choosing]
    if len(named) == 1 and named[0] in _CHOICES:
        return _CHOICES[named[0]]
    suggestions = tuple(_line(choice, context.language) for choice in (AUTOMATIC, *LANGUAGES))
    if is_language:
        raise QueryError(
            said("I don't speak “{language}”.", language=" ".join(named)[:40])
            if named
            else "Which language?",
            hint="I speak:",
            suggestions=suggestions,
        )
    raise QueryError(
        said("There is no setting “{name}”.", name=words[0][:40]),
        hint="You can choose your language:",
        suggestions=suggestions,
    )


def _line(choice: str, language: str) -> str:
    """Return the line that chooses a language, as people of `language` type it."""
    offered = offered_in(language)
    named = offered.automatic if choice == AUTOMATIC else choice
    return f"{VERB.typed(language)} {offered.choose_language} {named}"


def _meant(context: CommandContext, rest: str) -> str | None:
    """Return the line of the settings that "spreek nederlands" means."""
    first, _, language = rest.partition(" ")
    if context.services.preferences is None:
        return None
    if fold(first) in COMMANDS.speak:
        rest = f"language {language}"
    elif fold(first) not in COMMANDS.language:
        return None
    try:
        choice = _read(context, rest)
    except QueryError:
        return None
    return _line(choice, context.language) if choice else None


def _setup(context: CommandContext) -> Setup | None:
    """Return how the bot is set up, for people who see everything and in private; else None."""
    services = context.services
    if context.is_public or not context.rights.viewer_or_nothing.everything:
        return None
    return Setup(
        zone=services.zone.key,
        language=services.language,
        default_role=services.roles.default,
        command=services.command,
        data_until=services.engine.data_until(context.now),
    )


VERB = Verb(
    "settings",
    ("instellingen", "instelling", "setting"),
    "your own settings, such as the language I answer in",
    "settings language nl",
    run,
    _read,
    meant=_meant,
)
