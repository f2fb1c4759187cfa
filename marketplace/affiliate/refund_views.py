"""Where a brand whose shop reports no refunds enters them: on the page of the order."""

from __future__ import annotations

from flask import Response, flash
from flask_babel import gettext

from marketplace import db, web
from marketplace.affiliate import policy, queries, refunds
from marketplace.affiliate.creator_views import line_context
from marketplace.affiliate.forms import RefundForm
from marketplace.affiliate.routes import blueprint
from marketplace.affiliate.sales_models import Conversion, Line, Order
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused


@blueprint.post("/statements/lines/<id:enrolment_id>/<id:line_id>/refund")
@requires(policy.may_run_programs, load=queries.visible_line, typed=True)
def enter_refund(row: Line) -> Response:
    """So much of its order is refunded in all."""
    form = RefundForm()
    form.refunded.currency = row.currency
    if form.validate() and form.refunded.data:
        try:
            conversion = db.session.get_one(Conversion, row.conversion_id)
            refunds.enter(db.session.get_one(Order, conversion.order_id), form.refunded.data, by=current_actor())
            flash(gettext("The refund is entered. What it takes off stands below, with the other lines of this order."), "good")
            return web.back_to("affiliate.line", enrolment_id=row.enrolment_id, line_id=row.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.page("affiliate/line.html", 422, **line_context(row, form))
