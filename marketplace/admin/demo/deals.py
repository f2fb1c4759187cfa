"""What happens between the cast and the brands these weeks: applications, offers, work, pay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
from flask import url_for

from marketplace import db, files
from marketplace.admin.demo import pictures, till
from marketplace.admin.demo.briefs import find
from marketplace.admin.demo.cast import BRANDS, BRIEFS, CREATORS
from marketplace.admin.demo.stage import actor
from marketplace.authz import Actor
from marketplace.collaborations import applications, deals, negotiation
from marketplace.collaborations.models import Application, Deal
from marketplace.content import items
from marketplace.content import service as content
from marketplace.content.models import Deliverable
from marketplace.contracts import service as contracts
from marketplace.contracts.models import Contract
from marketplace.contracts.service import Evidence
from marketplace.money import Money
from marketplace.terms import queries as terms

SEEN_FROM = Evidence(address="192.0.2.10", user_agent="Demo")  # RFC 5737: an address of nobody


def email_of(key: str) -> str:
    """The address of somebody of the cast by key: a creator, or a brand's owner."""
    return next(one.email for one in (*CREATORS, *BRANDS) if one.key == key)


def apply(creator: str, brief: str, pitch: str, fee: int | None = None) -> None:
    """A creator applies, asking for her own fee (cents) or the brief's."""
    by = actor(email_of(creator))
    asked = Money(fee, "USD") if fee is not None else None
    applications.submit(applications.save_draft(find(brief), pitch, asked, by=by), by=by)


def shortlist(creator: str, brief: str) -> None:
    """The brand puts an application on its shortlist."""
    applications.shortlist(_application(creator, brief), by=_brand(brief))


def decline(creator: str, brief: str, reason: str, note: str) -> None:
    """The brand declines, with a reason and a sentence."""
    applications.decline(_application(creator, brief), reason, note, by=_brand(brief))


def offer(creator: str, brief: str, fee: int) -> None:
    """The brand offers a fee in cents; everything else as the application has it."""
    _propose(negotiation.offer, creator, brief, fee, _brand(brief))


def counter(creator: str, brief: str, fee: int) -> None:
    """The creator answers with another fee in cents."""
    _propose(negotiation.counter, creator, brief, fee, actor(email_of(creator)))


def accept(creator: str, brief: str, side: str) -> None:
    """One side (`creator` or `brand`) accepts the other's latest proposal."""
    application = _application(creator, brief)
    version = terms.version(application.proposal_version_id or application.brief_version_id)
    by = _brand(brief) if side == "brand" else actor(email_of(creator))
    negotiation.accept(application, version, by=by)


def sign(creator: str, brief: str, *sides: str) -> None:
    """Sides sign the contract with their names."""
    deal = deal_of(creator, brief)
    contract = db.session.scalars(sa.select(Contract).where(Contract.deal_id == deal.id)).one()
    for side in sides:
        by = _brand(brief) if side == "brand" else actor(email_of(creator))
        contracts.sign(contract, by.user_name, consent=True, scrolled=True, evidence=SEEN_FROM, by=by)


def fund(creator: str, brief: str, way: str = "page") -> None:
    """The brand pays the deal's money in, on the page or with its card; it is protected from then on."""
    deal = deal_of(creator, brief)
    payment = deals.fund(deal, url_for("desk.room", deal_id=deal.id), by=_brand(brief), way=way)
    till.charge(payment) if way == "card" else till.pay(payment)


def onboard(creator: str) -> None:
    """A creator sets up where her pay goes."""
    till.onboard(actor(email_of(creator)))


def draft(creator: str, brief: str, picture: str, caption: str) -> None:
    """The creator sends a draft: a picture and its caption."""
    by = actor(email_of(creator))
    piece = _piece(creator, brief)
    media = files.store_image(pictures.still_life(picture), f"{picture}.jpg", party_id=by.party_id)
    content.submit(piece, caption=caption, link=None, note="", media=[media], by=by)


def ask_for_change(creator: str, brief: str, words: str) -> None:
    """The brand asks for a change, tied to the last must-have of the brief."""
    body = terms.version(deal_of(creator, brief).version_id).body
    item = [key for key, _ in items.of(body) if key.startswith("must_haves")][-1]
    content.request_changes(_piece(creator, brief), [content.Ask(item=item, words=words)], by=_brand(brief))


def approve(creator: str, brief: str) -> None:
    """The brand approves the draft."""
    content.approve(_piece(creator, brief), by=_brand(brief))


def publish(creator: str, brief: str, picture: str, link: str) -> None:
    """The creator publishes and stores the proof."""
    by = actor(email_of(creator))
    proof = files.store_image(pictures.still_life(picture), "proof.jpg", party_id=by.party_id)
    content.publish(_piece(creator, brief), link, proof, by=by)


def confirm(creator: str, brief: str) -> None:
    """The brand confirms that the post is live; the pay is released."""
    content.confirm(_piece(creator, brief), by=_brand(brief))


def deal_of(creator: str, brief: str) -> Deal:
    """The deal between a creator and a brief's brand."""
    application = _application(creator, brief)
    return db.session.scalars(sa.select(Deal).where(Deal.application_id == application.id)).one()


def _application(creator: str, brief: str) -> Application:
    query = sa.select(Application).where(
        Application.brief_id == find(brief).id,
        Application.creator_party_id == actor(email_of(creator)).party_id,
    )
    return db.session.scalars(query).one()


def _piece(creator: str, brief: str) -> Deliverable:
    query = sa.select(Deliverable).where(Deliverable.deal_id == deal_of(creator, brief).id)
    return db.session.scalars(query.order_by(Deliverable.number).limit(1)).one()


def _brand(brief: str) -> Actor:
    owner = next(one.brand for one in BRIEFS if one.key == brief)
    return actor(email_of(owner))


def _propose(verb: Callable[..., object], creator: str, brief: str, fee: int, by: Actor) -> None:
    application = _application(creator, brief)
    body = terms.version(application.proposal_version_id or application.brief_version_id).body
    verb(application, replace(negotiation.proposal_of(body), fee=Money(fee, "USD")), by=by)
