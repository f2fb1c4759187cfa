"""A program's budget: paid in by the brand, or filled by itself with its card."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext

from marketplace import web
from marketplace.affiliate import payouts, policy, queries, top_ups
from marketplace.affiliate.forms import BudgetForm, TopUpForm
from marketplace.affiliate.models import Program
from marketplace.affiliate.routes import blueprint
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused
from marketplace.payments.money_in import cards, funding, paying
from marketplace.payments.paid_directly import direct


@blueprint.get("/brand/programs/<id:program_id>/budget")
@requires(policy.may_fund_program, load=queries.own_program)
def budget(row: Program) -> Response:
    """How much to pay in?"""
    form, missing = _budget_form(row), payouts.missing(row)
    form.amount.data = missing or None
    return web.page("affiliate/budget.html", form=form, automatic=_automatic_form(row), **_about(row))


@blueprint.post("/brand/programs/<id:program_id>/budget")
@requires(policy.may_fund_program, load=queries.own_program, typed=True)
def top_up(row: Program) -> Response:
    """On to Stripe's page."""
    form = _budget_form(row)
    if form.validate() and form.amount.data:
        try:
            payment = funding.top_up(
                subject=row.id,
                payer=row.brand_party_id,
                amount=form.amount.data,
                description=gettext("Affiliate program %(name)s", name=row.name),
                return_url=url_for("affiliate.program", program_id=row.id),
                by=current_actor(),
                way=request.form.get("way") or "page",
            )
            return paying.go(payment)  # type: ignore[return-value]  # werkzeug's own
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("affiliate/budget.html", form, automatic=_automatic_form(row), **_about(row))


@blueprint.post("/brand/programs/<id:program_id>/budget/automatic")
@requires(policy.may_fund_program, load=queries.own_program, typed=True)
def fill_budget(row: Program) -> Response:
    """From now on it fills itself."""
    form = _automatic_form(row)
    if form.validate() and form.line.data and form.top_up.data:
        try:
            top_ups.fill_by_itself(row, form.line.data, form.top_up.data, by=current_actor())
            flash(gettext("Automatic top-up is on."), "good")
            return web.back_to("affiliate.budget", program_id=row.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.page("affiliate/budget.html", 422, form=_empty_budget_form(row), automatic=form, **_about(row))


@blueprint.post("/brand/programs/<id:program_id>/budget/stop")
@requires(policy.may_fund_program, load=queries.own_program)
def stop_filling(row: Program) -> Response:
    """Nothing is charged by itself any more."""
    top_ups.stop(row, by=current_actor())
    flash(gettext("Automatic top-up is off. Nothing is charged by itself any more."), "good")
    return web.back_to("affiliate.budget", program_id=row.id)


def _about(row: Program) -> dict[str, Any]:
    return {
        "program": row,
        "budget": payouts.protected(row),
        "missing": payouts.missing(row),
        "card": cards.usable(row.brand_party_id),
        "may_pay_directly": direct.allowed(),
    }


def _budget_form(row: Program) -> BudgetForm:
    form = BudgetForm()
    form.amount.currency = row.currency
    return form


def _empty_budget_form(row: Program) -> BudgetForm:
    form = BudgetForm(formdata=None)
    form.amount.currency = row.currency
    return form


def _automatic_form(row: Program) -> TopUpForm:
    sent = request.endpoint == "affiliate.fill_budget"
    held = {"line": row.top_up_below, "top_up": row.top_up}
    form = TopUpForm(data=held) if sent else TopUpForm(formdata=None, data=held)
    form.line.currency = form.top_up.currency = row.currency
    return form
