"""Questions about applications and deals, always for one party."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace import db, deadlines
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.briefs import head_count
from marketplace.briefs.models import Brief
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.states import DealState
from marketplace.creators.models import CreatorProfile, SocialAccount
from marketplace.deadlines import Deadline
from marketplace.events import Event
from marketplace.payments import called
from marketplace.terms import queries as terms_queries
from marketplace.terms.models import TermsVersion


@dataclass(frozen=True)
class Applicant:
    """An application as the brand compares it: who, her figures, her latest terms."""

    application: Application
    profile: CreatorProfile | None
    accounts: list[SocialAccount]
    version: TermsVersion

    @property
    def followers(self) -> int:
        """Of her largest account."""
        return max((row.followers for row in self.accounts), default=0)


def latest(application: Application) -> TermsVersion:
    """The latest proposal of an application that was sent. Raises LookupError before."""
    if application.proposal_version_id is None:
        raise LookupError("A draft has no proposal.")
    return terms_queries.version(application.proposal_version_id)


def own_application(actor: Actor, application_id: UUID) -> Application | None:
    """An application of the actor's party; a brand never sees a draft."""
    return db.session.scalar(_applications(actor).where(Application.id == application_id))


def applications_of(actor: Actor, limit: int = 100) -> list[Application]:
    """The party's applications, newest first."""
    return list(db.session.scalars(_applications(actor).order_by(Application.id.desc()).limit(limit)))


def own_to_brief(actor: Actor, brief: Brief) -> Application | None:
    """The creator's application to a brief, in any state."""
    return db.session.scalar(
        sa.select(Application).where(Application.brief_id == brief.id, Application.creator_party_id == actor.party_id)
    )


def own_deal(actor: Actor, deal_id: UUID) -> Deal | None:
    """A deal of the actor's party."""
    return db.session.scalar(_deals(actor).where(Deal.id == deal_id))


def deals_of(actor: Actor, limit: int = 100) -> list[Deal]:
    """The party's deals, newest first."""
    return list(db.session.scalars(_deals(actor).order_by(Deal.id.desc()).limit(limit)))


def deal_of_application(application: Application) -> Deal | None:
    """The deal that came out of an application."""
    return db.session.scalar(sa.select(Deal).where(Deal.application_id == application.id))


def silent_party(application: Application) -> UUID | None:
    """Who owed the answer that never came; None for an application that did not expire."""
    about = Event.subject_type == "application", Event.subject_id == application.id
    silent = db.session.scalar(sa.select(Event.data["silent_party_id"].astext).where(Event.name == "collaborations.expired", *about))
    return UUID(silent) if silent else None


def applicants(brief: Brief) -> list[Applicant]:
    """Everybody who applied to a brief, oldest first; four queries, however many."""
    rows = list(
        db.session.scalars(
            sa.select(Application)
            .options(joinedload(Application.creator))
            .where(Application.brief_id == brief.id, Application.submitted_at.is_not(None))
            .order_by(Application.submitted_at, Application.id)
        )
    )
    parties = [row.creator_party_id for row in rows]
    profiles = {
        row.party_id: row
        for row in db.session.scalars(sa.select(CreatorProfile).where(CreatorProfile.party_id.in_(parties)))
    }
    accounts: dict[UUID, list[SocialAccount]] = {}
    for account in db.session.scalars(
        sa.select(SocialAccount)
        .where(SocialAccount.party_id.in_(parties))
        .order_by(SocialAccount.followers.desc(), SocialAccount.id)
    ):
        accounts.setdefault(account.party_id, []).append(account)
    versions = {
        row.id: row
        for row in db.session.scalars(
            sa.select(TermsVersion).where(TermsVersion.id.in_([row.proposal_version_id for row in rows]))
        )
    }
    return [
        Applicant(
            row,
            profiles.get(row.creator_party_id),
            accounts.get(row.creator_party_id, []),
            versions[row.proposal_version_id],
        )
        for row in rows
        if row.proposal_version_id
    ]


def next_steps(actor: Actor, room_ids: list[UUID]) -> dict[UUID, Deadline]:
    """The clock each application or deal waits for first: the actor's own before the other side's, then the soonest."""
    steps: dict[UUID, Deadline] = {}
    for row in sorted(deadlines.in_rooms(room_ids), key=lambda row: row.owner_party_id != actor.party_id):
        if row.room_id:
            steps.setdefault(row.room_id, row)
    return steps


def other_side(actor: Actor, row: Application | Deal) -> Party:
    """Who is on the other side; both sides must be loaded."""
    return row.brand if actor.party_id == row.creator_party_id else row.creator


def _applications(actor: Actor) -> sa.Select[Application]:
    return (
        sa.select(Application)
        .options(joinedload(Application.creator), joinedload(Application.brand), joinedload(Application.brief))
        .where(
            sa.or_(
                Application.creator_party_id == actor.party_id,
                sa.and_(Application.brand_party_id == actor.party_id, Application.submitted_at.is_not(None)),
            )
        )
    )


def _deals(actor: Actor) -> sa.Select[Deal]:
    return (
        sa.select(Deal)
        .options(joinedload(Deal.creator), joinedload(Deal.brand))
        .where(sa.or_(Deal.creator_party_id == actor.party_id, Deal.brand_party_id == actor.party_id))
    )


def _deals_of_a_brief(*which: sa.ColumnElement[bool]) -> head_count.Count:
    counted = sa.select(sa.func.count()).select_from(Deal).where(Deal.brief_id == Brief.id, *which)
    return counted.correlate(Brief).scalar_subquery()


def with_whom(deal_ids: Collection[UUID]) -> dict[UUID, str]:
    """For the brand: the creator of each deal by handle, or by name where she has none."""
    query = (
        sa.select(Deal.id, CreatorProfile.handle, Party.name)
        .join(Party, Party.id == Deal.creator_party_id)
        .outerjoin(CreatorProfile, CreatorProfile.party_id == Deal.creator_party_id)
        .where(Deal.id.in_(deal_ids))
    )
    return {row.id: f"@{row.handle}" if row.handle else row.name for row in db.session.execute(query)}


called.with_whom.lend(with_whom)
head_count.counts.lend(
    head_count.Counts(
        taken=_deals_of_a_brief(Deal.state != DealState.CANCELLED),
        paid=_deals_of_a_brief(Deal.state.in_((DealState.ACTIVE, DealState.PAYING, DealState.COMPLETED))),
    )
)
