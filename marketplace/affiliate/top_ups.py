"""A budget that fills itself: when it falls below a line, or falls short, the card on file is charged.

Off-session: nobody is there to answer a bank. A charge that fails is told to the brand by mail and
asks again only when the next month closes or other money lands; what lacks stays in its queue meanwhile.
"""

from __future__ import annotations

from flask_babel import gettext

from marketplace import db
from marketplace.affiliate.models import Program
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.money_in import card_payments, cards, funding


def fill_by_itself(program: Program, below: Money, amount: Money, *, by: Actor) -> Program:
    """From now on: below `below`, pay `amount` in. Raises Refused without a card, or for an amount under the line."""
    if cards.usable(program.brand_party_id) is None:
        raise Refused(gettext("Save a card first; it is what will be charged."))
    if amount < below:
        sentence = gettext("Pay in at least as much as the line, so that one payment lifts the budget over it.")
        raise Refused(sentence, status=422, field="top_up")
    db.lock(program)
    program.top_up_below_minor, program.top_up_minor = below.minor, amount.minor
    db.session.flush()
    return program


def stop(program: Program, *, by: Actor) -> Program:
    """Charge nothing by itself any more."""
    db.lock(program)
    program.top_up_below_minor = program.top_up_minor = None
    db.session.flush()
    return program


def look_after(program: Program, held: Money, missing: Money) -> None:
    """The budget holds `held` and lacks `missing` for what is due: charge the card if the brand wants that."""
    line, amount = program.top_up_below, program.top_up
    if line is None or amount is None or (held >= line and not missing):
        return
    if cards.usable(program.brand_party_id) is None or funding.under_way(program.id):
        return
    card_payments.charge_later(
        funding.top_up(
            subject=program.id,
            payer=program.brand_party_id,
            amount=missing + amount,
            description=gettext("Affiliate program %(name)s", name=program.name),
            return_url=f"/brand/programs/{db.short(program.id)}",
            by=CLOCK,
            way="automatic",
        )
    )
