"""A mark of the rows behind a metric, by which it is seen that new ones have arrived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.reading.day_counts import is_counted
from kpi_engine.reading.reader import Reader
from kpi_engine.reading.wanted import DaysOf, SpanOf

_RECENT = timedelta(days=14)


def arrival_mark(catalogue: Catalogue, reader: Reader, metric: str, now: datetime) -> str:
    """Return a text that stands for what has arrived of a metric's rows.

    It is made of how far each model is loaded and how many rows its last days have. Rows that are changed in
    place, or added to days of more than two weeks ago, don't change it. Both are kept for a minute, so
    many metrics over the same tables cost two statements a minute.
    """
    spans = list(dict.fromkeys(_spans(catalogue, metric)))
    reach = reader.spans_of(spans, now)
    counted = [DaysOf(span.model, span.time) for span in spans if _is_counted(catalogue, span)]
    days = reader.day_rows(counted, now) if counted else {}
    since = reader.today(now) - _RECENT
    seen = [f"{span.model} {span.time} {reach[span].until}" for span in spans]
    seen += [
        f"{want.model} {want.time} {sum(rows for day, rows in found.counts.items() if day >= since)}"
        for want, found in days.items()
        if found is not None
    ]
    return sha256("\n".join(seen).encode()).hexdigest()


def _spans(catalogue: Catalogue, metric: str) -> Iterator[SpanOf]:
    """Yield the models of a metric's measures, each by the time that the measure goes by."""
    for ref in catalogue.metrics[metric].spec.measures():
        model = catalogue.models[ref.model]
        time = model.measures[ref.measure].time
        yield SpanOf(model.name, None if time == model.time else time)


def _is_counted(catalogue: Catalogue, span: SpanOf) -> bool:
    model = catalogue.models[span.model]
    return is_counted(replace(model, time=span.time) if span.time else model)
