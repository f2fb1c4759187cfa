"""Reading creators: one's own profile and its checklist, and what strangers may see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.creators.models import Commitment, CreatorProfile, Sample, ShippingAddress, SocialAccount
from marketplace.files import StoredFile
from marketplace.rules import queries as rules


@dataclass(frozen=True)
class Item:
    """One line of the checklist: `step` is the editor's page; `needed` before she can apply."""

    step: str
    asks: str
    done: bool
    needed: bool
    why: str = ""


def own_profile(actor: Actor) -> CreatorProfile | None:
    """The acting creator's profile, if she has begun one."""
    return db.session.get(CreatorProfile, actor.party_id) if actor.party_id else None


def by_handle(handle: str) -> CreatorProfile | None:
    """The profile behind `/@handle`."""
    return db.session.scalar(sa.select(CreatorProfile).where(CreatorProfile.handle == handle.lower()))


def profile(party_id: UUID) -> CreatorProfile | None:
    """A creator's profile, if she has begun one."""
    return db.session.get(CreatorProfile, party_id)


def party_by_handle(handle: str) -> Party | None:
    """The party behind `/@handle`, with or without the sign."""
    wanted = handle.strip().removeprefix("@").lower()
    return db.session.scalar(
        sa.select(Party)
        .join(CreatorProfile, CreatorProfile.party_id == Party.id)
        .where(CreatorProfile.handle == wanted)
    )


def profiles(party_ids: list[UUID]) -> dict[UUID, CreatorProfile]:
    """Several creators' profiles by party, with their accounts loaded."""
    found = db.session.scalars(
        sa.select(CreatorProfile)
        .options(joinedload(CreatorProfile.accounts))
        .where(CreatorProfile.party_id.in_(party_ids))
    )
    return {row.party_id: row for row in found.unique()}


def accounts(party_id: UUID) -> list[SocialAccount]:
    """A creator's accounts, largest first."""
    return list(
        db.session.scalars(
            sa.select(SocialAccount)
            .where(SocialAccount.party_id == party_id, SocialAccount.removed_at.is_(None))
            .order_by(SocialAccount.followers.desc(), SocialAccount.id)
        )
    )


def own_account(actor: Actor, account_id: UUID) -> SocialAccount | None:
    """One account of the acting creator."""
    return db.session.scalar(
        sa.select(SocialAccount).where(
            SocialAccount.id == account_id,
            SocialAccount.party_id == actor.party_id,
            SocialAccount.removed_at.is_(None),
        )
    )


def samples(party_id: UUID) -> list[Sample]:
    """A creator's samples in her order."""
    return list(
        db.session.scalars(sa.select(Sample).where(Sample.party_id == party_id).order_by(Sample.position, Sample.id))
    )


def own_sample(actor: Actor, sample_id: UUID) -> Sample | None:
    """One sample of the acting creator."""
    return db.session.scalar(sa.select(Sample).where(Sample.id == sample_id, Sample.party_id == actor.party_id))


def public_file(file_id: UUID) -> StoredFile | None:
    """A photo or sample somebody shows on a media kit."""
    shown = sa.exists().where(CreatorProfile.photo_file_id == StoredFile.id) | sa.exists().where(
        Sample.file_id == StoredFile.id
    )
    return db.session.scalar(sa.select(StoredFile).where(StoredFile.id == file_id, shown))


def country(party_id: UUID) -> str | None:
    """Where a creator lives and is paid (ISO 3166-1 alpha-2)."""
    return db.session.scalar(sa.select(Party.country).where(Party.id == party_id))


def commitments(party_id: UUID) -> list[Commitment]:
    """Exclusivity windows that have not ended."""
    today = clock.now().date()
    return list(
        db.session.scalars(
            sa.select(Commitment)
            .where(Commitment.party_id == party_id, Commitment.ends_on >= today)
            .order_by(Commitment.ends_on)
        )
    )


def shipping_address(party_id: UUID) -> ShippingAddress | None:
    """Where gifts go; the caller answers for the creator's consent."""
    return db.session.get(ShippingAddress, party_id)


def tier(followers: int) -> str:
    """The band of a number of followers today."""
    return rules.tier_of(followers, clock.now().date())


def checklist(profile: CreatorProfile) -> list[Item]:
    """What is there and what is missing, in the order of the editor's steps."""
    party = db.session.get_one(Party, profile.party_id)
    later = gettext("asked for when a step needs it")
    return [
        Item("basics", gettext("Choose a handle"), bool(profile.handle), True),
        Item("basics", gettext("Name your country"), bool(party.country), True),
        Item("basics", gettext("Choose a niche"), bool(profile.niches), True),
        Item("accounts", gettext("Add an account with its followers"), bool(accounts(profile.party_id)), True),
        Item("samples", gettext("Show one piece of work"), bool(samples(profile.party_id)), True),
        Item("basics", gettext("Say who you are in a few sentences"), bool(profile.bio), False),
        Item("basics", gettext("Add a photo"), bool(profile.photo_file_id), False),
        Item("private", gettext("Your date of birth"), bool(profile.birth_date), False, later),
        Item("private", gettext("A delivery address"), shipping_address(profile.party_id) is not None, False, later),
    ]


def missing(items: list[Item]) -> list[Item]:
    """Of a checklist: what still has to be there before she can apply."""
    return [item for item in items if item.needed and not item.done]
