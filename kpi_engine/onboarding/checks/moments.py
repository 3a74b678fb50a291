"""Check time columns: one form, a known zone, and no rows in the future."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, DateTime, and_, cast, func, literal, or_, select

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Location, Model, Path, time_paths
from kpi_engine.onboarding.checks import clocks, unreadable
from kpi_engine.onboarding.checks.profile import Profile, succeeded_paths
from kpi_engine.proofs import offsets
from kpi_engine.proofs.proof import Proof, dotted, how_many, odd
from kpi_engine.sql.time_columns import TimeColumn, TimeForm

_NAIVE_TEXTS = frozenset({TimeForm.TEXT_SPACE, TimeForm.TEXT_T})
_YEARS_OF_NIGHTS = 20
_DAYS_READ = 200
_MONTHS_NEEDED = 3


def problems(proof: Proof, model: Model, profile: Profile) -> Iterator[Problem]:
    """Return what is wrong or odd in the time columns of a model."""
    unread: set[Path] = set()
    for path, location in _times(proof, model).items():
        try:
            stored = proof.reader.time_column(model, path)
        except DataError:
            continue  # live_schema.problems reports it
        if not profile.filled.get(path):
            continue
        broken = list(unreadable.moments(proof, model, path, location, stored))
        if not broken and stored.form in _NAIVE_TEXTS:
            broken = list(offsets.problems(proof, model, path, location, stored))
        yield from broken
        if broken:
            unread.add(path)
        elif path == model.time:
            found = list(_nights(proof, model, path, location, stored))
            yield from found or clocks.problems(proof, model, path, location, stored)
            yield from _whole_months(proof, model, path, stored)
            yield from _days_in_disguise(proof, model, path, stored)
    if not model.targets and model.time not in unread:
        yield from _missing_or_coming(proof, model, profile)
    yield from _idle_zone(proof, model)


def _times(proof: Proof, model: Model) -> dict[Path, Location]:
    found = dict(time_paths(model))
    for path in succeeded_paths(proof, model):
        found.setdefault(path, ("columns", path[-1]))
    return found


def _missing_or_coming(proof: Proof, model: Model, profile: Profile) -> Iterator[Problem]:
    """Report rows without a time, which fall in no period, and rows in the future, which don't count yet."""
    if model.time is None:
        return
    time, untimed = dotted(model.time), profile.rows - profile.filled[model.time]
    own = [measure for measure in model.measures.values() if measure.time is None]
    if untimed and any(measure.where is None for measure in own):
        yield odd(
            model,
            ("time",),
            f"{untimed:,} of {profile.rows:,} rows have no {time}: they count in all time only.",
            "If that is too many, use another column for time:.",
            proof.subject("no time", model, model.time),
        )
    if profile.coming and model.grain == "day":
        yield odd(
            model,
            ("time",),
            f"{profile.coming:,} rows have a {time} in the future.",
            "They count once it has passed; correct zone: if that is wrong.",
            proof.subject("to come", model, model.time),
        )


def _nights(
    proof: Proof, model: Model, path: Path, location: Location, stored: TimeColumn
) -> Iterator[Problem]:
    """Report moments in an hour that the zone skips: they can't have been stored in that zone."""
    if stored.form is not TimeForm.TIMESTAMP and stored.form not in _NAIVE_TEXTS:
        return
    nights = list(skipped_hours(stored.own_zone, proof.now))
    if not nights:
        return
    relation = proof.relation(model, [path])
    column = relation.column(path)
    skipped = [and_(column >= _bound(start, stored), column < _bound(end, stored)) for start, end in nights]
    (count,) = proof.counts(model, relation.source, how_many(or_(*skipped)))
    if count:
        yield odd(
            model,
            location,
            f"{count:,} rows have a {dotted(path)} in the hour that {stored.own_zone.key} skips when"
            " its clock goes forward, so it isn't in that zone.",
            "Set zone: UTC, or the zone the timestamps are stored in.",
        )


def _whole_months(proof: Proof, model: Model, path: Path, stored: TimeColumn) -> Iterator[Problem]:
    """Report rows that all lie on the first of a month: they stand for the month, not for that day."""
    adds = any(measure.agg == "sum" for measure in model.measures.values())
    if model.grain != "day" or not adds or stored.is_zoned:
        return
    relation = proof.relation(model, [path])
    column = relation.column(path)
    statement = select(column).select_from(relation.source).where(column.is_not(None)).distinct()
    rows = proof.read(model, statement.limit(_DAYS_READ))
    days = {moment.day for row in rows if (moment := stored.read_known(row[0]))}
    if days == {1} and len(rows) >= _MONTHS_NEEDED:
        yield odd(
            model,
            ("time",),
            f"{dotted(path)} is the first of a month in every row: each probably stands for its whole month,"
            " but counts on that one day.",
            "Set grain: month.",
        )


def _days_in_disguise(proof: Proof, model: Model, path: Path, stored: TimeColumn) -> Iterator[Problem]:
    """Report days that are stored as midnights: the zone would move them to another day."""
    if not stored.takes_zone or not stored.needs_shift:
        return
    relation = proof.relation(model, [path])
    column = relation.column(path)
    midnight: ColumnElement[bool] = column.like("%00:00:00%")
    if stored.form is TimeForm.TIMESTAMP:
        midnight = column == cast(cast(column, Date()), DateTime())
    days, rows = proof.counts(model, relation.source, how_many(midnight), func.count(column))
    if days == rows > 1:
        owner = relation.model_at(path[:-1])
        place = owner.at("zone")
        yield Problem(
            place.file,
            place.line,
            f"{dotted(path)} is at midnight in all {rows:,} rows: these are days, which {stored.own_zone.key}"
            " turns into moments of another day or hour.",
            "Remove zone:.",
            is_warning=True,
        )


def skipped_hours(zone: ZoneInfo, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the local times, without zone, between which the zone's clock jumped forward in recent years."""
    moment = datetime(now.year - _YEARS_OF_NIGHTS, 1, 1, tzinfo=UTC)
    step = timedelta(minutes=30)
    week = timedelta(weeks=1)
    while moment < now:
        if _offset(moment + week, zone) <= _offset(moment, zone):
            moment += week
            continue
        while _offset(moment + step, zone) <= _offset(moment, zone):
            moment += step
        moment += step
        end = moment.astimezone(zone).replace(tzinfo=None)
        yield end - (_offset(moment, zone) - _offset(moment - step, zone)), end


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _bound(local: datetime, stored: TimeColumn) -> ColumnElement[Any]:
    if stored.form is TimeForm.TIMESTAMP:
        return literal(local, stored.sql_type())
    separator = "T" if stored.form is TimeForm.TEXT_T else " "
    return literal(local.isoformat(sep=separator, timespec="minutes"), stored.sql_type())


def _idle_zone(proof: Proof, model: Model) -> Iterator[Problem]:
    """Report a zone of dates, or of moments that carry a zone of their own: it has no effect."""
    if model.zone is None:
        return
    forms: set[TimeForm] = set()
    naive = False
    for user in proof.models.values():
        for path in _times(proof, user):
            if proof.relation(user, [path]).model_at(path[:-1]).name == model.name:
                stored = proof.reader.time_column(user, path)
                forms.add(stored.form)
                naive = naive or stored.takes_zone
    if forms and not naive:
        held = " and ".join(sorted(forms))
        yield odd(
            model,
            ("zone",),
            f"zone: {model.zone} has no effect: the time columns hold {held}.",
            "Remove it: dates are used as they are, and such moments include their zone.",
        )
