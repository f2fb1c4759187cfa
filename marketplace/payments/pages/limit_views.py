"""What people do at limits: the second approver's page, the limits themselves, and sending a large payout on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, TextAreaField
from wtforms.validators import Length, Optional

from marketplace import db, deadlines, web
from marketplace.accounts import door, reauth
from marketplace.accounts import queries as people
from marketplace.accounts.forms import Prove
from marketplace.accounts.models import User
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused
from marketplace.forms import Form, MoneyField, required
from marketplace.payments import policy, queries
from marketplace.payments.guards import approvals, limits, withdrawals
from marketplace.payments.guards.approval_states import APPROVAL, ApprovalState
from marketplace.payments.guards.approval_tables import Approval
from marketplace.payments.models import Payout
from marketplace.payments.period import titled


class Refusal(Form):
    """Why a second person says no."""

    words = TextAreaField(_l("Why not"), [required, Length(max=500)], description=_l("Whoever asked reads this."))


def limits_form(currency: str) -> type[Form]:
    """The three limits in the portal's currency, and the password: they guard money."""
    options: dict[str, Any] = {"currency": currency, "least": 1, "render_kw": {"inputmode": "decimal"}}

    class Limits(Form):
        second_approver = MoneyField(
            _l("A second person decides above"),
            [Optional()],
            description=_l(
                "For releases a brand confirms and for what staff take or give back, where the team has two people"
                " who may decide about money. Empty: never."
            ),
            **options,
        )
        payouts_a_day = MoneyField(
            _l("Sent to one creator within 24 hours"),
            [Optional()],
            description=_l("What is more waits until one of you has looked at it. Empty: no limit."),
            **options,
        )
        first_payouts = MoneyField(
            _l("Sent to a new creator in the first seven days"),
            [Optional()],
            description=_l("Counted from the first payout. What is more waits until one of you has looked at it."),
            **options,
        )
        password = PasswordField(_l("Present password"), [required], render_kw={"autocomplete": "current-password"})

    return Limits


@requires(policy.may_see_approval, load=approvals.own)
def approval(row: Approval) -> Any:
    """What was asked for, and for whoever may decide the two answers."""
    return _approval_page(row, Refusal(formdata=None))


@requires(policy.may_decide_approval, load=approvals.own)
def approve(row: Approval) -> Any:
    """Agree, and do it."""
    approvals.approve(row, by=current_actor())
    flash(_("Approved by two people, and done."), "good")
    return web.back_to("payments.approval", approval_id=row.id)


@requires(policy.may_decide_approval, load=approvals.own, typed=True)
def refuse_approval(row: Approval) -> Any:
    """Say no."""
    form: Any = Refusal()
    if form.validate():
        approvals.refuse(row, form.words.data, by=current_actor())
        flash(_("Refused. Whoever asked reads why; nothing was moved."), "good")
        return web.back_to("payments.approval", approval_id=row.id)
    return _approval_page(row, form)


def _approval_page(row: Approval, form: Form) -> Any:
    due, actor = deadlines.live(approvals.ANSWER, ("approval", row.id)), current_actor()
    decided = db.session.get(User, row.decided_by_user_id) if row.decided_by_user_id else None
    return web.form_page(
        "payments/approval.html",
        form,
        row=row,
        says=approvals.sentence(row, str(get_locale() or "en")),
        button=approvals.ACTS[row.act].button(),
        state=APPROVAL.words[ApprovalState(row.state)],
        asker=db.session.get(User, row.asked_by_user_id) if row.asked_by_user_id else None,
        decider=decided,
        other=people.party(row.other_party_id) if row.other_party_id else None,
        due=due,
        deciding=row.state == ApprovalState.ASKED and approvals.may_decide(row, actor),
    )


@requires(policy.may_set_limits)
def show_limits() -> Any:
    """The limits as they hold now."""
    currency = queries.currency()
    held = {name: limits.of(name, currency) for name in limits.DEFAULTS}
    return _limits_page(limits_form(currency)(formdata=None, data=held))


@requires(policy.may_set_limits, typed=True)
def set_limits() -> Any:
    """Set them, with the password."""
    currency = queries.currency()
    form: Any = limits_form(currency)()
    if not form.validate():
        return _limits_page(form)
    try:
        reauth.prove(door.user(), form.password.data, what="limits")
    except Refused as refusal:
        return door.refused_page("payments/limits.html", form, refusal)
    for name in limits.DEFAULTS:
        limits.set_to(name, form[name].data, currency, by=current_actor())
    flash(_("The limits hold from now on."), "good")
    return web.back_to("payments.staff_money")


def _limits_page(form: Form) -> Any:
    return web.form_page("payments/limits.html", form)


@requires(policy.may_operate, load=queries.any_payout)
def show_let_through(row: Payout) -> Any:
    """Why a payout waits, before anybody sends it on."""
    return _let_through_page(Prove(formdata=None), row)


@requires(policy.may_operate, load=queries.any_payout, typed=True)
def let_through(row: Payout) -> Any:
    """Send it on, with the password."""
    form = Prove()
    if not form.validate():
        return _let_through_page(form, row)
    try:
        reauth.prove(door.user(), form.password.data, what="let_through")
    except Refused as refusal:
        return door.refused_page("payments/let_through.html", form, refusal, **_of_payout(row))
    withdrawals.let_through(row, by=current_actor())
    flash(_("It sets off now."), "good")
    return web.back_to("payments.staff_money")


def _let_through_page(form: Form, row: Payout) -> Any:
    return web.form_page("payments/let_through.html", form, **_of_payout(row))


def _of_payout(row: Payout) -> dict[str, Any]:
    return {
        "payout": row,
        "review": withdrawals.standing([row.id]).get(row.id),
        "payee": people.party(row.payee_party_id),
        "title": titled(queries.titles({row.subject_id}).get(row.subject_id), row.evidence.get("month")),
    }


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    one, limit, send = "/approvals/<id:approval_id>", "/staff/money/limits", "/staff/payouts/<id:payout_id>/send"
    blueprint.add_url_rule(one, "approval", approval, methods=["GET"])
    blueprint.add_url_rule(f"{one}/approve", "approve", approve, methods=["POST"])
    blueprint.add_url_rule(f"{one}/refuse", "refuse_approval", refuse_approval, methods=["POST"])
    blueprint.add_url_rule(limit, "limits", show_limits, methods=["GET"])
    blueprint.add_url_rule(limit, "set_limits", set_limits, methods=["POST"])
    blueprint.add_url_rule(send, "show_let_through", show_let_through, methods=["GET"])
    blueprint.add_url_rule(send, "let_through", let_through, methods=["POST"])
