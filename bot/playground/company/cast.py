"""Who and what the company consists of: the rows that don't come from chance."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.playground.company import story
from bot.playground.company.draws import Weighted
from bot.playground.company.tables import Campaign, Category, Product, Region, Rep, Source, Team, Technique

REGIONS = tuple(Region(i, name) for i, name in enumerate(("Noord", "Zuid", "Oost", "Brussel"), 1))
_REGION = {region.name: region for region in REGIONS}
REGION_SHARE = {"Noord": 0.3, "Zuid": 0.27, "Oost": 0.16, "Brussel": 0.27}
"""Share of the leads, the fairs of the fair season apart."""
REGION_WEIGHTS = Weighted({_REGION[name].id: share for name, share in REGION_SHARE.items()})
_WEAK, _OTHERS = story.FAIRS_IN_WEAK_REGION, (1.0 - story.FAIRS_IN_WEAK_REGION) / (len(REGIONS) - 1)
FAIR_SHARES = {region.id: _WEAK if region.name == story.WEAK_REGION else _OTHERS for region in REGIONS}
"""Where the fairs of the fair season find their leads, by region id."""
FAIR_WEIGHTS = Weighted(FAIR_SHARES)

_TEAM_REGIONS = {"Schelde": "Noord", "Leie": "Noord", "Maas": "Zuid", "Demer": "Oost", "Zenne": "Brussel"}
TEAMS = tuple(Team(i, name, _REGION[region].id) for i, (name, region) in enumerate(_TEAM_REGIONS.items(), 1))
TEAM = {team.name: team for team in TEAMS}


@dataclass(frozen=True, slots=True)
class Seller:
    """A rep with what the tables don't tell: how well they sell."""

    rep: Rep
    skill: float
    """Factor on the chance that a lead of theirs becomes a customer."""

    def active_on(self, day: date) -> bool:
        return self.rep.hired_on <= day and (self.rep.left_on is None or day <= self.rep.left_on)


LEAVER, SUCCESSOR = "Wim Michiels", "Lotte Wouters"
_SELLERS: tuple[tuple[str, str, float, date, date | None], ...] = (
    ("Anna de Vries", "Schelde", 1.1, date(2019, 3, 1), None),
    ("Jan Peeters", "Schelde", 1.0, date(2016, 9, 1), None),
    ("Zoë D'Hondt", "Schelde", 0.95, date(2021, 1, 4), None),
    ("Sofie Maes", "Leie", 1.1, date(2014, 5, 5), None),
    ("Thomas Jacobs", "Leie", 0.9, date(2020, 10, 1), None),
    ("Nele Van Damme", "Leie", 1.0, date(2018, 2, 1), None),
    (story.DIP_REP, "Maas", 1.05, date(2017, 6, 1), None),
    ("Élise Dubois", "Maas", 1.0, date(2021, 9, 1), None),
    ("Karim El Amrani", "Maas", 1.05, date(2019, 11, 4), None),
    (LEAVER, "Maas", 0.95, date(2015, 4, 1), date(2025, 6, 30)),
    (SUCCESSOR, "Maas", 0.95, date(2025, 6, 2), None),
    ("Jan Willems", "Demer", 1.0, date(2018, 8, 1), None),
    ("Bart Goossens", "Demer", 0.95, date(2013, 1, 7), None),
    ("Inès Mertens", "Demer", 1.05, date(2020, 3, 2), None),
    ("Bríd O'Neill", "Zenne", 1.1, date(2018, 10, 1), None),
    ("Mehmet Yılmaz", "Zenne", 1.0, date(2020, 1, 6), None),
    ("Charlotte Lambert", "Zenne", 0.95, date(2016, 2, 1), None),
    ("Ruben Van den Broeck", "Zenne", 0.95, date(2022, 4, 4), None),
)
_SLACK_USERS = {"Anna de Vries": "U0DEMOANNA", "Sofie Maes": "U0DEMOLEAD"}


def fold(text: str) -> str:
    """Return the text in lower-case ASCII letters, accents taken off."""
    plain = unicodedata.normalize("NFKD", text.replace("ı", "i")).encode("ascii", "ignore").decode()
    return plain.lower()


def _email(name: str) -> str:
    return ".".join(fold(name).replace("'", "").split()) + "@example.com"


def _seller(number: int, name: str, team: str, skill: float, hired: date, left: date | None) -> Seller:
    user = _SLACK_USERS.get(name, f"U0DEMO{number:04d}")
    rep = Rep(number, name, _email(name), user, TEAM[team].id, TEAM[team].region_id, hired, left)
    return Seller(rep, skill)


SELLERS = {i: _seller(i, *row) for i, row in enumerate(_SELLERS, 1)}
"""By rep id."""
_BY_NAME = {seller.rep.name: seller for seller in SELLERS.values()}


def acting_rep(rep_id: int, day: date) -> int:
    """Return who looks after a rep's customers on `day`: the rep, or the successor of one who left."""
    return rep_id if SELLERS[rep_id].active_on(day) else _BY_NAME[SUCCESSOR].rep.id


def active_sellers(day: date, region_id: int | None = None) -> tuple[Seller, ...]:
    return tuple(
        seller
        for seller in SELLERS.values()
        if seller.active_on(day) and region_id in (None, seller.rep.region_id)
    )


@dataclass(frozen=True, slots=True)
class Channel:
    """A source with what the tables don't tell: its share of the leads, its worth and its price."""

    source: Source
    share: float
    quality: float
    """Factor on the chance that a lead becomes a customer."""
    monthly_cost: int
    """EUR in a usual month of the first year."""
    booking_day: int
    """Day of the month on which its cost is booked; 31 is the last one."""


_CHANNELS = (
    ("Website", 0.23, 1.0, 2_300, 1),
    ("Referral", 0.14, 1.3, 900, 10),
    (story.FAIR_SOURCE, 0.18, 1.0, 3_400, 31),
    ("Google Ads", 0.16, 0.87, 4_600, 31),
    ("Partners", 0.11, 1.15, 1_700, 20),
    ("Cold calls", 0.08, 0.7, 1_300, 31),
    ("LinkedIn", 0.1, 0.95, 2_100, 5),
    (story.IDLE_SOURCE, 0.0, 0.0, story.IDLE_COST, 5),
)
CHANNELS = {i: Channel(Source(i, name), *rest) for i, (name, *rest) in enumerate(_CHANNELS, 1)}  # type: ignore[arg-type]
"""By source id."""
CHANNEL_WEIGHTS = Weighted({i: channel.share for i, channel in CHANNELS.items()})
SOURCE_ID = {channel.source.name: i for i, channel in CHANNELS.items()}

_TECHNIQUES = {
    "Demo": (0.28, 1.15),
    "Free trial": (0.2, 1.1),
    "Workshop": (0.12, 1.0),
    "Site visit": (0.16, 1.15),
    "Phone": (0.24, 0.75),
}
TECHNIQUES = tuple(Technique(i, name) for i, name in enumerate(_TECHNIQUES, 1))
TECHNIQUE_WEIGHTS = Weighted({t.id: _TECHNIQUES[t.name][0] for t in TECHNIQUES})
TECHNIQUE_QUALITY = {t.id: _TECHNIQUES[t.name][1] for t in TECHNIQUES}

SEGMENT_WEIGHTS = Weighted(
    {"Industry": 0.25, "Retail": 0.25, "Public": 0.12, story.LOSS_SEGMENT: 0.22, "Care": 0.16}
)

_CAMPAIGNS = (
    ("Bring a friend", "Referral", (2, 1), (2, 28)),
    ("Spring taste days", "Website", (3, 15), (4, 30)),
    ("Late summer fairs", story.FAIR_SOURCE, (7, 1), (10, 31)),
    ("Back to work", "LinkedIn", (8, 20), (9, 20)),
    ("Year-end deals", "Google Ads", (11, 15), (12, 31)),
)


def campaigns(end: date) -> tuple[Campaign, ...]:
    """Return the campaigns that have begun by `end`; the same ones come back each year."""
    found = [
        Campaign(
            (year - story.EPOCH.year) * 10 + number,
            f"{name} {year}",
            SOURCE_ID[source],
            date(year, *first),
            date(year, *last),
        )
        for year in range(story.EPOCH.year, end.year + 1)
        for number, (name, source, first, last) in enumerate(_CAMPAIGNS, 1)
    ]
    return tuple(campaign for campaign in found if campaign.started_on <= end)


_CATEGORIES = ("Machines", "Grinders & Milk", "Coffee", "Care", "Service plans")
CATEGORIES = tuple(Category(i, name) for i, name in enumerate(_CATEGORIES, 1))
MACHINES, EXTRAS, COFFEE, CARE, PLANS = range(1, len(CATEGORIES) + 1)

_PRODUCTS = (
    ("Model S", MACHINES, 1, "690.00", "420.00"),
    ("Model M", MACHINES, 2, "1190.00", "715.00"),
    ("Model X", MACHINES, 3, "1890.00", "1115.00"),
    ("Model XL", MACHINES, 4, "3450.00", "2030.00"),
    ("Grinder One", EXTRAS, 1, "240.00", "128.00"),
    ("Milk Station", EXTRAS, 2, "420.00", "215.00"),
    ("Grinder Pro", EXTRAS, 3, "480.00", "250.00"),
    ("Café Crème", COFFEE, 1, "18.50", "10.40"),
    ("Espresso Bio", COFFEE, 2, "22.00", "12.60"),
    ("Décaf Doux", COFFEE, 2, "20.50", "11.80"),
    ("Single Origin", COFFEE, 3, "29.00", "16.90"),
    ("Descaler", CARE, 1, "28.00", "10.50"),
    ("Filter & Clean set", CARE, 2, "64.00", "26.00"),
    ("Plan Basic", PLANS, 1, "180.00", "66.00"),
    ("Plan Plus", PLANS, 2, "340.00", "125.00"),
    ("Plan Gold", PLANS, 3, "620.00", "230.00"),
)
PRODUCTS = {
    i: Product(i, name, category, tier, Decimal(price), Decimal(cost))
    for i, (name, category, tier, price, cost) in enumerate(_PRODUCTS, 1)
}
"""By product id."""
PRODUCT_ID = {product.name: i for i, product in PRODUCTS.items()}
