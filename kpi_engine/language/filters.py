"""Reads filters (`rep:anna,bart`, `-region:noord`) and names without their key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kpi_engine.domain.errors import AmbiguousNameError, QueryError, UnknownNameError
from kpi_engine.domain.query import NONE_LABEL, Filter, Member
from kpi_engine.domain.translatable import Said, said
from kpi_engine.language.amounts import is_size
from kpi_engine.language.bare_names import bare_name
from kpi_engine.language.canonical import canonical_value
from kpi_engine.language.folding import fold
from kpi_engine.language.large_roster import MOST_FOUND, LargeRoster
from kpi_engine.language.lexicon import QUESTIONS
from kpi_engine.language.line import Line, mentioned, replaced, spans
from kpi_engine.language.offers import key_of, mended_each, sendable, sendable_or_all, title_of
from kpi_engine.language.partial import Partial, Step
from kpi_engine.language.suggestions import CHOICES, SUGGESTIONS, near_names
from kpi_engine.language.vocabulary import AND, FILLERS, ME, parts, typed_metric
from kpi_engine.language.words_of_line import Word, short

_VALUE = re.compile(r'"[^"]*"?|<@[^>]*>|[^,"]+')
_NO_MEMBER = QUESTIONS.none | {fold(NONE_LABEL)}


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of a filter; it starts `offset` characters into the token of `word`."""

    word: Word
    dimension: str
    text: str
    offset: int


def read_filter(line: Line, at: int, partial: Partial) -> Step | None:
    """Read a key with its names."""
    word = line.words[at]
    if word.text == "-":
        raise _loose_minus(line, word)
    if ":" not in word.text or word.text.startswith(":"):
        return None
    key, _, rest = word.text.partition(":")
    dimension = line.names.dimensions.get(tuple(parts(key.lstrip("-"))))
    if dimension is None:
        raise _unknown_key(line, word, key.lstrip("-"), rest)
    values = list(_VALUE.finditer(rest))
    if not values:
        raise QueryError(
            said("Which {dimension}? There is nothing after the colon.", dimension=title_of(line, dimension)),
            hint=said("Try {key}:name.", key=key_of(line, dimension)),
        )
    last = len(key) + 1 + values[-1].start()
    longer = _longer_name(line, word, dimension, values[-1].group(), last)
    found = [
        _member(line, _Value(word, dimension, value.group(), len(key) + 1 + value.start()), partial)
        for value in (values[:-1] if longer else values)
    ]
    after = at + 1
    if longer:
        found.append(longer[0])
        while after < len(line.words) and line.words[after].start < longer[1]:
            after += 1
    wanted = Filter(dimension, tuple(dict.fromkeys(found)), key.startswith("-"))
    return _with_filter(partial, wanted), after


def read_bare_name(line: Line, at: int, partial: Partial) -> Step | None:
    """Read a name without its key. Several names of one dimension are joined by "or"."""
    found = bare_name(line, at)
    if found is None:
        return None
    dimension, member, after = found
    if any(entry.dimension == dimension and entry.exclude for entry in partial.filters):
        raise _left_out_or_meant(line, at, after, dimension, member)
    return _with_filter(partial, Filter(dimension, (member,))), after


def _with_filter(partial: Partial, wanted: Filter) -> Partial:
    """Add a filter; filters on the same dimension become one, whose values are joined by "or"."""
    for place, entry in enumerate(partial.filters):
        if (entry.dimension, entry.exclude) == (wanted.dimension, wanted.exclude):
            members = tuple(dict.fromkeys((*entry.members, *wanted.members)))
            joined = replace(entry, members=members)
            return replace(partial, filters=(*partial.filters[:place], joined, *partial.filters[place + 1 :]))
    return replace(partial, filters=(*partial.filters, wanted))


def _loose_minus(line: Line, word: Word) -> QueryError:
    before, rest = line.text[: word.start], line.text[word.end :].lstrip()
    return QueryError(
        "There is a minus on its own. Do you want to leave out the next name, or not?",
        hint="To leave it out, write the minus directly before the key.",
        suggestions=tuple(sendable(line, [f"{before}-{rest}", before + rest])),
    )


def _left_out_or_meant(line: Line, at: int, after: int, dimension: str, member: Member) -> QueryError:
    """Return the question whether the minus of "-rep:anna and bart" applies to both."""
    name, rest = canonical_value(member), line.behind(after - 1)
    before = at
    while before and line.texts[before - 1] in AND | FILLERS:
        before -= 1
    lead = line.text[: line.words[before - 1].end] if before else ""
    lines = [f"{lead} {minus}{dimension}:{name}{rest}" for minus in ("-", "")]
    return QueryError(
        said("Do you want to leave out “{typed}” as well, or not?", typed=member.label),
        hint="A minus applies to one name, or to several separated by commas.",
        suggestions=tuple(sendable(line, lines)),
    )


def _longer_name(
    line: Line, word: Word, dimension: str, value: str, offset: int
) -> tuple[Member, int] | None:
    """Read a name that continues after its token, as in `rep:anna de vries`, and return where it ends.

    Only if one of the following words has no meaning of its own.
    """
    roster = line.reading.roster(dimension)
    if value.startswith(("<", ">", "-", "!", '"')):
        return None
    for longer in spans(line.text, word.start + offset, word.end)[:-1]:
        tail = [part for piece in longer.split(" ")[1:] for part in parts(piece.strip(",:;"))]
        if all(part in line.names.words for part in tail) or "," in longer or ":" in longer:
            continue
        found = roster.quick_matches(longer.lstrip("@"))
        if len(found) == 1:
            return found[0], word.start + offset + len(longer)
    return None


def _member(line: Line, value: _Value, partial: Partial) -> Member:
    """Return the member that a value names. Raises QueryError."""
    is_mention, person = mentioned(value.text, line.reading.asker)
    if is_mention:
        return _person(line, value, person, is_asker=False)
    if value.text.startswith('"'):
        return _named(line, value, value.text.strip('"').strip().lstrip("@"))
    typed = value.text.strip()
    if fold(typed) in ME:
        return _person(line, value, line.reading.asker.rep, is_asker=True)
    if fold(typed) in _NO_MEMBER:
        return Member(None, NONE_LABEL)
    if is_size(typed):
        raise _size_of_name(line, value, typed, partial)
    if typed.startswith(("-", "!")):
        raise _minus_before_name(line, value, typed)
    return _named(line, value, typed.lstrip("@"))


def _minus_before_name(line: Line, value: _Value, typed: str) -> QueryError:
    suggested = line.with_token(value.word, f"-{value.dimension}:{typed.lstrip('-!')}")
    return QueryError(
        "Put the minus before the key, not before the name.",
        hint=said("For example -{key}:name.", key=key_of(line, value.dimension)),
        suggestions=tuple(sendable(line, [suggested]) if "," not in value.word.text else ()),
    )


def _size_of_name(line: Line, value: _Value, typed: str, partial: Partial) -> QueryError:
    """Return the refusal of "rep:>5", with the size moved to the metric of the line."""
    metric = partial.metrics[0] if partial.metrics else None
    suggested = line.with_token(value.word, f"by {value.dimension} {metric}:{typed}")
    return QueryError(
        said("A {dimension} has a name, not a size.", dimension=title_of(line, value.dimension)),
        hint=said(
            "Write the metric before a size, for example sales:>1000 by {key}.",
            key=key_of(line, value.dimension),
        ),
        suggestions=tuple(sendable(line, [suggested])) if metric and "," not in value.word.text else (),
    )


def _person(line: Line, value: _Value, member: Member | None, *, is_asker: bool) -> Member:
    dimension = value.dimension
    if member is not None and dimension != "rep" and member not in line.reading.roster(dimension):
        key, _, rest = value.word.text.partition(":")
        suggested = line.with_token(value.word, f"{'-' * key.startswith('-')}rep:{rest}")
        named = title_of(line, dimension)
        raise QueryError(
            said("You can't be a {dimension}.", dimension=named)
            if is_asker
            else said("That person can't be a {dimension}.", dimension=named),
            hint=said("For people, use {key}.", key=key_of(line, "rep")),
            suggestions=tuple(sendable(line, [suggested])),
        )
    if member is None:
        raise QueryError(
            "I can't tell which sales rep you are."
            if is_asker
            else "I can't tell which sales rep that person is.",
            hint="Type the name instead, such as rep:anna.",
        )
    return member


def _named(line: Line, value: _Value, typed: str) -> Member:
    """Return the member with a name. Raises AmbiguousNameError and UnknownNameError."""
    roster = line.reading.roster(value.dimension)
    found = roster.matches(typed)
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(line, value, typed, found)
    near = roster.nearest(typed, SUGGESTIONS) if line.mistakes else []
    names = [canonical_value(member) for member in near]
    raise UnknownNameError(
        said(
            "There is no {dimension} “{typed}”.",
            dimension=title_of(line, value.dimension),
            typed=short(typed),
        ),
        hint="Did you mean one of these?" if near else _some(roster),
        suggestions=mended_each(line, replaced(line.text, value.word, value.text, names, value.offset)),
    )


def _ambiguous(line: Line, value: _Value, typed: str, found: Sequence[Member]) -> AmbiguousNameError:
    word, text, offset = value.word, value.text, value.offset
    count = len(found)
    for span in spans(line.text, word.start + offset, word.end):  # rep:jan claes, without quotes
        longer = span if text in span.split(",") else span.partition(",")[0]
        if longer != text and (meant := line.reading.roster(value.dimension).quick_matches(longer)):
            word = Word(word.text, word.start, word.start + offset + len(longer))
            found, text = meant, longer
            break
    names = [canonical_value(member) for member in found[:CHOICES]]
    return AmbiguousNameError(
        _matches_several(line, value.dimension, typed, count),
        hint="Which one?" if len(found) <= CHOICES else "Type more of the name.",
        suggestions=mended_each(line, replaced(line.text, word, text, names, offset)),
    )


def _matches_several(line: Line, dimension: str, typed: str, count: int) -> Said:
    title, roster = title_of(line, dimension), line.reading.roster(dimension)
    if isinstance(roster, LargeRoster) and count > MOST_FOUND:  # it isn't known how many there are
        return said(
            "“{typed}” matches more than {count} names ({dimension}).",
            typed=short(typed),
            count=MOST_FOUND,
            dimension=title,
        )
    return said(
        "“{typed}” matches more than one {dimension}: {count} of them.",
        typed=short(typed),
        dimension=title,
        count=count,
    )


def _some(known: Sequence[Member]) -> Said | str:
    names = tuple(member.label for member in known[:3])
    return said("For example: {names}.", names=names) if known else ""


def _unknown_key(line: Line, word: Word, key: str, value: str) -> QueryError:
    metrics = list(line.catalogue.metrics)[:CHOICES] if is_size(value) else ()
    possible = tuple(typed_metric(line.catalogue, name) for name in metrics) or tuple(
        key_of(line, dimension) for dimension in line.catalogue.dimensions
    )
    lines: Iterable[str] = ()
    if line.mistakes:
        names = line.names.metrics if is_size(value) else line.names.dimensions
        near = near_names(fold(key), [" ".join(name) for name in names], 6, 55)
        better = dict.fromkeys(names[tuple(name.split())] for name in near)
        is_no_key = all(part in line.names.words for part in parts(key))  # "sales: by rep"
        apart = [line.with_token(word, f"{key} {value}")] if is_no_key else []
        lines = [*apart, *replaced(line.text, word, key, better)]
    return UnknownNameError(
        said("I can't filter by “{typed}”.", typed=short(key)),
        hint=said("You can filter by {keys}.", keys=possible),
        suggestions=tuple(sendable_or_all(line, list(lines))[:SUGGESTIONS]),
    )
