"""Finding a target in the index gives what looking through every row gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.analysis.targets import NO_TARGETS, TargetIndex, TargetRow
from kpi_engine.domain.query import Key

MONTHS = (date(2026, 10, 1), date(2026, 11, 1))
KEYS: Mapping[str, Sequence[Key]] = {"rep": (1, 2, 3), "region": ("N", "Z"), "source": ("web", "fair")}


def by_the_rule(
    rows: Sequence[TargetRow], wanted: Mapping[str, frozenset[Key]], *, is_additive: bool
) -> tuple[float, bool] | None:
    """Return the target of one month by looking at every row of it."""
    matching = [
        row
        for row in rows
        if all(name in row.members and row.members[name] in keys for name, keys in wanted.items())
    ]
    asked = set(wanted)
    exact = [row for row in matching if set(row.level) == asked]
    one_each = all(len(members) == 1 for members in wanted.values())
    if exact and (one_each or is_additive):
        return sum(row.value for row in exact), len(exact) > 1
    if not is_additive:
        return None
    finer: dict[frozenset[str], list[TargetRow]] = {}
    for row in matching:
        if row.level and asked <= set(row.members):
            finer.setdefault(frozenset(row.level), []).append(row)
    if not finer:
        return None
    level = min(finer, key=lambda names: (len(names), len(finer[names]), sorted(names)))
    return sum(row.value for row in finer[level]), True


@st.composite
def target_rows(draw: st.DrawFn) -> TargetRow:
    """A target at some level, with members that its level leads to."""
    members = {name: draw(st.sampled_from(keys)) for name, keys in KEYS.items() if draw(st.booleans())}
    level = {name: key for name, key in members.items() if draw(st.booleans())}
    return TargetRow(level, members, draw(st.floats(-1e6, 1e6)))


wanted_members = st.fixed_dictionaries(
    {},
    optional={name: st.frozensets(st.sampled_from([*keys, "nobody"])) for name, keys in KEYS.items()},
)


@given(
    rows=st.lists(st.tuples(st.sampled_from(MONTHS), target_rows()), max_size=40),
    questions=st.lists(st.tuples(st.sampled_from(MONTHS), wanted_members, st.booleans()), max_size=8),
)
def test_the_index_finds_what_every_row_says(
    rows: list[tuple[date, TargetRow]],
    questions: list[tuple[date, dict[str, frozenset[Key]], bool]],
) -> None:
    """To the last digit, for one group after the other."""
    index = TargetIndex(rows)
    assert bool(index) == bool(rows)
    for month, wanted, is_additive in questions:
        of_month = [row for at, row in rows if at == month]
        expected = by_the_rule(of_month, wanted, is_additive=is_additive)
        assert index.target(month, wanted, is_additive=is_additive) == expected


def test_a_group_costs_no_look_at_every_row() -> None:
    """The members of a row are looked at once, however many groups ask."""

    class Counted(dict[str, Key]):
        looks = 0

        def __getitem__(self, name: str) -> Key:
            Counted.looks += 1
            return super().__getitem__(name)

    reps = range(500)
    rows = [(MONTHS[0], TargetRow({"rep": rep}, Counted(rep=rep), float(rep))) for rep in reps]
    index = TargetIndex(rows)
    for rep in reps:
        found = index.target(MONTHS[0], {"rep": frozenset({rep})}, is_additive=True)
        assert found == (float(rep), False)
    assert Counted.looks == len(rows)


def test_a_metric_without_targets() -> None:
    """It has none for anyone."""
    assert not NO_TARGETS
    assert NO_TARGETS.target(MONTHS[0], {}, is_additive=True) is None
