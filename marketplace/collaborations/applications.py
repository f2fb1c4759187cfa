"""Verbs on applications: begin, submit, shortlist, decline, withdraw, expire.

The answer clock runs from the moment an application is sent; shortlisting gives the brand the same
days once more, so that a shortlist is no place to be forgotten in.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, deadlines
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.briefs import queries as briefs
from marketplace.briefs.models import Brief
from marketplace.briefs.parts import DEFAULT_CLOCKS
from marketplace.collaborations import clocks, negotiation, queries
from marketplace.collaborations.events import Applied, Declined, Expired, Shortlisted, Withdrawn
from marketplace.collaborations.models import Application, PendingApplication
from marketplace.collaborations.states import APPLICATION, DECLINE_REASONS, ApplicationState
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.messaging import first_contact
from marketplace.messaging import service as messaging
from marketplace.money import Money
from marketplace.terms import queries as terms_queries
from marketplace.terms import service as terms
from marketplace.terms.models import TermsVersion


def begin_signed_out(brief: Brief, body: dict[str, Any]) -> str:
    """Keep what a visitor typed until she has an account. Returns the token for her cookie."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        PendingApplication(
            id=db.new_id(), token_digest=_digest(token), brief_id=brief.id, body=body, created_at=clock.now()
        )
    )
    db.session.flush()
    return token


def pending(token: str | None, brief: Brief) -> PendingApplication | None:
    """What was kept under a token for this brief."""
    if not token:
        return None
    return db.session.scalar(
        sa.select(PendingApplication).where(
            PendingApplication.token_digest == _digest(token), PendingApplication.brief_id == brief.id
        )
    )


def forget(row: PendingApplication) -> None:
    """It became an application."""
    db.session.delete(row)
    db.session.flush()


def save_draft(brief: Brief, pitch: str, asked_fee: Money | None, *, by: Actor) -> Application:
    """Her application to a brief as far as it is written; one per brief.

    Raises Refused when she already applied, or the brief takes no applications.
    """
    _check_open(brief, by)
    if brief.version_id is None:
        raise LookupError("A published brief has a version.")
    row = db.session.scalar(
        sa.select(Application).where(Application.brief_id == brief.id, Application.creator_party_id == by.party_id)
    )
    if row is None:
        row = Application(
            id=db.new_id(),
            brief_id=brief.id,
            creator_party_id=by.party_id,
            brand_party_id=brief.brand_party_id,
            state=ApplicationState.DRAFT.value,
            brief_version_id=brief.version_id,
            created_at=clock.now(),
        )
        db.session.add(row)
    elif row.state != ApplicationState.DRAFT:
        raise Refused(gettext("You already applied to this brief. Your application is under Applications."))
    row.pitch = pitch
    row.asked_fee_minor = asked_fee.minor if asked_fee else None
    row.brief_version_id = brief.version_id
    db.session.flush()
    return row


def submit(application: Application, *, by: Actor) -> Application:
    """Send it: her terms branch from the brief's version, and the brand's answer clock starts."""
    brief = db.session.get_one(Brief, application.brief_id)
    _check_open(brief, by)
    refusal = first_contact.problem(application.pitch)
    if refusal:
        raise Refused(refusal, status=422, field="pitch")
    brief_version = terms_queries.version(application.brief_version_id)
    brand = db.session.get_one(Party, application.brand_party_id)
    body = negotiation.opening_body(brief_version.body, application.asked_fee_minor, territory=brand.country)
    version = terms.begin(
        "application", body, by=by, language=brief_version.language, document="negotiation", parent=brief_version
    )
    fact = Applied(application.id, brief.id, application.creator_party_id, application.brand_party_id)
    advance(APPLICATION, application, "submit", by=by, fact=fact)
    application.proposal_version_id = version.id
    application.proposed_by_party_id = by.party_id
    application.submitted_at = clock.now()
    messaging.open_thread(
        application.id,
        creator_party_id=application.creator_party_id,
        brand_party_id=application.brand_party_id,
        title=brief.title,
    )
    start_answer_clock(application, version, by=by)
    return application


def start_answer_clock(application: Application, version: TermsVersion, *, by: Actor) -> None:
    """The brand owes an answer within the brief's days."""
    brand = db.session.get_one(Party, application.brand_party_id)
    deadlines.start(
        clocks.ANSWER,
        owner=brand.id,
        subject=("application", application.id),
        zone=brand.zone,
        by=by,
        days=days_of(version.body, "answer"),
        room_id=application.id,
    )


def shortlist(application: Application, *, by: Actor) -> Application:
    """Keep an applicant in view; the answer clock starts again, once."""
    fact = Shortlisted(application.id, application.creator_party_id, application.brand_party_id)
    advance(APPLICATION, application, "shortlist", by=by, fact=fact)
    deadlines.meet(clocks.ANSWER, ("application", application.id), by=by)
    start_answer_clock(application, queries.latest(application), by=by)
    return application


def decline(application: Application, reason: str, note: str, *, by: Actor) -> Application:
    """Say no, with a reason from the list; `other` needs words. Raises Refused (422) without one."""
    if reason not in DECLINE_REASONS:
        raise Refused(gettext("Choose a reason. A no with a reason is an answer."), status=422, field="reason")
    if reason == "other" and not note.strip():
        raise Refused(gettext("Say the reason in a sentence."), status=422, field="note")
    fact = Declined(application.id, application.creator_party_id, application.brand_party_id, reason)
    advance(APPLICATION, application, "decline", by=by, fact=fact)
    application.decline_reason, application.decline_note = reason, note.strip() or None
    _close(application, by=by)
    return application


def withdraw(application: Application, *, by: Actor) -> Application:
    """The creator takes it back, free of charge, until terms are accepted."""
    fact = Withdrawn(application.id, application.creator_party_id, application.brand_party_id)
    advance(APPLICATION, application, "withdraw", by=by, fact=fact)
    _close(application, by=by)
    return application


def expire(application: Application, silent_party_id: Any, *, by: Actor) -> Application:
    """A clock passed: nobody answered."""
    fact = Expired(application.id, application.creator_party_id, application.brand_party_id, silent_party_id)
    advance(APPLICATION, application, "expire", by=by, fact=fact)
    _close(application, by=by)
    return application


def days_of(body: dict[str, Any], name: str) -> int:
    """How many days a hand-off has in these terms."""
    return int((body.get("clocks") or {}).get(name) or DEFAULT_CLOCKS[name])


def _close(application: Application, *, by: Actor) -> None:
    application.closed_at = clock.now()
    for kind in (clocks.ANSWER, clocks.ANSWER_TERMS):
        deadlines.cancel(kind, ("application", application.id), by=by)


def _check_open(brief: Brief, by: Actor) -> None:
    if brief.state != "published":
        raise Refused(gettext("This brief takes no applications at the moment."))
    if brief.apply_by and clock.today(by.zone) > brief.apply_by:
        raise Refused(gettext("The last day to apply to this brief has passed."))
    if briefs.is_full(brief):
        raise Refused(gettext("Every place of this brief is taken. It opens again if a deal falls through."))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
