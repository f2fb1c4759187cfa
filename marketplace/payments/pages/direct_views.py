"""Pages of payments made outside: one of them with its receipt, the payee's answer, the payer's taking back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash
from flask_babel import gettext

from marketplace import web
from marketplace.accounts import queries as people
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused
from marketplace.payments import called, policy, queries, words
from marketplace.payments.forms import MissingForm
from marketplace.payments.models import DirectPayment
from marketplace.payments.paid_directly import direct


@requires(policy.may_see_direct, load=queries.visible_direct)
def show(payment: DirectPayment) -> Any:
    """What the brand recorded, what the creator said, and the buttons of whose turn it is."""
    return web.page("payments/direct_payment.html", **_context(payment, MissingForm(formdata=None)))


@requires(policy.may_see_direct, load=queries.visible_direct)
def receipt(payment: DirectPayment) -> Any:
    """The same to print and keep."""
    return web.page("payments/direct_receipt.html", **_context(payment, None))


@requires(policy.may_answer_direct, load=queries.visible_direct)
def arrived(payment: DirectPayment) -> Any:
    """It is there."""
    direct.answer(payment, "arrived", by=current_actor())
    flash(gettext("Thank you. The brand sees that it arrived."), "good")
    return web.back_to("payments.direct_payment", direct_payment_id=payment.id)


@requires(policy.may_answer_direct, load=queries.visible_direct, typed=True)
def missing(payment: DirectPayment) -> Any:
    """It is not."""
    form = MissingForm()
    if form.validate():
        try:
            direct.answer(payment, "missing", form.note.data or "", by=current_actor())
            flash(gettext("The brand knows, and owes you the amount again until it arrives."), "good")
            return web.back_to("payments.direct_payment", direct_payment_id=payment.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("payments/direct_payment.html", **_context(payment, form))


@requires(policy.may_withdraw_direct, load=queries.visible_direct)
def withdraw(payment: DirectPayment) -> Any:
    """It was recorded by mistake."""
    direct.withdraw(payment, by=current_actor())
    flash(gettext("Taken back. What it covered is owed again."), "good")
    return web.back_to("payments.direct_payment", direct_payment_id=payment.id)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    own = "/payments/direct/<id:direct_payment_id>"
    blueprint.add_url_rule(own, "direct_payment", show, methods=["GET"])
    blueprint.add_url_rule(f"{own}/receipt", "direct_receipt", receipt, methods=["GET"])
    blueprint.add_url_rule(f"{own}/arrived", "direct_arrived", arrived, methods=["POST"])
    blueprint.add_url_rule(f"{own}/missing", "direct_missing", missing, methods=["POST"])
    blueprint.add_url_rule(f"{own}/withdraw", "direct_withdraw", withdraw, methods=["POST"])


def _context(payment: DirectPayment, form: MissingForm | None) -> dict[str, Any]:
    latest = payment.answers[-1].word if payment.answers else None
    return {
        "payment": payment,
        "form": form,
        "payer": people.party(payment.payer_party_id),
        "payee": people.party(payment.payee_party_id),
        "shown": called.where(current_actor(), payment),
        "method": words.METHODS[payment.method],
        "state": words.state_of_direct(payment),
        "said": [(row, words.DIRECT_STATES[row.word]) for row in payment.answers],
        "due": direct.answer_due(payment),
        "open": latest in (None, "missing"),
        "unanswered": latest is None,
    }
