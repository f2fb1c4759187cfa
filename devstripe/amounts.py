"""Amounts as Stripe takes them: with three decimals the last digit is a zero (https://docs.stripe.com/currencies)."""

from devstripe.errors import invalid

THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}


def check_last_digit(amount: int, currency: str) -> None:
    """Refuse 1.234 of a currency with three decimals; 1.230 is fine."""
    if currency.lower() in THREE_DECIMALS and amount % 10:
        raise invalid(
            f"Invalid amount for {currency}: the least significant digit must be 0, as in {amount // 10 * 10}.",
            "amount",
        )
