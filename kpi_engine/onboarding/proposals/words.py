"""The English and Dutch words in names of tables and columns, and what they mean for the business."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cache

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_PREFIXES = frozenset(
    {"tbl", "dim", "fact", "fct", "stg", "vw", "t", "crm", "erp", "dbo", "raw", "src", "res"}
)
_SHORTEST_COMPOUND = 5
_SHORTEST_PLURAL = 4


class Role(StrEnum):
    """What a table is to the business."""

    LEADS = "leads"
    OPPORTUNITIES = "opportunities"
    ORDERS = "orders"
    LINES = "order_lines"
    CUSTOMERS = "customers"
    REPS = "reps"
    PRODUCTS = "products"
    CATEGORIES = "categories"
    TEAMS = "teams"
    REGIONS = "regions"
    SOURCES = "sources"
    CAMPAIGNS = "campaigns"
    MARKETING_COSTS = "marketing_costs"
    SALES_COSTS = "sales_costs"
    SERVICE_COSTS = "service_costs"
    CONTRACTS = "contracts"
    ANSWERS = "nps_answers"


MEMBER_OF = {
    Role.CUSTOMERS: "customer",
    Role.REPS: "rep",
    Role.PRODUCTS: "product",
    Role.CATEGORIES: "category",
    Role.TEAMS: "team",
    Role.REGIONS: "region",
    Role.SOURCES: "source",
    Role.CAMPAIGNS: "campaign",
}
"""The dimension whose members a table of a role lists."""

TABLE_WORDS: dict[Role, tuple[str, ...]] = {
    Role.LEADS: ("lead", "prospect", "aanvraag", "aanvragen", "enquiry", "inquiry", "lead aanvraag"),
    Role.OPPORTUNITIES: (
        "opportunity", "deal", "pipeline", "offerte", "quote", "quotation", "opportuniteit",
        "opportuniteiten",
        "sale pipeline", "sale opportunity", "verkoopkans", "verkoopkansen", "kansen", "proposal",
    ),
    Role.ORDERS: (
        "order", "sale order", "bestelling", "bestellingen", "factuur", "facturen", "invoice", "sale",
        "verkoop", "verkopen", "verkooporder", "purchase", "transaction", "transactie", "order header",
        "sale order header", "invoice header", "receipt", "omzet",
    ),
    Role.LINES: (
        "order line", "orderline", "order detail", "order item", "orderitem", "orderregel", "order regel",
        "bestelregel", "bestellijn", "bestellijnen", "orderlijn", "orderlijnen", "factuurregel",
        "factuurlijn", "factuurlijnen", "invoice line", "invoice item", "invoice detail", "sale line",
        "sale item", "line item", "sale order line", "sale order detail", "verkoopregel", "transaction line",
        "bestelling regel",
    ),
    Role.CUSTOMERS: (
        "customer", "klant", "klanten", "account", "client", "company", "relatie", "debiteur", "debiteuren",
        "bedrijf", "bedrijven", "afnemer", "partner", "organization", "organisatie",
    ),
    Role.REPS: (
        "rep", "employee", "verkoper", "sale rep", "sale team", "sale agent", "salesrep", "salesperson",
        "sale person", "sale people", "salespeople", "seller", "medewerker", "werknemer", "vertegenwoordiger",
        "user", "agent", "staff", "personeel", "gebruiker", "owner", "representative", "sale representative",
        "accountmanager", "account manager",
    ),
    Role.PRODUCTS: (
        "product", "producten", "artikel", "artikelen", "article", "item", "track", "sku", "stock item",
    ),
    Role.CATEGORIES: (
        "category", "categorie", "categorieen", "product category", "genre", "product group", "productgroep",
        "productgroepen", "artikelgroep", "artikelgroepen", "product line", "product type",
    ),
    Role.TEAMS: ("team", "ploeg", "ploegen", "department", "afdeling", "afdelingen"),
    Role.REGIONS: (
        "region", "regio", "territory", "country", "area", "land", "landen", "provincie", "office",
        "kantoor", "kantoren", "rayon",
    ),
    Role.SOURCES: ("source", "lead source", "bron", "bronnen", "channel", "kanaal", "kanalen", "herkomst"),
    Role.CAMPAIGNS: ("campaign", "campagne", "promotion", "promotie"),
    Role.MARKETING_COSTS: (
        "marketing cost", "marketingkosten", "marketing kosten", "ad spend", "adspend", "spend",
        "marketing spend", "ad cost", "advertentiekosten", "media spend", "marketing expense",
        "campaign cost", "campagnekosten", "marketing budget", "marketinguitgaven",
    ),
    Role.SALES_COSTS: (
        "sale cost", "sale expense", "selling cost", "verkoopkosten", "verkoop kosten", "sale salary",
        "commission", "commissie", "commissies", "sale budget",
    ),
    Role.SERVICE_COSTS: (
        "service cost", "support cost", "cost to serve", "servicekosten", "service kosten", "visit cost",
        "delivery cost", "bezoekkosten", "service visit", "support hour", "service expense",
    ),
    Role.CONTRACTS: (
        "contract", "contracten", "subscription", "abonnement", "abonnementen", "service contract",
        "agreement", "overeenkomst", "overeenkomsten", "membership", "lidmaatschap", "lidmaatschappen",
        "onderhoudscontract", "maintenance contract",
    ),
    Role.ANSWERS: (
        "nps", "nps answer", "nps response", "nps score", "survey", "survey answer", "survey response",
        "enquete", "enquete antwoord", "enqueteantwoord", "tevredenheid", "nps antwoord", "feedback",
        "nps survey", "enquete resultaat",
    ),
}  # fmt: skip

DIMENSION_WORDS: dict[str, tuple[str, ...]] = {
    "customer": (
        "customer", "klant", "account", "client", "company", "customer name", "klantnaam", "bedrijf",
        "debiteur", "relatie", "partner",
    ),
    "rep": (
        "rep", "sale rep", "salesrep", "sale agent", "salesperson", "sale person", "verkoper", "seller",
        "vertegenwoordiger", "support rep", "employee", "agent", "owner", "account manager",
        "accountmanager", "eigenaar", "medewerker", "assigned to", "user",
    ),
    "team": ("team", "ploeg", "sale team", "department", "afdeling", "manager"),
    "region": (
        "region", "regio", "regional", "regional office", "sale region", "rayon", "territory", "provincie",
        "province", "country", "land", "state", "kantoor", "office", "city", "stad", "plaats", "gemeente",
    ),
    "source": ("source", "lead source", "bron", "herkomst", "channel", "kanaal", "utm source", "referrer"),
    "campaign": ("campaign", "campagne", "promotion", "promotie", "promo", "utm campaign"),
    "segment": (
        "segment", "sector", "industry", "branche", "customer type", "klanttype", "customer group",
        "klantgroep", "customer segment", "size class",
    ),
    "product": ("product", "artikel", "item", "sku", "product name", "productnaam", "article", "track"),
    "category": (
        "category", "categorie", "product category", "product group", "productgroep", "artikelgroep",
        "product line", "serie", "genre", "product type", "family", "categ",
    ),
}  # fmt: skip
"""The words of a dimension's own column, the best first."""

ID_WORDS = frozenset({"id", "nr", "no", "number", "nummer", "code", "key", "ref", "num", "uuid", "fk", "pk"})
TIME_WORDS = frozenset(
    {
        "date", "datum", "at", "on", "op", "time", "tijd", "tijdstip", "day", "dag", "dt", "created",
        "aangemaakt", "opened", "closed", "timestamp", "ts", "month", "maand",
    }
)  # fmt: skip


def stems(name: str) -> tuple[str, ...]:
    """Return the words of a name, without case, accents, plural s and technical prefixes."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    words = [_stem(word.casefold()) for word in _PARTS.findall(plain)]
    while len(words) > 1 and words[0] in _PREFIXES:
        words = words[1:]
    return tuple(words)


def _stem(word: str) -> str:
    if word in ("series", "movies"):
        return word[:-1]
    if word.endswith("ies") and len(word) > _SHORTEST_PLURAL:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss") and len(word) >= _SHORTEST_PLURAL:
        return word[:-1]
    return word


def snake(name: str) -> str:
    """Return a name as model files spell theirs: lower case letters, digits, underscores."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    words = "_".join(word.casefold() for word in _PARTS.findall(plain)) or "column"
    return words if words[0].isalpha() else f"c_{words}"


def subject(name: str) -> tuple[str, ...]:
    """Return what a column points at: its words without id, nr, code at the end."""
    words = stems(name)
    while len(words) > 1 and words[-1] in ID_WORDS:
        words = words[:-1]
    if len(words) == 1:
        for ending in ("nummer", "code", "id", "nr"):
            if words[0].endswith(ending) and len(words[0]) > len(ending) + 2:
                return (words[0].removesuffix(ending),)
    return words


@cache  # the same few names are held against every phrase for each table
def likeness(name: tuple[str, ...], phrase: str) -> float:
    """Return how well a name means a phrase: 1 the same, 0.7 its head, 0.3 a part of it, 0 not at all."""
    wanted = tuple(_stem(word) for word in phrase.split())
    size = len(wanted)
    if name == wanted or "".join(name) == "".join(wanted):
        return 1.0
    if size > 1 and sorted(name) == sorted(wanted):
        return 0.9
    if name[-size:] == wanted:
        return 0.7
    if size == 1 and len(wanted[0]) >= _SHORTEST_COMPOUND and name and name[-1].endswith(wanted[0]):
        return 0.6
    return 0.3 if any(name[i : i + size] == wanted for i in range(len(name))) else 0.0


def role_scores(name: str) -> dict[Role, float]:
    """Return how well a table's name matches each role, up to about 11; longer phrases count more."""
    words = stems(name)
    scores: dict[Role, float] = {}
    for role, phrases in TABLE_WORDS.items():
        best = max(likeness(words, phrase) * (10 + 0.5 * len(phrase.split())) for phrase in phrases)
        if best:
            scores[role] = best
    return scores


def word_rank(name: str, phrases: Iterable[str]) -> float | None:
    """Return how far down a list of words the best match of a column's name stands; None without a match.

    Less is better; a loose match costs half a place.
    """
    words = subject(name)
    ranks = [
        place + (1 - fit) / 2
        for place, phrase in enumerate(phrases)
        if (fit := max(likeness(words, phrase), likeness(stems(name), phrase)))
    ]
    return min(ranks, default=None)
