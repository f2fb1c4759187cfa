"""The pay of a deal in a brand's own program that the brand pays itself, past us.

The pay clock runs all the same: once everything is delivered, or the deal ended early with
something earned, the brand pays and records it; the creator says whether it arrived. A deal is done
when all of it has arrived. Nothing here touches the ledger.
"""

from __future__ import annotations

from flask_babel import gettext

from marketplace import db, deadlines
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.briefs.parts import pay_days
from marketplace.collaborations import clocks
from marketplace.collaborations.events import PayDue
from marketplace.collaborations.models import Deal
from marketplace.collaborations.states import DealState
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.models import DirectPayment
from marketplace.payments.paid_directly import direct
from marketplace.payments.paid_directly.direct import Outside
from marketplace.terms import queries as terms_queries

BEFORE_WORK = (DealState.SIGNING, DealState.FUNDING)


def owed(deal: Deal) -> Money:
    """What the brand owes by now: all of it once delivered; what was earned where the deal ended early."""
    if not deal.paid_directly or deal.state in (*BEFORE_WORK, DealState.ACTIVE):
        return Money.zero(deal.currency)
    return deal.earned if deal.state == DealState.CANCELLED else deal.protected


def open_amount(deal: Deal) -> Money:
    """What may still be recorded: a brand may pay while the work goes on, never more than was agreed."""
    if not deal.paid_directly or deal.state in BEFORE_WORK:
        return Money.zero(deal.currency)
    most = deal.earned if deal.state == DealState.CANCELLED else deal.protected
    rest = most - direct.standing(deal.id, deal.currency).covered
    return rest if rest.minor > 0 else Money.zero(deal.currency)


def has_arrived(deal: Deal) -> bool:
    """Has everything that is owed reached the creator?"""
    return direct.standing(deal.id, deal.currency).arrived >= owed(deal)


def record(deal: Deal, outside: Outside, *, by: Actor) -> DirectPayment:
    """The brand writes down that it paid the creator. Raises Refused where nothing is open."""
    if not deal.paid_directly:
        raise Refused(gettext("This deal is paid by protected payment; nothing is paid past the portal."))
    db.lock(deal)
    rest = open_amount(deal)
    if not rest:
        raise Refused(gettext("There is nothing to pay in this deal at the moment."))
    row = direct.record(
        outside,
        subject=deal.id,
        payer=deal.brand_party_id,
        payee=deal.creator_party_id,
        title=deal.title,
        open_amount=rest,
        evidence={"contract_id": deal.contract_id},
        room=deal.id,
        by=by,
    )
    ask(deal, by=by)
    return row


def ask(deal: Deal, *, by: Actor, late: bool = False) -> None:
    """Put what is owed and not yet recorded into the brand's queue, or take it out when nothing is."""
    subject = ("deal", deal.id)
    missing = owed(deal) - direct.standing(deal.id, deal.currency).covered
    if missing.minor <= 0:
        deadlines.meet(clocks.PAY, subject, by=by)
    elif deadlines.live(clocks.PAY, subject) is None:
        zone = db.session.get_one(Party, deal.brand_party_id).zone
        days = pay_days(terms_queries.version(deal.version_id).body)
        deadlines.start(
            clocks.PAY, owner=deal.brand_party_id, subject=subject, zone=zone, by=by, days=days, room_id=deal.id
        )
        emit(PayDue(deal.id, deal.creator_party_id, deal.brand_party_id, missing.minor, missing.currency, late), by=by)
