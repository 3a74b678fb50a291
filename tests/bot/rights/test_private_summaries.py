"""Who reads a private summary, and who hears of whose shortfalls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.rights import EVERYTHING, Hearer, Roles, Staff, Viewer, hearers, reader_of
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.query import Member

JAN, NELE, ZOE = Member(1, "Jan"), Member(2, "Nele"), Member(3, "Zoë")
NORTH, SOUTH = Member(1, "North"), Member(2, "South")
STAFF = Staff(
    reps=(JAN, NELE, ZOE),
    teams=(NORTH, SOUTH),
    team_of={1: 1, 2: 1, 3: 2},
    users={"U1": JAN},
    addresses={"nele@example.com": NELE},
)


def roles(**listed: object) -> Roles:
    return Roles(AccessList(**listed))  # type: ignore[arg-type]


def test_reps_hear_of_themselves_and_leads_of_their_people() -> None:
    """By the ids of the reps table and of access.yaml, which wins; a lead's own is no one of their people."""
    found = hearers(
        roles(leads={"U9": People(teams=("North",)), "U1": People(reps=("Nele",))}, reps={"U3": "Zoë"}),
        STAFF,
    )
    assert found == {
        "U1": Hearer(JAN, (NELE,)),
        "U3": Hearer(ZOE),
        "U9": Hearer(None, (JAN, NELE)),
    }
    assert found["U1"].people == (JAN, NELE)


def test_without_slack_ids_nobody_hears() -> None:
    """An address alone names nobody."""
    assert hearers(roles(), replace(STAFF, users={})) == {}


def test_the_reader_of_a_reps_week_is_that_rep(demo_services: Services) -> None:
    spec = demo_services.catalogue.summaries["my_week"]
    assert reader_of(spec, Viewer(people=(JAN, NELE), own=JAN, own_team=NORTH)) == Viewer(
        people=(JAN,), own=JAN
    )
    assert reader_of(spec, EVERYTHING, NELE) == Viewer(people=(NELE,), own=NELE)
    for viewer, rep in ((EVERYTHING, None), (Viewer(people=(JAN,)), NELE)):
        with pytest.raises(ForbiddenError):
            reader_of(spec, viewer, rep)


def test_the_reader_of_a_leads_week_sees_the_people_they_lead(demo_services: Services) -> None:
    """Not themselves; who sees everything, everybody."""
    spec = demo_services.catalogue.summaries["team_week"]
    lead = Viewer(people=(NELE, ZOE, JAN), own=JAN, own_team=NORTH, led=(NELE, ZOE))
    assert reader_of(spec, lead) == Viewer(people=(NELE, ZOE), led=(NELE, ZOE))
    assert reader_of(spec, EVERYTHING) == EVERYTHING
    with pytest.raises(ForbiddenError):
        reader_of(spec, Viewer(people=(JAN,), own=JAN))


def test_what_a_channel_reads_is_its_own(demo_services: Services) -> None:
    spec, viewer = demo_services.catalogue.summaries["weekly"], Viewer(people=(JAN,), own=JAN)
    assert reader_of(spec, viewer, NELE) == viewer
