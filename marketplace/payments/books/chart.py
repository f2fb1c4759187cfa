"""The chart of accounts: every kind of account, the side it grows on, and whether it may be overdrawn.

Sign convention: an account's balance is positive on its normal side. What we have (`stripe_available`,
`bank`), what we are owed (`receivable`) and what we spent (`stripe_fees`) grow by debits; what we owe
(`protected`, `payable`, `refund_due`) and what we earned (`fee_revenue`) grow by credits.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

DEBIT, CREDIT = "debit", "credit"


@dataclass(frozen=True)
class Kind:
    """A kind of account: its normal side, whether the database refuses to overdraw it, and in words."""

    normal: str
    no_negative: bool
    words: str


KINDS = {
    "stripe_pending": Kind(DEBIT, False, "At Stripe, not yet available"),
    "stripe_available": Kind(DEBIT, False, "At Stripe, available"),
    "bank": Kind(DEBIT, False, "At the platform's bank"),
    "bank_transit": Kind(DEBIT, False, "On its way to the platform's bank"),
    "clearing": Kind(CREDIT, False, "On its way through Stripe"),
    "protected": Kind(CREDIT, True, "Protected payment"),
    "payable": Kind(CREDIT, True, "Owed to a creator"),
    "receivable": Kind(DEBIT, True, "Overpaid to a creator"),
    "refund_due": Kind(CREDIT, True, "Owed back to a brand"),
    "fee_unearned": Kind(CREDIT, False, "Platform fee, not yet earned"),
    "fee_revenue": Kind(CREDIT, False, "Platform fee"),
    "own_funds": Kind(CREDIT, False, "The platform's own money, put in or taken out by hand"),
    "stripe_fees": Kind(DEBIT, False, "Stripe's fees, paid by the platform"),
    "chargeback_withheld": Kind(DEBIT, False, "Withheld by a card chargeback"),
    "chargeback_losses": Kind(DEBIT, False, "Lost to card chargebacks"),
    "write_off": Kind(DEBIT, False, "Written off"),
}


@dataclass(frozen=True)
class Name:
    """An account by name: its kind and the opaque ids it belongs to. The currency comes with the money."""

    kind: str
    party_id: UUID | None = None
    subject_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no account of kind {self.kind!r}.")

    @property
    def code(self) -> str:
        """`payable:<party>:<subject>`: unique together with the currency."""
        return ":".join([self.kind, *(str(part) for part in (self.party_id, self.subject_id) if part)])


STRIPE_PENDING = Name("stripe_pending")
STRIPE_AVAILABLE = Name("stripe_available")
STRIPE_FEES = Name("stripe_fees")
FEE_REVENUE = Name("fee_revenue")
OWN_FUNDS = Name("own_funds")
WRITE_OFF = Name("write_off")
BANK = Name("bank")
BANK_TRANSIT = Name("bank_transit")
CHARGEBACK_WITHHELD = Name("chargeback_withheld")
CHARGEBACK_LOSSES = Name("chargeback_losses")


def protected(subject_id: UUID) -> Name:
    """What a payer paid for a subject (a deal, a commission budget) and nobody has earned yet."""
    return Name("protected", subject_id=subject_id)


def payable(party_id: UUID, subject_id: UUID) -> Name:
    """What a party has earned on a subject and has not been sent."""
    return Name("payable", party_id, subject_id)


def receivable(party_id: UUID) -> Name:
    """What a party was overpaid and owes back; later earnings pay it first."""
    return Name("receivable", party_id)


def refund_due(party_id: UUID) -> Name:
    """What a payer is owed back since a refund of it failed at the bank."""
    return Name("refund_due", party_id)


def clearing(operation_id: UUID) -> Name:
    """What one movement through Stripe has taken from one side and not yet put on the other."""
    return Name("clearing", subject_id=operation_id)
