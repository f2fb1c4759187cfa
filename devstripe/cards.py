"""Stripe's test cards and what becomes of them: https://docs.stripe.com/testing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A test card. `code` and `decline_code`: why it is declined. `asks`: when the bank wants 3-D Secure (``always``, or
    ``unless set up``). `keeps`: whether it can be put on file. `at_once`: whether its money is available at once.
    `disputed`: the reason of the dispute that follows a payment, `inquiry`: it only asks. `suspected`: an early fraud warning
    follows. `refund`: what becomes of refunds a day later (``fails``), or
    that they wait a day (``waits``)."""

    number: str
    name: str
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    code: str | None = None
    decline_code: str | None = None
    asks: str | None = None
    keeps: bool = True
    at_once: bool = False
    disputed: str | None = None
    inquiry: bool = False
    suspected: bool = False
    refund: str | None = None

    @property
    def last4(self) -> str:
        """The four digits a person recognises."""
        return self.number[-4:]


def declining(number: str, name: str, code: str, decline_code: str | None = None, keeps: bool = False) -> Card:
    """A card that is refused."""
    return Card(number, name, code=code, decline_code=decline_code, keeps=keeps)


CARDS = {
    card.number: card
    for card in [
        Card("4242424242424242", "visa"),
        Card("4000056655665556", "visa_debit", funding="debit"),
        Card("5555555555554444", "mastercard", brand="mastercard"),
        Card("5200828282828210", "mastercard_debit", brand="mastercard", funding="debit"),
        Card("378282246310005", "amex", brand="amex"),
        Card("4000002500000003", "fr", country="FR"),
        Card("4000002760000016", "de", country="DE"),
        Card("4000008260000000", "gb", country="GB"),
        Card("4000000000000077", "bypassPending", at_once=True),
        Card("4000002500003155", "authenticationRequiredOnSetup", asks="unless set up"),
        Card("4000002760003184", "authenticationRequired", asks="always"),
        Card("4000000000000259", "createDispute", disputed="fraudulent"),
        Card("4000000000002685", "createDisputeProductNotReceived", disputed="product_not_received"),
        Card("4000000000001976", "createDisputeInquiry", disputed="fraudulent", inquiry=True),
        Card("4000000000005423", "createIssuerFraudRecord", suspected=True),
        Card("4000000000007726", "pendingRefund", refund="waits"),
        Card("4000000000005126", "refundFail", refund="fails"),
        declining("4000000000000002", "visa_chargeDeclined", "card_declined", "generic_decline"),
        declining("4000000000009995", "visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        declining("4000000000009987", "visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        declining("4000000000009979", "visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        declining("4000000000000069", "chargeDeclinedExpiredCard", "expired_card"),
        declining("4000000000000127", "chargeDeclinedIncorrectCvc", "incorrect_cvc"),
        declining("4000000000000119", "chargeDeclinedProcessingError", "processing_error"),
        declining("4000000000000341", "chargeCustomerFail", "card_declined", "generic_decline", keeps=True),
    ]
}
BY_TOKEN = {f"pm_card_{card.name}": card for card in CARDS.values()} | {
    f"tok_{card.name}": card for card in CARDS.values()
}

MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}


def message(card: Card) -> str:
    """What Stripe tells the person whose card is declined."""
    return MESSAGES.get(card.decline_code or "") or MESSAGES.get(card.code or "") or "Your card was declined."


def passes_luhn(number: str) -> bool:
    """The check digit of a card number."""
    digits = [int(one) for one in reversed(number)]
    return sum(digits[0::2]) % 10 == (-sum(sum(divmod(2 * one, 10)) for one in digits[1::2])) % 10


def fingerprint(number: str) -> str:
    """The same for the same card, and not the number."""
    return f"dev{int(number) % 9999999967:013d}"
