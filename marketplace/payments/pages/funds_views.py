"""What became of a brand's protected money by month and by deal, each amount with its lines; papers and files to keep."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from marketplace import db, web
from marketplace.accounts import queries as people
from marketplace.authz import current_actor, requires
from marketplace.errors import NotThere
from marketplace.payments import accounts_csv, period, policy, printing, queries
from marketplace.payments.models import Funding
from marketplace.payments.money_in import funds
from marketplace.payments.queries import SubjectLine
from marketplace.payments.states import FundingState


@requires(policy.may_see_funding)
def show() -> Any:
    """A year: what was paid in, released, kept as fees, refunded and lost, and what is held; by month and by deal."""
    party, currency = people.own_party(current_actor()), queries.currency()
    asked = period.asked(_arguments(), party.zone)
    deals, number = funds.by_subject(party.id, currency, asked), web.page_number()
    shown = deals[(number - 1) * funds.PAGE : number * funds.PAGE]
    return web.page(
        "payments/funds.html",
        period=asked,
        sums=funds.together(party.id, currency, asked),
        months=funds.by_month(party.id, currency, asked) if asked.month is None else [],
        month_name=period.month_name,
        deals=shown,
        titles=queries.called({subject for subject, _sums in shown}),
        years=sorted({asked.year, *funds.years(party.id, currency, party.zone)}, reverse=True),
        page=number,
        pages=max(1, -(-len(deals) // funds.PAGE)),
    )


@requires(policy.may_see_funding)
def lines() -> Any:
    """The lines behind one amount, each leading to its deal."""
    party, currency = people.own_party(current_actor()), queries.currency()
    asked, what, subject = period.asked(_arguments(), party.zone), _what(), _subject()
    number, whole = web.page_number(), funds.whole(party.id, currency, asked, what, subject)
    found = funds.lines(party.id, currency, asked, what, subject, number)
    payees = funds.payees(found)
    return web.page(
        "payments/fund_lines.html",
        period=asked,
        what=what,
        lines=found,
        why=accounts_csv.why,
        happened=accounts_csv.HAPPENED,
        other=accounts_csv.OTHER,
        titles=queries.called({line.subject_id for line in found} | ({subject} if subject else set())),
        subject=subject,
        payees=payees,
        names={row.id: row.name for row in people.parties(set(payees.values()))},
        whole=whole,
        page=number,
        pages=max(1, -(-whole.count // funds.PAGE)),
        back=url_for("payments.funds", year=asked.year, month=asked.month),
    )


@requires(policy.may_see_funding)
def accounts() -> Any:
    """A month or a year for the accountant: each journal as debits and credits."""
    party = people.own_party(current_actor())
    asked = period.asked(_arguments(), party.zone)
    rows = accounts_csv.of_payer(party.id, queries.currency(), asked)
    return web.csv_file(_("protected payments %(period)s.csv", period=asked.name), rows)


@requires(policy.may_see_funding)
def statement() -> Any:
    """A month or a year to print and keep."""
    party = people.own_party(current_actor())
    asked = period.asked(_arguments(), party.zone)
    paper = printing.of_period(party, queries.currency(), asked)
    return web.pdf_file(_("protected payments %(period)s.pdf", period=asked.name), paper.pdf())


@requires(policy.may_see_subject, load=queries.own_subject)
def subject_pdf(line: SubjectLine) -> Any:
    """One deal's or budget's money to print and keep."""
    name = _("deal %(number)s.pdf", number=db.short(line.subject_id))
    return web.pdf_file(name, printing.of_subject(line, people.own_party(current_actor()), queries.currency()).pdf())


@requires(policy.may_return, load=queries.own_funding)
def payment_pdf(row: Funding) -> Any:
    """The receipt for one payment. There is none for a payment that has not arrived."""
    if row.state != FundingState.FUNDED:
        raise NotThere()
    name = _("payment %(number)s.pdf", number=db.short(row.id))
    zone = people.own_party(current_actor()).zone
    return web.pdf_file(name, printing.of_payment(row, queries.charges_of(row), zone).pdf())


def _arguments() -> dict[str, str]:
    return {name: request.args.get(name, "") for name in ("year", "month")}


def _what() -> str | None:
    what = request.args.get("what") or None
    if what is not None and what not in funds.KINDS:
        raise NotThere()
    return what


def _subject() -> UUID | None:
    try:
        return db.long(request.args["subject"]) if request.args.get("subject") else None
    except ValueError:
        raise NotThere() from None


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    of = "/brand/funding/of/<id:subject_id>/statement.pdf"
    blueprint.add_url_rule("/brand/funds", "funds", show, methods=["GET"])
    blueprint.add_url_rule("/brand/funds/lines", "fund_lines", lines, methods=["GET"])
    blueprint.add_url_rule("/brand/funds/accounts.csv", "fund_accounts", accounts, methods=["GET"])
    blueprint.add_url_rule("/brand/funds/statement.pdf", "fund_statement", statement, methods=["GET"])
    blueprint.add_url_rule(of, "subject_pdf", subject_pdf, methods=["GET"])
    blueprint.add_url_rule("/brand/funding/<id:funding_id>/receipt.pdf", "payment_pdf", payment_pdf, methods=["GET"])
