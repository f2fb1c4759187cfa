"""A refund that a person of the brand enters, for a shop that reports none by itself.

It is said as the whole sum refunded so far, so that the same said twice, or told by the shop as well, counts once.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import get_locale, gettext

from marketplace import clock, db, events
from marketplace.affiliate import adjustments, conversions, posting
from marketplace.affiliate.events import RefundEntered
from marketplace.affiliate.incoming import Incoming
from marketplace.affiliate.models import Shop
from marketplace.affiliate.sales_models import Order
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.money import Money


@dataclass(frozen=True)
class Standing:
    """An order's base as it was last edited, and how much of it is refunded or lost."""

    whole: Money
    refunded: Money

    @property
    def open(self) -> bool:
        """Is anything left to refund?"""
        return self.refunded.minor < self.whole.minor


def standing(order: Order) -> Standing:
    """How much of an order is refunded so far."""
    whole, gone = adjustments.gone(order.id)
    return Standing(Money(whole, order.currency), Money(gone, order.currency))


def enter(order: Order, total: Money, *, by: Actor) -> None:
    """From now on so much of an order's base is refunded in all; nothing changes where it is already.

    Raises Refused (422) for more than the order, or for less than is refunded already.
    """
    posting.hold_shop(order.shop_id)
    now = standing(order)
    if total.minor > now.whole.minor:
        raise _refused(gettext("This order comes to %(amount)s. A refund cannot be more.", amount=_said(now.whole)))
    if total.minor < now.refunded.minor:
        raise _refused(gettext("%(amount)s is refunded already. Write the whole sum, that included.", amount=_said(now.refunded)))
    if total == now.refunded:
        return
    news = Incoming(
        "refunded",
        order.number,
        clock.now(),
        order.currency,
        "typed",
        db.short(db.new_id()),
        amount=None if total == now.whole else total.minor - now.refunded.minor,
    )
    conversions.take(db.session.get_one(Shop, order.shop_id), [news])
    events.emit(RefundEntered(order.id, order.program_id, total.minor), by=by)


def _refused(sentence: str) -> Refused:
    return Refused(sentence, status=422, field="refunded")


def _said(amount: Money) -> str:
    return amount.format(str(get_locale() or "en"))
