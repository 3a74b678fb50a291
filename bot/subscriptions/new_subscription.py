"""Subscribing: from a typed line to a subscription that its owner may have."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.render.schedule_words import order_words
from bot.rights import EVERYTHING, Viewer, reader_of, require_visible
from bot.store.subscriptions import Recipients, Subscription, SubscriptionTerms
from bot.subscriptions.recipients import reps_of, require_may_send
from bot.subscriptions.schedule_words import (
    WEEKLY,
    Ordered,
    channel_or_question,
    every_words,
    read_order,
    scheduled,
    usual_rhythm,
)
from bot.subscriptions.standing import (
    gone,
    is_channel,
    not_for_readers,
    question_of,
    require_owner,
    viewer_for,
)
from bot.workspace.context import RequestContext
from bot.workspace.read_line import refuse_colleague, suggested_with_verb
from bot.workspace.services import Services, subscriptions_of
from bot.workspace.summaries import NAME_WORDS, require_private, typed_summary
from kpi_engine import (
    COMMANDS,
    FILLERS,
    ME,
    NOBODY,
    PERIODS,
    QUESTIONS,
    SCHEDULES,
    canonical,
    fold,
    parse_lasting,
    parts,
    typed_metric,
    understood,
    vocabulary_of,
)
from kpi_engine.domain.errors import ForbiddenError, QueryError, UnknownNameError
from kpi_engine.domain.posts import Rhythm, Schedule, SummarySpec
from kpi_engine.domain.query import Flag, Query
from kpi_engine.domain.translatable import said

_AROUND_A_NAME = COMMANDS.summary | PERIODS.the
_NOT_POSTED: frozenset[Flag] = frozenset({"csv", "xlsx", "sql", "share"})
_WORDS_NOT_POSTED = frozenset(word for word, flag in QUESTIONS.flags.items() if flag in _NOT_POSTED)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The subscription of a line; `is_new` False if the same one existed already."""

    subscription: Subscription
    is_new: bool


def subscribe(context: RequestContext, line: str, place: Subscription | None = None) -> Subscribed:
    """Keep the subscription that a line asks for, or change `place`, which must be the asker's own, to it.

    Raises QueryError, with whole lines to send instead.
    """
    request, book = context.request, subscriptions_of(context.services)
    terms = read_terms(context, line)
    if place is not None:
        require_owner(context, place)
        changed = book.change(place, terms, request.now)
        if changed is None:
            raise gone()
        return Subscribed(changed, is_new=True)
    for known in book.shown(request.user):
        if known.terms.owner == request.user and _same(known.terms, terms):
            return Subscribed(known, is_new=False)
    return Subscribed(book.add(terms, request.now), is_new=True)


def taken_over(context: RequestContext, place: Subscription) -> Subscription:
    """Make the asker the owner of a subscription, and resume it. Raises QueryError if they may not."""
    request, services, terms = context.request, context.services, place.terms
    viewer = viewer_for(context.rights, terms.channel)
    people = tuple(person for person in terms.people if person != terms.owner)
    recipients = terms.recipients if people else Recipients.ONE
    if terms.recipients is Recipients.REPS:
        recipients = Recipients.REPS
    changed = replace(terms, owner=request.user, people=people, recipients=recipients)
    require_may_send(changed, context.rights.own, services, request.now)
    if not terms.is_summary:
        _require_for_readers(question_of(changed, request.now, services), viewer, services)
    taken = subscriptions_of(services).change(place, changed, request.now)
    if taken is None:
        raise gone()
    return taken


def subscription_meant(context: RequestContext, line: str) -> str | None:
    """Return the line that subscribes to a question with a day in it ("sales every monday"), else None."""
    language = context.language
    try:
        ordered = read_order(line, language)
        if ordered.schedule is None:
            return None
        words = ordered.what.split(" ")
        while words and fold(words[0]) in FILLERS | ME:
            del words[0]
        rest = _rest(scheduled(ordered, ordered.schedule), ordered, language)
        read_terms(context, f"{' '.join(words)} {rest}")
    except QueryError:
        return None
    return " ".join((order_words(language).subscribe, *words, rest)) if words else None


def read_terms(context: RequestContext, line: str) -> SubscriptionTerms:
    """Return the subscription that a line asks for, which asker and channel may see. Raises QueryError."""
    request, services, language = context.request, context.services, context.language
    ordered = read_order(line, language)
    channel = _channel(context, ordered)
    spec = _summary(ordered, services, language)
    when = scheduled(ordered, spec.schedule if spec else WEEKLY)
    try:
        viewer = viewer_for(context.rights, channel)
    except ForbiddenError as wrong:
        if channel is not None:
            what, verb = ordered.what or ordered.frequency, order_words(language).subscribe
            wrong.suggestions = (f"{verb} {what} {every_words(when, language)}".replace("  ", " "),)
        raise
    if spec is not None:
        _require_its_own_rhythm(spec, when, ordered, language)
        _require_reader(context, spec, channel, viewer, has_others=bool(ordered.people) or ordered.each_rep)
        _refuse_second(spec, channel)
        kept = spec.name
    else:
        kept = _question(context, ordered, when, viewer)
    terms = SubscriptionTerms(
        request.user,
        channel,
        kept,
        spec is not None,
        when,
        context.zone.key,
        language,
        ordered.only_changes,
        *_recipients(context, ordered),
    )
    if terms.recipients is not Recipients.ONE:
        require_may_send(terms, viewer, services, context.now)
        _require_for_reps(context, terms, spec)
    return terms


def _recipients(context: RequestContext, ordered: Ordered) -> tuple[Recipients, tuple[str, ...]]:
    """Return who gets a subscription, and the people whom it names."""
    if ordered.each_rep:
        return Recipients.REPS, ()
    mine = (context.request.user,) if ordered.is_mine else ()
    people = tuple(sorted({*ordered.people, *mine}))
    if not ordered.people or people == (context.request.user,):
        return Recipients.ONE, ()
    return Recipients.PEOPLE, people


def _require_for_reps(context: RequestContext, terms: SubscriptionTerms, spec: SummarySpec | None) -> None:
    """Raise QueryError if what is for each rep has no reps, or isn't what a rep may see."""
    if terms.recipients is not Recipients.REPS:
        return
    reps = reps_of(context.services, context.rights.own, context.now)
    if not reps:
        raise QueryError(
            "I don't know the Slack account of any of your reps.",
            hint="The person who runs this bot can list them in access.yaml or in the reps table.",
        )
    if spec is not None:
        if spec.audience == "lead":
            raise QueryError(
                "That summary is for leads, not for each rep.", hint="For each rep there is my week."
            )
        return
    rep = next(iter(reps.values()))
    query = question_of(terms, context.now, context.services)
    try:
        require_visible(query, Viewer(people=(rep,), own=rep), context.catalogue)
    except ForbiddenError as wrong:
        raise QueryError(
            "Reps may not see that, so I can't send it to each of them.",
            hint="Ask for what each rep has, such as sales by product.",
        ) from wrong


def canonical_subscription(context: RequestContext, line: str) -> str:
    """Return a line in canonical words for the audit, read with the names of everyone. Raises QueryError."""
    ordered = read_order(line)
    spec = _summary(ordered, context.services, "en")
    when = scheduled(ordered, spec.schedule if spec else WEEKLY)
    what = spec.name if spec else _read(context, ordered.what, EVERYTHING)[1]
    return f"{what} {_rest(when, ordered, 'en')}"


def _channel(context: RequestContext, ordered: Ordered) -> str | None:
    """Return the channel that is meant, None for the asker's direct messages."""
    request = context.request
    if not ordered.is_here:
        return ordered.channel
    return request.channel if is_channel(request.channel) else None


def _summary(ordered: Ordered, services: Services, language: str) -> SummarySpec | None:
    """Return the summary that a line names, None if it asks a question. Raises QueryError."""
    typed = [fold(word).replace("’", "'") for word in ordered.what.split()]
    words = [word for word in typed if word not in _AROUND_A_NAME]
    words = [" ".join(words)] if " ".join(words) in NAME_WORDS else words
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
    """Raise QueryError for a weekly summary every month: it would leave out most weeks."""
    every = spec.schedule.every
    if when.every == every:
        return
    usual = usual_rhythm(spec.schedule)
    mended = replace(usual, at=ordered.at or usual.at)
    wrong = _covers(every)
    wrong.suggestions = (_summary_line(spec.name, _rest(mended, ordered, language), language),)
    raise wrong


def _covers(every: Rhythm) -> QueryError:
    """Return the refusal of a summary in another rhythm than that of its file."""
    match every:
        case "day":
            return QueryError("That summary covers one day, so it is sent every day.", hint="Like this:")
        case "workday":
            return QueryError(
                "That summary covers one working day, so it is sent every working day.", hint="Like this:"
            )
        case "week":
            return QueryError("That summary covers one week, so it is sent every week.", hint="Like this:")
        case "month":
            return QueryError("That summary covers one month, so it is sent every month.", hint="Like this:")
        case "quarter":
            return QueryError(
                "That summary covers one quarter, so it is sent every quarter.", hint="Like this:"
            )
        case "year":
            return QueryError("That summary covers one year, so it is sent every year.", hint="Like this:")


def _require_reader(
    context: RequestContext, spec: SummarySpec, channel: str | None, viewer: Viewer, *, has_others: bool
) -> None:
    """Raise ForbiddenError for a private summary in a channel, or for somebody who has no such people."""
    if channel is not None:
        require_private(spec)
    elif spec.is_private and not has_others:
        reader_of(spec, viewer, context.asker(viewer).rep)


def _refuse_second(spec: SummarySpec, channel: str | None) -> None:
    if channel is not None and channel in spec.channels:
        raise QueryError(
            "That channel already gets this summary.",
            hint="The person who runs this bot set it up in the summary's file.",
        )


def _question(context: RequestContext, ordered: Ordered, when: Schedule, viewer: Viewer) -> str:
    """Return the question to keep. Raises QueryError with whole lines as suggestions."""
    language = context.language
    if not ordered.what:
        raise _nothing_named(when, ordered, context.services, language)
    own = context.viewer  # not the person's own: in public, the channel reads this answer
    _refuse_channel_name(context, ordered, when)
    with suggested_with_verb(order_words(language).subscribe, _rest(when, ordered, language)):
        query, kept = _read(context, ordered.what, own)
        _refuse_files(query, ordered.what)
        require_visible(query, own, context.catalogue)
        _require_for_readers(query, viewer, context.services)
    return kept


def _refuse_channel_name(context: RequestContext, ordered: Ordered, when: Schedule) -> None:
    """Raise QueryError for "sales in leads": a channel's name without its #, or a second metric."""
    language, catalogue = context.language, context.catalogue
    *before, towards, name = ("", "", *ordered.what.split(" "))
    what, metric = " ".join(before).strip(), vocabulary_of(catalogue).metrics.get(tuple(parts(name)))
    if metric is None or fold(towards) not in SCHEDULES.into:
        return
    known = understood(what, catalogue, {}, NOBODY, context.today).metrics
    if not known:
        return
    words, rest = order_words(language), every_words(when, language)
    begin = f"{words.subscribe} {what}"
    joined = [] if metric in known else [f"{begin},{name} {rest}"]
    raise channel_or_question(name, (f"{begin} {rest}", f"{begin} {rest} {words.here}", *joined))


def _read(context: RequestContext, line: str, viewer: Viewer) -> tuple[Query, str]:
    """Read a question with the names that a viewer sees; return it and its canonical line.

    Raises QueryError; ForbiddenError if it can be read only with the name of a colleague.
    """
    try:
        return parse_lasting(
            line, context.catalogue, context.members(viewer), context.asker(viewer), context.today
        )
    except QueryError:
        if not viewer.everything:
            refuse_colleague(line, context)
        raise


def _require_for_readers(query: Query, viewer: Viewer, services: Services) -> None:
    """Raise ForbiddenError if the readers of a channel may not see the answer."""
    try:
        require_visible(query, viewer, services.catalogue)
    except ForbiddenError as wrong:
        raise not_for_readers() from wrong


def _nothing_named(when: Schedule, ordered: Ordered, services: Services, language: str) -> QueryError:
    """Return the error for a line that says only when, or nothing, with what everybody can be sent."""
    catalogue = services.catalogue
    is_said = ordered.schedule is not None
    lines = [
        (typed_summary(spec.name), when if is_said else spec.schedule)
        for spec in catalogue.summaries.values()
        if not spec.is_private and (not is_said or spec.schedule.every == when.every)
    ]
    lines += [(typed_metric(catalogue, name), when) for name in catalogue.metrics if name == "sales"]
    verb = order_words(language).subscribe
    return QueryError(
        "What should I send?",
        hint="A summary, or a question such as sales by region last month.",
        suggestions=tuple(
            f"{verb} {name.in_language(language)} {_rest(at, ordered, language)}" for name, at in lines
        ),
    )


def _refuse_files(query: Query, line: str) -> None:
    if query.flags & _NOT_POSTED:
        words = [word for word in line.split(" ") if fold(word) not in _WORDS_NOT_POSTED]
        raise QueryError(
            "A subscription can't include files or SQL.",
            hint="Without them:",
            suggestions=(" ".join(words) or canonical(query),),
        )


def _rest(when: Schedule, ordered: Ordered, language: str) -> str:
    """Return the words of a line after its question: when, where and whom to, and whether only changes."""
    words, people = order_words(language), [f"<@{person}>" for person in ordered.people]
    if people and ordered.is_mine:
        people.append(words.me)
    return " ".join(
        (
            every_words(when, language),
            *([f"in {ordered.place}"] if ordered.place else []),
            *([words.here] if ordered.is_here else []),
            *([words.each_rep] if ordered.each_rep else []),
            *([words.to_people.format(people=", ".join(people))] if people else []),
            *([words.only_changes] if ordered.only_changes else []),
        )
    )


def _same(one: SubscriptionTerms, other: SubscriptionTerms) -> bool:
    return replace(one, zone=other.zone, language=other.language) == other
