"""A chargeback with what we hold against it: the contract, the approvals, the proof, and a draft of our answer. Reads only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from babel.dates import format_datetime
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from marketplace import db
from marketplace.accounts.models import Party
from marketplace.affiliate.models import Program
from marketplace.collaborations.models import Deal
from marketplace.content import queries as content
from marketplace.contracts.models import Contract
from marketplace.payments import queries, words
from marketplace.payments.losses import chargebacks, recovery, rulings
from marketplace.payments.models import Chargeback, Funding, Payout


def context(row: Chargeback) -> dict[str, Any]:
    """Everything the page shows."""
    lot = rulings.lot_of(row)
    payouts = rulings.payouts_of_charge(row)
    subjects = [row.subject_id, *(payout.subject_id for payout in payouts), *rulings.held_subjects(row)]
    return {
        "chargeback": row,
        "lot": lot,
        "state": words.state_of_chargeback(row),
        "says": chargebacks.words_of(row),
        "payer": db.session.get_one(Party, row.payer_party_id).name,
        "title": queries.titles({row.subject_id}).get(row.subject_id, ""),
        "payouts": payouts,
        "payout_state": words.state_of,
        "most": {payout.id: recovery.most(payout) for payout in payouts},
        "draft": draft(row, payouts, list(dict.fromkeys(subjects))),
    }


def draft(row: Chargeback, payouts: list[Payout], subjects: list[UUID]) -> str:
    """What we hold, as facts in the order they happened. Staff read, correct and send it."""
    funding = db.session.get_one(Funding, rulings.lot_of(row).funding_id)
    lines = [
        _(
            "%(payer)s paid %(amount)s on %(at)s for “%(what)s” on our marketplace, on Stripe’s payment page.",
            payer=db.session.get_one(Party, row.payer_party_id).name,
            amount=funding.amount.format(),
            at=_at(funding.funded_at),
            what=funding.description,
        )
    ]
    for subject in subjects:
        lines += _of_deal(subject) or _of_program(subject)
    lines += [
        _("%(amount)s of it were released on %(at)s: %(why)s.", amount=(one.amount + one.fee).format(),
          at=_at(one.created_at), why=words.REASON[one.reason])
        for one in payouts
    ]  # fmt: skip
    return "\n".join(lines)


def _of_deal(subject: UUID) -> list[str]:
    """Signatures, approvals and proof of a deal; nothing for other subjects."""
    if db.session.get(Deal, subject) is None:
        return []
    lines = []
    query = sa.select(Contract).where(Contract.deal_id == subject).options(selectinload(Contract.signatures))
    contract = db.session.scalar(query)
    if contract is not None:
        lines.append(_("Both sides signed a written contract (SHA-256 %(digest)s).", digest=contract.sha256))
        lines += [
            _("Signed for the %(side)s on %(at)s.", side=one.side, at=_at(one.signed_at)) for one in contract.signatures
        ]
    published = content.publications(subject)
    for piece in content.of_deal(subject):
        if piece.approved_at:
            how = _("by silence, as the contract says") if piece.by_silence else _("by the payer")
            lines.append(
                _("Piece %(n)s was approved %(how)s on %(at)s.", n=piece.number, how=how, at=_at(piece.approved_at))
            )
        if live := published.get(piece.id):
            lines.append(
                _(
                    "It was published on %(at)s at %(link)s; a stored picture proves it.",
                    at=_at(live.posted_at),
                    link=live.link,
                )
            )
    return lines


def _of_program(subject: UUID) -> list[str]:
    program = db.session.get(Program, subject)
    if program is None:
        return []
    return [_("The money is the commission budget of the affiliate program “%(name)s”.", name=program.name)]


def _at(moment: Any) -> str:
    """A date and a time in UTC, as banks read it."""
    return format_datetime(moment, "d MMMM yyyy HH:mm 'UTC'", locale="en") if moment else "–"
