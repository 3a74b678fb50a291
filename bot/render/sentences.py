"""The language in which something is said: its formats and catalogue, names, periods and figures.

Plain text, which a renderer escapes. What is said of whole answers is in `bot.render.words`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.render.formats import NO_VALUE, Formats
from bot.render.texts import templates, translations
from kpi_engine import FEW_ANSWERS, typed_name
from kpi_engine.domain.answer import (
    Answer,
    Figure,
    Group,
)
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.periods import Period, Window
from kpi_engine.domain.query import NONE_LABEL, Filter
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import in_words_of

_NAMES_SHOWN = 10
"""Of a filter, more of them are counted."""


def listed(answer: Answer) -> tuple[Group, ...]:
    """Return the groups that people are shown: of pairs only the winners, as many as were asked for."""
    if answer.pair_of is None:
        return answer.groups
    winners = tuple(group for group in answer.groups if (group.figure.parts or {}).get("shown"))
    return winners[: answer.query.top.count] if answer.query.top else winners


def is_few(figure: Figure, unit: Unit) -> bool:
    """Whether a score rests on so few answers that it isn't shown."""
    return unit == "score" and (figure.denominator or 0) < FEW_ANSWERS


def is_young(figure: Figure) -> bool:
    """Whether a figure isn't known because all of its cases are still maturing."""
    return figure.value is None and bool((figure.parts or {}).get("maturing"))


@dataclass(frozen=True, slots=True)
class Sentences:
    """One language and one catalogue, and the words for names, periods and figures in them."""

    formats: Formats
    catalogue: Catalogue

    @property
    def language(self) -> str:
        """The language that is spoken."""
        return self.formats.language

    @property
    def say(self) -> Callable[[str], str]:
        """The translation of an English text."""
        return translations(self.language).gettext

    def said(self, text: str) -> str:
        """Return an English sentence of an error in this language."""
        return in_words_of(text, self.say, self._shown)

    def _shown(self, value: object) -> str:
        """Return what a sentence of an error was filled with."""
        if isinstance(value, Title):
            return value.in_language(self.language)
        return self.formats.number(value) if isinstance(value, int) else str(value)

    def filled(self, template: str, **values: object) -> str:
        """Return a template of `templates/` with its values, without blank edges."""
        return templates(self.language).get_template(template).render(**values).strip()

    # names

    def metric(self, name: str) -> str:
        """Return the title of a metric."""
        return self.catalogue.metrics[name].title.in_language(self.language)

    def dimension(self, name: str) -> str:
        """Return the title of a dimension."""
        found = self.catalogue.dimensions.get(name)
        return found.title.in_language(self.language) if found else self.say(name)

    def typed(self, dimensions: Iterable[str]) -> str:
        """Return the words by which people may type dimensions."""
        names = (typed_name(self.catalogue, name) for name in dimensions)
        return ", ".join(name.in_language(self.language) for name in names)

    def label(self, label: str | None) -> str:
        """Return a member's name, "(none)" for the missing one."""
        return self.say("(none)") if label in (None, NONE_LABEL) else str(label)

    def labels(self, group: Group) -> str:
        """Return the names of a group's members."""
        return " · ".join(self.label(label) for label in group.labels)

    def filter(self, entry: Filter) -> str:
        """Return a filter: "Anna Peeters" or "not Fairs"."""
        names = ", ".join(self.label(member.label) for member in entry.members[:_NAMES_SHOWN])
        if len(entry.members) > _NAMES_SHOWN:
            more = self.say("{shown} and {count} more")
            names = more.format(shown=names, count=self.formats.number(len(entry.members) - _NAMES_SHOWN))
        return self.say("not {names}").format(names=names) if entry.exclude else names

    def filters(self, entries: tuple[Filter, ...]) -> str:
        """Return all filters, empty where there are none."""
        return " · ".join(self.filter(entry) for entry in entries)

    # periods

    def period(self, period: Period, window: Window | None = None) -> str:
        """Return a period's name; with its window, a running one names the days that were read."""
        if period.start is None or period.end is None:
            return self.say("all time")
        name = self.formats.period_name(period)
        if window is None or window.complete or window.is_empty:
            return name or self.formats.span(period.start, period.end)
        days = self.formats.window(window)
        if name and window.end == period.end:
            return self.say("{period} (so far)").format(period=name)
        return self.say("{days} (so far)").format(days=days)

    def data_until(self, until: datetime | date | None) -> str:
        """Return how far the data is loaded: to the minute, or to the day for who doesn't see everything."""
        if until is None:
            return self.say("no data yet")
        return self.say("data until {moment}").format(moment=self.formats.reached(until))

    # figures

    def value(self, figure: Figure, answer: Answer) -> str:
        """Return the number of a figure; "no data" where there is none."""
        if answer.pair_of is not None and figure is answer.figure:
            one, many = (
                self.say("{count} pair in {baskets} orders"),
                self.say("{count} pairs in {baskets} orders"),
            )
            return (one if figure.value == 1 else many).format(
                count=self.formats.number(figure.value or 0),
                baskets=self.formats.number((figure.parts or {}).get("baskets") or 0),
            )
        if answer.is_without_yield(figure):
            return self._without_yield(figure, answer)
        if figure.value is None:
            return self.say("too young to judge") if is_young(figure) else self.say("no data")
        if is_few(figure, answer.unit):
            return self.say("too few answers for a score ({count})").format(
                count=self.formats.number(figure.denominator or 0)
            )
        return self.formats.value(figure.value, answer.unit, answer.currency)

    def short_value(self, figure: Figure, answer: Answer) -> str:
        """Return the number of a figure for a table's cell."""
        if is_few(figure, answer.unit):
            return NO_VALUE
        if answer.is_without_yield(figure):
            return self._without_yield(figure, answer)
        if is_young(figure):
            return self.say("too young")
        return self.formats.value(figure.value, answer.unit, answer.currency)

    def _without_yield(self, figure: Figure, answer: Answer) -> str:
        """Return a cost that brought nothing: "€2,400, no new leads"."""
        cost = self.formats.money(figure.numerator or 0, self.currency(answer))
        return self.say("{cost}, {nothing}").format(cost=cost, nothing=self.no_yield(answer))

    def no_yield(self, answer: Answer) -> str:
        """Return what a cost didn't bring: "no new leads"; empty for a metric that is no cost of a count."""
        if answer.yields is None:
            return ""
        return self.say("no {counted}").format(counted=answer.yields.lower().in_language(self.language))

    def made_of(self, figure: Figure, answer: Answer, *, brief: bool = False) -> str:
        """Return what a ratio is made of: "21 of 98, likely 14.5% to 30.5%"; empty for other figures.

        `brief` leaves out "likely".
        """
        if figure.numerator is None or figure.denominator is None:
            return ""
        if answer.pair_of is not None:
            return self._made_of_pairs(figure)
        if answer.is_without_yield(figure) or (not figure.numerator and not figure.denominator):
            return ""
        if answer.unit == "score":
            return self._made_of_answers(figure, answer, brief=brief)
        if "acquisition" in (figure.parts or {}):
            currency = self.currency(answer)
            return self.say("{revenue} from customers who cost {cost} to win").format(
                revenue=self.formats.money(figure.numerator, currency),
                cost=self.formats.money(figure.denominator, currency),
            )
        if answer.unit == "share":
            text = self.say("{numerator} of {denominator}")
            top, bottom = (self.part(part, answer) for part in (figure.numerator, figure.denominator))
        else:
            text = self.say("{numerator} over {denominator}")
            top, bottom = self._above(figure.numerator, answer), self.formats.number(figure.denominator)
        text = text.format(numerator=top, denominator=bottom)
        return text + self._likely(figure, answer, brief=brief)

    def part(self, value: float, answer: Answer) -> str:
        """Return a side of a share: a count, or of a margin an amount."""
        if self.catalogue.metrics[answer.metric].spec.judged_as == "margin":
            return self.formats.money(value, self.currency(answer))
        return self.formats.number(value)

    def _above(self, numerator: float, answer: Answer) -> str:
        """Return what is divided, in the answer's unit; a count in a plain ratio stays a whole number."""
        if answer.unit == "ratio" and float(numerator).is_integer():
            return self.formats.number(numerator)
        return self.formats.value(numerator, answer.unit, answer.currency)

    def _made_of_pairs(self, figure: Figure) -> str:
        parts = figure.parts or {}
        return self.say("lift at least {low}; {joint} of {first} orders ({share})").format(
            low=self.formats.number(parts.get("lift_low") or 0, 1),
            joint=self.formats.number(figure.numerator or 0),
            first=self.formats.number(figure.denominator or 0),
            share=self.formats.share(parts.get("confidence") or 0),
        )

    def _made_of_answers(self, figure: Figure, answer: Answer, *, brief: bool) -> str:
        parts = figure.parts or {}
        counted = (
            self._counted(
                parts.get("promoters"), self.say("{count} promoter"), self.say("{count} promoters")
            ),
            self._counted(parts.get("passives"), self.say("{count} passive"), self.say("{count} passives")),
            self._counted(
                parts.get("detractors"), self.say("{count} detractor"), self.say("{count} detractors")
            ),
        )
        return ", ".join(counted) + self._likely(figure, answer, brief=brief)

    def _counted(self, count: float | None, one: str, many: str) -> str:
        return (one if count == 1 else many).format(count=self.formats.number(count or 0))

    def _likely(self, figure: Figure, answer: Answer, *, brief: bool) -> str:
        if figure.interval is None or is_few(figure, answer.unit):
            return ""
        low, high = (self.formats.value(round(bound, 3), answer.unit, None) for bound in figure.interval)
        range_ = self.say(", {low} to {high}") if brief else self.say(", likely {low} to {high}")
        return range_.format(low=low, high=high)

    def currency(self, answer: Answer) -> str:
        """Return the currency of an answer's amounts, also where its own value is none."""
        measure = self.catalogue.metrics[answer.metric].spec.measures()[0]
        return answer.currency or self.catalogue.models[measure.model].currency
