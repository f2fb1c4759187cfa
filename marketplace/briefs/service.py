"""The verbs of a brief. Once published, what binds is a terms version; the draft is only paper.

Invariant: a brief that is not a draft has a version, and its mirrored columns repeat that version.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, events
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Instance, Party, PartyKind
from marketplace.authz import Actor
from marketplace.brands import queries as brands
from marketplace.brands import service as brand_profiles
from marketplace.briefs import backing, drafts, linter, parts, programs
from marketplace.briefs.events import (
    BriefArchived,
    BriefClosed,
    BriefPaused,
    BriefPublished,
    BriefResumed,
    BriefRevised,
    CreatorInvited,
)
from marketplace.briefs.models import Brief, Invite
from marketplace.briefs.states import BRIEF, BriefState
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.payments.money_in import funding, refunds
from marketplace.payments.paid_directly import direct
from marketplace.terms import service as terms
from marketplace.terms.models import TermsVersion


def begin(*, by: Actor, preset: str = "pay_per_post", body: dict[str, Any] | None = None) -> Brief:
    """A new draft of the actor's brand, from a preset or from a whole body."""
    if by.party_id is None:
        raise Refused(gettext("A brief belongs to a brand. Switch to your brand first."), status=403)
    draft = deepcopy(body) if body else parts.blank(settings().currency, preset, by.language)
    commission = parts.part(draft, "commission")
    if commission is not None and not commission["program_id"]:
        commission["program_id"] = programs.usual(by.party_id, draft["currency"])
    draft = programs.described(draft, by.party_id)
    row = Brief(
        id=db.new_id(),
        brand_party_id=by.party_id,
        state=BriefState.DRAFT.value,
        title=draft["title"],
        draft=draft,
        currency=draft["currency"],
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def begin_private(creator: Party, *, by: Actor, preset: str = "pay_per_post") -> Brief:
    """A private draft for one creator (*Work with me*); she hears of it when it is published."""
    row = begin(by=by, preset=preset)
    row.private = True
    db.session.flush()
    invite(row, creator, by=by)
    return row


def settings() -> Instance:
    """The instance's settings. Raises Refused before set-up."""
    found = accounts.instance()
    if found is None:
        raise Refused(gettext("This portal has not been set up yet."))
    return found


def save(brief: Brief, body: dict[str, Any], *, by: Actor, private: bool | None = None) -> Brief:
    """Keep the draft. A published brief is not changed by this: see `revise`."""
    refuse_finished(brief)
    brief.draft = programs.described(deepcopy(body), brief.brand_party_id)
    if brief.version_id is None:
        brief.title = body["title"]
        brief.private = brief.private if private is None else private
    db.session.flush()
    return brief


def publish(brief: Brief, *, by: Actor) -> Brief:
    """Show the brief to creators: its body becomes terms version 1.

    Raises Refused where something is missing, a flag blocks, the brand is not verified yet, or nothing stands
    behind the pay.
    """
    body = programs.described(brief.draft, brief.brand_party_id)
    _fit_to_publish(brief, body, by)
    brand_profiles.profile_of(brief.brand_party_id)
    brief.draft = programs.settled(body, brief.brand_party_id, by=by)
    version = terms.begin("brief", deepcopy(brief.draft), by=by, language=brief.draft["language"])
    brief.version_id = version.id
    _mirror(brief, version.body)
    brief.published_at = clock.now()
    fact = BriefPublished(brief.id, brief.brand_party_id, version.id)
    advance(BRIEF, brief, "publish", by=by, fact=fact)
    for creator_id in db.session.scalars(sa.select(Invite.creator_party_id).where(Invite.brief_id == brief.id)):
        events.emit(CreatorInvited(brief.id, brief.brand_party_id, creator_id), by=by)
    return _fresh(brief)


def revise(brief: Brief, *, by: Actor) -> Brief:
    """Make the draft of a published brief its next terms version.

    Who applied before stays on the version they applied to until they accept the new one.
    """
    refuse_finished(brief)
    if brief.version_id is None:
        raise Refused(gettext("Publish the brief first; there are no terms to change yet."))
    db.lock(brief)
    old = db.session.get_one(TermsVersion, brief.version_id)
    body = programs.described(brief.draft, brief.brand_party_id)
    if old.body == body:
        raise Refused(gettext("Nothing has changed since this brief was published."))
    _fit_to_publish(brief, body, by)
    brief.draft = programs.settled(body, brief.brand_party_id, by=by)
    version = terms.revise(old, "brief", deepcopy(brief.draft), by=by)
    brief.version_id = version.id
    _mirror(brief, version.body)
    events.emit(BriefRevised(brief.id, brief.brand_party_id, old.id, version.id), by=by)
    return _fresh(brief)


def drop_changes(brief: Brief, *, by: Actor) -> Brief:
    """Throw the unpublished changes away: the draft is the published version again."""
    if brief.version_id is None:
        raise Refused(gettext("This brief was never published."))
    brief.draft = deepcopy(db.session.get_one(TermsVersion, brief.version_id).body)
    db.session.flush()
    return brief


def pause(brief: Brief, *, by: Actor) -> Brief:
    """No applications for now."""
    return advance(BRIEF, brief, "pause", by=by, fact=BriefPaused(brief.id, brief.brand_party_id))


def resume(brief: Brief, *, by: Actor) -> Brief:
    """Open for applications again. Raises Refused after the apply-by day, or with nothing behind its pay."""
    if brief.apply_by and brief.apply_by < clock.today(_zone(brief)):
        raise Refused(gettext("The apply-by day has passed. Set a later one and publish the change first."))
    backing.check(brief, db.session.get_one(TermsVersion, brief.version_id).body)
    return advance(BRIEF, brief, "resume", by=by, fact=BriefResumed(brief.id, brief.brand_party_id))


def close(brief: Brief, *, by: Actor) -> Brief:
    """No more applications; those that came in go on. What its budget is not needed for goes back (`collaborations`)."""
    return advance(BRIEF, brief, "close", by=by, fact=BriefClosed(brief.id, brief.brand_party_id))


def archive(brief: Brief, *, by: Actor) -> Brief:
    """Put a closed brief away."""
    return advance(BRIEF, brief, "archive", by=by, fact=BriefArchived(brief.id, brief.brand_party_id))


def discard(brief: Brief, *, by: Actor) -> None:
    """Delete a draft that was never published; a budget paid in for it goes back."""
    if brief.version_id is not None:
        raise Refused(gettext("A published brief keeps its terms. Close it instead."))
    if funding.protected(brief.id, brief.currency):
        refunds.refund(
            subject=brief.id, currency=brief.currency, reason=gettext("draft thrown away"), key=f"brief:{brief.id}:gone",
            by=by,
        )  # fmt: skip
    db.session.execute(sa.delete(Invite).where(Invite.brief_id == brief.id))
    db.session.delete(brief)
    db.session.flush()


def duplicate(brief: Brief, *, by: Actor) -> Brief:
    """A new draft with the same words, without its dates."""
    body = deepcopy(brief.draft)
    body |= {"apply_by": None, "posting_from": None, "posting_until": None}
    body["title"] = gettext("%(title)s (copy)", title=body["title"]) if body["title"] else ""
    row = begin(by=by, body=body)
    row.private = brief.private
    db.session.flush()
    return row


def invite(brief: Brief, creator: Party, *, by: Actor) -> Invite:
    """Ask a creator to look at a brief; a second time changes nothing.

    For a draft she hears of it when it is published. Raises Refused for an unverified brand on an
    open marketplace.
    """
    if not brands.may_reach_creators(brief.brand_party_id):
        raise Refused(gettext("Creators can be contacted once your brand is verified."), status=403)
    refuse_finished(brief)
    if creator.kind != PartyKind.CREATOR:
        raise Refused(gettext("Only creators can be invited."), status=422, field="handle")
    found = db.session.scalar(
        sa.select(Invite).where(Invite.brief_id == brief.id, Invite.creator_party_id == creator.id)
    )
    if found:
        return found
    row = Invite(id=db.new_id(), brief_id=brief.id, creator_party_id=creator.id, invited_at=clock.now())
    db.session.add(row)
    db.session.flush()
    if brief.version_id is not None:
        events.emit(CreatorInvited(brief.id, brief.brand_party_id, creator.id), by=by)
    return row


def refuse_finished(brief: Brief) -> None:
    """Raises Refused for a brief that can no longer be written."""
    if brief.state in (BriefState.CLOSED, BriefState.ARCHIVED):
        raise Refused(gettext("This brief is closed. Duplicate it to begin a new one."))


def _fit_to_publish(brief: Brief, body: dict[str, Any], by: Actor) -> None:
    if not brands.may_reach_creators(brief.brand_party_id):
        raise Refused(gettext("Your brand is not verified yet. Prove a domain, then publish."), status=403)
    if parts.paid_directly(body):
        direct.refuse_elsewhere()
    for _, sentence in drafts.missing(body):
        raise Refused(sentence, status=422)
    today = clock.today(_zone(brief))
    if body["apply_by"] and date.fromisoformat(body["apply_by"]) < today:
        raise Refused(gettext("The apply-by day has passed. Choose a later one."), status=422)
    _possible_posting(body, today)
    for flag in linter.flags(body, today):
        if flag.blocks:
            raise Refused(f"{flag.says} {flag.why} {flag.advice}".strip(), status=422)
    backing.check(brief, body)


def _possible_posting(body: dict[str, Any], today: date) -> None:
    opens, ends = (date.fromisoformat(body[key]) if body[key] else None for key in ("posting_from", "posting_until"))
    if opens and ends and ends < opens:
        raise Refused(gettext("Posting ends before it begins. Choose a later last day."), status=422)
    if ends and ends < today:
        raise Refused(gettext("The last day to post has passed. Choose a later one."), status=422)


def _mirror(brief: Brief, body: dict[str, Any]) -> None:
    """Repeat in columns what search and filters ask for."""
    fixed = parts.fixed_money(body)
    audience = body["audience"]
    brief.title, brief.summary = body["title"], body["summary"]
    brief.kinds = parts.kinds(body)
    brief.platforms = sorted({piece["platform"] for piece in body["deliverables"]} | set(audience["platforms"]))
    brief.niches, brief.countries = audience["niches"], audience["countries"]
    brief.currency, brief.fee_minor = body["currency"], fixed.minor if fixed else None
    brief.head_count = body["head_count"]
    brief.apply_by = date.fromisoformat(body["apply_by"]) if body["apply_by"] else None
    brief.words = _words(brief, body)


def _words(brief: Brief, body: dict[str, Any]) -> str:
    brand = db.session.get_one(Party, brief.brand_party_id)
    pieces = [f"{piece['platform']} {piece['format'].replace('_', ' ')}" for piece in body["deliverables"]]
    niches = [niche.replace("_", " ") for niche in body["audience"]["niches"]]
    return " ".join([brand.name, body["category"], body["audience"]["city"], *niches, *body["hashtags"], *pieces])


def _zone(brief: Brief) -> str:
    return db.session.get_one(Party, brief.brand_party_id).zone


def _fresh(brief: Brief) -> Brief:
    """Forget the version loaded before, so that `body` reads the new one."""
    db.session.flush()
    db.session.refresh(brief, ["version"])
    return brief
