"""Changing where one is paid, with the password once more, and the link that disowns a change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from marketplace import authz, web
from marketplace.accounts import door, reauth, undo
from marketplace.accounts.forms import Prove
from marketplace.authz import current_actor, public, requires
from marketplace.errors import Refused
from marketplace.payments import policy
from marketplace.payments.guards import holds_after_change
from marketplace.payments.money_out import payout_accounts


class ChangeAccount(Prove):
    """The password, and once a change was disowned: whether the bank account is hers after all."""

    mine = BooleanField(_l("The bank account at Stripe is mine after all"))


def asks_password(party_id: UUID) -> bool:
    """Has a bank account been set up, so that Stripe's forms could lead pay elsewhere?"""
    account = payout_accounts.of(party_id)
    return account is not None and account.bank_digest is not None


def on_to_stripe(party_id: UUID) -> Any:
    """A fresh address of Stripe's forms."""
    onward = web.safe_next(request.values.get("next"))
    back = url_for("payments.set_up_done", next=onward, _external=True)
    again = url_for("payments.set_up_done", again=1, next=onward, _external=True)
    return redirect(payout_accounts.onboarding_url(party_id, back, again), code=303)


@requires(policy.may_set_up_payouts)
def show_change() -> Any:
    """Ask for the password before Stripe's forms."""
    return web.form_page("payments/change_account.html", ChangeAccount(formdata=None), **_context())


@requires(policy.may_set_up_payouts, typed=True)
def change() -> Any:
    """On to Stripe's forms, or the answer that a disowned account is hers."""
    form, party_id = ChangeAccount(), current_actor().own_party_id
    if not form.validate():
        return web.form_page("payments/change_account.html", form, **_context())
    try:
        reauth.prove(door.user(), form.password.data, what="change_account")
    except Refused as refusal:
        return door.refused_page("payments/change_account.html", form, refusal, **_context())
    if not form.mine.data:
        return on_to_stripe(party_id)
    holds_after_change.own(party_id)
    flash(gettext("Thank you. Payouts to this bank account begin in 72 hours."), "good")
    return web.back_to("payments.show_set_up")


def _context() -> dict[str, Any]:
    party_id = current_actor().own_party_id
    hold = holds_after_change.standing(party_id)
    account = payout_accounts.of(party_id)
    return {
        "disowned": hold is not None and hold.why == "disowned",
        "last_four": account.bank_last_four if account else None,
    }


@public
def show_undo(token: str) -> Any:
    """What disowning will do."""
    row = holds_after_change.by_token(token)
    undo.refuse_if_over(row.seen_at, row.undone_at)
    return web.page("payments/undo_account.html", token=token)


@public
def undo_change(token: str) -> Any:
    """Disown it."""
    holds_after_change.disown(holds_after_change.by_token(token), by=current_actor())
    authz.forget_actor()
    return web.page("accounts/undone.html", payouts=True)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    blueprint.add_url_rule("/payouts/change", "show_change_account", show_change, methods=["GET"])
    blueprint.add_url_rule("/payouts/change", "change_account", change, methods=["POST"])
    link = "/undo/payout-account/<token>"
    blueprint.add_url_rule(link, "show_undo_account_change", show_undo, methods=["GET"])
    blueprint.add_url_rule(link, "undo_account_change", undo_change, methods=["POST"])
