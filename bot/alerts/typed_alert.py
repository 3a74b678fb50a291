"""Alerts as typed words: what suggestions offer, what Undo sends, and what a form is opened with."""

from __future__ import annotations

from bot.alerts.alert_line import ReadAlert
from bot.store.alerts import AlertTerms
from kpi_engine import offered_in, written_number
from kpi_engine.domain.alerts import USUAL_QUIET, QuietHours, Rule
from kpi_engine.domain.metrics import Unit


def alert_verb(language: str) -> str:
    """Return the name of the command as people of a language type it."""
    return offered_in(language).alert


def rule_words(rule: Rule, bound: str, language: str) -> str:
    """Return what an alert waits for as it is typed: "below 15%"."""
    offered = offered_in(language)
    words = {
        Rule.BELOW: offered.below,
        Rule.ABOVE: offered.above,
        Rule.UNUSUAL: offered.unusual,
        Rule.DROP: offered.drop,
        Rule.RISE: offered.rise,
    }
    return f"{words[rule]} {bound}".strip()


def rest_words(read: ReadAlert, language: str, *, is_placed: bool = True) -> str:
    """Return the words of a line behind its question; `is_placed`: with where the alert goes."""
    offered = offered_in(language)
    parts = [rule_words(read.rule, read.bound, language) if read.rule else "", floor_words(read, language)]
    parts.append(_quiet_words(read.quiet, language) if read.quiet else "")
    parts.append(offered.any_time if read.is_anytime else "")
    if is_placed:
        parts.append(f"in {read.place}" if read.place else offered.here if read.is_here else "")
    return " ".join(part for part in parts if part)


def floor_words(read: ReadAlert, language: str) -> str:
    """Return the floors of an alert as they are typed: "at least 30 cases"."""
    offered = offered_in(language)
    cases = f"{offered.at_least} {read.cases} {offered.cases}" if read.cases else ""
    change = offered.change.format(amount=read.change) if read.change else ""
    return f"{cases} {change}".strip()


def read_of(terms: AlertTerms, unit: Unit) -> ReadAlert:
    """Return terms as their line would be read."""
    watch = terms.watch
    quiet = terms.quiet if terms.quiet != USUAL_QUIET else None
    return ReadAlert(
        what=terms.line,
        rule=watch.rule,
        bound="" if watch.bound is None else written_number(watch.bound, unit),
        cases="" if watch.least_cases is None else str(watch.least_cases),
        change="" if watch.least_change is None else written_number(watch.least_change, unit),
        quiet=quiet,
        is_anytime=terms.quiet is None,
        channel=terms.channel,
        place=f"<#{terms.channel}>" if terms.channel else "",
    )


def alert_line(terms: AlertTerms, unit: Unit, language: str = "en") -> str:
    """Return the line that sets up the same alert."""
    return f"{alert_verb(language)} {terms.line} {rest_words(read_of(terms, unit), language)}"


def _quiet_words(quiet: QuietHours, language: str) -> str:
    return f"{offered_in(language).quiet} {quiet.start:%H:%M}-{quiet.end:%H:%M}"
