"""Pages about money, and the doors through which Stripe tells us things."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, request, send_file, url_for
from flask_babel import gettext

from marketplace import clock, db, web
from marketplace.accounts import queries as people
from marketplace.accounts.policy import is_staff
from marketplace.authz import current_actor, machine, requires
from marketplace.errors import NotThere
from marketplace.payments import period, policy, queries, stripe, words
from marketplace.payments.books import audit
from marketplace.payments.guards import gates
from marketplace.payments.losses import rulings
from marketplace.payments.models import CardSetup, Funding, Payout
from marketplace.payments.money_in import cards, funding, invoices, paying
from marketplace.payments.money_out import bank_payouts, payout_accounts, payouts
from marketplace.payments.money_out import set_up as set_up_steps
from marketplace.payments.pages import (
    account_views,
    direct_views,
    earnings_views,
    funds_views,
    limit_views,
    reconcile_views,
    returned_views,
    staff_views,
    stray_views,
    tax_views,
)
from marketplace.payments.queries import SubjectLine
from marketplace.payments.reconciliation import webhooks
from marketplace.payments.states import AccountState, CardSetupState

blueprint = Blueprint("payments", __name__)
reconcile_views.add_to(blueprint)
direct_views.add_to(blueprint)
earnings_views.add_to(blueprint)
funds_views.add_to(blueprint)
account_views.add_to(blueprint)
tax_views.add_to(blueprint)
staff_views.add_to(blueprint)
stray_views.add_to(blueprint)
returned_views.add_to(blueprint)
limit_views.add_to(blueprint)


def install(app: Flask) -> None:
    """Every template may say that something is paid directly, always in the same words; every staff page says it while
    payouts are halted."""
    app.jinja_env.globals["direct_words"] = words.DIRECT
    app.context_processor(lambda: {"notices": _notices} if request else {})


def _notices() -> list[dict[str, Any]]:
    if not is_staff(current_actor()) or request.endpoint == "payments.staff_ledger" or not audit.standing_halt():
        return []
    return [words.HALTED | {"href": url_for("payments.staff_ledger")}]


# Stripe's doors


@blueprint.post("/webhooks/stripe/platform")
@machine("hmac")
def webhook_platform() -> Any:
    """Messages about the platform's own account."""
    return _received("platform")


@blueprint.post("/webhooks/stripe/connect")
@machine("hmac")
def webhook_connect() -> Any:
    """Messages about creators' accounts, as version 1 tells them."""
    return _received("connect")


@blueprint.post("/webhooks/stripe/thin")
@machine("hmac")
def webhook_thin() -> Any:
    """Thin messages of version 2: what happened to which account."""
    return _received("thin")


def _received(endpoint: str) -> Any:
    """Verify, store, answer. The work is a job's."""
    request.max_content_length = 1_000_000
    try:
        webhooks.receive(endpoint, request.get_data(), request.headers.get("Stripe-Signature", ""))
    except stripe.Forged:
        abort(400)
    return "", 200


# A brand pays


@blueprint.get("/brand/funding/<id:funding_id>/return")
@requires(policy.may_return, load=queries.own_funding)
def returned(row: Funding) -> Any:
    """Back from Stripe's page: look at once, so that nobody waits for a webhook; then on to where she was."""
    with suppress(stripe.Error):  # then the webhook tells; the page says what we know
        funding.refresh(row)
    return paying.back(row)


# Its card on file


@blueprint.post("/brand/funding/card")
@requires(policy.may_see_funding)
def save_card() -> Any:
    """On to Stripe's page where a card is left; back to the page the brand came from."""
    back = web.safe_next(request.form.get("next")) or url_for("payments.brand_funding")
    setup = cards.begin(current_actor().own_party_id, back, by=current_actor())
    return redirect(cards.page_url(setup), code=303)


@blueprint.get("/brand/funding/card/<id:setup_id>/return")
@requires(policy.may_finish_setup, load=queries.own_setup)
def card_returned(row: CardSetup) -> Any:
    """Back from Stripe's page: look at once, then on to where she was."""
    with suppress(stripe.Error):
        cards.refresh(row)
    if row.state == CardSetupState.DONE:
        flash(gettext("The card is on file."), "good")
    return redirect(row.return_url, code=303)


@blueprint.post("/brand/funding/card/remove")
@requires(policy.may_see_funding)
def remove_card() -> Any:
    """Forget the card, here and at Stripe."""
    if card := cards.of(current_actor().own_party_id):
        cards.remove(card, by=current_actor())
        flash(gettext("The card is removed. Nothing can be charged to it any more."), "good")
    return web.back_to("payments.brand_funding")


# A creator sets up payouts


@blueprint.post("/payouts/set-up")
@requires(policy.may_set_up_payouts)
def set_up() -> Any:
    """On to Stripe's own forms; where they could lead pay elsewhere than before, the password is asked for first."""
    payee = current_actor().own_party_id
    if account_views.asks_password(payee):
        return web.back_to("payments.show_change_account", next=web.safe_next(request.form.get("next")))
    return account_views.on_to_stripe(payee)


@blueprint.get("/payouts/set-up/done")
@requires(policy.may_set_up_payouts)
def set_up_done() -> Any:
    """Back from Stripe's forms: see at once whether payouts work; if so, on to where she was."""
    payee = current_actor().own_party_id
    account = payout_accounts.of(payee)
    if account is not None:
        with suppress(stripe.Error):
            payout_accounts.refresh(account)
    onward = web.safe_next(request.args.get("next"))
    ready = account is not None and account.state == AccountState.READY
    if ready and set_up_steps.missing(payee):
        flash(gettext("Your payout account is ready. One thing is left."), "good")
        return redirect(url_for("payments.tax_form", next=onward))
    if ready and onward:
        flash(gettext("Your payout account is ready."), "good")
        return redirect(onward)
    return redirect(url_for("payments.show_set_up", next=onward))


@blueprint.get("/payouts/set-up")
@requires(policy.may_set_up_payouts)
def show_set_up() -> Any:
    """Where a creator is paid, and what is missing."""
    payee = current_actor().own_party_id
    account = payout_accounts.of(payee)
    return web.page(
        "payments/set_up.html",
        account=account,
        waiting=queries.waiting(payee),
        problem=payout_accounts.problem(account),
        gate=gates.after_change(payee),
        tax=tax_views.standing(payee),
        asks=payout_accounts.asks(account) if account else [],
        bank_problem=bank_payouts.why(account.bank_problem) if account and account.bank_problem else None,
        onward=web.safe_next(request.args.get("next")),
    )


@blueprint.get("/brand/funding")
@requires(policy.may_see_funding)
def brand_funding() -> Any:
    """What a brand has protected, released and got back, per deal and budget."""
    payer = current_actor().own_party_id
    lines, open_ones = queries.subjects(payer), queries.open_fundings(payer)
    outside = queries.direct_payments(payer=payer)
    return web.page(
        "payments/brand_funding.html", lines=lines, open_ones=open_ones, currency=queries.currency(),
        card=cards.of(payer), today=clock.today("UTC"), state_of=words.state_of_funding,
        owed_back=returned_views.owed(payer), called=queries.called({row.subject_id for row in open_ones}), **outside,
    )  # fmt: skip


@blueprint.get("/brand/funding/of/<id:subject_id>")
@requires(policy.may_see_subject, load=queries.own_subject)
def funding_of(line: SubjectLine) -> Any:
    """One deal's money: every payment, release and refund, and how each came about."""
    number = web.page_number()
    payouts, pages = queries.releases_of(line.subject_id, number)
    return web.page(
        "payments/funding_of.html", payouts=payouts, page=number, pages=pages, **_subject_context(line)
    )  # fmt: skip


@blueprint.get("/brand/funding/of/<id:subject_id>/receipt")
@requires(policy.may_see_subject, load=queries.own_subject)
def funding_receipt(line: SubjectLine) -> Any:
    """The same to print and keep: its days are the payer's, whoever of its team reads it."""
    context = _subject_context(line)
    with web.for_reader_in(context["payer"].zone):
        return web.page("payments/funding_receipt.html", **context)


def _subject_context(line: SubjectLine) -> dict[str, Any]:
    moves = queries.moves_of(line.subject_id)
    return {
        "line": line,
        "payer": people.own_party(current_actor()),
        "fundings": queries.fundings_of(line.subject_id),
        "moves": moves,
        "called": queries.called({one for row in moves for one in (row.from_subject_id, row.to_subject_id)}),
        "names": queries.payees_of(line.subject_id),
        "refunds": queries.refunds_of(line.subject_id),
        "why": _why,
        "state_of_refund": words.state_of_refund,
        "chargebacks": rulings.of_subject(line.subject_id),
        "state_of_chargeback": words.state_of_chargeback,
    }


def _why(payout: Payout) -> str:
    """Why something was released, as the payer reads it: of which month, where it is one's commission."""
    month = payout.evidence.get("month")
    return gettext("Commission of %(month)s", month=period.named(month)) if month else str(words.REASON[payout.reason])


@blueprint.get("/brand/funding/<id:funding_id>/pay")
@requires(policy.may_return, load=queries.own_funding)
def show_pay(row: Funding) -> Any:
    """A payment page left open: look how it stands, then offer to go on."""
    with suppress(stripe.Error):
        funding.refresh(row)
    return web.page(
        "payments/pay.html", funding=row, said=paying.said(row), where_to=invoices.where_to(row),
        missing=invoices.missing(row), called=queries.called({row.subject_id}),
    )  # fmt: skip


@blueprint.get("/brand/funding/<id:funding_id>/invoice.pdf")
@requires(policy.may_return, load=queries.own_funding)
def invoice(row: Funding) -> Any:
    """The invoice as a file."""
    if row.way != "invoice":
        raise NotThere()
    name = gettext("invoice %(number)s.pdf", number=db.short(row.id)[-8:])
    return send_file(BytesIO(invoices.pdf(row)), "application/pdf", as_attachment=True, download_name=name)


@blueprint.post("/brand/funding/<id:funding_id>/pay")
@requires(policy.may_return, load=queries.own_funding)
def pay(row: Funding) -> Any:
    """On to Stripe's payment page, or once more to the card on file."""
    return paying.go(row)


# Staff


@blueprint.get("/staff/ledger")
@requires(policy.may_see_ledger)
def staff_ledger() -> Any:
    """The invariants with their last result, the halt if one stands, and what Stripe has not settled with us."""
    return web.page("payments/staff_ledger.html", **queries.staff_ledger())


@blueprint.post("/staff/ledger/check")
@requires(policy.may_operate)
def run_checks() -> Any:
    """Run every invariant now."""
    audit.check()
    return web.back_to("payments.staff_ledger")


@blueprint.post("/staff/ledger/resume")
@requires(policy.may_operate)
def resume() -> Any:
    """Lift the halt, if the checks allow."""
    if halt := audit.standing_halt():
        audit.lift(halt, by=current_actor())
    return web.back_to("payments.staff_ledger")


@blueprint.post("/staff/payouts/<id:payout_id>/retry")
@requires(policy.may_operate, load=queries.any_payout)
def retry_payout(row: Payout) -> Any:
    """Try a stopped payout again."""
    payouts.retry(row, by=current_actor())
    return web.back_to("payments.staff_ledger")
