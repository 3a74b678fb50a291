"""Setting up an alert: from a typed line to terms that its owner may have."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from bot.alerts.alert_line import ReadAlert, read_alert, warning_of
from bot.alerts.standing import gone, require_not_of_one, require_owner
from bot.alerts.typed_alert import alert_verb, rest_words
from bot.rights import EVERYTHING, Viewer, require_visible
from bot.store.alerts import Alert, AlertTerms
from bot.subscriptions.standing import is_channel, not_for_readers, viewer_for
from bot.workspace.context import RequestContext
from bot.workspace.read_line import refuse_colleague, suggested_with_verb
from bot.workspace.services import alerts_of
from kpi_engine import NOBODY, canonical, parse, parse_lasting, read_number, typed_metric
from kpi_engine.domain.alerts import USUAL_QUIET, Rule, Watch
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Grain, last_complete, window_of
from kpi_engine.domain.query import Query
from kpi_engine.domain.translatable import said

_LATER = timedelta(days=800)
"""After so long every period in relative words is another one."""
_GRAINS: dict[object, Literal["week", "month"]] = {Grain.WEEK: "week", Grain.MONTH: "month"}
_USUAL_PERIODS = ("last week", "last month")


@dataclass(frozen=True, slots=True)
class Kept:
    """The alert of a line; `is_new` False if the same one existed already."""

    alert: Alert
    is_new: bool


def set_up(context: RequestContext, line: str, place: Alert | None = None) -> Kept:
    """Keep the alert that a line asks for, or change `place`, which must be the asker's own, to it.

    Raises QueryError, with whole lines to send instead.
    """
    request, book = context.request, alerts_of(context.services)
    terms = read_terms(context, line)
    if place is not None:
        require_owner(context, place)
        changed = book.change(place, terms, request.now)
        if changed is None:
            raise gone()
        return Kept(changed, is_new=True)
    for known in book.shown(request.user):
        same = replace(known.terms, zone=terms.zone, language=terms.language)
        if same == terms:
            return Kept(known, is_new=False)
    return Kept(book.add(terms, request.now), is_new=True)


def read_terms(context: RequestContext, line: str) -> AlertTerms:
    """Return the alert that a line asks for, which asker and channel may see. Raises QueryError."""
    request, services, language = context.request, context.services, context.language
    read = read_alert(line)
    channel = _channel(context, read)
    try:
        viewer = viewer_for(context.rights, channel)
    except ForbiddenError as wrong:
        if channel is not None:
            wrong.suggestions = _without_channel(read, language)
        raise
    if not read.what:
        raise _nothing_named(read, context)
    if read.rule is None:
        raise _no_rule(read, context)
    with suggested_with_verb(alert_verb(language), rest_words(read, language)):
        query, kept = _read(context, read.what, context.viewer)
        metric = _only_metric(query, context)
        require_visible(query, context.viewer, context.catalogue)
        _require_for_readers(query, viewer, context)
    if channel is not None:
        try:
            require_not_of_one(query, viewer, services, request.now)
        except ForbiddenError as wrong:
            wrong.suggestions = _without_channel(read, language)
            raise
    kept, grain = _lasting(query, kept, metric, read, context)
    quiet = None if read.is_anytime else read.quiet or USUAL_QUIET
    watch = _watch(read, metric)
    return AlertTerms(
        request.user, channel, kept, metric.name, grain, watch, quiet, services.zone.key, language
    )


def alert_meant(context: RequestContext, line: str) -> str | None:
    """Return the line that sets up what "tell me when sales drop" asks for, else None."""
    rest = warning_of(line)
    if rest is None:
        return None
    try:
        read_terms(context, rest)
    except QueryError:
        return None
    return f"{alert_verb(context.language)} {rest}"


def canonical_alert(context: RequestContext, line: str) -> str:
    """Return a line in canonical words for the audit, read with the names of everyone. Raises QueryError."""
    read = read_alert(line)
    _, kept = _read(context, read.what, EVERYTHING)
    return f"{kept} {rest_words(read, 'en')}".strip()


def _channel(context: RequestContext, read: ReadAlert) -> str | None:
    """Return the channel that is meant, None for the asker's direct messages."""
    request = context.request
    if not read.is_here:
        return read.channel
    return request.channel if is_channel(request.channel) else None


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


def _only_metric(query: Query, context: RequestContext) -> Metric:
    """Return the one metric of a question about one figure. Raises QueryError for any other."""
    base = replace(query, by=(), per=None, top=None, sizes=(), compare=(), flags=frozenset())
    metrics = [context.catalogue.metrics[name] for name in query.metrics]
    if any(metric.spec.lists_groups for metric in metrics):
        raise QueryError("An alert watches one figure, and this is a list.", hint="Choose another metric.")
    if len(metrics) != 1 or base != query:
        raise QueryError(
            "An alert watches one figure.",
            hint="Without the rest:",
            suggestions=tuple(canonical(replace(base, metrics=(name,))) for name in query.metrics),
        )
    return metrics[0]


def _require_for_readers(query: Query, viewer: Viewer, context: RequestContext) -> None:
    try:
        require_visible(query, viewer, context.catalogue)
    except ForbiddenError as wrong:
        raise not_for_readers() from wrong


def _lasting(
    query: Query, kept: str, metric: Metric, read: ReadAlert, context: RequestContext
) -> tuple[str, str]:
    """Return the question that is asked at each look, and the grain by which usual ranges are judged.

    Raises QueryError for a period that doesn't move, that begins at zero, or that has no usual range.
    """
    rule = read.rule or Rule.UNUSUAL
    language, verb = context.language, alert_verb(context.language)
    base = canonical(replace(query, period=None))
    mended = tuple(f"{verb} {base} {rest_words(read, language)} {words}" for words in _USUAL_PERIODS)
    if query.period is not None and _stays(kept, query, context):
        raise QueryError(
            "An alert needs a period that moves on.", hint="For example last week:", suggestions=mended
        )
    if not rule.has_bound and metric.spec.compares_ends:
        raise QueryError(
            said("{metric} has no usual range to compare with.", metric=metric.title),
            hint="Name a number, for example above 5%.",
        )
    if query.period is None:
        return (kept, "") if rule.has_bound else _usual_period(kept, metric, context)
    is_over = window_of(query.period, context.today).complete
    if rule.has_bound:
        if rule is Rule.BELOW and metric.spec.is_additive and not is_over:
            raise QueryError(
                "A period that has just begun is always below that.",
                hint="Watch one that is over:",
                suggestions=mended,
            )
        return kept, ""
    grain = _GRAINS.get(query.period.grain)
    if grain is None or not is_over or query.period != last_complete(query.period.grain, context.today):
        raise QueryError(
            "Only the last week and the last month have a usual range.",
            hint="One of these?",
            suggestions=mended,
        )
    return kept, grain


def _usual_period(kept: str, metric: Metric, context: RequestContext) -> tuple[str, str]:
    """Return a question without a period for its usual range: weekly, unless its rows come by the month."""
    models = context.catalogue.models
    is_monthly = any(models[ref.model].grain == "month" for ref in metric.spec.measures())
    if metric.spec.matures or is_monthly:
        return kept, "month"
    return f"{kept} {_USUAL_PERIODS[0]}", "week"


def _stays(kept: str, query: Query, context: RequestContext) -> bool:
    """Whether a question's period is the same one at any time."""
    later = context.today + _LATER
    members = context.services.members(context.now)
    return parse(kept, context.catalogue, members, NOBODY, later).period == query.period


def _watch(read: ReadAlert, metric: Metric) -> Watch:
    """Return what is waited for, with the numbers read in the metric's unit. Raises QueryError."""
    bound = read_number(read.bound, metric.unit) if read.bound else None
    cases = int(read_number(read.cases, "count")) if read.cases else None
    change = read_number(read.change, metric.unit) if read.change else None
    return Watch(read.rule or Rule.UNUSUAL, bound, cases, change)


def _nothing_named(read: ReadAlert, context: RequestContext) -> QueryError:
    """Return the error for a line without a question, with figures that can be watched."""
    language, rule = context.language, read.rule
    rest = rest_words(read if rule else replace(read, rule=Rule.UNUSUAL), language)
    names = [name for name in ("sales", "leads") if name in context.catalogue.metrics]
    metrics = [typed_metric(context.catalogue, name).in_language(language) for name in names]
    fits = not read.bound or "%" not in read.bound
    return QueryError(
        "What should I watch?",
        hint="Name a figure, for example sales or conversion region:noord.",
        suggestions=tuple(f"{alert_verb(language)} {name} {rest}" for name in metrics if fits),
    )


def _no_rule(read: ReadAlert, context: RequestContext) -> QueryError:
    """Return the error for a line that doesn't say what to wait for."""
    language, verb = context.language, alert_verb(context.language)
    lines: list[str] = []
    with suppress(QueryError):
        query, kept = _read(context, read.what, context.viewer)
        metric = _only_metric(query, context)
        for rule in (Rule.UNUSUAL, Rule.DROP):
            line = f"{kept} {rest_words(replace(read, rule=rule), language)}"
            _lasting(query, kept, metric, replace(read, rule=rule), context)
            lines.append(f"{verb} {line}")
    return QueryError(
        "What should I wait for?",
        hint="Say below or above a number, unusual, drops or rises.",
        suggestions=tuple(lines),
    )


def _without_channel(read: ReadAlert, language: str) -> tuple[str, ...]:
    rest = rest_words(read, language, is_placed=False)
    return (f"{alert_verb(language)} {read.what} {rest}",) if read.what and read.rule else ()
