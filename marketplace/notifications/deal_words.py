"""Who is told of what in an application and a deal. Mails at once: signatures and money."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.accounts.models import Party
from marketplace.briefs.events import BriefRevised, CreatorInvited
from marketplace.briefs.models import Brief
from marketplace.collaborations import newer_terms
from marketplace.collaborations.clocks import ANSWER, ANSWER_TERMS, FUND, PAY
from marketplace.collaborations.events import (
    Accepted,
    Applied,
    Countered,
    DealActive,
    DealCancelled,
    DealCompleted,
    Declined,
    Expired,
    FundingDue,
    NewTermsAccepted,
    Offered,
    OldTermsKept,
    PayDue,
    Shortlisted,
    Withdrawn,
)
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.states import DECLINE_REASONS, OPEN, TALKING
from marketplace.content.clocks import CONFIRM, DRAFT, PUBLISH, REVIEW
from marketplace.content.events import (
    ChangesRequested,
    DraftApproved,
    DraftSentBack,
    DraftSubmitted,
    PostRefused,
    PublicationConfirmed,
    Published,
)
from marketplace.content.models import Deliverable
from marketplace.contracts.clocks import SIGN
from marketplace.contracts.events import ContractDrawnUp, ContractSigned, ContractVoided
from marketplace.creators.events import HolidayAnnounced
from marketplace.creators.models import Holiday
from marketplace.db import short
from marketplace.deadlines import Deadline
from marketplace.messaging.events import MessageSent
from marketplace.messaging.models import Thread
from marketplace.money import Money
from marketplace.notifications import tell

MANAGERS = ("owner", "manager")
REVIEWERS = ("owner", "manager", "reviewer")
PAYERS = ("owner", "finance")


def _name(party_id: UUID) -> str:
    return db.session.get_one(Party, party_id).name


def _application(application_id: UUID) -> tuple[Application, dict[str, Any], str]:
    """An application, the words of its two sides and title, and its address."""
    row = db.session.get_one(Application, application_id)
    words = {
        "creator": _name(row.creator_party_id),
        "brand": _name(row.brand_party_id),
        "title": db.session.get_one(Brief, row.brief_id).title,
    }
    return row, words, f"/applications/{short(row.id)}"


def _deal(deal_id: UUID) -> tuple[Deal, dict[str, Any], str]:
    """A deal, the words of its two sides and title, and the address of its room."""
    row = db.session.get_one(Deal, deal_id)
    words = {"creator": _name(row.creator_party_id), "brand": _name(row.brand_party_id), "title": row.title}
    return row, words, f"/deals/{short(row.id)}"


def _piece(deal_id: UUID, number: int) -> str:
    return f"/deals/{short(deal_id)}/content/{number}"


def of_clock(row: Deadline) -> tuple[dict[str, Any], str]:
    """What a clock is about (`title`, `other` to its owner) and the page where it is met; no words and the home for
    a clock outside of applications and deals."""
    room: Application | Deal
    if row.room_id and db.session.get(Application, row.room_id):
        room, words, link = _application(row.room_id)
    elif row.room_id and db.session.get(Deal, row.room_id):
        room, words, link = _deal(row.room_id)
    else:
        return {"title": "", "other": ""}, "/home"
    piece = db.session.get(Deliverable, row.subject_id) if row.subject_type == "deliverable" else None
    if piece:
        link = _piece(piece.deal_id, piece.number)
    elif row.kind == SIGN.name:
        link = f"{link}/contract"
    other = words["brand"] if row.owner_party_id == room.creator_party_id else words["creator"]
    return {"title": words["title"], "other": other}, link


def message_sent(fact: MessageSent) -> None:
    """The other side."""
    thread = db.session.get_one(Thread, fact.thread_id)
    link = f"/messages/{short(thread.id)}"
    tell.party(fact.to_party_id, "messaging.sent", link, other=_name(fact.from_party_id), title=thread.title)


def creator_invited(fact: CreatorInvited) -> None:
    """The creator."""
    brief = db.session.get_one(Brief, fact.brief_id)
    link = f"/briefs/{short(brief.id)}"
    tell.party(
        fact.creator_party_id, "briefs.creator_invited", link, brand=_name(fact.brand_party_id), title=brief.title
    )


def brief_revised(fact: BriefRevised) -> None:
    """Everybody whose application stands on terms that bind differently; nobody whose terms are the same as before."""
    brief = db.session.get_one(Brief, fact.brief_id)
    rows = db.session.scalars(
        sa.select(Application)
        .where(Application.brief_id == fact.brief_id, Application.state.in_(OPEN))
        .order_by(Application.id)
    ).all()
    behind = newer_terms.of_many(row.id for row in rows)
    for row in rows:
        if row.id in behind:
            event = "briefs.revised.talks" if row.state in TALKING else "briefs.revised"
            tell.party(row.creator_party_id, event, f"/applications/{short(row.id)}", title=brief.title)


def new_terms_accepted(fact: NewTermsAccepted) -> None:
    """The brand's managers."""
    row, words, link = _application(fact.application_id)
    tell.party(row.brand_party_id, "collaborations.new_terms_accepted", link, roles=MANAGERS, **words)


def old_terms_kept(fact: OldTermsKept) -> None:
    """The brand's managers."""
    row, words, link = _application(fact.application_id)
    tell.party(row.brand_party_id, "collaborations.old_terms_kept", link, roles=MANAGERS, **words)


def applied(fact: Applied) -> None:
    """The brand's managers."""
    row, words, link = _application(fact.application_id)
    words |= tell.asking(ANSWER, ("application", row.id))
    tell.party(row.brand_party_id, "collaborations.applied", link, roles=MANAGERS, **words)


def shortlisted(fact: Shortlisted) -> None:
    """The creator."""
    row, words, link = _application(fact.application_id)
    tell.party(row.creator_party_id, "collaborations.shortlisted", link, **words)


def declined(fact: Declined) -> None:
    """The creator, with the reason."""
    row, words, link = _application(fact.application_id)
    reason = DECLINE_REASONS[fact.reason]
    tell.party(row.creator_party_id, "collaborations.declined", link, reason=reason, **words)


def withdrawn(fact: Withdrawn) -> None:
    """The brand's managers."""
    row, words, link = _application(fact.application_id)
    tell.party(row.brand_party_id, "collaborations.withdrawn", link, roles=MANAGERS, **words)


def expired(fact: Expired) -> None:
    """Whoever waited for the answer: the creator with an apology, or the brand."""
    row, words, link = _application(fact.application_id)
    if fact.silent_party_id == row.brand_party_id:
        tell.party(row.creator_party_id, "collaborations.expired", link, **words)
    else:
        tell.party(row.brand_party_id, "collaborations.expired.brand", link, roles=MANAGERS, **words)


def offered(fact: Offered) -> None:
    """The creator."""
    row, words, link = _application(fact.application_id)
    words |= tell.asking(ANSWER_TERMS, ("application", row.id))
    tell.party(row.creator_party_id, "collaborations.offered", link, **words)


def countered(fact: Countered) -> None:
    """The brand's managers."""
    row, words, link = _application(fact.application_id)
    words |= tell.asking(ANSWER_TERMS, ("application", row.id))
    tell.party(row.brand_party_id, "collaborations.countered", link, roles=MANAGERS, **words)


def accepted(fact: Accepted) -> None:
    """The side whose terms were accepted."""
    _row, words, link = _deal(fact.deal_id)
    by_brand = fact.accepted_by_party_id == fact.brand_party_id
    told, other = (fact.creator_party_id, words["brand"]) if by_brand else (fact.brand_party_id, words["creator"])
    tell.party(told, "collaborations.accepted", link, roles=() if by_brand else MANAGERS, other=other, **words)


def contract_drawn_up(fact: ContractDrawnUp) -> None:
    """Both sides, at once: a signature is asked for."""
    _row, words, link = _deal(fact.deal_id)
    for told, roles, other in _both(fact, words):
        side = "creator" if told == fact.creator_party_id else "brand"
        asked = tell.asking(SIGN, (f"contract_{side}", fact.contract_id))
        words |= asked | {"due": asked["deadline"].due_at if asked["deadline"] else None}
        tell.party(told, "contracts.drawn_up", f"{link}/contract", roles=roles, urgent=True, other=other, **words)


def contract_signed(fact: ContractSigned) -> None:
    """The side that did not sign just now, at once."""
    _row, words, link = _deal(fact.deal_id)
    event = "contracts.signed.fully" if fact.fully else "contracts.signed"
    signer = fact.creator_party_id if fact.side == "creator" else fact.brand_party_id
    for told, roles, other in _both(fact, words):
        if told != signer:
            tell.party(told, event, f"{link}/contract", roles=roles, urgent=True, other=other, **words)


def contract_voided(fact: ContractVoided) -> None:
    """Both sides."""
    row, words, link = _deal(fact.deal_id)
    for told, roles, _other in _both(row, words):
        tell.party(told, "contracts.voided", link, roles=roles, **words)


def _both(sides: Any, words: dict[str, Any]) -> list[tuple[UUID, tuple[str, ...], str]]:
    """Each side: its party, whom of it to tell, and the other side's name."""
    return [
        (sides.creator_party_id, (), words["brand"]),
        (sides.brand_party_id, MANAGERS, words["creator"]),
    ]


def funding_due(fact: FundingDue) -> None:
    """Who pays for the brand, at once: money."""
    row, words, link = _deal(fact.deal_id)
    amount = Money(fact.amount_minor, fact.currency)
    words |= tell.asking(FUND, ("deal", row.id))
    tell.party(
        fact.brand_party_id, "collaborations.funding_due", link, roles=PAYERS, urgent=True, amount=amount, **words
    )


def deal_active(fact: DealActive) -> None:
    """The creator: at once when there is money, which is protected now."""
    row, words, link = _deal(fact.deal_id)
    if row.paid_directly:
        tell.party(row.creator_party_id, "collaborations.deal_active.direct", link, amount=row.protected, **words)
    elif row.protected:
        tell.party(row.creator_party_id, "collaborations.deal_active", link, urgent=True, amount=row.protected, **words)
    else:
        tell.party(row.creator_party_id, "collaborations.deal_active.unpaid", link, **words)


def pay_due(fact: PayDue) -> None:
    """Who pays for the brand, at once: money it pays directly; and the creator, where it is late."""
    row, words, link = _deal(fact.deal_id)
    asked, amount = words | tell.asking(PAY, ("deal", row.id)), Money(fact.amount_minor, fact.currency)
    tell.party(fact.brand_party_id, "collaborations.pay_due", link, roles=PAYERS, urgent=True, amount=amount, **asked)
    if fact.late:
        tell.party(fact.creator_party_id, "collaborations.pay_late", link, urgent=True, amount=amount, **words)


def deal_completed(fact: DealCompleted) -> None:
    """Both sides."""
    row, words, link = _deal(fact.deal_id)
    for told, roles, _other in _both(row, words):
        tell.party(told, "collaborations.deal_completed", link, roles=roles, **words)


def deal_cancelled(fact: DealCancelled) -> None:
    """Both sides, at once: money moves."""
    row, words, link = _deal(fact.deal_id)
    amount = Money(fact.to_creator_minor, fact.currency)
    event = "collaborations.deal_cancelled.direct" if row.paid_directly else "collaborations.deal_cancelled"
    for told, roles, _other in _both(row, words):
        tell.party(told, event, link, roles=roles, urgent=True, amount=amount, **words)


def holiday_announced(fact: HolidayAnnounced) -> None:
    """The brands she has open deals with."""
    holiday = db.session.get_one(Holiday, fact.holiday_id)
    brands = sa.select(Deal.brand_party_id).where(
        Deal.creator_party_id == fact.party_id, Deal.state.in_(["signing", "funding", "active", "paying"])
    )
    days: dict[str, Any] = {"from_day": holiday.from_day, "until_day": holiday.until_day}
    for brand in sorted(set(db.session.scalars(brands))):
        tell.party(brand, "creators.holiday_announced", "/deals", roles=MANAGERS, creator=_name(fact.party_id), **days)


def draft_submitted(fact: DraftSubmitted) -> None:
    """Who reviews for the brand."""
    row, words, _link = _deal(fact.deal_id)
    link = _piece(row.id, fact.number)
    words |= tell.asking(REVIEW, ("deliverable", fact.deliverable_id))
    tell.party(row.brand_party_id, "content.draft_submitted", link, roles=REVIEWERS, **words)


def draft_sent_back(fact: DraftSentBack) -> None:
    """The creator."""
    row, words, _link = _deal(fact.deal_id)
    words |= tell.asking(DRAFT, ("deliverable", fact.deliverable_id))
    tell.party(row.creator_party_id, "content.draft_sent_back", _piece(row.id, fact.number), **words)


def changes_requested(fact: ChangesRequested) -> None:
    """The creator."""
    row, words, _link = _deal(fact.deal_id)
    words |= tell.asking(DRAFT, ("deliverable", fact.deliverable_id))
    tell.party(row.creator_party_id, "content.changes_requested", _piece(row.id, fact.number), **words)


def draft_approved(fact: DraftApproved) -> None:
    """The creator; and the brand, when its silence approved."""
    row, words, _link = _deal(fact.deal_id)
    link = _piece(row.id, fact.number)
    asked = words | tell.asking(PUBLISH, ("deliverable", fact.deliverable_id))
    tell.party(row.creator_party_id, "content.draft_approved", link, **asked)
    if fact.by_silence:
        tell.party(row.brand_party_id, "content.draft_approved.silence", link, roles=REVIEWERS, **words)


def published(fact: Published) -> None:
    """Who reviews for the brand."""
    row, words, _link = _deal(fact.deal_id)
    words |= tell.asking(CONFIRM, ("deliverable", fact.deliverable_id))
    tell.party(row.brand_party_id, "content.published", _piece(row.id, fact.number), roles=REVIEWERS, **words)


def post_refused(fact: PostRefused) -> None:
    """The creator, whose days to publish run again."""
    row, words, _link = _deal(fact.deal_id)
    words |= tell.asking(PUBLISH, ("deliverable", fact.deliverable_id))
    tell.party(row.creator_party_id, "content.post_refused", _piece(row.id, fact.number), **words)


def confirmed(fact: PublicationConfirmed) -> None:
    """The creator."""
    row, words, _link = _deal(fact.deal_id)
    tell.party(row.creator_party_id, "content.confirmed", _piece(row.id, fact.number), **words)


REACTIONS = {
    MessageSent: (message_sent,),
    CreatorInvited: (creator_invited,),
    BriefRevised: (brief_revised,),
    NewTermsAccepted: (new_terms_accepted,),
    OldTermsKept: (old_terms_kept,),
    Applied: (applied,),
    Shortlisted: (shortlisted,),
    Declined: (declined,),
    Withdrawn: (withdrawn,),
    Expired: (expired,),
    Offered: (offered,),
    Countered: (countered,),
    Accepted: (accepted,),
    ContractDrawnUp: (contract_drawn_up,),
    ContractSigned: (contract_signed,),
    ContractVoided: (contract_voided,),
    FundingDue: (funding_due,),
    DealActive: (deal_active,),
    PayDue: (pay_due,),
    DealCompleted: (deal_completed,),
    DealCancelled: (deal_cancelled,),
    HolidayAnnounced: (holiday_announced,),
    DraftSubmitted: (draft_submitted,),
    DraftSentBack: (draft_sent_back,),
    ChangesRequested: (changes_requested,),
    DraftApproved: (draft_approved,),
    Published: (published,),
    PostRefused: (post_refused,),
    PublicationConfirmed: (confirmed,),
}
