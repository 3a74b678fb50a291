"""An answer in words: each part of it as one short line, in one language.

Plain text, not yet escaped for Slack. The same lines make the blocks, the top-level text, the
summary and the terminal's output, so that no two of them can differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.render import finding_words
from bot.render.formats import NO_VALUE, Formats
from bot.render.texts import templates, translations
from kpi_engine.analysis.score import FEW_ANSWERS
from kpi_engine.domain.answer import (
    Anomaly,
    Answer,
    Comparison,
    Figure,
    Group,
    Note,
    SeriesPoint,
    TargetResult,
    Verdict,
)
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.periods import Period, Window
from kpi_engine.domain.query import NONE_LABEL, Baseline, Filter, Sized
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import in_words_of
from kpi_engine.language.vocabulary import typed_name

_NAMES_SHOWN = 10
"""Of a filter, more of them are counted."""
UNCHANGING = (Verdict.NO_DATA, Verdict.NOT_COMPARABLE)
"""Verdicts that tell of no change."""
ROUGH_ANSWERS = 30
"""Under this many it is marked as rough."""


def listed(answer: Answer) -> tuple[Group, ...]:
    """Return the groups that people are shown: of pairs only the winners, as many as were asked for."""
    if answer.pair_of is None:
        return answer.groups
    winners = tuple(group for group in answer.groups if (group.figure.parts or {}).get("shown"))
    return winners[: answer.query.top.count] if answer.query.top else winners


def is_few(figure: Figure, unit: Unit) -> bool:
    """Whether a score rests on so few answers that it isn't shown."""
    return unit == "score" and (figure.denominator or 0) < FEW_ANSWERS


@dataclass(frozen=True, slots=True)
class Sentences:
    """The words for one language and one catalogue."""

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

    def data_until(self, until: datetime | None) -> str:
        """Return how far the data is loaded."""
        if until is None:
            return self.say("no data yet")
        return self.say("data until {moment}").format(moment=self.formats.moment(until))

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
        if figure.value is None:
            return self.say("no data")
        if is_few(figure, answer.unit):
            return self.say("too few answers for a score ({count})").format(
                count=self.formats.number(figure.denominator or 0)
            )
        return self.formats.value(figure.value, answer.unit, answer.currency)

    def short_value(self, figure: Figure, answer: Answer) -> str:
        """Return the number of a figure for a table's cell."""
        if is_few(figure, answer.unit):
            return NO_VALUE
        return self.formats.value(figure.value, answer.unit, answer.currency)

    def made_of(self, figure: Figure, answer: Answer, *, brief: bool = False) -> str:
        """Return what a ratio is made of: "21 of 98, likely 14.5% to 30.5%"; empty for other figures.

        `brief` leaves out "likely".
        """
        if figure.numerator is None or figure.denominator is None:
            return ""
        if answer.pair_of is not None:
            return self._made_of_pairs(figure)
        if not figure.numerator and not figure.denominator:
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
            top = self.formats.number(figure.numerator)
        else:
            text = self.say("{numerator} over {denominator}")
            top = self._above(figure.numerator, answer)
        text = text.format(numerator=top, denominator=self.formats.number(figure.denominator))
        return text + self._likely(figure, answer, brief=brief)

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

    def headline(self, answer: Answer) -> str:
        """Return the answer in one line: metric, filters, period, value and what it is made of."""
        made_of = self.made_of(answer.figure, answer)
        value = self.value(answer.figure, answer)
        return f"{self.subject(answer)}: {value}" + (f" ({made_of})" if made_of else "")

    def short_headline(self, answer: Answer) -> str:
        """Return the answer in one line without its period: "Sales: €103,237"."""
        made_of = self.made_of(answer.figure, answer) if answer.figure.interval else ""
        name = ", ".join(part for part in (self.metric(answer.metric), self.filters(answer.filters)) if part)
        return f"{name}: {self.value(answer.figure, answer)}" + (f" ({made_of})" if made_of else "")

    def subject(self, answer: Answer) -> str:
        """Return what is answered: "Conversion, Anna Peeters, July 2026"."""
        named = (
            self.metric(answer.metric),
            self.filters(answer.filters),
            self.period(answer.period, answer.window),
        )
        return ", ".join(part for part in named if part)

    # comparisons

    def baseline(self, comparison: Comparison) -> str:
        """Return with what is compared: "vs June 2026"."""
        if comparison.team:
            return self.say("vs team {name}").format(name=comparison.team.name)
        name = self._compared(comparison)
        if comparison.like_for_like is not None:
            days = self.formats.window(comparison.window)
            name = days if days != NO_VALUE else name
        if comparison.to is Baseline.PREVIOUS:
            return self.say("vs previous ({period})").format(period=name)
        if comparison.to is Baseline.LAST_YEAR:
            return self.say("vs last year ({period})").format(period=name)
        return self.say("vs {period}").format(period=name)

    def short_baseline(self, comparison: Comparison) -> str:
        """Return with what is compared, without its dates."""
        if comparison.team:
            return self.baseline(comparison)
        match comparison.to:
            case Baseline.PREVIOUS:
                return self.say("vs previous")
            case Baseline.LAST_YEAR:
                return self.say("vs last year")
            case _:
                return self.say("vs {period}").format(period=self._compared(comparison))

    def _compared(self, comparison: Comparison) -> str:
        """Return the name of the period; one that is itself still running says how far it is read."""
        is_whole = comparison.like_for_like is not None
        return self.period(comparison.period, None if is_whole else comparison.window)

    def _says_nothing(self, comparison: Comparison, answer: Answer) -> bool:
        return is_few(comparison.figure, answer.unit) or is_few(answer.figure, answer.unit)

    def amount_of_change(self, comparison: Comparison, unit: Unit, currency: str | None) -> str:
        """Return by how much: in percent where that makes sense, of a share in points."""
        if comparison.change is None or is_few(comparison.figure, unit):
            return NO_VALUE
        if comparison.change_pct is not None:
            return self.formats.percent_change(comparison.change_pct)
        change = self.formats.absolute_change(comparison.change, unit, currency)
        return self.say("{change} points").format(change=change) if unit in ("share", "score") else change

    def change(self, comparison: Comparison, answer: Answer) -> str:
        """Return the change with its verdict: "+6% (better)" or "no clear change (+3.4 points)"."""
        amount = self.amount_of_change(comparison, answer.unit, answer.currency)
        words = {
            Verdict.NO_DATA: self.say("nothing to compare with"),
            Verdict.NOT_COMPARABLE: self.say("not comparable"),
            Verdict.NEW: self.say("new: it was {value}"),
            Verdict.SAME: self.say("unchanged"),
            Verdict.NO_CLEAR_CHANGE: self.say("no clear change ({change})"),
            Verdict.FROM_LOSS_TO_PROFIT: self.say("from loss to profit ({change})"),
            Verdict.FROM_PROFIT_TO_LOSS: self.say("from profit to loss ({change})"),
        }
        sentence = words.get(comparison.verdict, f"{{change}} ({self._judged(comparison)})")
        if comparison.team:
            sentence = self._beside_team(comparison)
        return sentence.format(change=amount, value=self.value(comparison.figure, answer))

    def short_change(self, comparison: Comparison, answer: Answer) -> str:
        """Return the change for a table's cell: by how much."""
        if comparison.verdict is Verdict.SAME:
            return self.say("unchanged")
        return self.amount_of_change(comparison, answer.unit, answer.currency)

    def brief_change(self, comparison: Comparison, answer: Answer) -> str:
        """Return the change with its verdict in fewer words: "+6% better"."""
        if comparison.verdict not in (Verdict.UP, Verdict.DOWN) or comparison.good is None:
            return self.change(comparison, answer)
        amount = self.amount_of_change(comparison, answer.unit, answer.currency)
        return f"{amount} {self.say('better') if comparison.good else self.say('worse')}"

    def _beside_team(self, comparison: Comparison) -> str:
        """Return how a rep's figure lies beside the team's, or beside its average."""
        match comparison.verdict, comparison.good:
            case Verdict.SAME, _:
                return self.say("the same")
            case Verdict.NO_CLEAR_CHANGE, _:
                return self.say("no clear difference ({change})")
            case Verdict.NO_DATA, _:
                return self.say("nothing to compare with")
            case _, None:
                return "{change}"
            case _, True:
                return self.say("{change} (better)")
        return self.say("{change} (worse)")

    def _judged(self, comparison: Comparison) -> str:
        if comparison.good is None:
            return self.say("up") if comparison.verdict is Verdict.UP else self.say("down")
        if comparison.verdict is Verdict.UP:
            return self.say("up, better") if comparison.good else self.say("up, worse")
        return self.say("down, better") if comparison.good else self.say("down, worse")

    def comparison(self, comparison: Comparison, answer: Answer) -> str:
        """Return a comparison in full: with what, the value then, and the change."""
        base = self.value(comparison.figure, answer)
        if comparison.team and comparison.team.average is not None:
            average = self.formats.value(comparison.team.average, answer.unit, answer.currency)
            members = self.formats.number(comparison.team.members)
            base = self.say("{total} in all, {average} on average for each of {members} members").format(
                total=base, average=average, members=members
            )
        line = f"{self.baseline(comparison)}: {base}"
        if comparison.verdict is Verdict.NO_DATA or self._says_nothing(comparison, answer):
            return line
        return f"{line}, {self.change(comparison, answer)}"

    # targets, flags, notes, findings

    def target(self, target: TargetResult, answer: Answer) -> str:
        """Return how far the result is from its target: "target €300,000 for November 2026: 71% so far".

        Beside a week, whose target is its month's, the month's own result stands with it.
        """
        if target.period != answer.period:
            return self._target_of_month(target, answer)
        value = self.formats.value(target.value, answer.unit, answer.currency)
        line = self.say("target {value} for {period}").format(value=value, period=self.period(target.period))
        state = self._target_state(target, answer)
        return f"{line}: {state}" if state else line

    def brief_target(self, target: TargetResult, answer: Answer) -> str:
        """Return the same without the target's period, where that is the answer's own."""
        line = self.say("target {value}").format(
            value=self.formats.value(target.value, answer.unit, answer.currency)
        )
        state = self._target_state(target, answer)
        return f"{line}: {state}" if state else line

    def _target_of_month(self, target: TargetResult, answer: Answer) -> str:
        """Return the month's own result and target: "November so far: €286,042 of the target of €351,500"."""
        result, value = (
            self.formats.value(amount, answer.unit, answer.currency)
            for amount in (target.result, target.value)
        )
        line = self.say("{month}: {result}, target {value}")
        if target.attainment is not None:
            line = self.say("{month}: {result} of the target of {value} ({share})")
        month = "{period}" if target.is_complete else self.say("{period} so far")
        return line.format(
            month=month.format(period=self.period(target.period)),
            result=self.say("no data") if target.result is None else result,
            value=value,
            share=self.formats.number(100 * (target.attainment or 0)) + "%",
        )

    def _target_state(self, target: TargetResult, answer: Answer) -> str:
        if target.result is None:
            return self.say("no data")
        reached = {True: self.say("reached"), False: self.say("not reached"), None: self.say("so far")}
        if target.attainment is not None:
            share = self.formats.number(100 * target.attainment) + "%"
            return (
                f"{share}, {reached[target.reached]}"
                if target.reached is not None
                else f"{share} {reached[None]}"
            )
        result = self.formats.value(target.result, answer.unit, answer.currency)
        return f"{result}, {reached[target.reached]}"

    def short_target(self, target: TargetResult) -> str:
        """Return the attainment for a table's cell."""
        if target.attainment is not None:
            return self.formats.number(100 * target.attainment) + "%"
        if target.reached is None:
            return NO_VALUE
        return self.say("reached") if target.reached else self.say("not reached")

    def anomaly(self, anomaly: Anomaly | None, answer: Answer) -> str:
        """Return the flag of a figure outside its own usual range; empty where there is none."""
        if anomaly is None or not anomaly.is_anomaly:
            return ""
        low, high = (
            self.formats.value(bound, answer.unit, answer.currency) for bound in (anomaly.low, anomaly.high)
        )
        weeks = anomaly.grain == "week"
        history = self.say("{count} weeks") if weeks else self.say("{count} months")
        return self.say("Unusual: normally {low} to {high}, judged by {history}.").format(
            low=low, high=high, history=history.format(count=anomaly.history)
        )

    def note(self, note: Note, answer: Answer) -> str:
        """Return what the reader must know, as a sentence."""
        values = self._readable(note.values)
        if note.code == "sized":
            values |= {name: self.formats.number(float(str(value))) for name, value in note.values.items()}
            values["by"] = ", ".join(self.dimension(name) for name in answer.by)
            values["sizes"] = self.say(" and ").join(self.size(size) for size in answer.query.sizes)
        return self.filled("note.j2", code=note.code, values=values)

    def size(self, size: Sized) -> str:
        """Return a size in words: "profit below €0"."""
        metric = self.catalogue.metrics[size.metric]
        currency = self.catalogue.models[metric.spec.measures()[0].model].currency
        low, high = (self.formats.value(bound, metric.unit, currency) for bound in (size.low, size.high))
        if size.low is not None and size.high is not None:
            words = self.say("exactly {low}") if size.low == size.high else self.say("from {low} to {high}")
        elif size.low is not None:
            words = self.say("at least {low}") if size.includes_low else self.say("over {low}")
        else:
            words = self.say("at most {high}") if size.includes_high else self.say("below {high}")
        return f"{self.metric(size.metric).lower()} {words.format(low=low, high=high)}"

    def _readable(self, values: Mapping[str, object]) -> dict[str, object]:
        readable: dict[str, object] = {}
        for name, value in values.items():
            if name == "month" and isinstance(value, date):
                readable[name] = self.formats.month(value)
            elif isinstance(value, date):
                readable[name] = self.formats.day(value)
            elif name == "share" and isinstance(value, float):
                readable[name] = self.formats.share(value)
            elif isinstance(value, int):
                readable[name] = self.formats.number(value)
            else:
                readable[name] = value
        return readable

    def point(self, point: SeriesPoint, answer: Answer) -> str:
        """Return one period of a series."""
        return f"{self.period(point.period, point.window)}: {self.value(point.figure, answer)}"

    def group(self, group: Group, answer: Answer) -> str:
        """Return one member in a line: its value, what it is made of, its changes and its target."""
        made_of = self.made_of(group.figure, answer)
        line = f"{self.labels(group)}: {self.value(group.figure, answer)}" + (
            f" ({made_of})" if made_of else ""
        )
        changes = [
            f"{self.short_baseline(entry)} {self.change(entry, answer)}"
            for entry in group.comparisons
            if entry.verdict not in UNCHANGING
            and not is_few(group.figure, answer.unit)
            and not is_few(entry.figure, answer.unit)
        ]
        if group.target:
            changes.append(self.target(group.target, answer))
        return "; ".join([line, *changes])

    def currency(self, answer: Answer) -> str:
        """Return the currency of an answer's amounts, also where its own value is none."""
        measure = self.catalogue.metrics[answer.metric].spec.measures()[0]
        return answer.currency or self.catalogue.models[measure.model].currency

    def lines(self, answer: Answer) -> list[str]:
        """Return everything an answer says beside its headline, groups and series: one line each."""
        first = [entry for entry in answer.findings if entry.is_made_of]
        found = [finding_words.words(entry, answer, self) for entry in first]
        found += [self.comparison(entry, answer) for entry in answer.comparisons]
        if answer.target:
            found.append(self.target(answer.target, answer))
        flagged = self.anomaly(answer.anomaly, answer)
        if flagged:
            found.append(flagged)
        others = [entry for entry in answer.findings if not entry.is_made_of]
        found += [finding_words.words(entry, answer, self) for entry in others]
        answers = answer.figure.denominator or 0
        if answer.unit == "score" and FEW_ANSWERS <= answers < ROUGH_ANSWERS:
            rough = self.say("Rough: {n} answers say little about all customers.")
            found.append(rough.format(n=self.formats.number(answers)))
        return found
