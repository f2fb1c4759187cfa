"""What staff do with money: the fees that may leave, what is held for long, chargebacks, and taking released money back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, url_for
from flask_babel import gettext as _

from marketplace import db, web
from marketplace.accounts import queries as people
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused
from marketplace.payments import policy, queries
from marketplace.payments.guards.approval_tables import Approval
from marketplace.payments.losses import hold_age, recovery, rulings, staff_acts
from marketplace.payments.losses.ruling_forms import take_back_form
from marketplace.payments.models import Lot, Payout
from marketplace.payments.money_out import sweep_fees
from marketplace.payments.period import titled


@requires(policy.may_see_ledger)
def money() -> Any:
    """Chargebacks to answer, money held for long, what was released, and the fees that may leave."""
    return web.page("payments/staff_money.html", titled=titled, **rulings.overview())


@requires(policy.may_operate)
def sweep() -> Any:
    """Send earned fees to the platform's bank."""
    row = sweep_fees.sweep(queries.currency(), by=current_actor())
    flash(_("%(amount)s are on their way to the platform’s bank.", amount=row.amount.format()), "good")
    return web.back_to("payments.staff_money")


@requires(policy.may_operate, load=hold_age.lot)
def resolve_held(lot: Lot) -> Any:
    """Let the contract's ladder split what is held, now."""
    waits = staff_acts.resolve(lot, by=current_actor())
    return _done_or_asked(waits, _("The contract’s ladder splits it now. What nobody owns goes back to the payer."))


@requires(policy.may_operate, load=hold_age.lot)
def give_back_held(lot: Lot) -> Any:
    """Give what is held back to its payer, now."""
    waits = staff_acts.give_back(lot, by=current_actor())
    return _done_or_asked(waits, _("It is on its way back to the payer."))


def _done_or_asked(waits: Approval | None, done: str) -> Any:
    if waits is not None:
        return web.back_to("payments.approval", approval_id=waits.id)
    flash(done, "good")
    return web.back_to("payments.staff_money")


@requires(policy.may_operate, load=queries.any_payout)
def take_back(row: Payout) -> Any:
    """What can be taken back of a payout, and from where, before anybody decides."""
    form = take_back_form(row.currency)(formdata=None, once=db.short(db.new_id()))
    return _take_back_page(form, row)


@requires(policy.may_operate, load=queries.any_payout, typed=True)
def rule_take_back(row: Payout) -> Any:
    """Take it back."""
    form: Any = take_back_form(row.currency)()
    if form.validate():
        try:
            key = f"ruling:{row.id}:{form.once.data}"
            waits = staff_acts.take_back(row, form.amount.data, reason=form.reason.data, key=key, by=current_actor())
            if waits is not None:
                return web.back_to("payments.approval", approval_id=waits.id)
            flash(_("It is asked back. The payout’s page shows how far it is."), "good")
            return web.back_to("payments.payout", payout_id=row.id)
        except Refused as refusal:
            form.refuse(refusal)
    return _take_back_page(form, row)


def _take_back_page(form: Any, row: Payout) -> Any:
    return web.form_page(
        "payments/take_back.html",
        form,
        payout=row,
        payee=people.party(row.payee_party_id),
        title=titled(queries.titles({row.subject_id}).get(row.subject_id), row.evidence.get("month")),
        most=recovery.most(row),
        back=url_for("payments.payout", payout_id=row.id),
    )


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    held, payout = "/staff/held/<id:lot_id>", "/staff/payouts/<id:payout_id>/take-back"
    blueprint.add_url_rule("/staff/money", "staff_money", money, methods=["GET"])
    blueprint.add_url_rule("/staff/money/sweep", "sweep", sweep, methods=["POST"])
    blueprint.add_url_rule(f"{held}/resolve", "resolve_held", resolve_held, methods=["POST"])
    blueprint.add_url_rule(f"{held}/give-back", "give_back_held", give_back_held, methods=["POST"])
    blueprint.add_url_rule(payout, "take_back", take_back, methods=["GET"])
    blueprint.add_url_rule(payout, "rule_take_back", rule_take_back, methods=["POST"])
