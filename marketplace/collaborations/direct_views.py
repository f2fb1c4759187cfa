"""The page on which a brand records that it paid a deal's creator itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash
from flask_babel import gettext

from marketplace import web
from marketplace.authz import current_actor, requires
from marketplace.collaborations import direct_pay, policy, queries
from marketplace.collaborations.models import Deal
from marketplace.errors import Refused
from marketplace.payments.forms import payment_form
from marketplace.payments.paid_directly import direct


@requires(policy.may_fund, load=queries.own_deal)
def pay_directly(deal: Deal) -> Any:
    """What is open, and the form."""
    return web.page("collaborations/pay_directly.html", **_context(deal), form=_form(deal))


@requires(policy.may_fund, load=queries.own_deal, typed=True)
def record_payment(deal: Deal) -> Any:
    """Write it down; the creator is asked whether it arrived."""
    form = _form(deal)
    if form.validate():
        try:
            direct_pay.record(deal, form.outside(form.amount.data), by=current_actor())
            flash(gettext("Recorded. The creator is asked whether it arrived."), "good")
            return web.back_to("desk.room", deal_id=deal.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("collaborations/pay_directly.html", form, **_context(deal))


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    blueprint.add_url_rule("/deals/<id:deal_id>/pay-directly", "pay_directly", pay_directly, methods=["GET"])
    blueprint.add_url_rule("/deals/<id:deal_id>/pay-directly", "record_payment", record_payment, methods=["POST"])


def _form(deal: Deal) -> Any:
    return payment_form(direct_pay.open_amount(deal), current_actor().zone)


def _context(deal: Deal) -> dict[str, Any]:
    held = direct.standing(deal.id, deal.currency)
    return {
        "deal": deal,
        "open": direct_pay.open_amount(deal),
        "owed": direct_pay.owed(deal),
        "said": held.said,
        "arrived": held.arrived,
    }
