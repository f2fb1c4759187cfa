"""Questions about content, always for the deal's own parties."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace import db
from marketplace.authz import Actor
from marketplace.collaborations.models import Deal
from marketplace.content import items
from marketplace.content.models import Comment, Deliverable, Publication, Submission, SubmissionMedia
from marketplace.files import StoredFile


def own_piece(actor: Actor, deal_id: UUID, number: int) -> Deliverable | None:
    """A piece of one of the actor's deals."""
    return db.session.scalar(
        sa.select(Deliverable)
        .join(Deal, Deal.id == Deliverable.deal_id)
        .options(joinedload(Deliverable.deal).options(joinedload(Deal.creator), joinedload(Deal.brand)))
        .where(Deal.id == deal_id, Deliverable.number == number, _own(actor))
    )


def of_deal(deal_id: UUID) -> list[Deliverable]:
    """A deal's pieces in order; the caller has checked who asks."""
    return list(
        db.session.scalars(sa.select(Deliverable).where(Deliverable.deal_id == deal_id).order_by(Deliverable.number))
    )


def submissions(piece: Deliverable) -> list[Submission]:
    """Every draft of a piece with media and comments, newest first."""
    return list(
        db.session.scalars(
            sa.select(Submission)
            .options(selectinload(Submission.media).joinedload(SubmissionMedia.file), selectinload(Submission.comments))
            .where(Submission.deliverable_id == piece.id)
            .order_by(Submission.number.desc())
        )
    )


def newest_files(piece: Deliverable) -> list[StoredFile]:
    """The images and videos of a piece's newest draft, in its order."""
    newest = sa.select(Submission.id).where(Submission.deliverable_id == piece.id).order_by(Submission.number.desc())
    return list(
        db.session.scalars(
            sa.select(StoredFile)
            .join(SubmissionMedia, SubmissionMedia.file_id == StoredFile.id)
            .where(SubmissionMedia.submission_id == newest.limit(1).scalar_subquery())
            .order_by(SubmissionMedia.position)
        )
    )


def publication(piece: Deliverable) -> Publication | None:
    """The proof that a piece is live; none while the brand says of it that it is not the post."""
    return db.session.get(Publication, piece.id) if piece.published_at else None


def refusals(piece: Deliverable) -> list[Comment]:
    """Each time the brand said that a link was not the post, oldest first."""
    return list(
        db.session.scalars(
            sa.select(Comment)
            .join(Submission, Submission.id == Comment.submission_id)
            .where(Submission.deliverable_id == piece.id, Comment.item == items.PUBLICATION)
            .order_by(Comment.id)
        )
    )


def publications(deal_id: UUID) -> dict[UUID, Publication]:
    """A deal's publications by piece; the caller has checked who asks."""
    query = sa.select(Publication).join(Deliverable)
    found = db.session.scalars(query.where(Deliverable.deal_id == deal_id, Deliverable.published_at.is_not(None)))
    return {row.deliverable_id: row for row in found}


def own_file(actor: Actor, deal_id: UUID, file_id: UUID) -> StoredFile | None:
    """A picture or video of a draft or proof, for the two sides of the deal."""
    drafts = (
        sa.select(SubmissionMedia.file_id)
        .join(Submission, Submission.id == SubmissionMedia.submission_id)
        .join(Deliverable, Deliverable.id == Submission.deliverable_id)
        .join(Deal, Deal.id == Deliverable.deal_id)
        .where(Deal.id == deal_id, _own(actor))
    )
    proofs = (
        sa.select(Publication.proof_file_id)
        .join(Deliverable, Deliverable.id == Publication.deliverable_id)
        .join(Deal, Deal.id == Deliverable.deal_id)
        .where(Deal.id == deal_id, _own(actor))
    )
    return db.session.scalar(
        sa.select(StoredFile).where(
            StoredFile.id == file_id, sa.or_(StoredFile.id.in_(drafts), StoredFile.id.in_(proofs))
        )
    )


def _own(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.or_(Deal.creator_party_id == actor.party_id, Deal.brand_party_id == actor.party_id)
