"""Pages of deals that are not the room: the list, and ending one early."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext

from marketplace import web
from marketplace.authz import current_actor, requires, signed_in
from marketplace.collaborations import coming, deals, newer_terms, policy, queries
from marketplace.collaborations.forms import CancelForm
from marketplace.collaborations.models import Deal
from marketplace.collaborations.states import DEAL, OPEN, DealState
from marketplace.errors import Refused
from marketplace.payments import called, fees
from marketplace.payments.money_in import paying
from marketplace.payments.money_out.coming import lenders

lenders.lend(coming.of, by="collaborations")  # earnings show open deals
called.shown.lend(coming.where_shown, by="collaborations")


@requires(signed_in)
def mine() -> Any:
    """Every deal of the party, newest first, and the applications that may become one."""
    actor = current_actor()
    words = {state.value: word for state, word in DEAL.words.items()}
    open_ = [row for row in queries.applications_of(actor) if row.state in OPEN]
    rows = queries.deals_of(actor)
    return web.page(
        "collaborations/mine.html",
        rows=rows,
        words=words,
        applications=open_,
        turns=queries.next_steps(actor, [row.id for row in rows] + [row.id for row in open_]),
        newer=newer_terms.of_many(row.id for row in open_),
    )


@requires(policy.may_cancel, load=queries.own_deal)
def cancel(deal: Deal) -> Any:
    """What each side gets if it ends now, before anybody decides."""
    return web.page("collaborations/cancel.html", form=CancelForm(formdata=None), **_context(deal))


@requires(policy.may_cancel, load=queries.own_deal, typed=True)
def end(deal: Deal) -> Any:
    """End it."""
    form = CancelForm()
    if form.validate():
        try:
            deals.cancel(deal, form.reason.data, by=current_actor())
            flash(gettext("The deal has ended. What each side gets follows the contract."), "good")
            return web.back_to("desk.room", deal_id=deal.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("collaborations/cancel.html", form, **_context(deal))


@requires(policy.may_fund, load=queries.own_deal)
def fund(deal: Deal) -> Any:
    """Pay in: on the hosted page, with the card on file, or by invoice."""
    back = url_for("desk.room", deal_id=deal.id)
    return paying.go(deals.fund(deal, back, by=current_actor(), way=request.form.get("way") or "page"))


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    blueprint.add_url_rule("/deals", "mine", mine, methods=["GET"])
    blueprint.add_url_rule("/deals/<id:deal_id>/cancel", "cancel", cancel, methods=["GET"])
    blueprint.add_url_rule("/deals/<id:deal_id>/cancel", "end", end, methods=["POST"])
    blueprint.add_url_rule("/deals/<id:deal_id>/fund", "fund", fund, methods=["POST"])


def _context(deal: Deal) -> dict[str, Any]:
    by_brand = current_actor().party_id == deal.brand_party_id
    owed = deals.owed_on_cancel(deal, by_brand=by_brand)
    return {
        "deal": deal,
        "to_creator": owed,
        "in_review": by_brand and deal.state == DealState.ACTIVE and bool(deal.handed_in),
        "fee": fees.platform_fee(owed),
        "to_brand": deal.protected - owed if deal.state == DealState.ACTIVE else None,
        "possible": DEAL.allows(deal.state, "cancel"),
    }
