"""The private message about people far below target for two months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.render.document import Actions, Ask, Bold, Line, Notes, Paragraph, Part
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.summary.private_lines import person_name, shortfall_words
from kpi_engine import canonical
from kpi_engine.domain.catalogue import REP
from kpi_engine.domain.query import Filter, Query
from kpi_engine.domain.summary import Candidate

_NAMED = 8
"""So many people are told of in full; the others are counted."""
_BUTTONS = 4


def shortfall_message(own: Sequence[Candidate], others: Sequence[Candidate], sentences: Sentences) -> Message:
    """Return what one person is told of their own shortfall, if any, and of those of people they lead."""
    say = sentences.say
    shown: list[Part] = []
    for entry in own:
        metric = sentences.metric(entry.subject.metric)
        subject = Bold(say("Your {metric}").format(metric=metric.lower()))
        shown.append(Paragraph(((subject, f": {shortfall_words(entry, sentences)}."),)))
    if others:
        shown.append(Paragraph((_heading(others, sentences), *_lines(others, sentences))))
    shown.append(Actions("next", tuple(_asks([*own, *others], sentences))))
    notes = [say("Only you and your lead get this; it goes to no channel.")] if own else []
    if others:
        notes.append(say("They get their own in private, if I know them in Slack; it goes to no channel."))
    shown.append(Notes(tuple(notes)))
    return Message(tuple(shown), sentences.language)


def _heading(others: Sequence[Candidate], sentences: Sentences) -> Line:
    first = others[0]
    one, many = (
        sentences.say("One of your people was under 60% of the {metric} target for two months:"),
        sentences.say("{count} of your people were under 60% of the {metric} target for two months:"),
    )
    metric = sentences.metric(first.subject.metric).lower()
    text = one if len(others) == 1 else many
    return (Bold(text.format(count=sentences.formats.number(len(others)), metric=metric)),)


def _lines(others: Sequence[Candidate], sentences: Sentences) -> list[Line]:
    found: list[Line] = [
        (Bold(person_name(entry, sentences)), f": {shortfall_words(entry, sentences)}")
        for entry in others[:_NAMED]
    ]
    rest = len(others) - _NAMED
    if rest > 0:
        text = sentences.say("and {count} others")
        found.append((text.format(count=sentences.formats.number(rest)),))
    return found


def _asks(every: Sequence[Candidate], sentences: Sentences) -> list[Ask]:
    """Return the buttons: why and by customer of one person, or why of each of several."""
    say = sentences.say
    if len(every) == 1:
        (entry,) = every
        found = [Ask(say("Why"), f"why {canonical(_about(entry))}")]
        if "customer" in sentences.catalogue.metrics[entry.subject.metric].dimensions:
            found.append(Ask(say("By customer"), canonical(_about(entry, by=("customer",)))))
        return found
    return [
        Ask(say("Why {name}").format(name=person_name(entry, sentences)), f"why {canonical(_about(entry))}")
        for entry in every[:_BUTTONS]
    ]


def _about(entry: Candidate, by: tuple[str, ...] = ()) -> Query:
    """Return the question about one person's month."""
    member = entry.subject.member
    filters = (Filter(REP, (member,)),) if member else ()
    asked = entry.answer.query
    others = tuple(one for one in asked.filters if one.dimension != REP)
    return replace(asked, filters=(*others, *filters), sizes=(), by=by, per=None, top=None, flags=frozenset())
