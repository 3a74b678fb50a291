"""The form of an alert, and the button under an answer that opens it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.render.alerts import FORM, NEW
from bot.render.document import Button, ChannelPicker, Input, Menu, Option, TextField
from bot.render.message import Modal
from bot.render.sentences import Sentences
from kpi_engine import canonical
from kpi_engine.domain.alerts import Rule
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.periods import AnyGrain, Grain

WHAT, RULE, BOUND, FLOOR, QUIET, WHERE = "what", "rule", "bound", "floor", "quiet", "where"
"""The fields of the form."""
_LONGEST_QUESTION, _LONGEST_NUMBER, _LONGEST_FLOOR = 400, 30, 60
_QUIET_HOURS = ("20:00-07:00", "18:00-08:00", "22:00-06:00")
"""The quiet hours that are offered, the usual ones first."""
_NEVER_QUIET = "any time"
_PERIODS: dict[AnyGrain | None, str] = {Grain.WEEK: "last week", Grain.MONTH: "last month"}


@dataclass(frozen=True, slots=True)
class AlertForm:
    """What stands in the form when it opens, in typed words.

    `number` is that of the alert which is changed, 0 for a new one. `hours` are the quiet hours, "" for none.
    """

    number: int = 0
    what: str = ""
    rule: Rule = Rule.BELOW
    bound: str = ""
    floor: str = ""
    hours: str = _QUIET_HOURS[0]
    channel: str | None = None


def alert_button(answer: Answer, sentences: Sentences) -> Button | None:
    """Return the button that opens the form for an answer's figure; None where there is none to watch."""
    metric = sentences.catalogue.metrics[answer.metric]
    if answer.pair_of is not None or metric.spec.lists_groups:
        return None
    query = replace(
        answer.query, period=None, compare=(), by=(), per=None, top=None, sizes=(), flags=frozenset()
    )
    period = _PERIODS.get(answer.period.grain) if not metric.spec.matures else None
    words = f"{canonical(query)} {period or ''}".strip()
    return Button(sentences.say("Alert"), NEW, words)


def form(given: AlertForm, value: str, sentences: Sentences) -> Modal:
    """Return the form of an alert; `value` comes back with it."""
    say = sentences.say
    title = say("Change alert") if given.number else say("New alert")
    fields = (
        Input(
            WHAT,
            say("What"),
            TextField(given.what, _LONGEST_QUESTION),
            hint=say("One figure, such as sales region:noord last week."),
            is_optional=False,
        ),
        Input(RULE, say("Tell me when it is"), Menu(_rules(sentences), (given.rule,)), is_optional=False),
        Input(
            BOUND,
            say("Which number"),
            TextField(given.bound, _LONGEST_NUMBER),
            hint=say("For below and above, such as 10k or 15%."),
            is_optional=True,
        ),
        Input(
            FLOOR,
            say("Only if"),
            TextField(given.floor, _LONGEST_FLOOR),
            hint=say("Such as at least 30 cases, or by at least 5k."),
            is_optional=True,
        ),
        Input(
            QUIET,
            say("Quiet hours"),
            Menu(_hours(given.hours, sentences), (_quiet_value(given.hours),)),
            is_optional=False,
        ),
        Input(
            WHERE,
            say("In which channel"),
            ChannelPicker(given.channel or ""),
            hint=say("Leave empty to get it in your direct messages."),
            is_optional=True,
        ),
    )
    return Modal(FORM, value, title, say("Save"), say("Cancel"), fields)


def _rules(sentences: Sentences) -> tuple[Option, ...]:
    say = sentences.say
    labels = {
        Rule.BELOW: say("below a number"),
        Rule.ABOVE: say("above a number"),
        Rule.UNUSUAL: say("unusual"),
        Rule.DROP: say("unusually low"),
        Rule.RISE: say("unusually high"),
    }
    return tuple(Option(label, rule) for rule, label in labels.items())


def _hours(hours: str, sentences: Sentences) -> tuple[Option, ...]:
    every = dict.fromkeys((*_QUIET_HOURS, *([hours] if hours else [])))
    options = [Option(entry.replace("-", "–"), _quiet_value(entry)) for entry in every]
    return (*options, Option(sentences.say("none"), _NEVER_QUIET))


def _quiet_value(hours: str) -> str:
    return f"quiet {hours}" if hours else _NEVER_QUIET
