"""What the platform charges. Stripe's own fees are the platform's cost and never a creator's or a brand's."""

from __future__ import annotations

from marketplace.accounts import queries
from marketplace.money import Money


def platform_fee(amount: Money) -> Money:
    """The platform's share of `amount`: the instance's basis points, rounded half away from zero."""
    instance = queries.instance()
    if instance is None:
        raise RuntimeError("The instance has not been set up.")
    return amount.rate(instance.platform_fee_bps)
