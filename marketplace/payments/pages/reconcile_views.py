"""What staff see of the comparison with Stripe, and the two things a difference leads to: a journal, a call."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from marketplace import jobs, web
from marketplace.authz import requires
from marketplace.errors import Refused
from marketplace.payments import jobs as payment_jobs
from marketplace.payments import policy, queries
from marketplace.payments.books import chart
from marketplace.payments.models import Journal, StripeOperation
from marketplace.payments.reconciliation import difference_words, reconcile, strays


@requires(policy.may_see_ledger)
def staff_stripe() -> Any:
    """Both balances side by side, what differs with its age and cause, and when it was last looked at."""
    shown = queries.staff_stripe()
    return web.page(
        "payments/staff_stripe.html",
        **shown,
        bookings=strays.bookings([row.reference for row in shown["ended"]]),
        causes=difference_words.CAUSES,
        kind=difference_words.kind,
    )


@requires(policy.may_operate)
def compare_now() -> Any:
    """Compare now: noted here, so that the page says so, and done by a job, since it reads much of Stripe."""
    run = reconcile.begin(back=reconcile.NIGHTLY)
    if run is None:
        raise Refused(_("A comparison is under way already. Its result is here in a moment."))
    jobs.enqueue(payment_jobs.compare_now, run.id)
    return web.back_to("payments.staff_stripe")


@requires(policy.may_look_into, load=queries.any_journal)
def staff_journal(row: Journal) -> Any:
    """One journal: what it moved, why, and which ids say so."""
    return web.page("payments/staff_journal.html", journal=row, kinds=chart.KINDS, who=queries.writer(row))


@requires(policy.may_look_into, load=queries.any_operation)
def staff_operation(row: StripeOperation) -> Any:
    """One call to Stripe: what was asked for, how often, and what came of it."""
    asked = [(name, value) for name, value in row.params.items() if isinstance(value, str | int)]
    return web.page("payments/staff_operation.html", operation=row, asked=asked)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    at = "/staff/stripe"
    blueprint.add_url_rule(at, "staff_stripe", staff_stripe, methods=["GET"])
    blueprint.add_url_rule(f"{at}/compare", "compare_now", compare_now, methods=["POST"])
    blueprint.add_url_rule(f"{at}/journals/<id:journal_id>", "staff_journal", staff_journal, methods=["GET"])
    blueprint.add_url_rule(f"{at}/calls/<id:operation_id>", "staff_operation", staff_operation, methods=["GET"])
