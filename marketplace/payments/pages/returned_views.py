"""What staff do about a refund that came back: once more, or paid another way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, TextAreaField
from wtforms.validators import Length

from marketplace import web
from marketplace.accounts import door, reauth
from marketplace.accounts import queries as people
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused
from marketplace.forms import Form, required
from marketplace.money import Money
from marketplace.payments import policy, queries, states
from marketplace.payments.losses import returned
from marketplace.payments.models import Refund

PAGE = "payments/returned_refund.html"


class PaidOtherwise(Form):
    """How the money reached the brand."""

    note = TextAreaField(
        _l("How it was paid"),
        [required, Length(max=300)],
        description=_l("Such as: bank transfer on 3 March, reference GW 1234. The brand reads it."),
    )
    password = PasswordField(_l("Your password"), [required], description=_l("Because this writes in the books."))


@requires(policy.may_look_into, load=returned.refund)
def show(row: Refund) -> Any:
    """Whose money it is, why it came back, and the two ways out."""
    return web.page(PAGE, form=PaidOtherwise(formdata=None), **_context(row))


@requires(policy.may_operate, load=returned.refund)
def again(row: Refund) -> Any:
    """The same refund once more."""
    returned.again(row, by=current_actor())
    flash(
        _("It is on its way to the same card or account once more. If it comes back again, it is listed again."), "good"
    )
    return web.back_to("payments.staff_money")


@requires(policy.may_operate, load=returned.refund, typed=True)
def pay_otherwise(row: Refund) -> Any:
    """It was paid from the platform's own bank."""
    form = PaidOtherwise()
    if not form.validate():
        return web.form_page(PAGE, form, **_context(row))
    try:
        reauth.prove(door.user(), form.password.data, what="book_movement")
    except Refused as refusal:
        return door.refused_page(PAGE, form, refusal, **_context(row))
    returned.pay_otherwise(row, form.note.data, by=current_actor())
    flash(_("Written down. The brand is told how it was paid."), "good")
    return web.back_to("payments.staff_money")


def owed(payer: UUID | None) -> Money:
    """What a brand reads that it is owed back."""
    return returned.owed(payer, queries.currency())


def _context(row: Refund) -> dict[str, Any]:
    return {
        "refund": row,
        "returned": returned.of(row),
        "payer": people.party(row.payer_party_id),
        "title": queries.titles({row.subject_id}).get(row.subject_id, ""),
        "words": states.REFUND.words[states.RefundState(row.state)],
    }


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    at = "/staff/refunds/<id:refund_id>"
    blueprint.add_url_rule(at, "returned_refund", show, methods=["GET"])
    blueprint.add_url_rule(f"{at}/again", "refund_again", again, methods=["POST"])
    blueprint.add_url_rule(f"{at}/paid", "refund_paid", pay_otherwise, methods=["POST"])
