"""What the bot measures of itself, for Prometheus.

Only numbers, and labels from short lists: no ids of people, no words, no figures of the company.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bot.runtime.clock import Clock
from bot.runtime.pool import Pool

_ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3)
"""Seconds; Slack waits for three."""
_ANSWER_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was last read of the store: deliveries by state, and incidents that go on, by kind.

    `oldest` is the due time of the oldest delivery by state, of those that are due and not over.
    """

    deliveries: Mapping[str, int]
    oldest: Mapping[str, datetime]
    incidents: Mapping[str, int]


class Measurements:
    """The measurements of one running bot; safe to use from several threads.

    `backlog` and `data_until` (how far each model is loaded) are what was last read; None: it couldn't be.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin at zero. `clock` is what ages are counted by."""
        self.backlog: Backlog | None = None
        self.data_until: Mapping[str, datetime] | None = None
        self._registry = CollectorRegistry()
        own = self._registry
        ProcessCollector(registry=own)
        Info("kpi_bot", "The running version.", registry=own).info({"version": version("kpi-bot")})
        self._acks = Histogram(
            "kpi_bot_ack_seconds",
            "From reading a request of Slack's to its acknowledgement.",
            buckets=_ACK_BUCKETS,
            registry=own,
        )
        self._answers = Histogram(
            "kpi_bot_answer_seconds",
            "From the acknowledgement of a request until Slack has its answer.",
            ("via",),
            buckets=_ANSWER_BUCKETS,
            registry=own,
        )
        self._questions = Counter(
            "kpi_bot_questions",
            "Questions and subscriptions by outcome: answered, refused, failed or cancelled.",
            ("via", "outcome"),
            registry=own,
        )
        self._calls = Histogram(
            "kpi_bot_slack_call_seconds",
            "Calls of Slack's Web API by method and status; 429: it takes no more, none: no answer.",
            ("method", "status"),
            buckets=_ANSWER_BUCKETS,
            registry=own,
        )
        self._lines = Counter("kpi_bot_log_lines", "Lines of the log by level.", ("level",), registry=own)
        self._queue = Gauge(
            "kpi_bot_queue", "Work that runs on threads, or waits for one.", ("pool", "state"), registry=own
        )
        own.register(_LastRead(self, clock))

    def page(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(self._registry)

    def acknowledged(self, seconds: float) -> None:
        """Note how long an acknowledgement took."""
        self._acks.observe(seconds)

    def answered(self, via: str, seconds: float) -> None:
        """Note how long an answer took."""
        self._answers.labels(via).observe(seconds)

    def asked(self, via: str, outcome: str) -> None:
        """Count a question."""
        self._questions.labels(via, outcome).inc()

    def called(self, method: str, status: str, seconds: float) -> None:
        """Note a call of Slack's Web API."""
        self._calls.labels(method, status).observe(seconds)

    def watch_pool(self, name: str, pool: Pool) -> None:
        """Show how much of a pool's work runs and waits."""
        self._queue.labels(name, "running").set_function(lambda: pool.load.running)
        self._queue.labels(name, "waiting").set_function(lambda: pool.load.waiting)

    def watch(self, name: str, about: str, value: Callable[[], float]) -> None:
        """Show a value as it is when it is asked for."""
        Gauge(f"kpi_bot_{name}", about, registry=self._registry).set_function(value)

    @contextmanager
    def counting_lines(self) -> Iterator[None]:
        """Count the lines of the log until the block ends."""
        counter, root = _LineCounter(self._lines), logging.getLogger()
        root.addHandler(counter)
        try:
            yield
        finally:
            root.removeHandler(counter)


def measured(clock: Clock, questions: Pool, store: Pool) -> Measurements:
    """Return the measurements of a bot with these two pools."""
    found = Measurements(clock)
    found.watch_pool("questions", questions)
    found.watch_pool("store", store)
    return found


class _LineCounter(logging.Handler):
    """Counts lines instead of writing them."""

    def __init__(self, lines: Counter) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        self._lines.labels(record.levelname.lower()).inc()


class _LastRead(Collector):
    """What was last read of the store and of the sales database, with ages as of now."""

    def __init__(self, measurements: Measurements, clock: Clock) -> None:
        self._measurements = measurements
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield what is known; what can't be read is left out, and its `up` is 0."""
        backlog, until, now = self._measurements.backlog, self._measurements.data_until, self._clock()
        yield _one("kpi_bot_store_up", "Whether the bot's own store was read.", backlog is not None)
        yield _one("kpi_bot_database_up", "Whether the sales database was read.", until is not None)
        if backlog is not None:
            yield _by("kpi_bot_deliveries", "Deliveries by state.", "state", backlog.deliveries)
            yield _by(
                "kpi_bot_delivery_oldest_seconds",
                "For how long the oldest delivery has been due that isn't over, by state.",
                "state",
                {state: _age(due, now) for state, due in backlog.oldest.items()},
            )
            yield _by("kpi_bot_incidents", "Incidents that go on, by kind.", "kind", backlog.incidents)
        if until is not None:
            ages = {model: _age(moment, now) for model, moment in until.items()}
            yield _by("kpi_bot_data_age_seconds", "For how long no data has come, by model.", "model", ages)


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value)


def _by(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
