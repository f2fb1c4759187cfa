"""Every state machine of payments, a sentence per state."""

from __future__ import annotations

import enum

from marketplace.lifecycle import Lifecycle, Move


class OperationState(enum.StrEnum):
    """What we know of one wish we have of Stripe."""

    INTENDED = "intended"
    SENT = "sent"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


_O = OperationState
OPERATION = Lifecycle(
    "operation",
    OperationState,
    {
        "send": Move((_O.INTENDED, _O.SENT, _O.UNKNOWN), _O.SENT, "Stripe has answered this already."),
        "lose": Move((_O.SENT,), _O.UNKNOWN, "Only a call under way can go unanswered."),
        "finish": Move((_O.INTENDED, _O.SENT, _O.UNKNOWN), _O.DONE, "Stripe has answered this already."),
        "refuse": Move((_O.INTENDED, _O.SENT, _O.UNKNOWN), _O.REFUSED, "Stripe has answered this already."),
        "renew": Move((_O.REFUSED, _O.SENT, _O.UNKNOWN), _O.INTENDED, "Only what did not happen can be asked again."),
    },
    {
        _O.INTENDED: "Written down, not yet sent",
        _O.SENT: "Sent; the answer is on its way",
        _O.UNKNOWN: "No answer; it may have happened",
        _O.DONE: "Done",
        _O.REFUSED: "Stripe said no",
    },
)


class FundingState(enum.StrEnum):
    """How far a brand's payment is."""

    BEGUN = "begun"
    OPEN = "open"
    PENDING = "pending"
    FUNDED = "funded"
    EXPIRED = "expired"
    FAILED = "failed"


_F = FundingState
_UNPAID = (_F.BEGUN, _F.OPEN)
FUNDING = Lifecycle(
    "funding",
    FundingState,
    {
        "open": Move((_F.BEGUN,), _F.OPEN, "This payment page is open already."),
        "pend": Move(_UNPAID, _F.PENDING, "The bank has been asked already."),
        "fund": Move((*_UNPAID, _F.PENDING, _F.EXPIRED, _F.FAILED), _F.FUNDED, "This is paid already."),
        "expire": Move(_UNPAID, _F.EXPIRED, "This payment page is closed already."),
        "fail": Move((*_UNPAID, _F.PENDING), _F.FAILED, "This payment has ended already."),
    },
    {
        _F.BEGUN: "The payment page is being made",
        _F.OPEN: "Waiting for the payment",
        _F.PENDING: "The bank has been asked; its answer takes some days",
        _F.FUNDED: "Protected payment",
        _F.EXPIRED: "The payment page closed unpaid",
        _F.FAILED: "The payment failed",
    },
)


class CardSetupState(enum.StrEnum):
    """How far a visit to Stripe's page for saving a card is."""

    BEGUN = "begun"
    OPEN = "open"
    DONE = "done"
    ENDED = "ended"


_CS = CardSetupState
CARD_SETUP = Lifecycle(
    "card_setup",
    CardSetupState,
    {
        "open": Move((_CS.BEGUN,), _CS.OPEN, "This page is open already."),
        "finish": Move((_CS.BEGUN, _CS.OPEN, _CS.ENDED), _CS.DONE, "The card of this page is saved already."),
        "end": Move((_CS.BEGUN, _CS.OPEN), _CS.ENDED, "This page is closed already."),
    },
    {
        _CS.BEGUN: "The page is being made",
        _CS.OPEN: "Waiting for the card",
        _CS.DONE: "The card is on file",
        _CS.ENDED: "The page closed without a card",
    },
)


class MethodState(enum.StrEnum):
    """Whether a card can be charged."""

    ON_FILE = "on_file"
    REMOVED = "removed"


PAYMENT_METHOD = Lifecycle(
    "payment_method",
    MethodState,
    {"remove": Move((MethodState.ON_FILE,), MethodState.REMOVED, "This card has been removed already.")},
    {MethodState.ON_FILE: "On file", MethodState.REMOVED: "Removed"},
)


class PayoutState(enum.StrEnum):
    """How far a release is on its way to the creator."""

    WAITING = "waiting_for_account"
    SENDING = "sending"
    STUCK = "stuck"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


_P = PayoutState
PAYOUT = Lifecycle(
    "payout",
    PayoutState,
    {
        "send": Move((_P.WAITING, _P.STUCK), _P.SENDING, "This payout is on its way already."),
        "wait": Move((_P.SENDING,), _P.WAITING, "Only a payout under way can be put back."),
        "stick": Move((_P.WAITING, _P.SENDING), _P.STUCK, "Only a payout that is not paid can be stopped."),
        "pay": Move((_P.WAITING, _P.SENDING, _P.STUCK), _P.PAID, "This payout is paid already."),
        "withdraw": Move((_P.WAITING, _P.STUCK), _P.WITHDRAWN, "This payout is on its way or paid."),
    },
    {
        _P.WAITING: "Waiting: for the payout account, or for a frozen payment",
        _P.SENDING: "On its way",
        _P.STUCK: "Stopped; the portal's staff look at it",
        _P.PAID: "Paid",
        _P.WITHDRAWN: "Taken back before it was sent",
    },
)


class TransferState(enum.StrEnum):
    """One charge's share of a payout."""

    READY = "ready"
    SENDING = "sending"
    DONE = "done"
    NETTED = "netted"
    WITHDRAWN = "withdrawn"


_T = TransferState
TRANSFER = Lifecycle(
    "transfer",
    TransferState,
    {
        "send": Move((_T.READY,), _T.SENDING, "This transfer is on its way already."),
        "return": Move((_T.SENDING,), _T.READY, "Only a transfer under way comes back."),
        "finish": Move((_T.SENDING,), _T.DONE, "This transfer is done already."),
        "net": Move((_T.READY,), _T.NETTED, "Only what is not sent yet can be set off."),
        "withdraw": Move((_T.READY,), _T.WITHDRAWN, "Only what is not sent yet can be withdrawn."),
    },
    {
        _T.READY: "Not sent yet",
        _T.SENDING: "On its way",
        _T.DONE: "Done",
        _T.NETTED: "Set off whole against what the payee owed",
        _T.WITHDRAWN: "Taken back whole before it left",
    },
)


class RefundState(enum.StrEnum):
    """How far money is on its way back to the payer."""

    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"
    CAME_BACK = "came_back"
    AGAIN = "again"
    PAID = "paid_otherwise"


_R = RefundState
REFUND = Lifecycle(
    "refund",
    RefundState,
    {
        "finish": Move((_R.SENDING,), _R.DONE, "This refund is done already."),
        "refuse": Move((_R.SENDING,), _R.REFUSED, "This refund has ended already."),
        "come_back": Move((_R.DONE,), _R.CAME_BACK, "Only a refund that was made can come back."),
        "repeat": Move((_R.CAME_BACK,), _R.AGAIN, "This money is on its way to the payer already, or paid."),
        "return": Move((_R.AGAIN,), _R.CAME_BACK, "This money is with the payer already."),
        "settle": Move((_R.CAME_BACK,), _R.PAID, "This money is on its way to the payer already, or paid."),
    },
    {
        _R.SENDING: "On its way back",
        _R.DONE: "Refunded",
        _R.REFUSED: "Not possible; still protected",
        _R.CAME_BACK: "The payer's bank sent it back; owed to the payer",
        _R.AGAIN: "The payer's bank sent it back; refunded anew",
        _R.PAID: "The payer's bank sent it back; paid another way",
    },
)


class AccountState(enum.StrEnum):
    """Whether a party can be sent money."""

    ONBOARDING = "onboarding"
    READY = "ready"
    RESTRICTED = "restricted"


_A = AccountState
PAYOUT_ACCOUNT = Lifecycle(
    "payout_account",
    AccountState,
    {
        "ready": Move((_A.ONBOARDING, _A.RESTRICTED), _A.READY, "Payouts are set up already."),
        "restrict": Move((_A.READY,), _A.RESTRICTED, "Payouts are paused already."),
    },
    {
        _A.ONBOARDING: "Set-up begun",
        _A.READY: "Ready for payouts",
        _A.RESTRICTED: "Stripe needs something before it pays on",
    },
)


class WebhookState(enum.StrEnum):
    """What became of one message from Stripe."""

    RECEIVED = "received"
    HANDLED = "handled"
    IGNORED = "ignored"
    PARKED = "parked"


_W = WebhookState
WEBHOOK = Lifecycle(
    "webhook",
    WebhookState,
    {
        "handle": Move((_W.RECEIVED, _W.PARKED), _W.HANDLED, "This message was handled already."),
        "ignore": Move((_W.RECEIVED,), _W.IGNORED, "This message was handled already."),
        "park": Move((_W.RECEIVED,), _W.PARKED, "This message was handled already."),
    },
    {
        _W.RECEIVED: "Stored",
        _W.HANDLED: "Handled",
        _W.IGNORED: "Nothing to do",
        _W.PARKED: "Failed too often; staff look at it",
    },
)


class RecoveryState(enum.StrEnum):
    """How far released money is on its way back from a payee."""

    SENDING = "sending"
    DONE = "done"
    OWED = "owed"
    REFUSED = "refused"


_V = RecoveryState
RECOVERY = Lifecycle(
    "recovery",
    RecoveryState,
    {
        "finish": Move((_V.SENDING,), _V.DONE, "This money is back already."),
        "owe": Move((_V.SENDING,), _V.OWED, "This has been settled already."),
        "refuse": Move((_V.SENDING,), _V.REFUSED, "This has been settled already."),
    },
    {
        _V.SENDING: "Asked back from Stripe",
        _V.DONE: "Taken back",
        _V.OWED: "Owed; later earnings pay it",
        _V.REFUSED: "Stripe said no; nothing was taken back",
    },
)


class ChargebackState(enum.StrEnum):
    """Where a chargeback at the card stands. An inquiry is only asked about: nothing has been taken."""

    ASKED = "asked"
    OPEN = "open"
    ANSWERED = "answered"
    WON = "won"
    LOST = "lost"


_C = ChargebackState
CHARGEBACK = Lifecycle(
    "chargeback",
    ChargebackState,
    {
        "take": Move((_C.ASKED,), _C.OPEN, "The bank has taken the money already."),
        "answer": Move((_C.OPEN,), _C.ANSWERED, "This chargeback has been answered already."),
        "win": Move((_C.ASKED, _C.OPEN, _C.ANSWERED), _C.WON, "The bank has decided already."),
        "lose": Move((_C.OPEN, _C.ANSWERED), _C.LOST, "The bank has decided already."),
    },
    {
        _C.ASKED: "The bank asks about the payment; nothing was taken",
        _C.OPEN: "The bank has taken the payment back; our answer is due",
        _C.ANSWERED: "Answered; the bank decides",
        _C.WON: "Won; the money is back",
        _C.LOST: "Lost; the payer has the money",
    },
)


class HoldState(enum.StrEnum):
    """What became of protected money that a chargeback holds."""

    HELD = "held"
    FREED = "freed"
    LOST = "lost"


_H = HoldState
CHARGEBACK_HOLD = Lifecycle(
    "chargeback_hold",
    HoldState,
    {
        "free": Move((_H.HELD,), _H.FREED, "This hold has ended already."),
        "lose": Move((_H.HELD,), _H.LOST, "This hold has ended already."),
    },
    {_H.HELD: "Held until the bank decides", _H.FREED: "Protected as before", _H.LOST: "Gone to the card holder"},
)


class BankPayoutState(enum.StrEnum):
    """How far Stripe's payout to a payee's bank is."""

    ON_ITS_WAY = "on_its_way"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


_B = BankPayoutState
BANK_PAYOUT = Lifecycle(
    "bank_payout",
    BankPayoutState,
    {
        "arrive": Move((_B.ON_ITS_WAY,), _B.PAID, "This has ended already."),
        # A bank may send back what had arrived: Stripe moves from paid to failed then.
        "fail": Move((_B.ON_ITS_WAY, _B.PAID), _B.FAILED, "This has ended already."),
        "cancel": Move((_B.ON_ITS_WAY,), _B.CANCELED, "This has ended already."),
    },
    {
        _B.ON_ITS_WAY: "On its way to the bank",
        _B.PAID: "In the bank",
        _B.FAILED: "The bank sent it back",
        _B.CANCELED: "Called back before it left",
    },
)


class SweepState(enum.StrEnum):
    """How far earned fees are on their way to the platform's bank."""

    SENDING = "sending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    REFUSED = "refused"


_S = SweepState
SWEEP = Lifecycle(
    "sweep",
    SweepState,
    {
        "leave": Move((_S.SENDING,), _S.IN_TRANSIT, "This is on its way already."),
        "arrive": Move((_S.IN_TRANSIT,), _S.PAID, "This has ended already."),
        "fail": Move((_S.IN_TRANSIT, _S.PAID), _S.FAILED, "This has ended already."),
        "refuse": Move((_S.SENDING,), _S.REFUSED, "This has ended already."),
    },
    {
        _S.SENDING: "Asked for at Stripe",
        _S.IN_TRANSIT: "On its way to the platform's bank",
        _S.PAID: "In the platform's bank",
        _S.FAILED: "The bank sent it back; it is at Stripe again",
        _S.REFUSED: "Stripe said no; it stayed at Stripe",
    },
)
