"""Applications, deals and what follows, made by the verbs. Reactions run where a step needs them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from marketplace import clock, db, files
from marketplace.authz import CLOCK
from marketplace.briefs.models import Brief
from marketplace.collaborations import applications, negotiation
from marketplace.collaborations import deals as collaborations_deals
from marketplace.collaborations import service as collaborations
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.negotiation import Proposal
from marketplace.content import queries as content_queries
from marketplace.content import service as content
from marketplace.content.models import Deliverable, Submission
from marketplace.contracts import service as contracts
from marketplace.contracts.models import Contract
from marketplace.contracts.service import Evidence
from marketplace.files import StoredFile
from marketplace.money import Money
from marketplace.payments.models import Funding, PayoutAccount
from marketplace.payments.money_in import funding
from marketplace.payments.money_out import payout_accounts
from marketplace.terms import queries as terms_queries
from tests.factories import Person, brand, creator, published_brief

HERE = Evidence("203.0.113.7", "Mozilla/5.0 (test)")


@dataclass(frozen=True)
class Sides:
    """The two people of a deal and what they share."""

    creator: Person
    brand: Person
    brief: Brief


def sides(**changes: Any) -> Sides:
    """A creator ready to apply, a verified brand and its published brief."""
    owner = brand()
    return Sides(creator(), owner, published_brief(owner, **changes))


def applied(
    between: Sides, *, by: Person | None = None, pitch: str = "I drink it every morning.", fee: int | None = None
) -> Application:
    """An application that was sent."""
    who = by or between.creator
    asked = Money(fee, "USD") if fee is not None else None
    row = applications.save_draft(between.brief, pitch, asked, by=who.actor)
    return collaborations.submit(row, by=who.actor)


def same_terms(application: Application, **changes: Any) -> Proposal:
    """The latest terms as a proposal, with some changed (`fee` in minor units)."""
    body = terms_queries.version(application.proposal_version_id).body
    held = negotiation.proposal_of(body)
    fee = changes.pop("fee", None)
    values = vars(held) | changes
    if fee is not None:
        values["fee"] = Money(fee, body["currency"])
    return Proposal(**values)


def offered(between: Sides, **changes: Any) -> Application:
    """An application with the brand's offer on it."""
    application = applied(between)
    collaborations.offer(application, same_terms(application, **changes), by=between.brand.actor)
    return application


def agreed(between: Sides, **changes: Any) -> Deal:
    """A deal whose terms both accepted; its contract is not drawn up yet."""
    application = offered(between, **changes)
    latest = terms_queries.version(application.proposal_version_id)
    return collaborations.accept(application, latest, by=between.creator.actor)


def drawn_up(between: Sides, **changes: Any) -> Contract:
    """A deal's contract, waiting for both signatures of a creator who can be paid and her brand."""
    payable(between.creator)
    return contracts.draw_up(agreed(between, **changes), by=CLOCK)


def payable(who: Person) -> None:
    """Stripe says that this creator can be paid."""
    if payout_accounts.status(who.party.id) == "ready":
        return
    account = PayoutAccount(
        id=db.new_id(),
        party_id=who.party.id,
        stripe_id=f"acct_{who.party.id.hex}",
        state="onboarding",
        missing=[],
        created_at=clock.now(),
    )
    db.session.add(account)
    db.session.flush()
    active = {"stripe_balance": {"stripe_transfers": {"status": "active"}}}
    payout_accounts.take_over(account, {"configuration": {"recipient": {"capabilities": active}}})


def pay_in(deal: Deal, who: Person) -> None:
    """The brand's payment landed, as Stripe tells it; work starts."""
    landed(collaborations_deals.fund(deal, "/deals", by=who.actor))
    collaborations.funded(deal, by=CLOCK)


def landed(payment: Funding) -> None:
    """A payment that was begun has arrived, as Stripe tells it."""
    amount, moment, charge_id = payment.amount_minor, int(clock.now().timestamp()), f"ch_{payment.id.hex}"
    transaction = {
        "id": f"txn_{payment.id.hex}", "type": "charge", "source": charge_id, "amount": amount, "fee": 0,
        "net": amount, "currency": "usd", "created": moment, "available_on": moment, "status": "available",
    }  # fmt: skip
    charge = {
        "id": charge_id, "amount": amount, "currency": "usd", "status": "succeeded",
        "balance_transaction": transaction,
    }  # fmt: skip
    session = {"payment_status": "paid", "status": "complete", "payment_intent": {"latest_charge": charge}}
    funding.settle(payment, session)


def sign(contract: Contract, who: Person, name: str = "Cleo Creator") -> Any:
    """One side signs."""
    return contracts.sign(contract, name, consent=True, scrolled=True, evidence=HERE, by=who.actor)


def signed(between: Sides, **changes: Any) -> Contract:
    """A contract both signed."""
    contract = drawn_up(between, **changes)
    sign(contract, between.creator)
    sign(contract, between.brand, "Bram Brand")
    return contract


def deal_of(contract: Contract) -> Deal:
    """The deal of a contract."""
    return db.session.get_one(Deal, contract.deal_id)


def active(between: Sides, **changes: Any) -> Deal:
    """A deal at work: signed, its protected payment landed, its pieces planned."""
    deal = deal_of(signed(between, **changes))
    if deal.protected:
        pay_in(deal, between.brand)
    content.plan(deal, by=CLOCK)
    return deal


def picture(who: Person, colour: str = "teal") -> StoredFile:
    """A small uploaded image."""
    raw = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(raw, "PNG")
    raw.seek(0)
    return files.store_media(raw, "tin.png", party_id=who.party.id)


def piece_of(deal: Deal, number: int = 1) -> Deliverable:
    """A piece of a deal."""
    return content_queries.of_deal(deal.id)[number - 1]


def drafted(piece: Deliverable, who: Person, caption: str = "#ad Tea at six, before the house wakes up.") -> Submission:
    """A draft that was sent."""
    return content.submit(piece, caption=caption, link=None, note="", media=[picture(who)], by=who.actor)


def published(piece: Deliverable, between: Sides) -> Deliverable:
    """A piece that is live and not confirmed."""
    drafted(piece, between.creator)
    content.approve(piece, by=between.brand.actor)
    content.publish(piece, "https://instagram.com/p/abc", picture(between.creator), by=between.creator.actor)
    return piece
