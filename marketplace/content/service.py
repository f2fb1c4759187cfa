"""Verbs on content: plan, submit, request changes, approve, publish, confirm.

Approval by silence frees the pay and the right to publish; it never publishes for anybody. Every
move tells the deal how much of its pay is earned, so that cancelling knows what it owes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, deadlines
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.collaborations import deals
from marketplace.collaborations.applications import days_of
from marketplace.collaborations.models import Deal
from marketplace.collaborations.states import DealState
from marketplace.content import clocks, disclosure, drafts, items, queries, settlement, words
from marketplace.content.events import (
    ChangesRequested,
    DraftApproved,
    DraftSentBack,
    DraftSubmitted,
    PostRefused,
    PublicationConfirmed,
    Published,
)
from marketplace.content.models import Comment, Deliverable, Publication, Submission, SubmissionMedia
from marketplace.content.states import DELIVERABLE, DeliverableState
from marketplace.errors import Refused
from marketplace.files import StoredFile
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments.guards import approvals
from marketplace.payments.guards.approval_tables import Approval
from marketplace.payments.guards.approvals import Act
from marketplace.payments.money_in import funding
from marketplace.terms import queries as terms_queries

EARNED = (DeliverableState.APPROVED, DeliverableState.PUBLISHED, DeliverableState.VERIFIED, DeliverableState.DONE)
MOST_REFUSALS = 2  # times a brand may say of a piece that a link is not the post


@dataclass(frozen=True)
class Ask:
    """A change the brand asks for; `item` is a key of `items.of()`, or None for out of scope."""

    item: str | None
    words: str
    spot: str = ""


def plan(deal: Deal, *, by: Actor) -> list[Deliverable]:
    """The pieces of an active deal, each with its equal share of the pay and its draft clock."""
    found = list(db.session.scalars(sa.select(Deliverable).where(Deliverable.deal_id == deal.id)))
    if found:
        return found
    body = terms_queries.version(deal.version_id).body
    lines = [line for line in body.get("deliverables") or [] for _ in range(line["count"])]
    shares = deal.protected.split([1] * len(lines)) if lines else []
    creator = db.session.get_one(Party, deal.creator_party_id)
    for number, (line, share) in enumerate(zip(lines, shares, strict=True), 1):
        piece = Deliverable(
            id=db.new_id(),
            deal_id=deal.id,
            number=number,
            platform=line["platform"],
            format=line["format"],
            state=DeliverableState.PLANNED.value,
            draft_days=int(line.get("due_days") or days_of(body, "draft")),
            rounds=body.get("rounds"),
            rounds_used=0,
            share_minor=share.minor,
            currency=share.currency,
            by_silence=False,
        )
        db.session.add(piece)
        db.session.flush()
        found.append(piece)
        _start(clocks.DRAFT, piece, deal, creator, piece.draft_days, by=by)
    return found


def submit(
    piece: Deliverable,
    *,
    caption: str,
    link: str | None,
    note: str,
    media: list[StoredFile],
    keep: Collection[UUID] = (),
    by: Actor,
) -> Submission:
    """Send a draft of new files and those to keep of the last one.

    A red disclosure check sends it straight back and starts no review clock. Raises Refused as `drafts.gather` does.
    """
    held = drafts.gather(piece, keep, media)
    _check_draft(caption, held, link)
    deal = db.session.get_one(Deal, piece.deal_id)
    body = terms_queries.version(deal.version_id).body
    if not DELIVERABLE.allows(piece.state, "submit"):
        raise Refused(gettext(DELIVERABLE.moves["submit"].says))
    verdict = disclosure.of_draft(caption, piece, deal, body)
    draft = Submission(
        id=db.new_id(),
        deliverable_id=piece.id,
        number=_drafts(piece) + 1,
        caption=caption.strip(),
        link=link or None,
        note=note.strip(),
        verdict={"colour": verdict.colour, "reasons": verdict.reasons, "fix": verdict.fix},
        user_id=by.user_id,
        sent_at=clock.now(),
    )
    fact = DraftSubmitted if verdict.fine else DraftSentBack
    move = "submit" if verdict.fine else "send_back"
    sides = (deal.creator_party_id, deal.brand_party_id)
    advance(DELIVERABLE, piece, move, by=by, fact=fact(piece.id, deal.id, *sides, piece.number, draft.number))
    _add(draft, held)
    if verdict.fine:
        deadlines.meet(clocks.DRAFT, ("deliverable", piece.id), by=by)
        brand = db.session.get_one(Party, deal.brand_party_id)
        _start(clocks.REVIEW, piece, deal, brand, days_of(body, "review"), by=by)
    _tell_deal(deal, by=by)
    return draft


def _add(draft: Submission, held: list[StoredFile]) -> None:
    db.session.add(draft)
    db.session.flush()
    for position, file in enumerate(held):
        db.session.add(SubmissionMedia(id=db.new_id(), submission_id=draft.id, file_id=file.id, position=position))


def _check_draft(caption: str, media: list[StoredFile], link: str | None) -> None:
    if not caption.strip():
        raise Refused(gettext("Write the caption as it will be posted."), status=422, field="caption")
    if not media and not link:
        raise Refused(gettext("Add a picture, a video or a link to the draft."), status=422, field="media")
    _check_link(link, "link")


def request_changes(piece: Deliverable, asks: list[Ask], *, by: Actor) -> Deliverable:
    """Ask for changes, each tied to an item of the brief or marked out of scope.

    Raises Refused when the contract's rounds are used, or when nothing asked for is in the brief.
    """
    deal = db.session.get_one(Deal, piece.deal_id)
    body = terms_queries.version(deal.version_id).body
    if not DELIVERABLE.allows(piece.state, "request_changes"):
        raise Refused(gettext(DELIVERABLE.moves["request_changes"].says))
    _check_asks(piece, asks, body)
    fact = ChangesRequested(
        piece.id, deal.id, deal.creator_party_id, deal.brand_party_id, piece.number, piece.rounds_used + 1
    )
    advance(DELIVERABLE, piece, "request_changes", by=by, fact=fact)
    piece.rounds_used += 1
    for ask in asks:
        _say(piece, ask.item, ask.words, ask.spot, by)
    deadlines.meet(clocks.REVIEW, ("deliverable", piece.id), by=by)
    creator = db.session.get_one(Party, deal.creator_party_id)
    _start(clocks.DRAFT, piece, deal, creator, piece.draft_days, by=by)
    _tell_deal(deal, by=by)
    return piece


def approve(piece: Deliverable, *, by: Actor, by_silence: bool = False) -> Deliverable:
    """The draft may be published, and its share of the pay is earned."""
    deal = db.session.get_one(Deal, piece.deal_id)
    fact = DraftApproved(piece.id, deal.id, deal.creator_party_id, deal.brand_party_id, piece.number, by_silence)
    advance(DELIVERABLE, piece, "approve", by=by, fact=fact)
    piece.approved_at, piece.by_silence = clock.now(), by_silence
    deadlines.meet(clocks.REVIEW, ("deliverable", piece.id), by=by)
    body = terms_queries.version(deal.version_id).body
    creator = db.session.get_one(Party, deal.creator_party_id)
    _start(clocks.PUBLISH, piece, deal, creator, _publish_days(body, creator), by=by)
    _tell_deal(deal, by=by)
    return piece


def publish(piece: Deliverable, link: str, proof: StoredFile, *, by: Actor) -> Publication:
    """The creator says where the post is live and stores a picture of it."""
    _check_link(link, "link", needed=True)
    deal = db.session.get_one(Deal, piece.deal_id)
    fact = Published(piece.id, deal.id, deal.creator_party_id, deal.brand_party_id, piece.number)
    advance(DELIVERABLE, piece, "publish", by=by, fact=fact)
    piece.published_at = clock.now()
    row = db.session.get(Publication, piece.id) or Publication(deliverable_id=piece.id)
    row.link, row.proof_file_id, row.by_silence = link, proof.id, False
    row.posted_at = row.noted_at = clock.now()
    db.session.add(row)
    deadlines.meet(clocks.PUBLISH, ("deliverable", piece.id), by=by)
    brand = db.session.get_one(Party, deal.brand_party_id)
    body = terms_queries.version(deal.version_id).body
    _start(clocks.CONFIRM, piece, deal, brand, days_of(body, "confirm"), by=by)
    db.session.flush()
    return row


def not_the_post(piece: Deliverable, why: str, *, by: Actor) -> Deliverable:
    """The link does not show the post: the piece is as before its publication, with the days to publish once more.

    Raises Refused without a sentence, when nothing waits for a confirmation, and after the second time.
    """
    db.lock(piece)
    if not DELIVERABLE.allows(piece.state, "not_the_post"):
        raise Refused(gettext(DELIVERABLE.moves["not_the_post"].says))
    if not why.strip():
        raise Refused(gettext("Say what is wrong with the post."), status=422, field="why")
    before = len(queries.refusals(piece))
    if before >= MOST_REFUSALS:
        raise Refused(words.often_enough())
    deal, refused = db.session.get_one(Deal, piece.deal_id), db.session.get_one(Publication, piece.id)
    _say(piece, items.PUBLICATION, why, refused.link, by)
    sides = (deal.creator_party_id, deal.brand_party_id)
    advance(
        DELIVERABLE, piece, "not_the_post", by=by, fact=PostRefused(piece.id, deal.id, *sides, piece.number, before + 1)
    )
    piece.published_at = None
    deadlines.meet(clocks.CONFIRM, ("deliverable", piece.id), by=by)
    approvals.overtake(settlement.key(deal), by=by)
    creator = db.session.get_one(Party, deal.creator_party_id)
    days = _publish_days(terms_queries.version(deal.version_id).body, creator)
    _start(clocks.PUBLISH, piece, deal, creator, days, by=by)
    return piece


def _say(piece: Deliverable, item: str | None, said: str, spot: str, by: Actor) -> None:
    """A comment of the brand on the newest draft."""
    newest = sa.select(Submission.id).where(Submission.deliverable_id == piece.id).order_by(Submission.number.desc())
    comment = Comment(
        id=db.new_id(),
        submission_id=db.session.scalars(newest.limit(1)).one(),
        item=item,
        spot=spot.strip(),
        words=said.strip(),
        user_id=by.user_id,
        made_at=clock.now(),
    )
    db.session.add(comment)
    db.session.flush()


def confirm(piece: Deliverable, *, by: Actor, by_silence: bool = False) -> Deliverable:
    """The post is live. With the last one the pay is released and the deal is done.

    Above the limit the last one waits for a second person of the brand, and nothing changes yet; its clock runs on.
    """
    deal = db.session.get_one(Deal, piece.deal_id)
    if _waits_for_a_second(piece, deal, by):
        return piece
    fact = PublicationConfirmed(piece.id, deal.id, deal.creator_party_id, deal.brand_party_id, piece.number, by_silence)
    advance(DELIVERABLE, piece, "verify", by=by, fact=fact)
    piece.verified_at = clock.now()
    db.session.get_one(Publication, piece.id).by_silence = by_silence
    deadlines.meet(clocks.CONFIRM, ("deliverable", piece.id), by=by)
    pieces = _tell_deal(deal, by=by)
    if all(row.state == DeliverableState.VERIFIED for row in pieces):
        settlement.settle(deal, pieces, by=by)
    return piece


def _waits_for_a_second(piece: Deliverable, deal: Deal, by: Actor) -> Approval | None:
    """Would confirming this piece release pay above the limit, which one person alone may not? Asks for it then."""
    db.lock(piece)
    db.lock(deal)
    rest = [row for row in _pieces(deal) if row.id != piece.id]
    last = DELIVERABLE.allows(piece.state, "verify") and all(row.state == DeliverableState.VERIFIED for row in rest)
    if not last or not deal.protected or deal.paid_directly:
        return None
    return approvals.ask(settlement.wish(deal, piece), by=by)


approvals.ACTS["release"] = Act(
    lambda name, amount, other: gettext(
        "%(name)s asked to release %(amount)s to %(other)s.", name=name, amount=amount, other=other
    ),
    lambda: gettext("Approve and release it"),
    lambda row, by: confirm(db.session.get_one(Deliverable, row.target_id), by=by),
)


def settle_waiting(deal: Deal, *, by: Actor) -> None:
    """Its money moves again: what was finished meanwhile is settled now, if the payment is still there."""
    db.lock(deal)
    pieces = _pieces(deal)
    finished = bool(pieces) and all(row.state == DeliverableState.VERIFIED for row in pieces)
    if deal.state == DealState.ACTIVE and finished and funding.protected(deal.id, deal.currency) >= deal.protected:
        settlement.settle(deal, pieces, by=by)


def drop(deal: Deal, *, by: Actor) -> None:
    """The deal ended early: what is not confirmed is no longer owed."""
    for piece in _pieces(deal):
        if DELIVERABLE.allows(piece.state, "drop"):
            advance(DELIVERABLE, piece, "drop", by=by, room_id=deal.id)
    approvals.overtake(settlement.key(deal), by=by)


def _tell_deal(deal: Deal, *, by: Actor) -> list[Deliverable]:
    """Lock the deal, then add up its pieces afresh: two moves at once cannot both be the first."""
    db.session.flush()
    db.lock(deal)
    pieces = _pieces(deal)
    zero = Money.zero(deal.currency)
    deals.rung(
        deal,
        earned=sum((row.share for row in pieces if row.state in EARNED), zero),
        handed_in=sum((row.share for row in pieces if row.state == DeliverableState.SUBMITTED), zero),
        by=by,
    )
    return pieces


def _pieces(deal: Deal) -> list[Deliverable]:
    return list(
        db.session.scalars(
            sa.select(Deliverable)
            .where(Deliverable.deal_id == deal.id)
            .order_by(Deliverable.number)
            .execution_options(populate_existing=True)
        )
    )


def _drafts(piece: Deliverable) -> int:
    query = sa.select(sa.func.count()).select_from(Submission).where(Submission.deliverable_id == piece.id)
    return db.session.scalar(query) or 0


def _check_asks(piece: Deliverable, asks: list[Ask], body: dict[str, Any]) -> None:
    if not asks or any(not ask.words.strip() for ask in asks):
        raise Refused(gettext("Say what should change."), status=422, field="asks")
    known = dict(items.of(body))
    if any(ask.item is not None and ask.item not in known for ask in asks):
        raise Refused(gettext("Tie each change to an item of the brief."), status=422, field="asks")
    if all(ask.item is None for ask in asks):
        raise Refused(
            gettext(
                "Everything here lies outside the brief, so it is no revision. Offer to pay for it in a message, "
                "and answer the draft as it is."
            ),
            field="asks",
        )
    if used := words.no_round_left(piece):
        raise Refused(used, field="asks")


def _check_link(link: str | None, field: str, *, needed: bool = False) -> None:
    if not link and not needed:
        return
    try:
        address = urlsplit(link or "")
        fine = address.scheme in {"http", "https"} and "." in (address.hostname or "")
    except ValueError:
        fine = False
    if not fine:
        raise Refused(gettext("Give the whole link, beginning with https://"), status=422, field=field)


def _publish_days(body: dict[str, Any], creator: Party) -> int:
    """From the first day to post where the approval comes before it."""
    days = days_of(body, "publish")
    begins = body.get("posting_from")
    today = clock.today(creator.zone)
    wait = (date.fromisoformat(begins) - today).days if begins else 0
    return days + max(0, wait)


def _start(kind: deadlines.Kind, piece: Deliverable, deal: Deal, owner: Party, days: int, *, by: Actor) -> None:
    deadlines.start(
        kind, owner=owner.id, subject=("deliverable", piece.id), zone=owner.zone, by=by, days=days, room_id=deal.id
    )
