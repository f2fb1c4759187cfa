"""What a creator does with her own page: words, accounts, samples, photo, availability."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, events
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.creators import queries
from marketplace.creators.events import ProfileWritten
from marketplace.creators.models import AudienceSnapshot, CreatorProfile, Sample, ShippingAddress, SocialAccount
from marketplace.errors import Refused
from marketplace.files import StoredFile
from marketplace.rules import queries as rules

HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9_.]{1,28})[a-z0-9]")
MOST_SAMPLES = 24


def profile_of(party_id: UUID) -> CreatorProfile:
    """The creator's profile, begun empty the first time it is asked for."""
    found = db.session.get(CreatorProfile, party_id)
    if found is not None:
        return found
    row = CreatorProfile(party_id=party_id, multipliers={}, updated_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return row


def take_handle(profile: CreatorProfile, handle: str, *, by: Actor) -> CreatorProfile:
    """The name in the address `/@handle`: 3 to 30 letters, digits, dots and underscores, one of a kind."""
    wanted = handle.strip().removeprefix("@").lower()
    if not HANDLE.fullmatch(wanted):
        raise Refused(
            gettext(
                "A handle has 3 to 30 letters, digits, dots or underscores, and begins and ends with a letter or digit."
            ),
            status=422,
            field="handle",
        )
    other = queries.by_handle(wanted)
    if other is not None and other.party_id != profile.party_id:
        raise Refused(gettext("This handle is taken."), status=422, field="handle")
    profile.handle = wanted
    return _written(profile, by)


def write(profile: CreatorProfile, *, by: Actor, **words: Any) -> CreatorProfile:
    """The creator's own words: bio, city, languages, niches, values, style, availability, listed."""
    for name, value in words.items():
        setattr(profile, name, value)
    return _written(profile, by)


def set_birth_date(profile: CreatorProfile, born: date, *, by: Actor) -> CreatorProfile:
    """When she was born; under the age the rules name, the account cannot be used to work."""
    today = clock.today(by.zone)
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if born > today or age > 120:
        raise Refused(gettext("This is not a date of birth."), status=422, field="birth_date")
    if age < rules.amount(rules.ADULT, today):
        raise Refused(
            gettext("You must be 18 or older to work here. Come back on your birthday."), status=422, field="birth_date"
        )
    profile.birth_date = born
    return _written(profile, by)


def set_photo(profile: CreatorProfile, photo: StoredFile, *, by: Actor) -> CreatorProfile:
    """The picture on her media kit."""
    profile.photo_file_id = photo.id
    return _written(profile, by)


def set_country(party: Party, country: str, *, by: Actor) -> Party:
    """Where she lives and is paid."""
    party.country = country
    db.session.flush()
    return party


def _account_name(typed: str) -> str:
    """The name of an account, also where its whole address was pasted."""
    path = typed.strip().split("?")[0].split("#")[0].rstrip("/")
    return path.rsplit("/", 1)[-1].removeprefix("@")


def note_account(
    profile: CreatorProfile,
    *,
    platform: str,
    handle: str,
    followers: int,
    engagement_bps: int | None = None,
    source: str = "typed",
    by: Actor,
) -> SocialAccount:
    """Add an account or its newest figures. Every note leaves a dated snapshot with its source."""
    name = _account_name(handle)
    if not name:
        raise Refused(gettext("Name the account."), status=422, field="handle")
    row = db.session.scalar(
        sa.select(SocialAccount).where(
            SocialAccount.party_id == profile.party_id,
            SocialAccount.platform == platform,
            sa.func.lower(SocialAccount.handle) == name.lower(),
        )
    )
    if row is None:
        row = SocialAccount(id=db.new_id(), party_id=profile.party_id, platform=platform, handle=name)
        db.session.add(row)
    row.followers, row.engagement_bps = followers, engagement_bps
    row.removed_at = None
    row.source, row.noted_on = source, clock.today(by.zone)
    db.session.flush()
    db.session.add(
        AudienceSnapshot(
            id=db.new_id(),
            account_id=row.id,
            taken_on=row.noted_on,
            followers=followers,
            engagement_bps=engagement_bps,
            source=source,
        )
    )
    _written(profile, by)
    return row


def remove_account(account: SocialAccount, *, by: Actor) -> None:
    """Take an account off the page; its dated figures stay on record."""
    account.removed_at = clock.now()
    db.session.flush()


def add_sample(
    profile: CreatorProfile,
    *,
    title: str,
    by: Actor,
    url: str | None = None,
    file: StoredFile | None = None,
    once: str | None = None,
) -> Sample:
    """A piece of past work: a link or an uploaded picture, one of the two. The same with the same `once` again finds
    the piece that is there.
    """
    if bool(url) == bool(file):
        raise Refused(gettext("Give a link or upload a picture, one of the two."), status=422, field="url")
    db.lock(profile)
    id = db.id_from(profile.party_id, once, title, url or (file and file.sha256)) if once else db.new_id()
    if known := db.session.get(Sample, id):
        if file:
            db.session.delete(file)
        return known
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Sample).where(Sample.party_id == profile.party_id))
    if (count or 0) >= MOST_SAMPLES:
        raise Refused(gettext("%(n)s samples are the most; take one away first.", n=MOST_SAMPLES), status=422)
    row = Sample(
        id=id,
        party_id=profile.party_id,
        title=title,
        url=url,
        file_id=file.id if file else None,
        position=count or 0,
    )
    db.session.add(row)
    _written(profile, by)
    return row


def remove_sample(sample: Sample, *, by: Actor) -> None:
    """Take a sample off the media kit."""
    db.session.delete(sample)
    db.session.flush()


def set_shipping_address(profile: CreatorProfile, lines: str, *, by: Actor) -> ShippingAddress:
    """Where gifts go; nobody sees it before she consents in a deal."""
    row = db.session.get(ShippingAddress, profile.party_id)
    if row is None:
        row = ShippingAddress(party_id=profile.party_id, lines=lines, updated_at=clock.now())
        db.session.add(row)
    row.lines, row.updated_at = lines, clock.now()
    db.session.flush()
    return row


def ready_to_apply(profile: CreatorProfile) -> list[queries.Item]:
    """What is missing before she can apply; empty when nothing is."""
    return queries.missing(queries.checklist(profile))


def _written(profile: CreatorProfile, by: Actor) -> CreatorProfile:
    profile.updated_at = clock.now()
    db.session.flush()
    events.emit(ProfileWritten(profile.party_id), by=by)
    return profile
