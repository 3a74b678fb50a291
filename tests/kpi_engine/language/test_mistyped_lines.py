"""Whatever is typed ends in a question or a sentence.

`make fuzz` reads 100,000 lines; the test suite reads 10,000 of them.
"""

from __future__ import annotations

import pytest

from kpi_engine.definitions.loader import load
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import CALENDAR_YEAR
from kpi_engine.domain.query import NONE_LABEL, Member, Query
from kpi_engine.language.member_names import Roster
from kpi_engine.language.parser import LONGEST_LINE, NOBODY, canonical, normalised, parse
from tests.kpi_engine.language.mistyped import lines
from tests.kpi_engine.language.typed_lines import ASKER, MEMBERS, TODAY, VERBS
from tests.shop import SHIPPED

CATALOGUE = load(SHIPPED, SHIPPED, CALENDAR_YEAR)
ROSTERS = {name: Roster(members) for name, members in MEMBERS.items()}


def _holds_only_names(query: Query) -> bool:
    """Whether every text in a question comes from the catalogue or the database, none from the line."""
    return (
        set(query.metrics) <= CATALOGUE.metrics.keys()
        and set(query.by) <= CATALOGUE.dimensions.keys()
        and all(
            entry.dimension in CATALOGUE.dimensions
            and all(
                member in (*MEMBERS[entry.dimension], Member(None, NONE_LABEL)) for member in entry.members
            )
            for entry in query.filters
        )
        and query.flags <= {"share", "chart", "table", "csv", "xlsx", "sql"}
    )


def test_mistyped_lines_end_in_a_question_or_a_sentence(pytestconfig: pytest.Config) -> None:
    """Nothing but QueryError is raised; a question reads back as itself and holds no typed text."""
    questions = 0
    count = pytestconfig.getoption("--lines")
    for line in lines(count, seed=2026):
        try:
            query = parse(line, CATALOGUE, ROSTERS, ASKER, TODAY, VERBS)
        except QueryError as refused:
            assert refused.message.strip(), repr(line)
            assert all(suggestion.strip() for suggestion in refused.suggestions), repr(line)
            continue
        except Exception as crashed:
            raise AssertionError(f"{line!r} ended in {crashed!r}") from crashed
        questions += 1
        assert _holds_only_names(query), repr(line)
        question = canonical(query)
        if len(normalised(question)) <= LONGEST_LINE:
            assert parse(question, CATALOGUE, ROSTERS, NOBODY, TODAY) == query, repr(line)
    assert count / 10 < questions < count * 9 / 10
