"""The page on which a brand records that it paid a month's commissions itself."""

from __future__ import annotations

from typing import Any

from flask import Response, flash
from flask_babel import gettext

from marketplace import db, web
from marketplace.affiliate import direct_payouts, policy, queries
from marketplace.affiliate.models import Program
from marketplace.affiliate.routes import blueprint
from marketplace.affiliate.sales_models import Statement
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused
from marketplace.payments.forms import WayForm
from marketplace.payments.paid_directly import direct


@blueprint.get("/brand/statements/<id:statement_id>/pay-directly")
@requires(policy.may_pay_statement, load=queries.visible_statement)
def pay_directly(statement: Statement) -> Response:
    """What is due, and the form."""
    return web.page("affiliate/pay_directly.html", form=WayForm(), **_context(statement))


@blueprint.post("/brand/statements/<id:statement_id>/pay-directly")
@requires(policy.may_pay_statement, load=queries.visible_statement, typed=True)
def record_payment(statement: Statement) -> Response:
    """Write it down; the affiliate is asked whether it arrived."""
    form = WayForm()
    if form.validate():
        way = {name: form[name].data for name in ("paid_on", "method", "reference")}
        try:
            direct_payouts.record(statement, **way, by=current_actor())
            flash(gettext("Recorded. The affiliate is asked whether it arrived."), "good")
            return web.back_to("affiliate.statement", statement_id=statement.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("affiliate/pay_directly.html", form, **_context(statement))


def _context(statement: Statement) -> dict[str, Any]:
    return {
        "statement": statement,
        "program": db.session.get_one(Program, statement.program_id),
        "creator": queries.creator_name(statement.enrolment_id),
        "open": direct_payouts.open_amount(statement) if direct.allowed() else None,
        "allowed": direct.allowed(),
    }
