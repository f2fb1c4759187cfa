"""The page of one application, for either side: whose turn it is, the terms and how they came about, the brief's newer
terms, messages."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import get_locale, gettext

from marketplace import clock, db, deadlines, web
from marketplace.authz import Actor
from marketplace.briefs import net_offer
from marketplace.briefs import queries as briefs
from marketplace.briefs.net_offer import NetOffer
from marketplace.briefs.parts import paid_directly, protected_amount
from marketplace.collaborations import newer_terms, policy, queries, wording
from marketplace.collaborations.forms import new_terms_form
from marketplace.collaborations.models import Application
from marketplace.collaborations.states import (
    APPLICATION,
    DEAL,
    DECLINE_REASONS,
    OPEN,
    TALKING,
    WAITING,
    ApplicationState,
    DealState,
)
from marketplace.creators import queries as creators
from marketplace.creators import rates
from marketplace.messaging import queries as messages
from marketplace.messaging import service as messaging
from marketplace.messaging.forms import MessageForm
from marketplace.money import Money
from marketplace.payments.money_out import set_up
from marketplace.terms import queries as terms_queries
from marketplace.terms.models import TermsVersion


def context(application: Application, actor: Actor, form: Any = None) -> dict[str, Any]:
    """What the page of an application shows to one of its sides; `form`: what was typed to accept newer terms."""
    version = queries.latest(application)
    versions = terms_queries.history(version.document_id)
    thread = messages.of_room(application.id)
    deal = queries.deal_of_application(application)
    shown = {
        "application": application,
        "other": queries.other_side(actor, application),
        "her_page": _media_kit(application) if actor.is_a("brand") else None,
        "deal": deal,
        "deal_words": DEAL.words[DealState(deal.state)] if deal else "",
        "open": application.state in OPEN,
        "version": version,
        "body": version.body,
        "steps": _steps(application, versions, actor),
        "turns": deadlines.in_rooms([application.id]),
        "offer": offer_to(actor, version.body) if actor.is_a("creator") and application.state in OPEN else None,
        "terms": wording.rows(version.body) | wording.asked(version.body),
        "waits": application.state in WAITING,
        "words": APPLICATION.words[ApplicationState(application.state)],
        "silent": queries.silent_party(application) if application.state == ApplicationState.EXPIRED else None,
        "reason": DECLINE_REASONS.get(application.decline_reason or ""),
        "allows": lambda move: APPLICATION.allows(application.state, move),
        "payout_missing": _payout_missing(application, version.body, actor),
        "newer": _newer(application, actor, form),
        "thread": thread,
        "messages": messages.messages(thread) if thread else [],
        "message_form": MessageForm(formdata=None, next=url_for("collaborations.show", application_id=application.id)),
    }
    if thread:
        messaging.mark_read(thread, by=actor)
        web.also_shows(url_for("messaging.thread", thread_id=thread.id))
    return shown


def _media_kit(application: Application) -> str | None:
    profile = creators.profile(application.creator_party_id)
    return url_for("creators.kit", handle=profile.handle) if profile and profile.handle else None


def _payout_missing(application: Application, body: dict[str, Any], actor: Actor) -> str | None:
    """Payout and tax set-up is offered from the shortlist on, where there is pay: what is missing of it."""
    offered = application.state in (*TALKING, ApplicationState.SHORTLISTED)
    if not offered or not actor.is_a("creator") or not protected_amount(body) or paid_directly(body):
        return None
    return set_up.missing(application.creator_party_id)


def _steps(application: Application, versions: list[Any], actor: Actor) -> list[dict[str, Any]]:
    """Each proposal with what it changed against the one before, newest first."""
    first = terms_queries.version(versions[0].parent_id)
    names = briefs.product_names(versions[-1].body)
    kinds = {
        "application": gettext("Application"),
        "offer": gettext("Offer"),
        "counter_offer": gettext("Counter-offer"),
        "contract": gettext("Agreed terms"),
    }
    moved = gettext("The brief’s new terms, accepted")
    steps = []
    for before, row in zip([first, *versions], versions, strict=False):
        mine = row.author_party_id == actor.party_id
        other = queries.other_side(actor, application).name
        steps.append(
            {
                "kind": moved if row.kind == "application" and row.number > 1 else kinds.get(row.kind, row.kind),
                "number": row.number,
                "who": gettext("You") if mine else other,
                "at": row.created_at,
                "changes": wording.differences(before.body, row.body, names),
            }
        )
    return steps[::-1]


def offer_to(actor: Actor, body: dict[str, Any]) -> NetOffer:
    """What terms are worth to the reader: to a creator by her own rates and with what she has signed already."""
    mine = actor.party_id if actor.is_a("creator") else None
    return net_offer.of(
        body,
        day=clock.today(actor.zone),
        card=rates.card(mine) if mine else None,
        commitments=creators.commitments(mine) if mine else (),
    )


def _newer(application: Application, actor: Actor, form: Any) -> dict[str, Any] | None:
    """The brief's newer terms, if any, and what the reader can do about them."""
    newer = newer_terms.of(application)
    if newer is None:
        return None
    names = briefs.product_names(newer.old.body) | briefs.product_names(newer.new.body)
    creator = policy.may_take_terms(actor, application)
    price = newer_terms.own_price(application, newer)
    offer = offer_to(actor, newer_terms.opened(application, newer.new, price)) if creator else None
    return {
        "old": newer.old,
        "new": newer.new,
        "kept": newer.kept,
        "deciding": creator and application.state in WAITING,
        "changes": newer.changes(names),
        "reaches": _reaches(offer_to(actor, queries.latest(application).body), offer) if offer else [],
        "clashes": offer.clashes if offer else [],
        "asked": _asked(application, newer.old),
        "price": price,
        "form": _decision(form, newer.new, price),
    }


def _decision(form: Any, version: TermsVersion, price: Money | None) -> Any:
    """The form under the newest terms; what was typed in it stays, and it names the version that is shown now."""
    if form is None:
        return new_terms_form(version.body)(formdata=None, data={"version": db.short(version.id), "fee": price})
    form.version.raw_data, form.version.data = None, db.short(version.id)
    return form


def _asked(application: Application, old: TermsVersion) -> Money | None:
    minor = application.asked_fee_minor
    return None if minor is None else Money(minor, old.body["currency"])


def _reaches(now: NetOffer, then: NetOffer) -> list[dict[str, Any]]:
    """What reaches her, after fees, as her application stands and on the newer terms; nothing where it is the same."""
    if now.net == then.net:
        return []
    old, new = (offer.net.format(str(get_locale() or "en")) for offer in (now, then))
    return [{"label": gettext("Reaches you, after fees"), "old": old, "new": new}]
