"""Pages of applications: begin one, read it, negotiate. The brand's list is in `applicants.py`,
deals are in `deal_views.py`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, request, session, url_for
from flask_babel import gettext

from marketplace import db, web
from marketplace.authz import Actor, current_actor, public, requires, signed_in
from marketplace.briefs import applied
from marketplace.briefs import queries as briefs
from marketplace.briefs.models import Brief
from marketplace.briefs.parts import PARTS
from marketplace.collaborations import (
    applicant_views,
    application_page,
    applications,
    deal_views,
    direct_views,
    negotiation,
    newer_terms,
    newer_terms_views,
    policy,
    queries,
    standing,
    wording,
)
from marketplace.collaborations.forms import DeclineForm, application_form, fill, has_fee, proposal_form, read
from marketplace.collaborations.models import Application
from marketplace.collaborations.states import (
    APPLICATION,
    ApplicationState,
)
from marketplace.creators import queries as creators
from marketplace.creators import service as creator_verbs
from marketplace.creators.queries import Item
from marketplace.errors import NotThere, Refused
from marketplace.messaging import queries as messages
from marketplace.messaging import service as messaging
from marketplace.money import Money
from marketplace.terms import queries as terms_queries
from marketplace.terms.models import TermsVersion

blueprint = Blueprint("collaborations", __name__)
applicant_views.add_to(blueprint)
deal_views.add_to(blueprint)
direct_views.add_to(blueprint)
newer_terms_views.add_to(blueprint)
applied.answer.lend(standing.of)
applied.progress.lend(standing.progress)
COOKIE = "pending_application"


# Applying


@blueprint.get("/briefs/<id:brief_id>/apply")
@public
def apply(brief_id: UUID) -> Any:
    """The form of an application, also for somebody without an account."""
    actor, brief = current_actor(), _brief(brief_id)
    own = queries.own_to_brief(actor, brief) if actor.is_a("creator") else None
    if own and own.state != ApplicationState.DRAFT:
        return web.back_to("collaborations.show", application_id=own.id)
    form_type = application_form(brief.currency)
    form = form_type(formdata=None, data=_begun(brief, own))
    return web.page("collaborations/apply.html", **_apply_context(brief, form, _missing(actor)))


@blueprint.post("/briefs/<id:brief_id>/apply")
@public(typed=True)
def submit(brief_id: UUID) -> Any:
    """Send an application. Signed out, it is kept; with something missing, it stays a draft."""
    actor, brief = current_actor(), _brief(brief_id)
    form: Any = application_form(brief.currency)()
    if actor.signed_in and not policy.may_apply(actor):
        raise Refused(gettext("Creators apply to briefs. Switch to your creator side first."), status=403)
    fine = form.validate()
    if form.version.data and form.version.data != _version(brief):
        form.form_errors.append(gettext("The brief changed while you wrote. Read its new terms here, then send."))
        fine = False
    if not fine:
        return web.form_page("collaborations/apply.html", **_apply_context(brief, form, _missing(actor)))
    if not actor.signed_in:
        fee = form.fee.data.minor if form.fee.data else None
        session[COOKIE] = applications.begin_signed_out(brief, {"pitch": form.pitch.data, "fee": fee})
        here = url_for("collaborations.apply", brief_id=brief.id)
        return web.back_to("accounts.sign_up", **{"as": "creator", "next": here})
    return _send(brief, form, actor)


def _send(brief: Brief, form: Any, actor: Actor) -> Any:
    """Save what was typed, then send it if nothing is missing; else back to its page, which says what is."""
    try:
        draft = applications.save_draft(brief, form.pitch.data, form.fee.data, by=actor)
        if creator_verbs.ready_to_apply(creator_verbs.profile_of(draft.creator_party_id)):
            flash(gettext("Kept as a draft, and not sent yet."), "warn")
            return web.back_to("collaborations.apply", brief_id=brief.id)
        with db.session.begin_nested():
            applications.submit(draft, by=actor)
        if kept := applications.pending(session.pop(COOKIE, None), brief):
            applications.forget(kept)
        flash(gettext("Sent. The brand’s answer is due, and you will hear either way."), "good")
        return web.back_to("collaborations.show", application_id=draft.id)
    except Refused as refusal:
        form.refuse(refusal)
    web.keep()
    return web.form_page("collaborations/apply.html", **_apply_context(brief, form, []))


def _brief(brief_id: UUID) -> Brief:
    brief = briefs.visible_brief(current_actor(), brief_id)
    if brief is None or brief.version_id is None:
        raise NotThere()
    return brief


def _version(brief: Brief) -> str:
    return db.short(brief.version_id) if brief.version_id else ""


def _begun(brief: Brief, own: Application | None) -> dict[str, Any]:
    """What was typed before: her draft, else what she began signed out in this browser."""
    if own:
        return {"pitch": own.pitch, "fee": _money(own.asked_fee_minor, brief)}
    kept = applications.pending(session.get(COOKIE), brief)
    return {"pitch": kept.body.get("pitch"), "fee": _money(kept.body.get("fee"), brief)} if kept else {}


def _money(minor: int | None, brief: Brief) -> Money | None:
    return None if minor is None else Money(minor, brief.currency)


def _missing(actor: Actor) -> list[Item]:
    """What a signed-in creator still needs, read without writing."""
    profile = creators.own_profile(actor) if actor.is_a("creator") else None
    if profile is None:
        return []
    return creator_verbs.ready_to_apply(profile)


def _apply_context(brief: Brief, form: Any, missing: list[Item]) -> dict[str, Any]:
    body = terms_queries.version(brief.version_id).body if brief.version_id else brief.draft
    form.version.raw_data, form.version.data = None, _version(brief)  # what is sent names what is shown
    own_price = form.fee.data.minor if form.fee.data and has_fee(body) else None
    opening = negotiation.opening_body(body, own_price, territory=brief.brand.country)
    return {
        "brief": brief,
        "body": body,
        "form": form,
        "missing": missing,
        "offer": application_page.offer_to(current_actor(), opening),
        "has_fee": has_fee(body),
        "own_price": own_price is not None,
        "pay": wording.pay(body),
        "pieces": [wording.piece(line) for line in body.get("deliverables") or []],
        "answer_days": applications.days_of(body, "answer"),
        "open": briefs.may_apply(brief),
    }


# Reading


@blueprint.get("/applications")
@requires(signed_in)
def index() -> Any:
    """Every application of the party, newest first."""
    actor = current_actor()
    rows = queries.applications_of(actor)
    unread = messages.unread_in(actor, [row.id for row in rows])
    words = {state.value: word for state, word in APPLICATION.words.items()}
    ids = [row.id for row in rows]
    turns, newer = queries.next_steps(actor, ids), newer_terms.of_many(ids)
    return web.page("collaborations/index.html", rows=rows, unread_in=unread, words=words, turns=turns, newer=newer)


@blueprint.get("/applications/<id:application_id>")
@requires(policy.may_see, load=queries.own_application)
def show(application: Application) -> Any:
    """An application: whose turn it is, the terms, what changed in them, messages."""
    if application.state == ApplicationState.DRAFT:
        return web.back_to("collaborations.apply", brief_id=application.brief_id)
    return web.page("collaborations/show.html", **application_page.context(application, current_actor()))


# Negotiating


@blueprint.get("/applications/<id:application_id>/terms")
@requires(policy.may_propose, load=queries.own_application)
def terms(application: Application) -> Any:
    """Propose terms, beginning with the latest, or with the brief's newest where the address names them."""
    newest = newer_terms.named(application, request.args.get("brief", ""))
    body = newer_terms.base(application, newest) if newest else queries.latest(application).body
    read = {"over": db.short(queries.latest(application).id), "brief": db.short(newest.id) if newest else ""}
    form = fill(proposal_form(body), body, **read)
    return web.page("collaborations/terms.html", **_terms_context(application, form, body, newest))


@blueprint.post("/applications/<id:application_id>/terms")
@requires(policy.may_propose, load=queries.own_application, typed=True)
def propose(application: Application) -> Any:
    """Make the proposal: an offer from the brand, a counter-offer from the creator."""
    newest = newer_terms.named(application, request.form.get("brief", ""))
    body = newer_terms.base(application, newest) if newest else queries.latest(application).body
    form: Any = proposal_form(body)()
    if form.validate():
        try:
            with db.session.begin_nested():
                _propose(application, form, body, newest)
            flash(gettext("Sent. It is the other side’s turn now."), "good")
            return web.back_to("collaborations.show", application_id=application.id)
        except Refused as refusal:
            refusal.field = "note" if refusal.field == "body" else refusal.field
            form.refuse(refusal)
            application = _fresh(application)
    return web.form_page("collaborations/terms.html", **_terms_context(application, form, body, newest))


def _propose(application: Application, form: Any, body: dict[str, Any], newest: TermsVersion | None) -> None:
    """The proposal and the sentence that goes with it. A form names the proposal it was written over."""
    actor = current_actor()
    if form.over.data and form.over.data != db.short(queries.latest(application).id):
        raise Refused(gettext("Newer terms were proposed in the meantime. Open the application and read them first."))
    if newest:
        newer_terms.propose(application, read(form, body), newest, by=actor)
    else:
        verb = negotiation.offer if actor.is_a("brand") else negotiation.counter
        verb(application, read(form, body), by=actor)
    thread = messages.of_room(application.id)
    if form.note.data and thread:
        messaging.send(thread, form.note.data, by=actor)


def _fresh(application: Application) -> Application:
    """The row again, after a savepoint that touched it was undone."""
    found = queries.own_application(current_actor(), application.id)
    if found is None:
        raise NotThere()
    return found


def _terms_context(
    application: Application, form: Any, body: dict[str, Any], newest: TermsVersion | None
) -> dict[str, Any]:
    move = "offer" if current_actor().is_a("brand") else "counter"
    newer = newer_terms.of(application)
    return {
        "application": application,
        "form": form,
        "body": body,
        "has_fee": has_fee(body),
        "pay": wording.pay(body, tuple(kind for kind in PARTS if kind != "fee")),
        "pieces": [wording.piece(line) for line in body.get("deliverables") or []],
        "timing": wording.timing(body),
        "grants": [wording.grant(row, body["currency"]) for row in body.get("rights") or []],
        "other": queries.other_side(current_actor(), application),
        "possible": APPLICATION.allows(application.state, move),
        "newer": newer,
        "newest": newest,
        "changes": wording.differences(queries.latest(application).body, body, briefs.product_names(body))
        if newest
        else [],
    }


@blueprint.post("/applications/<id:application_id>/accept")
@requires(policy.may_propose, load=queries.own_application)
def accept(application: Application) -> Any:
    """Accept the terms that were read: the form names their version."""
    if application.state in (ApplicationState.DRAFT, ApplicationState.SUBMITTED):
        raise Refused(gettext(APPLICATION.moves["accept"].says))
    read_version = request.form.get("version", "")
    latest = queries.latest(application)
    if read_version != db.short(latest.id):
        raise Refused(gettext("Newer terms were proposed in the meantime. Read them, then decide."))
    deal = negotiation.accept(application, latest, by=current_actor())
    flash(gettext("Agreed. The contract is being drawn up."), "good")
    return web.back_to("desk.room", deal_id=deal.id)


@blueprint.post("/applications/<id:application_id>/offer")
@requires(policy.may_answer, load=queries.own_application)
def offer(application: Application) -> Any:
    """Offer the terms that were read, word for word: the form names their version."""
    latest = queries.latest(db.lock(application))
    if request.form.get("version", "") != db.short(latest.id):
        raise Refused(gettext("Newer terms were proposed in the meantime. Read them, then decide."))
    negotiation.offer(application, negotiation.proposal_of(latest.body), by=current_actor())
    flash(gettext("Sent. It is the other side’s turn now."), "good")
    return web.back_to("collaborations.show", application_id=application.id)


@blueprint.post("/applications/<id:application_id>/withdraw")
@requires(policy.may_withdraw, load=queries.own_application)
def withdraw(application: Application) -> Any:
    """Take it back."""
    applications.withdraw(application, by=current_actor())
    flash(gettext("Withdrawn."), "good")
    return web.back_to("collaborations.index")


@blueprint.post("/applications/<id:application_id>/shortlist")
@requires(policy.may_answer, load=queries.own_application)
def shortlist(application: Application) -> Any:
    """Keep this applicant in view."""
    applications.shortlist(application, by=current_actor())
    flash(gettext("On the shortlist. Your answer is due within the same days again."), "good")
    return web.back_to("collaborations.show", application_id=application.id)


@blueprint.get("/applications/<id:application_id>/decline")
@requires(policy.may_answer, load=queries.own_application)
def decline(application: Application) -> Any:
    """Say no: the reason."""
    form = DeclineForm(formdata=None)
    return web.page("collaborations/decline.html", application=application, form=form)


@blueprint.post("/applications/<id:application_id>/decline")
@requires(policy.may_answer, load=queries.own_application, typed=True)
def say_no(application: Application) -> Any:
    """Decline with the reason."""
    form = DeclineForm()
    if form.validate():
        try:
            applications.decline(application, form.reason.data, form.note.data or "", by=current_actor())
            flash(gettext("Declined. The creator was told the reason."), "good")
            return web.back_to("collaborations.applicants", brief_id=application.brief_id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("collaborations/decline.html", form, application=application)
