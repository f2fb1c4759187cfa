"""The front door and the homes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from marketplace import web
from marketplace.accounts import queries as accounts
from marketplace.affiliate import queries as affiliate
from marketplace.affiliate import running
from marketplace.authz import current_actor, public, requires, signed_in
from marketplace.brands import queries as brands
from marketplace.briefs import words
from marketplace.collaborations import policy as deal_policy
from marketplace.collaborations import queries as deal_queries
from marketplace.collaborations.models import Deal
from marketplace.desk import chargebacks as cases
from marketplace.desk import fees as fee_table
from marketplace.desk import home as homes
from marketplace.desk import nav, queue
from marketplace.desk import room as rooms
from marketplace.errors import Refused
from marketplace.messaging import service as messaging
from marketplace.payments import policy as payments_policy
from marketplace.payments.losses import chargebacks, rulings
from marketplace.payments.losses.ruling_forms import AnswerBank
from marketplace.payments.models import Chargeback

blueprint = Blueprint("desk", __name__)


def install(app: Flask) -> None:
    """Every signed-in page gets its navigation."""
    app.context_processor(nav.context)


@blueprint.get("/")
@public
def landing() -> ResponseReturnValue:
    """What Goodword is, and the two doors."""
    if current_actor().signed_in:
        return redirect(url_for("desk.home"))
    if brand := accounts.only_brand():
        profile = brands.profile(brand.id)
        programs = affiliate.open_programs_of(brand.id)
        return web.page("desk/landing_own.html", brand=brand, programs=programs, story=profile and profile.story)
    return web.page("desk/landing.html")


@blueprint.get("/for-brands")
@public
def for_brands() -> ResponseReturnValue:
    """What a brand gets; one brand's own portal seeks no other."""
    if accounts.only_brand():
        return redirect(url_for("desk.landing"))
    return web.page("desk/for_brands.html")


@blueprint.get("/fees")
@public
def fees() -> ResponseReturnValue:
    """What using the portal costs, before anybody signs up."""
    return web.page("desk/fees.html", fees=fee_table.rows())


@blueprint.get("/home")
@requires(signed_in)
def home() -> ResponseReturnValue:
    """What waits for you, what you wait for, what runs."""
    actor = current_actor()
    mine, theirs = queue.rows(actor)
    context: dict[str, Any] = {}
    if actor.party_kind in ("creator", "brand"):
        context = {"going": homes.going(actor), "sums": homes.sums(actor), "headline": words.headline}
    if actor.party_kind == "creator":
        context |= {"matching": homes.matching(actor)}
        months = running.months(actor)
        context |= {"months": months}
        mine += homes.undecided(actor) + homes.begun(actor) + (homes.unpayable(actor) if months else [])
    elif actor.party_kind == "brand":
        context |= {"briefs": homes.briefs_of(actor.party_id)}
        mine += homes.unfinished(actor)
    elif actor.party_kind == "operator":
        mine += homes.to_look_after(actor)
    return web.page("desk/home.html", mine=mine, theirs=theirs, **context)


@blueprint.get("/staff/chargebacks/<id:chargeback_id>")
@requires(payments_policy.may_see_chargeback, load=rulings.chargeback)
def chargeback(row: Chargeback) -> ResponseReturnValue:
    """A chargeback, what we hold against it, and our answer to the bank."""
    shown = cases.context(row)
    return web.page("desk/chargeback.html", form=AnswerBank(formdata=None, text=shown["draft"]), **shown)


@blueprint.post("/staff/chargebacks/<id:chargeback_id>")
@requires(payments_policy.may_operate, load=rulings.chargeback, typed=True)
def answer_chargeback(row: Chargeback) -> ResponseReturnValue:
    """Send our side to the bank."""
    form = AnswerBank()
    if form.validate():
        try:
            chargebacks.answer(row, form.text.data, by=current_actor())
            flash(gettext("It is on its way to the bank."), "good")
            return web.back_to("desk.chargeback", chargeback_id=row.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("desk/chargeback.html", form, **cases.context(row))


@blueprint.get("/deals/<id:deal_id>")
@requires(deal_policy.may_see, load=deal_queries.own_deal)
def room(deal: Deal) -> ResponseReturnValue:
    """The deal room: the next step, then everything the two sides share."""
    context = rooms.context(deal, current_actor())
    if context["thread"]:
        messaging.mark_read(context["thread"], by=current_actor())
        web.also_shows(url_for("messaging.thread", thread_id=context["thread"].id))
    return web.page("desk/room.html", **context)
