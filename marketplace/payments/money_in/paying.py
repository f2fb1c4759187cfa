"""What a view does last when a payer pays: off to a page, or back where she was with what happened said."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace.payments.models import Funding
from marketplace.payments.money_in import card_payments, funding, invoices
from marketplace.payments.states import FundingState


def go(row: Funding) -> Response:
    """On to Stripe's page; or charge the card on file and say what came of it, or show the bank's page; or to the invoice."""
    if row.way == "page":
        return redirect(funding.checkout_url(row), code=303)
    if row.way == "invoice":
        invoices.issue(row)
        return redirect(url_for("payments.show_pay", funding_id=row.id), code=303)
    card_payments.charge(row)
    if row.state == FundingState.OPEN and row.session_url:
        return redirect(row.session_url, code=303)
    return back(row)


def back(row: Funding) -> Response:
    """Back where she began, told how the payment stands if that is settled or needs patience."""
    if words := said(row):
        flash(*words)
    return redirect(row.return_url, code=303)


def said(row: Funding) -> tuple[str, str] | None:
    """How a payment stands, and its tone; None where nothing has happened yet."""
    if row.state == FundingState.FUNDED:
        return _("Paid. The money is a protected payment."), "good"
    if row.state == FundingState.FAILED:
        return _("Nothing was charged. %(why)s", why=card_payments.why(row.failure)), "bad"
    if row.state == FundingState.PENDING:
        return _(
            "Your bank has been asked. The money is protected once it arrives, in about four working days."
        ), "good"
    if row.way == "card" and row.state == FundingState.BEGUN:
        return _(funding.UNDECIDED), "warn"
    return None
