"""Creates a subscription from a typed line, if its owner may see what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from bot.render.subscription_list import order_words
from bot.rights import access
from bot.rights.access import EVERYTHING, Viewer
from bot.store.subscriptions import Draft, Subscription
from bot.subscriptions.schedule_words import (
    MONTHLY,
    WEEKLY,
    Ordered,
    channel_or_question,
    every_words,
    read_order,
    scheduled,
)
from bot.subscriptions.standing import gone, is_channel, not_for_readers, require_owner, viewer_for
from bot.workspace.read_line import refuse_colleague
from bot.workspace.request import Request
from bot.workspace.services import Services, subscriptions_of
from bot.workspace.summaries import NAME_WORDS, typed_summary
from bot.workspace.verb_lines import lines_of
from kpi_engine.domain.errors import ForbiddenError, QueryError, UnknownNameError
from kpi_engine.domain.posts import Schedule, SummarySpec
from kpi_engine.domain.query import Flag, Query
from kpi_engine.domain.translatable import said
from kpi_engine.language.folding import fold
from kpi_engine.language.lexicon import COMMANDS, PERIODS, QUESTIONS, SCHEDULES
from kpi_engine.language.parser import NOBODY, canonical, parse_lasting, understood
from kpi_engine.language.vocabulary import FILLERS, ME, parts, typed_metric, vocabulary_of

_AROUND_A_NAME = COMMANDS.summary | PERIODS.the
_NOT_POSTED: frozenset[Flag] = frozenset({"csv", "xlsx", "sql", "share"})
_WORDS_NOT_POSTED = frozenset(word for word, flag in QUESTIONS.flags.items() if flag in _NOT_POSTED)


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored subscription; `is_new` is False if the same one existed already."""

    subscription: Subscription
    is_new: bool


def order(request: Request, line: str, services: Services, place: Subscription | None = None) -> Kept:
    """Create the subscription of a line or, with `place`, replace one of the asker's subscriptions.

    Raises QueryError, with whole lines to send instead.
    """
    book = subscriptions_of(services)
    draft = read_draft(request, line, services)
    if place is not None:
        require_owner(request, place)
        changed = book.change(place, draft, request.now)
        if changed is None:
            raise gone()
        return Kept(changed, is_new=True)
    for known in book.shown(request.user):
        if known.draft.owner == request.user and _same(known.draft, draft):
            return Kept(known, is_new=False)
    return Kept(book.add(draft, request.now), is_new=True)


def order_meant(request: Request, line: str, services: Services) -> str | None:
    """Return the line that subscribes to a question with a day in it ("sales every monday"), else None."""
    language = request.language
    try:
        ordered = read_order(line, language)
        if ordered.schedule is None:
            return None
        words = ordered.what.split(" ")
        while words and fold(words[0]) in FILLERS | ME:
            del words[0]
        rest = _rest(scheduled(ordered, ordered.schedule), ordered, language)
        read_draft(request, f"{' '.join(words)} {rest}", services)
    except QueryError:
        return None
    return " ".join((order_words(language).subscribe, *words, rest)) if words else None


def read_draft(request: Request, line: str, services: Services) -> Draft:
    """Return the subscription of a line. Raises QueryError, also if its asker or channel may not see it."""
    ordered, language = read_order(line, request.language), request.language
    channel = _channel(request, ordered)
    spec = _summary(ordered, services, language)
    when = scheduled(ordered, spec.schedule if spec else WEEKLY)
    try:
        viewer = viewer_for(request.account, channel, request.now, services)
    except ForbiddenError as wrong:
        if channel is not None:
            what, verb = ordered.what or ordered.frequency, order_words(language).subscribe
            wrong.suggestions = (f"{verb} {what} {every_words(when, language)}".replace("  ", " "),)
        raise
    if spec is not None:
        _require_its_own_rhythm(spec, when, ordered, language)
        _refuse_second(spec, channel)
        kept = spec.name
    else:
        kept = _question(request, ordered, when, viewer, services)
    return Draft(request.user, channel, kept, spec is not None, when, services.zone.key, request.language)


def ordered_words(request: Request, line: str, services: Services) -> str:
    """Return a line as it is stored, read with all names, for the audit. Raises QueryError."""
    ordered = read_order(line)
    spec = _summary(ordered, services, "en")
    when = scheduled(ordered, spec.schedule if spec else WEEKLY)
    what = spec.name if spec else _read(request, ordered.what, EVERYTHING, services)[1]
    return f"{what} {_rest(when, ordered, 'en')}"


def _channel(request: Request, ordered: Ordered) -> str | None:
    """Return the channel of a line, None for direct messages to the asker."""
    if not ordered.is_here:
        return ordered.channel
    return request.channel if is_channel(request.channel) else None


def _summary(ordered: Ordered, services: Services, language: str) -> SummarySpec | None:
    """Return the summary that a line names, None if it is a question. Raises QueryError."""
    typed = [fold(word) for word in ordered.what.split()]
    words = [word for word in typed if word not in _AROUND_A_NAME]
    known = services.catalogue.summaries
    if not words and (ordered.frequency or typed):
        name = ordered.frequency
    elif len(words) == 1 and (words[0] in NAME_WORDS or words[0] in known):
        name = words[0] if words[0] in known else NAME_WORDS[words[0]]
    else:
        return None
    if name in known:
        return known[name]
    raise UnknownNameError(
        said("There is no summary “{name}”.", name=name) if name else "Which summary?",
        hint="One of these?" if known else "No summary is set up.",
        suggestions=tuple(_summary_line(entry, "", language) for entry in known),
    )


def _summary_line(name: str, rest: str, language: str) -> str:
    """Return the line that subscribes to a summary."""
    return f"{order_words(language).subscribe} {typed_summary(name).in_language(language)} {rest}".strip()


def _require_its_own_rhythm(spec: SummarySpec, when: Schedule, ordered: Ordered, language: str) -> None:
    """Raise QueryError for a weekly summary every month, which would leave out most weeks."""
    if when.every == spec.schedule.every:
        return
    other = WEEKLY if spec.schedule.every == "week" else MONTHLY
    mended = Schedule(other.every, ordered.at or other.at, other.weekday, other.working_day)
    raise QueryError(
        "That summary is of one week, so it comes every week."
        if spec.schedule.every == "week"
        else "That summary is of one month, so it comes every month.",
        hint="Like this:",
        suggestions=(_summary_line(spec.name, _rest(mended, ordered, language), language),),
    )


def _refuse_second(spec: SummarySpec, channel: str | None) -> None:
    if channel is not None and channel in spec.channels:
        raise QueryError(
            "That channel gets this summary already.",
            hint="The person who runs me set it up, in the summary's file.",
        )


def _question(
    request: Request,
    ordered: Ordered,
    when: Schedule,
    viewer: Viewer,
    services: Services,
) -> str:
    """Return the question to store. Raises QueryError, with whole lines to send instead."""
    language = request.language
    if not ordered.what:
        raise _nothing_named(when, ordered, services, language)
    own = services.viewer(request)  # asked by mention, the whole channel reads what is said of it
    _refuse_channel_name(request, ordered, when, services)
    with lines_of(order_words(language).subscribe, _rest(when, ordered, language)):
        query, kept = _read(request, ordered.what, own, services)
        _refuse_files(query, ordered.what)
        access.require_part(query, own, services.catalogue)
        _require_for_readers(query, viewer, services)
    return kept


def _refuse_channel_name(request: Request, ordered: Ordered, when: Schedule, services: Services) -> None:
    """Raise QueryError for "sales in leads", which can mean a channel or a second metric."""
    *before, towards, name = ("", "", *ordered.what.split(" "))
    what, metric = " ".join(before).strip(), vocabulary_of(services.catalogue).metrics.get(tuple(parts(name)))
    if metric is None or fold(towards) not in SCHEDULES.into:
        return
    today = services.engine.today(request.now)
    known = understood(what, services.catalogue, {}, NOBODY, today).metrics
    if not known:
        return
    words, rest = order_words(request.language), every_words(when, request.language)
    begin = f"{words.subscribe} {what}"
    joined = [] if metric in known else [f"{begin},{name} {rest}"]
    raise channel_or_question(name, (f"{begin} {rest}", f"{begin} {rest} {words.here}", *joined))


def _read(request: Request, line: str, own: Viewer, services: Services) -> tuple[Query, str]:
    """Read a question with the names that the asker may use. Raises QueryError.

    Raises ForbiddenError if it can only be read with a colleague's name.
    """
    now = request.now
    asker, today = services.asker(request.user, now, own), services.engine.today(now)
    try:
        return parse_lasting(line, services.catalogue, services.members(now, own), asker, today)
    except QueryError:
        refuse_colleague(line, request, own, services)
        raise


def _require_for_readers(query: Query, viewer: Viewer, services: Services) -> None:
    """Raise ForbiddenError for what the readers of a channel may not see."""
    try:
        access.require_part(query, viewer, services.catalogue)
    except ForbiddenError as wrong:
        raise not_for_readers() from wrong


def _nothing_named(when: Schedule, ordered: Ordered, services: Services, language: str) -> QueryError:
    """Return the refusal of a line that doesn't say what to send, with examples."""
    catalogue = services.catalogue
    is_said = ordered.schedule is not None
    lines = [
        (typed_summary(spec.name), when if is_said else spec.schedule)
        for spec in catalogue.summaries.values()
        if not is_said or spec.schedule.every == when.every
    ]
    lines += [(typed_metric(catalogue, name), when) for name in catalogue.metrics if name == "sales"]
    verb = order_words(language).subscribe
    return QueryError(
        "What should I send?",
        hint="A summary, or a question like sales by region last month.",
        suggestions=tuple(
            f"{verb} {name.in_language(language)} {_rest(at, ordered, language)}" for name, at in lines
        ),
    )


def _refuse_files(query: Query, line: str) -> None:
    if query.flags & _NOT_POSTED:
        words = [word for word in line.split(" ") if fold(word) not in _WORDS_NOT_POSTED]
        raise QueryError(
            "A subscription carries no files and no SQL.",
            hint="Without them:",
            suggestions=(" ".join(words) or canonical(query),),
        )


def _rest(when: Schedule, ordered: Ordered, language: str) -> str:
    """Return the words after the question: when and where."""
    here = f" {order_words(language).here}" if ordered.is_here else ""
    return every_words(when, language) + (f" in {ordered.place}" if ordered.place else here)


def _same(one: Draft, other: Draft) -> bool:
    return (one.channel, one.line, one.is_summary, one.schedule) == (
        other.channel,
        other.line,
        other.is_summary,
        other.schedule,
    )
