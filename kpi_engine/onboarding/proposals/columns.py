"""Find columns for a purpose: moments, amounts, names of members, statuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kpi_engine.onboarding.inspection import EPOCHS, MOMENTS, ColumnProfile, Stored
from kpi_engine.onboarding.proposals.words import TIME_WORDS, likeness, stems, word_rank

_HALF = 0.5
UNNAMED = 100.0
"""The rank of a column whose name has no matching word."""

_TIMES: dict[str, tuple[str, ...]] = {
    "ordered": (
        "order date", "ordered", "besteldatum", "besteld", "orderdatum", "invoice date", "factuurdatum",
        "sale date", "verkoopdatum", "purchase date", "transaction date", "placed", "booked", "sold",
        "date", "datum", "created", "aangemaakt",
    ),
    "created": (
        "created", "aangemaakt", "creation date", "aanmaakdatum", "aanmaak", "engage date", "opened",
        "open date", "start date", "startdatum", "lead date", "entered", "entry date", "received",
        "ontvangen", "aangevraagd", "aanvraagdatum", "offertedatum", "date", "datum",
    ),
    "closed": (
        "close date", "closed", "won", "won date", "sluitdatum", "afgesloten", "gesloten", "gewonnen",
        "decided", "decision date", "end date", "einddatum",
    ),
    "converted": (
        "converted", "conversion date", "geconverteerd", "conversiedatum", "customer since", "klant sinds",
        "became customer", "won",
    ),
    "qualified": ("qualified", "gekwalificeerd", "kwalificatiedatum", "mql"),
    "booked": (
        "month", "maand", "period", "periode", "booked", "geboekt", "spend date", "date", "datum",
        "day", "dag",
    ),
    "answered": (
        "answered", "beantwoord", "responded", "response date", "antwoorddatum", "submitted", "completed",
        "ingevuld", "date", "datum", "created",
    ),
    "begun": (
        "started", "start date", "startdatum", "start", "begins", "begin", "begindatum", "ingangsdatum",
        "valid from", "geldig vanaf", "signed", "from", "vanaf", "created", "date", "datum",
    ),
    "sent": ("sent", "verzonden", "verstuurd", "delivered", "invited", "uitgenodigd"),
    "hired": ("hired", "hire date", "in dienst", "indienst", "start date", "startdatum"),
    "left": ("left", "uit dienst", "uitdienst", "end date", "einddatum", "terminated"),
}  # fmt: skip
_NEVER = (
    "birth", "geboortedatum", "geboren", "updated", "modified", "gewijzigd", "bijgewerkt", "deleted",
    "verwijderd", "required", "due", "vervaldatum", "verval", "expiry", "expire", "login", "write",
)  # fmt: skip

_ENDED = (
    "ends", "ended", "end date", "einddatum", "end", "einde", "valid until", "valid to", "geldig tot",
    "expiry date", "expires", "vervaldatum", "afloopdatum", "until", "tot", "cancelled",
)  # fmt: skip
PRICE = (
    "unit price",
    "price",
    "stukprijs",
    "eenheidsprijs",
    "verkoopprijs",
    "prijs",
    "sale price",
    "unit amount",
    "prijs per stuk",
)
LIST_PRICE = ("list price", "catalogue price", "catalogusprijs", "adviesprijs", "msrp", *PRICE)
TIER = ("tier", "product tier", "price tier", "prijsklasse")
QUANTITY = ("quantity", "qty", "aantal", "hoeveelheid", "unit", "stuk", "number of unit")
DISCOUNT = ("discount", "korting", "discount pct", "kortingspercentage", "discount rate", "discount percent")
TOTAL = (
    "line total", "net amount", "nettobedrag", "amount excl", "bedrag excl", "subtotal", "subtotaal",
    "regelbedrag", "close value", "deal value", "order value", "amount", "bedrag", "total", "totaal",
    "total amount", "totaalbedrag", "revenue", "omzet", "value", "waarde", "extended price", "orderbedrag",
    "factuurbedrag", "sale", "deal size",
)  # fmt: skip
SPEND = (
    "amount",
    "bedrag",
    "spend",
    "cost",
    "kosten",
    "uitgaven",
    "total",
    "totaal",
    "budget",
    "expense",
    "value",
)
COST = ("unit cost", "cost price", "kostprijs", "inkoopprijs", "cost", "cog", "inkoop")
_GROSS = frozenset(
    {"tax", "vat", "btw", "incl", "gross", "bruto", "freight", "shipping", "verzendkosten", "verzend"}
)
ORDER_NUMBER = (
    "order id", "order number", "order no", "ordernummer", "bestelnummer", "bestelling id", "order",
    "invoice id", "invoice no", "invoice number", "factuurnummer", "transaction id", "transaction number",
    "receipt number", "bon nummer", "bonnummer",
)  # fmt: skip

FIRST_NAME = ("first name", "firstname", "voornaam", "given name", "forename")
LAST_NAME = ("last name", "lastname", "achternaam", "surname", "familienaam", "family name")
NAMES = (
    "company name", "company", "customer name", "bedrijfsnaam", "klantnaam", "account name", "full name",
    "fullname", "name", "naam", "display name", "title", "titel", "label", "description", "omschrijving",
    "account", "product",
)  # fmt: skip
SLACK_USER = re.compile(r"[UW][A-Z0-9]{6,}")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LOGINS = ("user name", "username", "login", "email")

STATUS = (
    "status",
    "order status",
    "stage",
    "deal stage",
    "fase",
    "stadium",
    "phase",
    "outcome",
    "resultaat",
    "result",
    "toestand",
    "state",
)
SCORE = (
    "score",
    "nps score",
    "nps",
    "cijfer",
    "rating",
    "recommend",
    "recommendation",
    "aanbeveling",
    "beoordeling",
    "answer",
    "antwoord",
)
CURRENCY = ("currency", "currency code", "valuta", "munt", "munteenheid", "iso currency")

_WON = ("won", "win", "gewonnen", "closed won", "signed", "getekend", "accepted", "geaccepteerd", "aanvaard")
_LOST = ("lost", "verloren", "closed lost", "rejected", "afgewezen", "declined", "geweigerd", "no sale")
_COUNTED = (
    "paid", "shipped", "completed", "complete", "delivered", "invoiced", "fulfilled", "betaald", "verzonden",
    "geleverd", "afgerond", "voltooid", "gefactureerd", "confirmed", "bevestigd", "closed", "done", "posted",
    "sale", "sale order",
)  # fmt: skip
_OUT = (
    "cancelled", "canceled", "cancel", "geannuleerd", "draft", "concept", "test", "spam", "duplicate",
    "dubbel",
    "void", "deleted", "verwijderd", "failed", "mislukt", "invalid", "ongeldig", "junk", "cart", "winkelmand",
    "fraud", "expired",
    "vervallen", "abandoned",
)  # fmt: skip
_CREDIT = (
    "credit",
    "creditnota",
    "credit note",
    "refund",
    "refunded",
    "returned",
    "return",
    "retour",
    "terugbetaald",
)
_WAITING = (
    "open", "pending", "new", "nieuw", "processing", "in progress", "on hold", "quote", "offerte", "wacht",
    "in behandeling", "unpaid", "onbetaald", "not paid", "niet betaald", "quotation",
)  # fmt: skip
_NEGATIONS = frozenset({"not", "niet", "non", "un", "no"})
_VALUE_WORDS = {
    "waiting": _WAITING,
    "out": _OUT,
    "lost": _LOST,
    "won": _WON,
    "credit": _CREDIT,
    "counted": _COUNTED,
}
"""What the value of a status says, the classes that outvote others first."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A column for a purpose; a smaller rank fits better. `is_named`: a word of its name matches."""

    profile: ColumnProfile
    rank: float
    is_named: bool = True

    @property
    def name(self) -> str:
        """The column's name in the database."""
        return self.profile.column.name


def times(profiles: Iterable[ColumnProfile], purpose: str) -> list[Ranked]:
    """Return the columns that hold moments, best first for a purpose of TIMES."""
    found = []
    for profile in profiles:
        words = stems(profile.column.name)
        if not is_moment(profile) or any(likeness(words, word) for word in _NEVER):
            continue
        rank = word_rank(profile.column.name, _TIMES[purpose])
        mostly_empty = 50 * (profile.nulls > _HALF)
        found.append(Ranked(profile, (UNNAMED if rank is None else rank) + mostly_empty, rank is not None))
    return sorted(found, key=lambda entry: entry.rank)


def ends(profiles: Iterable[ColumnProfile]) -> list[Ranked]:
    """Return the columns that say when something ends, best first."""
    return [entry for entry in named(profiles, _ENDED) if is_moment(entry.profile)]


def is_moment(profile: ColumnProfile) -> bool:
    """Whether a column holds moments; numbers since 1970 only where the name says so too."""
    words = stems(profile.column.name)
    if profile.stored in MOMENTS:
        return True
    return profile.stored in EPOCHS and bool(
        TIME_WORDS & set(words) or words[-1].endswith(("datum", "date", "tijd"))
    )


def named(profiles: Iterable[ColumnProfile], words: Sequence[str]) -> list[Ranked]:
    """Return the columns whose names match any of the words, best first."""
    ranks = ((profile, word_rank(profile.column.name, words)) for profile in profiles)
    return sorted(
        (Ranked(profile, rank) for profile, rank in ranks if rank is not None), key=lambda e: e.rank
    )


def amounts(profiles: Iterable[ColumnProfile], words: Sequence[str]) -> list[Ranked]:
    """Return the number columns whose names match any of the words, gross ones last."""
    found = [
        Ranked(entry.profile, entry.rank + 50 * bool(_GROSS & set(stems(entry.name))))
        for entry in named(profiles, words)
        if entry.profile.is_numeric
    ]
    return sorted(found, key=lambda entry: entry.rank)


def meaning(value: object) -> str | None:
    """Return which class of VALUE_WORDS a status value belongs to; None where its words don't tell."""
    words = stems(str(value))
    if not words:
        return None
    if words[0] in _NEGATIONS and len(words) > 1:
        return "waiting"
    fits = [
        (max(likeness(words, phrase) for phrase in phrases), name) for name, phrases in _VALUE_WORDS.items()
    ]
    best, name = max(fits, key=lambda fit: fit[0])
    return name if best else None


def time_sql(profile: ColumnProfile, concat: str) -> str | None:
    """Return the SQL that makes an ISO date of a stored form that isn't one; None where none is needed."""
    name = profile.column.quoted
    match profile.stored:
        case Stored.TEXT_DAY_FIRST:
            return join_sql(
                [f"substr({name}, 7, 4)", "'-'", f"substr({name}, 4, 2)", "'-'", f"substr({name}, 1, 2)"],
                concat,
            )
        case Stored.TEXT_MONTH_FIRST:
            return join_sql(
                [f"substr({name}, 7, 4)", "'-'", f"substr({name}, 1, 2)", "'-'", f"substr({name}, 4, 2)"],
                concat,
            )
        case Stored.DAY_NUMBER:
            text = f"cast({name} as char(8))"
            return join_sql(
                [f"substr({text}, 1, 4)", "'-'", f"substr({text}, 5, 2)", "'-'", f"substr({text}, 7, 2)"],
                concat,
            )
    return None


def join_sql(parts: Sequence[str], dialect: str) -> str:
    """Return the SQL that concatenates texts."""
    if dialect in ("mysql", "mariadb", "mssql"):
        return f"concat({', '.join(parts)})"
    return " || ".join(parts)


def literal(value: object) -> str:
    """Return a stored value as SQL."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
