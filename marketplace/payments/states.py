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
        "fund": Move((*_UNPAID, _F.EXPIRED, _F.FAILED), _F.FUNDED, "This is paid already."),
        "expire": Move(_UNPAID, _F.EXPIRED, "This payment page is closed already."),
        "fail": Move(_UNPAID, _F.FAILED, "This payment has ended already."),
    },
    {
        _F.BEGUN: "The payment page is being made",
        _F.OPEN: "Waiting for the payment",
        _F.FUNDED: "Protected payment",
        _F.EXPIRED: "The payment page closed unpaid",
        _F.FAILED: "The payment failed",
    },
)


class PayoutState(enum.StrEnum):
    """How far a release is on its way to the creator."""

    WAITING = "waiting_for_account"
    SENDING = "sending"
    STUCK = "stuck"
    PAID = "paid"


_P = PayoutState
PAYOUT = Lifecycle(
    "payout",
    PayoutState,
    {
        "send": Move((_P.WAITING, _P.STUCK), _P.SENDING, "This payout is on its way already."),
        "wait": Move((_P.SENDING,), _P.WAITING, "Only a payout under way can be put back."),
        "stick": Move((_P.SENDING,), _P.STUCK, "Only a payout under way can be stopped."),
        "pay": Move((_P.SENDING,), _P.PAID, "This payout is paid already."),
    },
    {
        _P.WAITING: "Waiting for the payout account",
        _P.SENDING: "On its way",
        _P.STUCK: "Stopped; the portal's staff look at it",
        _P.PAID: "Paid",
    },
)


class TransferState(enum.StrEnum):
    """One charge's share of a payout."""

    READY = "ready"
    SENDING = "sending"
    DONE = "done"


_T = TransferState
TRANSFER = Lifecycle(
    "transfer",
    TransferState,
    {
        "send": Move((_T.READY,), _T.SENDING, "This transfer is on its way already."),
        "return": Move((_T.SENDING,), _T.READY, "Only a transfer under way comes back."),
        "finish": Move((_T.SENDING,), _T.DONE, "This transfer is done already."),
    },
    {_T.READY: "Not sent yet", _T.SENDING: "On its way", _T.DONE: "Done"},
)


class RefundState(enum.StrEnum):
    """How far money is on its way back to the payer."""

    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"


_R = RefundState
REFUND = Lifecycle(
    "refund",
    RefundState,
    {
        "finish": Move((_R.SENDING,), _R.DONE, "This refund is done already."),
        "refuse": Move((_R.SENDING,), _R.REFUSED, "This refund has ended already."),
    },
    {_R.SENDING: "On its way back", _R.DONE: "Refunded", _R.REFUSED: "Not possible; still protected"},
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
