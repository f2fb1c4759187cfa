"""What a payee may still get and no payout holds yet: commissions that are held or ready, pay of deals under way.

Deals and commissions are kept by packages above this one; each lends its rows. A lender leaves out what a payout holds
or a brand's own payment brought already, so that nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _

from marketplace.authz import Actor
from marketplace.lent import Lent
from marketplace.money import Money

# In this order on the page: word, tone, icon.
STAGES = {
    "ready": (_("Ready"), "good", "circle-check"),
    "held": (_("Held"), "wait", "hourglass"),
    "protected": (_("Protected"), "good", "shield-check"),
    "agreed": (_("Not paid in yet"), "plain", "clock"),
    "direct": (_("Paid directly"), "plain", "wallet"),
}


@dataclass(frozen=True)
class Coming:
    """Money of one `title` at one stage of `STAGES`.

    `amount` is what reaches the payee, after the platform's fee; negative where refunds outweigh what she earned.
    `why` says what it waits for; `until` the day on which that ends, None where nobody knows it. `href` shows how it
    came about.
    """

    stage: str
    title: str
    amount: Money
    why: str
    until: date | None
    href: str

    @property
    def badge(self) -> tuple[Any, str, str]:
        """Word, tone and icon of its stage."""
        return STAGES[self.stage]


lenders: Lent[Callable[[Actor], list[Coming]]] = Lent()


def of(actor: Actor, currency: str) -> list[Coming]:
    """Everything that is coming to the acting creator in a currency: by stage, soonest first."""
    rows = [row for rows in lenders for row in rows(actor) if row.amount.currency == currency]
    order = list(STAGES)
    return sorted(rows, key=lambda row: (order.index(row.stage), row.until or date.max, row.title))


def sums(rows: Iterable[Coming], currency: str) -> dict[str, Money]:
    """By stage, each with its amount, zero where there is nothing."""
    found = {stage: Money.zero(currency) for stage in STAGES}
    for row in rows:
        found[row.stage] += row.amount
    return found
