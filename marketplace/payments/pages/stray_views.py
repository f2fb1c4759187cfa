"""What staff do about a difference: look at it, and book a movement that nothing here had asked for as what it was."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from marketplace import web
from marketplace.accounts import door, reauth
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused
from marketplace.forms import Form, required
from marketplace.payments import policy
from marketplace.payments.models import Difference
from marketplace.payments.reconciliation import difference_words, differences, strays

PAGE = "payments/staff_difference.html"


def booking_form(choices: list[strays.Choice]) -> type[Form]:
    """The form that books a movement as one of these."""

    offered = [SelectChoice(value=one.value, label=one.words) for one in choices]
    only = offered[0].value if len(offered) == 1 else None

    class BookMovement(Form):
        what = RadioField(_l("What it was"), [required], choices=offered, default=only)
        reason = TextAreaField(
            _l("Why, and how you know"),
            [required, Length(max=500)],
            description=_l("Such as: agreed with the brand by mail on 3 March. It stands with the journal for good."),
        )
        password = PasswordField(_l("Your password"), [required], description=_l("Because this writes in the books."))

    return BookMovement


@requires(policy.may_look_into, load=differences.visible)
def difference(row: Difference) -> Any:
    """One difference: both sides, what it probably is, and the way to end it."""
    movement = strays.of(row)
    choices = strays.choices(movement) if movement else []
    form = booking_form(choices)(formdata=None) if choices else None
    return web.page(PAGE, form=form, **_context(row))


@requires(policy.may_operate, load=differences.visible, typed=True)
def book(row: Difference) -> Any:
    """Book it as what it was."""
    movement = strays.of(row)
    if movement is None:
        raise Refused(_("This has been booked already, or ends in another way. Its page says how."))
    form: Any = booking_form(strays.choices(movement))()
    if not form.validate():
        return web.form_page(PAGE, form, **_context(row))
    try:
        reauth.prove(door.user(), form.password.data, what="book_movement")
    except Refused as refusal:
        return door.refused_page(PAGE, form, refusal, **_context(row))
    try:
        strays.book(movement, form.what.data, reason=form.reason.data, by=current_actor())
    except Refused as refusal:
        if movement.journal_id is not None:
            raise  # somebody else was quicker: nothing is left to type here
        form.refuse(refusal)
        return web.form_page(PAGE, form, **_context(row))
    flash(_("Booked. The difference is settled, and its journal says as what and why."), "good")
    return web.back_to("payments.staff_stripe")


def _context(row: Difference) -> dict[str, Any]:
    return {
        "difference": row,
        "cause": difference_words.CAUSES[row.cause],
        "kind": difference_words.kind,
        "booking": strays.bookings([row.reference]).get(row.reference),
    }


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    at = "/staff/stripe/differences/<id:difference_id>"
    blueprint.add_url_rule(at, "staff_difference", difference, methods=["GET"])
    blueprint.add_url_rule(at, "book_difference", book, methods=["POST"])
