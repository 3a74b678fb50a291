"""What the access rules refuse is said in the language of whoever is refused, told with a cast."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.dispatch import dispatch
from bot.conversation.home import home
from bot.rights import Membership, Roles
from bot.runtime.clock import Clock
from bot.workspace.request import Request, Via
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList, People
from tests.bot.in_slack import in_slack, view_of

ANNA, LIEN, ADMIN, GUEST, NEW, STRANGER = "U0DEMOANNA", "U0LIEN", "U0ADMIN", "U0GUEST", "U0NEW", "U0WHO"
MEMBERSHIP = {GUEST: Membership.GUEST, STRANGER: Membership.UNKNOWN}
LISTED = AccessList(admins=frozenset({ADMIN}), leads={LIEN: People(teams=("Schelde",))})


@pytest.fixture
def company(demo_services: Services) -> Services:
    """The demo company with roles, as a customer would have them."""
    return replace(demo_services, demo=False, roles=Roles(LISTED))


def _request(user: str, line: str, clock: Clock, via: Via = "command") -> Request:
    return Request("T0", user, "C0", line, via, clock(), "nl", MEMBERSHIP.get(user, Membership.FULL))


@pytest.mark.parametrize(
    ("user", "line", "via", "told"),
    [
        (ANNA, 'sales rep:"Jan Peeters"', "command",
         "De cijfers van die verkoper mag jij niet zien. Je kunt je eigen cijfers vragen en de totalen van je team."),
        (ANNA, "sales team:leie", "command", "De cijfers van dat team mag jij niet zien."),
        (ANNA, "sales -rep:anna", "command", "Mensen weglaten zou tonen wat iemand anders deed."),
        (ANNA, "cost_per_lead", "command", "Kost per lead kan niet per verkoper, dus kan ik het niet beperken tot wat jij mag zien."),
        (ANNA, "sales team:schelde per week", "command", "Van je team kan ik totalen van hele maanden tonen"),
        (ANNA, "sales", "mention", "Dat kan ik in dit kanaal niet tonen, want hier lezen anderen mee."),
        (LIEN, "sales team:leie", "command", "Je kunt vragen naar Schelde."),
        (GUEST, "sales", "command", "Verkoopcijfers zijn voor leden van deze workspace; gasten kunnen ze niet zien."),
        (NEW, "sales", "command", "Wie mij beheert, kan U0NEW er een geven in access.yaml of in de tabel met verkopers."),
        (STRANGER, "sales", "command", "Wie mij beheert, kan U0WHO in access.yaml zetten, of de scope users:read toevoegen."),
    ],
)  # fmt: skip
def test_a_refusal_is_dutch(
    user: str, line: str, via: Via, told: str, company: Services, monday: Clock
) -> None:
    """Why not, and what may be asked instead."""
    assert told in in_slack(dispatch(_request(user, line, monday, via), company)).text


def test_the_home_tab_of_a_guest_is_dutch(company: Services, monday: Clock) -> None:
    """It says why there is nothing."""
    assert "gasten kunnen ze niet zien" in str(
        view_of(home(_request(GUEST, "", monday, "home"), company))["blocks"]
    )


def test_a_mistake_of_ours_is_dutch(
    company: Services, monday: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its reference."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(company.engine, "answer", broken, raising=False)
    assert "Er ging bij mij iets mis." in in_slack(dispatch(_request(ADMIN, "sales", monday), company)).text
