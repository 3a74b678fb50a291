"""The answer for scripts: the JSON contract, schema 1 (docs/json.md)."""

from __future__ import annotations

from typing import Any

from bot.render.finding_words import words
from bot.render.sentences import Sentences
from bot.render.summary.judgement import judgement
from bot.render.words.change_story import story
from bot.render.words.notes import note_sentence
from kpi_engine import canonical
from kpi_engine.domain.answer import (
    Answer,
    Comparison,
    Figure,
    Group,
    Landing,
    MissingDays,
    SeriesPoint,
    TargetResult,
    TargetShare,
)
from kpi_engine.domain.explanation import Breakdown, Explanation
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.periods import Period, Window
from kpi_engine.domain.query import Member
from kpi_engine.domain.summary import Candidate, Summary

SCHEMA = 1

Json = dict[str, Any]


def answer_json(answer: Answer, sentences: Sentences) -> Json:
    """Return one answer as JSON values: numbers unrounded, None for no data. Notes are in English."""
    return {
        "schema": SCHEMA,
        "question": canonical(answer.query),
        "metric": answer.metric,
        "unit": answer.unit,
        "currency": answer.currency,
        "direction": answer.direction,
        "period": _period(answer.period, answer.window),
        "filters": [
            {
                "dimension": entry.dimension,
                "op": "not in" if entry.exclude else "in",
                "values": [None if member.key is None else member.label for member in entry.members],
            }
            for entry in answer.filters
        ],
        "sizes": [
            {
                "metric": size.metric,
                "low": size.low,
                "high": size.high,
                "includes_low": size.includes_low,
                "includes_high": size.includes_high,
            }
            for size in answer.query.sizes
        ],
        **_figure(answer.figure),
        "verdict": str(answer.verdict),
        "verdict_basis": answer.basis,
        "comparisons": [_comparison(entry) for entry in answer.comparisons],
        "target": _target(answer.target),
        "anomaly": None
        if answer.anomaly is None
        else {
            "is_anomaly": answer.anomaly.is_anomaly,
            "expected": answer.anomaly.expected,
            "low": answer.anomaly.low,
            "high": answer.anomaly.high,
            "history": answer.anomaly.history,
            "grain": answer.anomaly.grain,
            "p_value": answer.anomaly.p_value,
            "score": answer.anomaly.score,
            "reason": answer.anomaly.reason,
        },
        "groups": [_group(group, answer) for group in answer.groups],
        "series": [_point(point) for point in answer.series],
        "data_until": None if answer.data_until is None else answer.data_until.isoformat(),
        "missing": [_missing(entry) for entry in answer.missing],
        "findings": [_finding(finding, answer, sentences) for finding in answer.findings],
        "notes": [
            *(note_sentence(note, answer, sentences) for note in answer.notes),
            *(words(finding, answer, sentences) for finding in answer.findings),
        ],
        "sql": list(answer.sql),
    }


def _finding(finding: Finding, answer: Answer, sentences: Sentences) -> Json:
    """Return what was found beside the figure: its name, its words, and what only it has."""
    fields = {name: _plain(value) for name, value in finding.fields().items()}
    return {"finding": finding.name, "text": words(finding, answer, sentences), **fields}


def _plain(value: object) -> object:
    """Return a value of a finding as JSON."""
    match value:
        case Figure():
            return _figure(value)
        case Period():
            return {
                "start": None if value.start is None else value.start.isoformat(),
                "end": None if value.end is None else value.end.isoformat(),
                "grain": str(value.grain),
            }
        case tuple():
            return [_plain(entry) for entry in value]
    return value


def explanation_json(explanation: Explanation, sentences: Sentences) -> Json:
    """Return why a figure changed as JSON values: every part of every dimension that was tried."""
    season, sold, seasonal = explanation.season, explanation.sold, explanation.seasonal
    return {
        "schema": SCHEMA,
        "question": f"why {canonical(explanation.question)}",
        "answer": answer_json(explanation.answer, sentences),
        "comparison": _comparison(explanation.comparison),
        "breakdowns": [_breakdown(entry) for entry in explanation.breakdowns],
        "skipped": list(explanation.skipped),
        "too_large": list(explanation.too_large),
        "sold": None
        if sold is None
        else {
            "dimension": sold.dimension,
            "volume": sold.volume,
            "price": sold.price,
            "mix": sold.mix,
            "other": sold.other,
            "sum": sold.total,
            "pieces": sold.pieces,
            "pieces_before": sold.pieces_before,
        },
        "season": None
        if season is None
        else {
            "period": _period(season.period, season.window),
            "value": season.figure.value,
            "comparison": _comparison(season.comparisons[0]),
        },
        "seasonal": None
        if seasonal is None
        else {
            "part": seasonal.part,
            "whole": seasonal.whole,
            "years": seasonal.years,
            "is_relative": seasonal.is_relative,
        },
        "story": story(explanation, sentences),
        "sql": list(explanation.sql),
    }


def _breakdown(entry: Breakdown) -> Json:
    return {
        "dimension": entry.dimension,
        "concentration": entry.concentration,
        "spread": entry.spread,
        "leading": entry.leading,
        "p_value": entry.p_value,
        "same_mix": None
        if entry.same_mix is None
        else {
            "rate": entry.same_mix.rate,
            "low": entry.same_mix.low,
            "high": entry.same_mix.high,
            "mix": entry.same_mix.mix,
            "is_clear": entry.same_mix.is_clear,
        },
        "sum": entry.total,
        "parts": [
            {
                "label": part.label,
                "key": None if part.key is None else str(part.key),
                "value": part.figure.value,
                "base": part.base.value,
                "part": part.part,
                "mix": part.mix,
                "rate": part.rate,
                "excess": part.excess,
            }
            for part in entry.parts
        ],
    }


def summary_json(summary: Summary, sentences: Sentences) -> Json:
    """Return a summary as JSON values: what is said of it, everything that was found, and its sections."""
    return {
        "schema": SCHEMA,
        "summary": summary.spec.name,
        "period": _period(summary.period, None),
        "data_until": None if summary.data_until is None else summary.data_until.isoformat(),
        "left_out": list(summary.left_out),
        "judgement": judgement(summary, sentences),
        "candidates": [_candidate(entry) for entry in summary.candidates],
        "looked_at": {"totals": summary.looked.totals, "members": dict(summary.looked.members)},
        "missing": [_missing(entry) for entry in summary.missing],
        "normal": dict(summary.normal),
        "records": sorted(summary.records),
        "people": [
            {
                **_member(entry.person),
                "metric": entry.metric,
                "result": entry.result,
                "target": entry.target,
                "attainment": entry.attainment,
                "attainment_before": entry.before,
            }
            for entry in summary.people
        ],
        "sections": [
            {
                "name": section.spec.name,
                "style": section.spec.style,
                "answers": [answer_json(answer, sentences) for answer in section.answers],
            }
            for section in summary.sections
        ],
    }


def _candidate(entry: Candidate) -> Json:
    """Return something that a post may tell: what it is about, its numbers, and why it is left out."""
    subject, found, rate = entry.subject, entry.anomaly, entry.rate
    return {
        "kind": entry.kind,
        "metric": subject.metric,
        "dimension": subject.dimension,
        "member": None if subject.member is None else _member(subject.member),
        "direction": subject.direction,
        "value": entry.figure.value,
        "effect": entry.effect,
        "expected": None if found is None else found.expected,
        "low": None if found is None else found.low,
        "high": None if found is None else found.high,
        "p_value": None if found is None else found.p_value,
        "materiality": entry.materiality,
        "evidence": entry.evidence,
        "actionability": entry.actionability,
        "novelty": entry.novelty,
        "told": entry.refusal is None,
        "reason": entry.refusal,
        "drivers": [
            {"dimension": driver.dimension, **_member(driver.member), "effect": driver.effect}
            for driver in entry.drivers
        ],
        "same_mix": None if rate is None else {"rate": rate[0], "low": rate[1], "high": rate[2]},
        "months": entry.months,
        "total": entry.total,
    }


def _member(member: Member) -> Json:
    """Return a member's name and its key as text; both are null where no member is known."""
    if member.key is None:
        return {"label": None, "key": None}
    return {"label": member.label, "key": str(member.key)}


def _figure(figure: Figure) -> Json:
    return {
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "interval": None if figure.interval is None else list(figure.interval),
        "parts": None if figure.parts is None else dict(figure.parts),
    }


def _period(period: Period, window: Window | None) -> Json:
    return {
        "start": None if period.start is None else period.start.isoformat(),
        "end": None if period.end is None else period.end.isoformat(),
        "grain": str(period.grain),
        "complete": window is None or window.complete,
    }


def _comparison(entry: Comparison) -> Json:
    return {
        "to": str(entry.to),
        "period": _period(entry.period, entry.window),
        "like_for_like": entry.like_for_like,
        "value": entry.figure.value,
        "change": entry.change,
        "change_pct": entry.change_pct,
        "verdict": str(entry.verdict),
        "good": entry.good,
        "seasonal": entry.is_seasonal,
        "needed": entry.needed,
        "team": None
        if entry.team is None
        else {"name": entry.team.name, "members": entry.team.members, "average": entry.team.average},
    }


def _share(share: TargetShare | None) -> Json | None:
    if share is None:
        return None
    periods = [_period(period, None) for period in share.periods]
    return {"periods": periods, "value": share.value, "days": share.days, "of": share.of}


def _target(target: TargetResult | None) -> Json | None:
    if target is None:
        return None
    return {
        "value": target.value,
        "period": _period(target.period, None) | {"complete": target.reached is not None},
        "result": target.result,
        "attainment": target.attainment,
        "reached": target.reached,
        "summed": target.summed,
        "landing": _landing(target.landing),
        "share_of": _share(target.share),
    }


def _landing(landing: Landing | None) -> Json | None:
    if landing is None:
        return None
    return {
        "expected": landing.expected,
        "low": landing.low,
        "high": landing.high,
        "chance": landing.chance,
        "days_done": landing.days_done,
        "days_missing": landing.days_missing,
        "days": landing.days,
        "needed": landing.needed,
        "recent": landing.recent,
        "is_plain": landing.is_plain,
    }


def _group(group: Group, answer: Answer) -> Json:
    return {
        "by": dict(zip(answer.by, group.labels, strict=True)),
        "key": {
            name: None if key is None else str(key) for name, key in zip(answer.by, group.keys, strict=True)
        },
        **_figure(group.figure),
        "verdict": str(group.verdict),
        "comparisons": [_comparison(entry) for entry in group.comparisons],
        "target": _target(group.target),
        "place": group.place,
        "tied": group.is_tied,
        "series": [_point(point) for point in group.series],
    }


def _point(point: SeriesPoint) -> Json:
    return {
        "period": _period(point.period, point.window),
        **_figure(point.figure),
        "incomplete": point.is_incomplete,
        "usual": None
        if point.usual is None
        else {
            "low": point.usual.low,
            "high": point.usual.high,
            "expected": point.usual.expected,
            "is_unusual": point.usual.is_unusual,
        },
    }


def _missing(entry: MissingDays) -> Json:
    return {
        "model": entry.model,
        "days": [day.isoformat() for day in entry.days],
        "partial": [
            {"day": part.day.isoformat(), "rows": part.rows, "usual": part.usual} for part in entry.partial
        ],
    }
