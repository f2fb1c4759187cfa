"""What a creator was paid: where each payment is, why it waits, her years, and papers and files to keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from marketplace import db, web
from marketplace.accounts import queries as people
from marketplace.accounts.models import Party
from marketplace.authz import current_actor, requires
from marketplace.money import Money
from marketplace.payments import accounts_csv, called, period, policy, printing, queries, words
from marketplace.payments.losses import recovery
from marketplace.payments.models import Payout
from marketplace.payments.money_out import (
    bank_payouts,
    coming,
    earnings,
    netting,
    paid,
    payout_accounts,
    steps,
    waiting,
)
from marketplace.payments.states import AccountState
from marketplace.payments.tax import tax_forms


@requires(policy.may_see_earnings)
def show() -> Any:
    """What a creator has been paid, what is on its way, what is still to come, and why it is not here yet."""
    party, currency = people.own_party(current_actor()), queries.currency()
    account, outside = payout_accounts.of(party.id), queries.direct_payments(payee=party.id)
    years, directly = paid.years(party.id, currency, party.zone), paid.directly(party.id, currency)
    to_come = coming.of(current_actor(), currency)
    return web.page(
        "payments/earnings.html",
        totals=earnings.totals(party.id),
        to_come=to_come,
        stages=coming.sums(to_come, currency),
        **earnings.page(party.id, party.zone, web.page_number(), request.args.get("where")),
        **outside,
        zone=party.zone,
        years=[paid.one_of(years, currency, period.Period(one, None, party.zone)) for one in _all(years, directly)],
        directly=directly,
        account=account,
        sign_tax_form=account is not None and account.state == AccountState.READY and tax_forms.problem(party.id),
        problem=payout_accounts.problem(account),
        bank_problem=bank_payouts.why(account.bank_problem) if account and account.bank_problem else None,
        owed=netting.owed(party.id, currency),
        to_bank=bank_payouts.of_party(party.id),
        state_at_bank=words.state_at_bank,
    )


@requires(policy.may_see_payout, load=queries.visible_payout)
def payout(row: Payout) -> Any:
    """One payout: where it is, why it came about, and each step of the money; all days in the reader's zone."""
    return web.page("payments/payout.html", **_payout_context(row, current_actor().zone))


@requires(policy.may_see_payout, load=queries.visible_payout)
def payout_receipt(row: Payout) -> Any:
    """The same to print and keep: its days are the payee's, whoever reads it."""
    zone = _payees_zone(row)
    with web.for_reader_in(zone):
        return web.page("payments/payout_receipt.html", **_payout_context(row, zone))


@requires(policy.may_see_payout, load=queries.visible_payout)
def payout_pdf(row: Payout) -> Any:
    """The same as a file."""
    name = _("payout %(number)s.pdf", number=db.short(row.id))
    return web.pdf_file(name, printing.of_payout(row, _payees_zone(row)).pdf())


def _payees_zone(row: Payout) -> str:
    payee = people.party(row.payee_party_id)
    return payee.zone if payee else "UTC"


def _payout_context(row: Payout, zone: str) -> dict[str, Any]:
    mine, way = current_actor().is_a("creator"), steps.of([row], zone)[row.id]
    return {
        "payout": row,
        "payee": people.party(row.payee_party_id),
        "payers": ", ".join(sorted(one.name for one in earnings.payers_of(row))),
        "shown": called.where(current_actor(), row),
        "zone": zone,
        "title": period.titled(queries.titles({row.subject_id}).get(row.subject_id), row.evidence.get("month")),
        "state": way.badge(row, mine=mine),
        "reason": words.REASON[row.reason],
        "steps": words.timeline(queries.journals_of_payout(row), row.reason, mine=mine),
        "standing": waiting.standing(row),
        "way": way,
        "recoveries": recovery.of_payout(row.id),
        "recovery_state": words.state_of_recovery,
        "set_off": sum((one.netted for one in row.transfers), Money.zero(row.currency)),
        "most": recovery.most(row),
    }


@requires(policy.may_see_earnings)
def year() -> Any:
    """One year: what was paid in it, by the day it was paid, and each payment behind the sums."""
    party, currency = people.own_party(current_actor()), queries.currency()
    asked = _year(party)
    count, number = paid.count(party.id, currency, asked), web.page_number()
    directly = paid.directly(party.id, currency)
    lines, years = paid.lines(party.id, currency, asked, number), paid.years(party.id, currency, party.zone)
    titles = queries.titles({line.subject_id for line in lines})
    return web.page(
        "payments/year.html",
        period=asked,
        sums=paid.one_of(years, currency, asked),
        directly=directly.get(asked.year),
        lines=lines,
        titles={line.payout_id: period.titled(titles.get(line.subject_id), line.month) for line in lines},
        payers={row.id: row.name for row in people.parties({line.payer_party_id for line in lines})},
        what=accounts_csv.PAID,
        years=_all(years, directly, asked.year),
        page=number,
        pages=max(1, -(-count // paid.PAGE)),
        back=url_for("payments.earnings"),
    )


@requires(policy.may_see_earnings)
def year_csv() -> Any:
    """The year for her accountant."""
    party = people.own_party(current_actor())
    asked = _year(party)
    rows = accounts_csv.of_payee(party.id, queries.currency(), asked)
    return web.csv_file(_("earnings %(year)s.csv", year=asked.name), rows)


@requires(policy.may_see_earnings)
def year_pdf() -> Any:
    """The year to print and keep."""
    party = people.own_party(current_actor())
    asked = _year(party)
    paper = printing.of_year(party, queries.currency(), asked)
    return web.pdf_file(_("earnings %(year)s.pdf", year=asked.name), paper.pdf())


def _all(years: Sequence[paid.Year], directly: Iterable[int], *more: int) -> list[int]:
    """Every year of which there is something to say, newest first."""
    return sorted({*more, *directly, *(one.year for one in years)}, reverse=True)


def _year(party: Party) -> period.Period:
    """The year that is asked for, whole."""
    return period.asked({"year": request.args.get("year", "")}, party.zone)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    one = "/earnings/payouts/<id:payout_id>"
    blueprint.add_url_rule("/earnings", "earnings", show, methods=["GET"])
    blueprint.add_url_rule(one, "payout", payout, methods=["GET"])
    blueprint.add_url_rule(f"{one}/receipt", "payout_receipt", payout_receipt, methods=["GET"])
    blueprint.add_url_rule(f"{one}/receipt.pdf", "payout_pdf", payout_pdf, methods=["GET"])
    blueprint.add_url_rule("/earnings/year", "year", year, methods=["GET"])
    blueprint.add_url_rule("/earnings/year.csv", "year_csv", year_csv, methods=["GET"])
    blueprint.add_url_rule("/earnings/year.pdf", "year_pdf", year_pdf, methods=["GET"])
