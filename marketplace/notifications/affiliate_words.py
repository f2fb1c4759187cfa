"""Who is told of what in an affiliate program. Mails at once: money."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db, deadlines
from marketplace.accounts.models import Party
from marketplace.affiliate import clocks, invites, rates, wording
from marketplace.affiliate.events import (
    BudgetShort,
    CommissionPaid,
    Enrolled,
    EnrolmentEnded,
    EnrolmentPaused,
    Invited,
    JoinRequested,
    StatementClosed,
    TermsAnnounced,
)
from marketplace.affiliate.models import Enrolment, Program, ProgramInvite, ProgramTerms
from marketplace.affiliate.sales_models import ReleaseBatch, Statement
from marketplace.db import short
from marketplace.money import Money
from marketplace.notifications import tell
from marketplace.notifications.deal_words import MANAGERS, PAYERS


def _program(program_id: UUID) -> tuple[Program, str]:
    row = db.session.get_one(Program, program_id)
    return row, f"/brand/programs/{short(row.id)}"


def _tell_creator(creator_party_id: UUID, program_id: UUID, event: str, link: str, **words: Any) -> None:
    tell.party(creator_party_id, event, link, program=_program(program_id)[0].name, **words)


def _tell_of_month(row: Statement, creator_party_id: UUID, event: str, **words: Any) -> None:
    program, _link = _program(row.program_id)
    month = wording.month(row.period_start, program.zone)
    _tell_creator(creator_party_id, program.id, event, f"/statements/{short(row.id)}", month=month, **words)


def join_requested(fact: JoinRequested) -> None:
    """The brand's managers."""
    program, _link = _program(fact.program_id)
    creator = db.session.get_one(Party, fact.creator_party_id).name
    link = f"/brand/affiliates/{short(fact.enrolment_id)}"
    words: dict[str, Any] = {"creator": creator, "program": program.name}
    words |= tell.asking(clocks.ANSWER, ("enrolment", fact.enrolment_id))
    tell.party(fact.brand_party_id, "affiliate.join_requested", link, roles=MANAGERS, **words)


def invited(fact: Invited) -> None:
    """Whoever was invited, where the brand gave an address: the link that claims it."""
    row = db.session.get_one(ProgramInvite, fact.invite_id)
    if row.email and row.claimed_at is None and row.withdrawn_at is None:
        brand = db.session.get_one(Party, fact.brand_party_id)
        words = {"brand": brand.name, "program": _program(row.program_id)[0].name, "code": row.code}
        tell.mail(row.email, "affiliate.invited", invites.link(row), language=brand.language, **words)


def enrolled(fact: Enrolled) -> None:
    """The creator."""
    _tell_creator(fact.creator_party_id, fact.program_id, "affiliate.enrolled", "/links")


def enrolment_ended(fact: EnrolmentEnded) -> None:
    """The creator."""
    _tell_creator(fact.creator_party_id, fact.program_id, "affiliate.enrolment_ended", "/statements")


def enrolment_paused(fact: EnrolmentPaused) -> None:
    """The creator, at once: her links earn nothing for now."""
    link = f"/links/terms/{short(fact.enrolment_id)}" if fact.for_rates else "/links"
    _tell_creator(
        fact.creator_party_id,
        fact.program_id,
        "affiliate.enrolment_paused",
        link,
        urgent=True,
        for_rates=fact.for_rates,
    )


def terms_announced(fact: TermsAnnounced) -> None:
    """Every creator in the program; those whose rates were signed in a deal only of what changes for everybody."""
    terms = db.session.get_one(ProgramTerms, fact.program_terms_id)
    day = wording.day_in(terms.valid_from, _program(fact.program_id)[0].zone)
    standings = rates.standings(fact.program_id)
    rows = db.session.scalars(
        sa.select(Enrolment)
        .where(Enrolment.program_id == fact.program_id, Enrolment.state.in_(["active", "paused"]))
        .order_by(Enrolment.id)
    )
    for row in rows:
        standing, link = standings[row.id], f"/links/terms/{short(row.id)}"
        if standing.owed or rates.everybody(standing):
            words: dict[str, Any] = {"asks": standing.owed is not None, "day": day}
            if standing.owed:  # a clock of earlier rates says nothing about these
                words["deadline"] = deadlines.live(clocks.ACCEPT, ("enrolment", row.id))
            _tell_creator(row.creator_party_id, fact.program_id, "affiliate.terms_announced", link, **words)


def statement_closed(fact: StatementClosed) -> None:
    """The creator, unless the month is being paid: then the payout tells her, and one line a month is enough."""
    row = db.session.get_one(Statement, fact.statement_id)
    if not db.session.scalar(sa.select(ReleaseBatch.id).where(ReleaseBatch.statement_id == row.id)):
        _tell_of_month(row, fact.creator_party_id, "affiliate.statement_closed", amount=row.earned + row.adjustments)


def budget_short(fact: BudgetShort) -> None:
    """Who pays for the brand, at once: money."""
    program, link = _program(fact.program_id)
    words: dict[str, Any] = {"amount": Money(fact.missing_minor, fact.currency), "program": program.name}
    words |= tell.asking(clocks.TOP_UP, ("program", program.id))
    tell.party(fact.brand_party_id, "affiliate.budget_short", link, roles=PAYERS, urgent=True, **words)


def commission_paid(fact: CommissionPaid) -> None:
    """The creator, at once: money. What was paid directly she has confirmed herself, or was told by her clock."""
    if fact.directly:
        return
    batch = db.session.get_one(ReleaseBatch, fact.batch_id)
    row, amount = db.session.get_one(Statement, batch.statement_id), Money(fact.amount_minor, fact.currency)
    _tell_of_month(row, fact.creator_party_id, "affiliate.commission_paid", urgent=True, amount=amount)


REACTIONS = {
    Invited: (invited,),
    JoinRequested: (join_requested,),
    Enrolled: (enrolled,),
    EnrolmentEnded: (enrolment_ended,),
    EnrolmentPaused: (enrolment_paused,),
    TermsAnnounced: (terms_announced,),
    StatementClosed: (statement_closed,),
    BudgetShort: (budget_short,),
    CommissionPaid: (commission_paid,),
}
