"""What stands behind the pay of a brief: its budget as a protected payment, or a card on file.

A brief that pays is published only with one of the two, and its badge says which, at every moment: the
budget counts only while it covers every place that is still to be paid. In a brand's own program the
rule does not apply, and a brief with nothing to pay in, or with every place paid, needs neither: months,
stages and royalties have no payment path yet and stand behind nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext

from marketplace import db
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Shape
from marketplace.authz import Actor
from marketplace.briefs import head_count, parts
from marketplace.briefs.head_count import HeadCount
from marketplace.briefs.models import Brief
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments import queries as payments
from marketplace.payments.models import Funding, PaymentMethod
from marketplace.payments.money_in import cards, funding
from marketplace.payments.queries import Budget

BUDGET, CARD, DIRECT, OWN, NOTHING = "budget", "card", "direct", "own", "nothing"


@dataclass(frozen=True)
class Backing:
    """What stands behind a brief's pay (`word`; None where nothing is to be paid any more), and how it could be more.

    `held` is protected for the brief now, `lacks` what the places still unpaid need beyond it,
    `places` counts those, `at_the_bank` what a bank has been asked for; `card` the brand's card that could pay.
    """

    word: str | None
    held: Money
    lacks: Money
    places: int
    at_the_bank: Money
    card: PaymentMethod | None


def of_many(briefs: Iterable[Brief], counts: dict[UUID, HeadCount] | None = None) -> dict[UUID, str]:
    """The word for many briefs, in three queries; briefs with nothing left to pay are left out.

    `counts`: their head counts, where the caller has asked for them already.
    """
    priced = [brief for brief in briefs if parts.protected_amount(brief.body)]
    if not priced:
        return {}
    if _own_program():
        return {brief.id: _own_word(brief.body) for brief in priced}
    ids = [brief.id for brief in priced]
    budgets = payments.budgets(ids)
    counts = head_count.of_many(ids) if counts is None else counts
    carded = cards.have_usable({brief.brand_party_id for brief in priced})
    words = {
        brief.id: _word(brief.body, budgets[brief.id], counts[brief.id], brief.brand_party_id in carded)
        for brief in priced
    }
    return {key: word for key, word in words.items() if word}


def of(brief: Brief, body: dict[str, Any]) -> Backing:
    """The whole of it for one brief, by `body`."""
    budget, card = payments.budgets([brief.id])[brief.id], cards.usable(brief.brand_party_id)
    count = head_count.of(brief)
    word = None
    if parts.protected_amount(body):
        word = _own_word(body) if _own_program() else _word(body, budget, count, card is not None)
    places = count.unpaid(body["head_count"])
    return Backing(word, budget.held, _lacks(body, budget, count), places, budget.at_the_bank, card)


def _own_program() -> bool:
    settings = accounts.instance()
    return settings is not None and settings.shape == Shape.OWN_PROGRAM


def _own_word(body: dict[str, Any]) -> str:
    return DIRECT if parts.paid_directly(body) else OWN


def _word(body: dict[str, Any], budget: Budget, count: HeadCount, carded: bool) -> str | None:
    if not count.unpaid(body["head_count"]):
        return None
    if not _lacks(body, budget, count):
        return BUDGET
    return CARD if carded else NOTHING


def _lacks(body: dict[str, Any], budget: Budget, count: HeadCount) -> Money:
    """What every place still unpaid needs beyond what is held."""
    needed = parts.protected_amount(body) * count.unpaid(body["head_count"])
    return needed - budget.held if needed > budget.held else Money.zero(needed.currency)


def check(brief: Brief, body: dict[str, Any]) -> None:
    """Raises Refused for a body that pays with nothing behind it."""
    if of(brief, body).word == NOTHING:
        raise Refused(gettext("Creators need to see that you can pay: save a card or pay the budget in, then publish."))


def fund(brief: Brief, return_url: str, *, by: Actor, way: str = "page") -> Funding:
    """Begin paying what the budget lacks into protected payment. Raises Refused when it lacks nothing."""
    if brief.state in ("closed", "archived"):
        raise Refused(gettext("This brief is closed. Its deals are paid one by one."))
    if parts.paid_directly(brief.draft):
        raise Refused(gettext("You pay the deals of this brief directly; there is nothing to pay in."))
    if not parts.protected_amount(brief.draft):
        raise Refused(gettext("Nothing of this brief is paid in beforehand."))
    db.lock(brief)
    amount = of(brief, brief.draft).lacks
    if not amount:
        raise Refused(gettext("The budget is paid in already. It is a protected payment."))
    return funding.begin(
        subject=brief.id,
        payer=brief.brand_party_id,
        amount=amount,
        description=gettext("Budget: %(title)s", title=brief.draft["title"] or gettext("untitled brief")),
        return_url=return_url,
        by=by,
        purpose="brief",
        way=way,
    )
