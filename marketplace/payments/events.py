"""Facts of payments. `subject_id` is the opaque id the money belongs to, and the room its timeline is shown in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.events import event


@event("payments.funded", subject="funding_id", room="subject_id")
@dataclass(frozen=True)
class Funded:
    """A payer's money has arrived and is protected. `amount_minor` is the gross amount."""

    funding_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.funding_pending", subject="funding_id", room="subject_id")
@dataclass(frozen=True)
class FundingPending:
    """A payer's bank has been asked. Nothing is protected until it has answered, some days later."""

    funding_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.funding_failed", subject="funding_id", room="subject_id")
@dataclass(frozen=True)
class FundingFailed:
    """A payment came to nothing, and why (Stripe's code). `watched`: the payer saw it happen on her screen."""

    funding_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str
    code: str
    watched: bool


@event("payments.allocated", subject="allocation_id", room="subject_id")
@dataclass(frozen=True)
class Allocated:
    """Protected money of a payer went from one subject to another and is protected there."""

    allocation_id: UUID
    from_subject_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.card_saved", subject="party_id")
@dataclass(frozen=True)
class CardSaved:
    """A party has a card on file; one it had before is gone."""

    party_id: UUID
    method_id: UUID


@event("payments.card_removed", subject="party_id")
@dataclass(frozen=True)
class CardRemoved:
    """A party has no card on file any more."""

    party_id: UUID
    method_id: UUID


@event("payments.released", subject="payout_id", room="subject_id")
@dataclass(frozen=True)
class Released:
    """Protected money now belongs to the payee. `amount_minor` is hers, `fee_minor` the platform's."""

    payout_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    fee_minor: int
    currency: str


@event("payments.payout_waiting", subject="payout_id", room="subject_id")
@dataclass(frozen=True)
class PayoutWaiting:
    """Money waits because its payee's payout account is not ready."""

    payout_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.payout_paid", subject="payout_id", room="subject_id")
@dataclass(frozen=True)
class PayoutPaid:
    """The whole payout has been transferred to the payee's Stripe balance."""

    payout_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.refunded", subject="refund_id", room="subject_id")
@dataclass(frozen=True)
class Refunded:
    """Protected money went back to its payer."""

    refund_id: UUID
    payer_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.account_ready", subject="party_id")
@dataclass(frozen=True)
class AccountReady:
    """A party can be sent money from now on."""

    party_id: UUID


@event("payments.account_changed", subject="party_id")
@dataclass(frozen=True)
class AccountChanged:
    """A party's bank account at Stripe is another one than before; payouts wait 72 hours."""

    party_id: UUID
    change_id: UUID


@event("payments.account_disowned", subject="party_id")
@dataclass(frozen=True)
class AccountDisowned:
    """A change of payout account was undone from the mail: nothing is paid until it is set up anew."""

    party_id: UUID


@event("payments.account_restricted", subject="party_id")
@dataclass(frozen=True)
class AccountRestricted:
    """A party can no longer be sent money: Stripe asks for something, looks at something, or said no."""

    party_id: UUID
    capability: str


@event("payments.payout_stopped", subject="payout_id", room="subject_id")
@dataclass(frozen=True)
class PayoutStopped:
    """A payout stands still for a reason that waiting does not mend; staff look at it."""

    payout_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.set_off", subject="payout_id", room="subject_id")
@dataclass(frozen=True)
class SetOff:
    """Part of a payout paid what its payee owed; `amount_minor` was not sent."""

    payout_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.taken_back", subject="payout_id", room="subject_id")
@dataclass(frozen=True)
class TakenBack:
    """Released money was asked back by a ruling. `amount_minor` is the payee's part; `reason` is read by both sides."""

    payout_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str
    reason: str


@event("payments.became_owed", subject="recovery_id", room="subject_id")
@dataclass(frozen=True)
class BecameOwed:
    """The payee's Stripe balance could not give it back: she owes it, and later earnings pay it first."""

    recovery_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.chargeback_opened", subject="chargeback_id", room="subject_id")
@dataclass(frozen=True)
class ChargebackOpened:
    """The payer's bank has taken a payment back."""

    chargeback_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.chargeback_won", subject="chargeback_id", room="subject_id")
@dataclass(frozen=True)
class ChargebackWon:
    """The bank decided for us: the money is protected as before."""

    chargeback_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.chargeback_lost", subject="chargeback_id", room="subject_id")
@dataclass(frozen=True)
class ChargebackLost:
    """The bank decided for the payer, who has the money. `protected_minor` of it was still protected."""

    chargeback_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    protected_minor: int
    currency: str


@event("payments.protected_lost", subject="chargeback_id", room="subject_id")
@dataclass(frozen=True)
class ProtectedLost:
    """Of a subject's protected money this much went back to the payer's bank for good."""

    chargeback_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.freeze_began", subject="freeze_id", room="subject_id")
@dataclass(frozen=True)
class FreezeBegan:
    """Nothing of a subject's protected money is released for now."""

    freeze_id: UUID
    subject_id: UUID
    why: str


@event("payments.freeze_lifted", subject="freeze_id", room="subject_id")
@dataclass(frozen=True)
class FreezeLifted:
    """A subject's money moves again."""

    freeze_id: UUID
    subject_id: UUID
    why: str


@event("payments.bank_payout_failed", subject="bank_payout_id")
@dataclass(frozen=True)
class BankPayoutFailed:
    """A payee's bank sent her money back to her Stripe balance. `failure` is Stripe's code."""

    bank_payout_id: UUID
    party_id: UUID
    amount_minor: int
    currency: str
    failure: str


@event("payments.bank_payout_arrived", subject="bank_payout_id")
@dataclass(frozen=True)
class BankPayoutArrived:
    """Money that had come back from a payee's bank has arrived after all: her new details work."""

    bank_payout_id: UUID
    party_id: UUID
    amount_minor: int
    currency: str


@event("payments.sweep_failed", subject="sweep_id")
@dataclass(frozen=True)
class SweepFailed:
    """The platform's own bank sent its fees back; they are on its Stripe balance again."""

    sweep_id: UUID
    amount_minor: int
    currency: str


@event("payments.hold_warned", subject="lot_id", room="subject_id")
@dataclass(frozen=True)
class HoldWarned:
    """A lot's money has been held for long. It must be settled before `until`."""

    lot_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str
    until: datetime


@event("payments.hold_due", subject="lot_id", room="subject_id")
@dataclass(frozen=True)
class HoldDue:
    """Staff must rule on a lot's money now."""

    lot_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str
    until: datetime


@event("payments.hold_expired", subject="lot_id", room="subject_id")
@dataclass(frozen=True)
class HoldExpired:
    """A lot's money may not be held much longer: whoever owns the subject resolves it by its contract now."""

    lot_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.direct_payment_recorded", subject="direct_payment_id", room="subject_id")
@dataclass(frozen=True)
class DirectPaymentRecorded:
    """A brand wrote down that it paid a creator outside. The money never touched us."""

    direct_payment_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    payee_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.direct_payment_answered", subject="direct_payment_id", room="subject_id")
@dataclass(frozen=True)
class DirectPaymentAnswered:
    """It arrived, is missing, counts by silence, or was taken back (`word`, see `DirectPaymentAnswer`)."""

    direct_payment_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    payee_party_id: UUID
    word: str
    amount_minor: int
    currency: str


@event("payments.payouts_halted", subject="halt_id")
@dataclass(frozen=True)
class PayoutsHalted:
    """A check found the books wrong: nothing is sent to Stripe until staff lift it. `reason` names the checks."""

    halt_id: UUID
    reason: str


@event("payments.payouts_resumed", subject="halt_id")
@dataclass(frozen=True)
class PayoutsResumed:
    """The checks found nothing any more, and somebody let payouts run again."""

    halt_id: UUID
