"""Values that say that a row gives money back, in English and Dutch."""

from __future__ import annotations

from collections.abc import Iterable

from kpi_engine.onboarding.proposals.words import likeness, stems

_TYPES = (
    "type", "kind", "soort", "status", "state", "move type", "doc type", "document type", "documenttype",
    "transaction type", "transaction", "invoice type", "order type", "ordertype", "factuurtype", "class",
    "document", "document kind", "financial status",
)  # fmt: skip
_REFUNDS = (
    "refund", "credit note", "creditnote", "credit memo", "creditmemo", "creditnota", "credit",
    "credit invoice", "creditfactuur", "return", "retour", "retourorder", "return order", "storno",
    "reversal", "chargeback",
    "terugbetaling", "avoir", "gutschrift",
)  # fmt: skip
_REFUNDED = (
    "refunded",
    "returned",
    "terugbetaald",
    "geretourneerd",
    "charged back",
    "teruggestuurd",
    "reversed",
)
_OTHERS = frozenset(
    {"payment", "pay", "card", "customer", "client", "product", "account", "price", "user", "shipping",
     "delivery", "betaling", "betaal", "klant", "verzend", "contact", "lead"}
)  # fmt: skip
"""Of these a type says nothing of the row: paid by credit card is no credit."""
_DEBIT = frozenset({"debit", "debet", "dr"})
_NOT = frozenset({"no", "not", "non", "geen", "niet"})
_IN_PART = frozenset({"partially", "partly", "partial", "deel", "gedeeltelijk", "deels"})
_WORD = 0.7
"""How well a name or value has to mean a phrase: as its last word."""


def may_hold_types(name: str) -> bool:
    """Whether a column's name says that it may tell of which type a row is."""
    words = stems(name)
    return not _OTHERS & set(words) and any(likeness(words, phrase) >= _WORD for phrase in _TYPES)


def refunds_among(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that say that a row itself gives money back, such as a credit note.

    Beside a debit, a credit is a booking.
    """
    texts = tuple(values)
    is_ledger = any(_DEBIT & set(stems(text)) for text in texts)
    return tuple(
        text for text in texts if _is_refund(text) and not (is_ledger and stems(text) == ("credit",))
    )


def refunded_among(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that say of a sale that all its money was given back."""
    return tuple(text for text in values if _is_refunded(text))


def _is_refund(value: str) -> bool:
    words = stems(value)
    return not _NOT & set(words) and any(likeness(words, phrase) >= _WORD for phrase in _REFUNDS)


def _is_refunded(value: str) -> bool:
    words = stems(value)
    return not (_NOT | _IN_PART) & set(words) and any(
        likeness(words, phrase) >= _WORD for phrase in _REFUNDED
    )
