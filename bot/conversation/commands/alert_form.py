"""The form of an alert: how it opens, from a list or under an answer, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.alerts.alert_line import read_alert
from bot.alerts.new_alert import read_terms, set_up
from bot.alerts.standing import alert_of, gone, require_owner, shown
from bot.alerts.typed_alert import floor_words, read_of
from bot.conversation.command import CommandContext, PressHandler
from bot.render.alert_form import BOUND, FLOOR, QUIET, RULE, WHAT, WHERE, AlertForm, form
from bot.render.alerts import EDIT, FORM, NEW, kept_message
from bot.render.message import Message, Reply
from bot.store.alerts import Alert
from bot.workspace.context import RequestContext
from bot.workspace.request import Press
from kpi_engine import normalised
from kpi_engine.domain.alerts import Rule
from kpi_engine.domain.errors import ForbiddenError, QueryError

_BOUNDED = frozenset({Rule.BELOW, Rule.ABOVE})


def press(context: CommandContext, press: Press) -> Reply:
    """Open the form, or keep what was entered in it. Raises QueryError."""
    carried = f"{context.request.channel} {press.message_ts}"
    if press.action == NEW:
        return form(AlertForm(what=press.value), f"0 {carried}", context.sentences)
    if press.action == EDIT:
        alert = alert_of(press.value, context.services)
        require_owner(context, alert)
        return form(_given(alert, context), f"{alert.id}.{alert.revision} {carried}", context.sentences)
    number, _, revision = press.value.partition(".")
    place = alert_of(number, context.services) if number != "0" else None
    if place is not None and str(place.revision) != revision:
        raise gone()
    return _kept(context, _line_of(press.fields), place)


def wrong_alert_field(
    given: Mapping[str, Sequence[str]], context: RequestContext
) -> tuple[str, QueryError] | None:
    """Return the field of a form that is wrong, and why; None if all are right.

    The suggestions of the error are questions, without the verb and what is waited for. Waits for no
    database, except for a name of a dimension that has too many to hold.
    """
    if context.services.index.remembered(context.now) is None:
        return None  # what is wrong is told in a message, once the names are read
    fields = {name: values[0] for name, values in given.items() if values}
    try:
        line = _line_of(fields)
    except QueryError as wrong:
        return BOUND, wrong
    try:
        read_terms(context, line)
    except QueryError as wrong:
        asked = (read_alert(suggested.partition(" ")[2]).what for suggested in wrong.suggestions)
        wrong.suggestions = tuple(dict.fromkeys(asked))
        return (WHERE if isinstance(wrong, ForbiddenError) and fields.get(WHERE) else WHAT), wrong
    return None


def _given(alert: Alert, context: RequestContext) -> AlertForm:
    """Return what stands in the form of an alert."""
    terms = alert.terms
    metric = context.catalogue.metrics.get(terms.metric)
    read = read_of(terms, metric.unit if metric else "count")
    quiet = terms.quiet
    return AlertForm(
        number=alert.id,
        what=terms.line,
        rule=terms.watch.rule,
        bound=read.bound,
        floor=floor_words(read, "en"),
        hours=f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else "",
        channel=terms.channel,
    )


def _line_of(fields: Mapping[str, str]) -> str:
    """Return the line that the fields of a form make. Raises QueryError without a number that it needs."""
    rule, bound = fields.get(RULE, ""), fields.get(BOUND, "").strip()
    if rule in _BOUNDED and not bound:
        raise QueryError("Below or above which number?", hint="Write it like 10k or 15%.")
    where = f"in <#{fields[WHERE]}>" if fields.get(WHERE) else ""
    bound = bound if rule in _BOUNDED else ""
    parts = (fields.get(WHAT, ""), rule, bound, fields.get(FLOOR, ""), fields.get(QUIET, ""), where)
    return normalised(" ".join(part for part in parts if part))


def _kept(context: CommandContext, line: str, place: Alert | None) -> Message:
    kept = set_up(context, line, place)
    return kept_message(shown(kept.alert, context), context.sentences, is_new=kept.is_new)


PRESS_HANDLER = PressHandler((NEW, EDIT, FORM), press)
