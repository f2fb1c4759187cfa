"""Receipts and statements as PDF: typst, tagged, nothing fetched. They say what was paid, and claim nothing about tax."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.accounts import queries as people
from marketplace.accounts.models import Party
from marketplace.money import Money
from marketplace.payments import accounts_csv, queries, words
from marketplace.payments.losses import recovery
from marketplace.payments.models import Funding, Lot, Payout
from marketplace.payments.money_in import funds
from marketplace.payments.money_out import earnings, paid, steps
from marketplace.payments.period import Period, month_name, titled

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "payments"
Rows = list[tuple[Any, Any]]


@dataclass
class Paper:
    """A document about money: its kind and number, what it holds, and what it does not claim."""

    kind: str
    number: str
    lead: str = ""
    note: str = ""
    sections: list[dict[str, Any]] = field(default_factory=list)

    def facts(self, title: str, rows: Rows) -> None:
        """Names and values."""
        self.sections.append({"title": title, "rows": [[str(name), _text(value)] for name, value in rows]})

    def table(
        self,
        title: str,
        columns: Sequence[str],
        lines: Sequence[Sequence[Any]],
        total: Sequence[Any] = (),
        texts: int = 1,
    ) -> None:
        """A table whose first `texts` columns are words and the rest amounts; nothing where there is no line."""
        if lines:
            self.sections.append({
                "title": title, "columns": [str(name) for name in columns], "texts": texts,
                "lines": [[_text(cell) for cell in line] for line in lines], "total": [_text(cell) for cell in total],
            })  # fmt: skip

    def pdf(self) -> bytes:
        """The document, printed in the reader's language."""
        data = {
            "site": people.site_name(), "language": _locale().partition("_")[0], "kind": self.kind,
            "number": self.number, "lead": self.lead, "sections": self.sections, "note": self.note,
        }  # fmt: skip
        made = typst.compile(
            TEMPLATES / "paper.typ", root=TEMPLATES, ignore_system_fonts=True, format="pdf",
            sys_inputs={"data": json.dumps(data)}, pdf_tags=True,
        )  # fmt: skip
        return bytes(made)


def _locale() -> str:
    return str(get_locale() or "en")


def _text(value: Any) -> str:
    if isinstance(value, Money):
        return value.format(_locale())
    return _day(value) if isinstance(value, date) else str(value)


def _day(value: date) -> str:
    return format_date(value, "long", locale=_locale())


def _days_of(zone: str) -> str:
    return _("Days are those of %(zone)s.", zone=zone.replace("_", " "))


def _no_tax() -> str:
    return _(
        "This paper says what was paid through %(site)s. It is not a tax invoice and shows no tax. Whether tax is due on it, "
        "and who writes an invoice to whom, depends on where both sides live.",
        site=people.site_name(),
    )


def of_payout(row: Payout, zone: str) -> Paper:
    """What one payout paid, for what and by whom, and where it went: for the payee's books."""
    payee, way = people.party(row.payee_party_id), steps.of([row], zone)[row.id]
    payers = sorted(one.name for one in earnings.payers_of(row))
    paper = Paper(
        _("Receipt for a payout"), _("Payout %(number)s", number=db.short(row.id)), note=_no_tax(),
        lead=_days_of(zone),
    )  # fmt: skip
    paper.facts("", [
        (_("Paid to"), payee.name if payee else "–"),
        (_("Paid by"), ", ".join(payers) or "–"),
        (_("Paid through"), people.site_name()),
        (_("For"), titled(queries.titles({row.subject_id}).get(row.subject_id), row.evidence.get("month"))),
        (_("Why"), words.REASON[row.reason]),
    ])  # fmt: skip
    paper.facts(_("How the amount came about"), _sum_of(row))
    taken = recovery.of_payout(row.id)
    columns = [_("Why"), _("Day"), _("Of the payout"), _("Of the fee")]
    paper.table(
        _("Taken back"),
        columns,
        [[one.reason, _local(one.created_at, zone), one.amount, one.fee] for one in taken],
        texts=2,
    )
    days: Rows = [(_("Approved on"), _day(way.approved)), (_("Sent on"), _day(way.sent) if way.sent else _("not yet"))]
    days += [(_("In the Stripe account on"), _day(way.at_stripe) if way.at_stripe else _("not yet"))]
    days += [(_("In the bank on"), _day(way.in_bank) if way.in_bank else _("not known yet"))]
    ids = ", ".join(one.stripe_id for one in row.transfers if one.stripe_id)
    paper.facts(_("Where it is"), days + ([(_("Transfer at Stripe"), ids)] if ids else []))
    return paper


def _sum_of(row: Payout) -> Rows:
    zero = Money.zero(row.currency)
    set_off, early, sent = (
        sum((getattr(one, name) for one in row.transfers), zero) for name in ("netted", "withdrawn", "amount")
    )
    rows: Rows = [
        (_("Agreed pay"), row.amount + row.fee),
        (_("Platform fee"), -row.fee),
        (_("To you"), row.amount),
    ]
    rows += [(_("Taken back before it was sent"), -early)] if early else []
    rows += [(_("Set off against what was open"), -set_off)] if set_off else []
    return [*rows, (_("Sent to your Stripe account"), sent)] if set_off or early else rows


def of_payment(row: Funding, charges: Sequence[Lot], zone: str) -> Paper:
    """A receipt for one payment of a payer: how much, when, for what, under which charge."""
    payer = people.party(row.payer_party_id)
    paper = Paper(
        _("Receipt for a protected payment"),
        _("Payment %(number)s", number=db.short(row.id)),
        lead=_("The money is held by the portal until the work is approved, or given back by the contract.")
        + f" {_days_of(zone)}",
        note=_no_tax(),
    )
    paper.facts("", [
        (_("Paid by"), payer.name if payer else "–"),
        (_("Paid to"), people.site_name()),
        (_("For"), queries.called({row.subject_id}).get(row.subject_id, row.description)),
        (_("Amount"), row.amount),
        (_("Paid on"), _local(row.funded_at, zone) if row.funded_at else "–"),
        (_("Charge at Stripe"), ", ".join(lot.charge_id for lot in charges)),
    ])  # fmt: skip
    return paper


def of_subject(line: queries.SubjectLine, payer: Party, currency: str) -> Paper:
    """Everything that happened to a deal's or a budget's protected money, and how it adds up."""
    found = funds.of_subject(payer.id, currency, line.subject_id, payer.zone)
    sums = funds.add_up(found, currency)
    paper = Paper(
        _("Statement of a deal’s money"),
        _("Deal or budget %(number)s", number=db.short(line.subject_id)),
        lead=f"{line.title}. {_days_of(payer.zone)}",
        note=_no_tax(),
    )
    paper.facts("", [(_("Paid by"), payer.name), (_("Until"), clock.today(payer.zone))])
    names = _payees(found)
    columns = [_("What happened"), _("Day"), _("Creator"), _("Amount"), _("Platform fee in it")]
    lines = [
        [accounts_csv.HAPPENED.get(one.kind, accounts_csv.OTHER), _local(one.at, payer.zone),
         names.get(one.payout_id, ""), one.change, one.fee if one.fee else ""]
        for one in found
    ]  # fmt: skip
    paper.table(_("Each step"), columns, lines, [_("Still protected"), "", "", sums.held, ""], texts=3)
    paper.facts(_("Together"), _facts(sums))
    return paper


def _payees(found: Sequence[funds.Line]) -> dict[Any, str]:
    payees = funds.payees(found)
    names = {one.id: one.name for one in people.parties(set(payees.values()))}
    return {payout: names.get(payee, "") for payout, payee in payees.items()}


def _facts(sums: funds.Sums) -> Rows:
    rows: Rows = [(_("Paid in"), sums.paid_in)]
    rows += [(_("Between budgets and deals"), sums.moved)] if sums.moved else []
    rows += [(_("Released to creators"), -sums.to_creators), (_("Platform fee, out of their pay"), -sums.fee)]
    rows += [(_("Refunded"), -sums.refunded)]
    rows += [(_("Taken back by the bank"), -sums.lost)] if sums.lost else []
    rows += [(_("Corrections"), sums.other)] if sums.other else []
    return [*rows, (_("Protected at the end"), sums.held)]


def of_period(payer: Party, currency: str, period: Period) -> Paper:
    """A payer's month or year: what was held before, what happened, what is held at its end; by deal and by month."""
    sums = funds.together(payer.id, currency, period)
    paper = Paper(
        _("Statement of protected payments"), f"{payer.name} · {period.words}", note=_no_tax(),
        lead=_days_of(period.zone),
    )  # fmt: skip
    paper.facts("", [(_("Protected at the beginning"), sums.held - sums.change), *_facts(sums)])
    names, words_of = zip(*_columns(sums), strict=True)

    def cells(one: funds.Sums) -> list[Money]:
        return [getattr(one, name) for name in names]

    if period.month is None:
        months = [[month_name(day), *cells(one)] for day, one in reversed(funds.by_month(payer.id, currency, period))]
        paper.table(_("By month"), [_("Month"), *words_of], months)
    deals = funds.by_subject(payer.id, currency, period)
    titles = queries.called({subject for subject, _sums in deals})
    lines = [[titles.get(subject, ""), *cells(one)] for subject, one in deals]
    paper.table(_("By deal and budget"), [_("For"), *words_of], lines, [_("Together"), *cells(sums)])
    return paper


def _columns(whole: funds.Sums) -> list[tuple[str, str]]:
    """The columns of a table of sums: what went to a bank only where something did."""
    lost = [("lost", _("Taken back by the bank"))] if whole.lost else []
    return [
        ("paid_in", _("Paid in")), ("released", _("Released")), ("fee", _("Platform fee in it")), ("refunded", _("Refunded")),
        *lost, ("held", _("Protected at the end")),
    ]  # fmt: skip


def of_year(payee: Party, currency: str, period: Period) -> Paper:
    """A payee's year, payment by payment, and its sums."""
    year = paid.in_year(payee.id, currency, period)
    lines = list(paid.every_line(payee.id, currency, period))
    titles = queries.titles({line.subject_id for line in lines})
    paper = Paper(
        _("What you were paid in %(year)s", year=period.year), payee.name, note=_no_tax(),
        lead=_("By the day each payment reached your Stripe account, in %(zone)s.", zone=period.place),
    )  # fmt: skip
    paper.facts("", year_rows(year, paid.directly(payee.id, currency).get(period.year)))
    columns = [_("For"), _("Day"), _("What"), _("Gross"), _("Platform fee"), _("Net")]
    rows = [
        [titled(titles.get(line.subject_id), line.month), _local(line.at, period.zone), accounts_csv.PAID[line.what],
         line.gross, -line.fee, line.net]
        for line in lines
    ]  # fmt: skip
    whole = [year.gross - year.taken_back - year.fee_back, year.fee_back - year.fee, year.kept]
    paper.table(_("Each payment"), columns, rows, [_("Together"), "", "", *whole], texts=3)
    outside = paid.every_direct(payee.id, currency, period)
    shown = [[row.title, row.paid_on, row.reference, row.amount] for row in outside]
    paper.table(_("Paid directly, apart"), [_("For"), _("Day"), _("Reference"), _("Amount")], shown, texts=3)
    return paper


def year_rows(year: paid.Year, directly: Money | None) -> Rows:
    """A payee's year as names and values."""
    rows: Rows = [(_("Earned, gross"), year.gross), (_("Platform fee"), -year.fee), (_("Net"), year.net)]
    rows += [(_("Of it set off against what was open"), year.set_off)] if year.set_off else []
    rows += [(_("Taken back by rulings"), -year.taken_back)] if year.taken_back else []
    rows += [(_("Fee given back with it"), year.fee_back)] if year.fee_back else []
    rows += [(_("Left to you"), year.kept)] if year.taken_back else []
    return rows + ([(_("Paid directly by brands, apart"), directly)] if directly else [])


def _local(moment: datetime, zone: str) -> str:
    return format_date(moment.astimezone(ZoneInfo(zone)).date(), "medium", locale=_locale())
