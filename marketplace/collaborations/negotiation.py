"""Verbs on terms between two sides: propose, accept.

Only the latest proposal can be accepted, and only by the other side. A proposal is a terms version
in the tree that began with the brief, so that every difference can be shown.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from marketplace import clock, db, deadlines
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.briefs import queries as briefs
from marketplace.briefs.models import Brief
from marketplace.briefs.parts import DEFAULT_RIGHTS_DAYS, part
from marketplace.collaborations import clocks, deals, queries
from marketplace.collaborations.events import Accepted, Countered, Offered
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.states import APPLICATION, TALKING
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.terms import service as terms
from marketplace.terms.models import TermsVersion

MOST_DELIVERABLES = 30  # pieces in one deal


@dataclass(frozen=True)
class Proposal:
    """What a side proposes; everything else stays as it was.

    `rounds` None means without a limit. `deliverables` and `rights` are lists of the shapes in `briefs/parts.py`; dates are ISO days or
    None; `fee` is None where the brief has no fee part.
    """

    fee: Money | None
    deliverables: list[dict[str, Any]]
    posting_from: str | None
    posting_until: str | None
    rounds: int | None
    rights: list[dict[str, Any]]


def proposal_of(body: dict[str, Any]) -> Proposal:
    """The negotiable terms of a body, to change some of them."""
    fee = part(body, "fee")
    return Proposal(
        fee=Money(fee["amount"], body["currency"]) if fee else None,
        deliverables=copy.deepcopy(body.get("deliverables") or []),
        posting_from=body.get("posting_from"),
        posting_until=body.get("posting_until"),
        rounds=body.get("rounds"),
        rights=copy.deepcopy(body.get("rights") or []),
    )


def opening_body(brief_body: dict[str, Any], asked_fee_minor: int | None, *, territory: str) -> dict[str, Any]:
    """The terms an application opens with: the brief's, her own fee if she asks for one, and the
    default licence (organic repost, 90 days, the brand's country) where the brief names no organic
    use. A gift without strings licenses nothing.
    """
    body = copy.deepcopy(brief_body)
    fee = part(body, "fee")
    if fee and asked_fee_minor is not None:
        fee["amount"] = asked_fee_minor
    uses = {grant["use"] for grant in body.get("rights") or []}
    if "organic_repost" not in uses and not only_free_gift(body):
        grant = {
            "use": "organic_repost",
            "territory": territory,
            "days": DEFAULT_RIGHTS_DAYS,
            "exclusive": False,
            "price": 0,
        }
        body["rights"] = [grant, *(body.get("rights") or [])]
    return body


def only_free_gift(body: dict[str, Any]) -> bool:
    """Is this nothing but a product without strings?"""
    kinds = [(p["kind"], p.get("mode")) for p in body.get("parts", [])]
    return bool(kinds) and all(kind == ("gift", "no_strings") for kind in kinds)


def offer(
    application: Application, proposal: Proposal, *, by: Actor, over: dict[str, Any] | None = None
) -> TermsVersion:
    """The brand proposes terms; `over`: changing these instead of the latest, where the brief has newer ones.

    Raises Refused when the places are taken or somebody was quicker.
    """
    _check_places(db.session.get_one(Brief, application.brief_id))
    return _propose(application, proposal, "offer", over, by=by)


def counter(
    application: Application, proposal: Proposal, *, by: Actor, over: dict[str, Any] | None = None
) -> TermsVersion:
    """The creator proposes other terms; `over` as in an offer."""
    return _propose(application, proposal, "counter", over, by=by)


def accept(application: Application, version: TermsVersion, *, by: Actor) -> Deal:
    """Accept the latest proposal of the other side: the deal exists from here on.

    Raises Refused when newer terms were proposed, when it is one's own proposal, when the
    application is closed, or when the brief's last place was taken.
    """
    brief = db.lock(db.session.get_one(Brief, application.brief_id))
    db.lock(application)
    if application.proposal_version_id != version.id:
        raise Refused(gettext("Newer terms were proposed in the meantime. Read them, then decide."))
    if application.proposed_by_party_id == by.party_id:
        raise Refused(gettext("This is your own proposal; only the other side can accept it."))
    if by.party_id not in (application.creator_party_id, application.brand_party_id):
        raise Refused(gettext("Only the two sides can accept these terms."))
    if not APPLICATION.allows(application.state, "accept"):
        raise Refused(gettext(APPLICATION.moves["accept"].says))
    _check_places(brief)
    terms.accept(version, by=by)
    agreed = terms.revise(version, "contract", version.body, by=by)
    deal = deals.open_deal(application, brief, agreed)
    fact = Accepted(
        deal_id=deal.id,
        application_id=application.id,
        brief_id=brief.id,
        version_id=agreed.id,
        creator_party_id=application.creator_party_id,
        brand_party_id=application.brand_party_id,
        accepted_by_party_id=by.party_id,
    )
    advance(APPLICATION, application, "accept", by=by, fact=fact)
    application.closed_at = clock.now()
    deadlines.meet(clocks.ANSWER_TERMS, ("application", application.id), by=by)
    return deal


def _propose(
    application: Application, proposal: Proposal, move: str, over: dict[str, Any] | None, *, by: Actor
) -> TermsVersion:
    latest = queries.latest(application)
    body = changed(over or latest.body, proposal)
    kind = "offer" if move == "offer" else "counter_offer"
    if not APPLICATION.allows(application.state, move):
        raise Refused(gettext(APPLICATION.moves[move].says))
    if application.state in TALKING and body == latest.body:
        raise Refused(_nothing_new(application, by), status=422)
    version = terms.revise(latest, kind, body, by=by)
    fact_type = Offered if move == "offer" else Countered
    fact = fact_type(application.id, version.id, application.creator_party_id, application.brand_party_id)
    advance(APPLICATION, application, move, by=by, fact=fact)
    application.proposal_version_id = version.id
    application.proposed_by_party_id = by.party_id
    subject = ("application", application.id)
    deadlines.meet(clocks.ANSWER, subject, by=by)
    deadlines.meet(clocks.ANSWER_TERMS, subject, by=by)
    offered = move == "offer"
    other = db.session.get_one(Party, application.creator_party_id if offered else application.brand_party_id)
    days = int((body.get("clocks") or {}).get("answer") or clocks.ANSWER_TERMS.days)
    deadlines.start(
        clocks.ANSWER_TERMS, owner=other.id, subject=subject, zone=other.zone, by=by, days=days, room_id=application.id
    )
    return version


def _nothing_new(application: Application, by: Actor) -> str:
    if application.proposed_by_party_id == by.party_id:
        return gettext("Nothing is different from what you proposed. Change something first.")
    return gettext("Nothing is different: accept, or change something.")


def changed(body: dict[str, Any], proposal: Proposal) -> dict[str, Any]:
    """A body with a proposal's changes. Raises Refused (422) for terms that make no sense."""
    _check(body, proposal)
    new = copy.deepcopy(body)
    fee = part(new, "fee")
    if fee is not None and proposal.fee is not None:
        fee["amount"] = proposal.fee.minor
    new["deliverables"] = proposal.deliverables
    new["posting_from"], new["posting_until"] = proposal.posting_from, proposal.posting_until
    new["rounds"] = proposal.rounds
    new["rights"] = proposal.rights
    return new


def _check(body: dict[str, Any], proposal: Proposal) -> None:
    pieces = sum(line["count"] for line in proposal.deliverables)
    had = sum(line["count"] for line in body.get("deliverables") or [])
    if had and not pieces:
        raise Refused(gettext("Name at least one piece of work."), status=422, field="deliverables")
    if pieces > MOST_DELIVERABLES:
        sentence = gettext("A deal holds %(n)s pieces at most.", n=MOST_DELIVERABLES)
        raise Refused(sentence, status=422, field="deliverables")
    if proposal.fee is None and part(body, "fee") is not None:
        raise Refused(gettext("Say the fee."), status=422, field="fee")
    if proposal.fee is not None and proposal.fee.currency != body["currency"]:
        raise Refused(gettext("The fee must be in %(c)s.", c=body["currency"]), status=422, field="fee")
    start, end = proposal.posting_from, proposal.posting_until
    if start and end and end < start:
        sentence = gettext("The last day to post lies before the first.")
        raise Refused(sentence, status=422, field="posting_until")
    for grant in proposal.rights:
        if grant["days"] is None and not grant["price"]:
            sentence = gettext("Rights for ever need a price of their own.")
            raise Refused(sentence, status=422, field="rights")


def _check_places(brief: Brief) -> None:
    if briefs.is_full(brief):
        raise Refused(
            gettext("Every place on this brief is taken. The brand can raise the head count of the brief first.")
        )
